/* SPDX-License-Identifier: MIT */
/*
 * Force-included in place of core/atomic.h: each atomic operation stops before it
 * takes effect and asks the scheduler whose turn it is. Where and what it is
 * stays with it, for the picture of a schedule.
 */
#ifndef EVFD_CORE_ATOMIC_H
#define EVFD_CORE_ATOMIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sim_atomic {
	SIM_LOAD,
	SIM_STORE,
	SIM_SWAP,
	SIM_ADD,
	SIM_SUB,
	SIM_OR,
	SIM_AND,
	SIM_CAS,
};

struct sim_site {
	const char *text; /* the operand as the source spells it */
	const char *function;
	int line;
};

/* What stood at `at` before. */
uint64_t sim_atomic(enum sim_atomic what, const volatile void *at, size_t size,
		    uint64_t value, const struct sim_site *site);
/* As __atomic_compare_exchange_n(). */
bool sim_cas(const volatile void *at, size_t size, void *expected,
	     uint64_t value, const struct sim_site *site);

#define sim_here(p)                                        \
	__extension__({                                    \
		static const struct sim_site sim_site_ = { \
			.text = #p,                        \
			.function = __func__,              \
			.line = __LINE__,                  \
		};                                         \
		&sim_site_;                                \
	})
#define sim_do(what, p, v)                                               \
	__extension__({                                                  \
		__typeof__(*(p) + 0) sim_before_ =                       \
			(__typeof__(*(p) + 0))(uintptr_t)sim_atomic(     \
				what, (p), sizeof(*(p)), (uintptr_t)(v), \
				sim_here(p));                            \
		sim_before_;                                             \
	})

#define load_rlx(p) sim_do(SIM_LOAD, p, 0)
#define load_acq(p) sim_do(SIM_LOAD, p, 0)
#define store_rlx(p, v) ((void)sim_do(SIM_STORE, p, v))
#define store_rel(p, v) ((void)sim_do(SIM_STORE, p, v))
#define swap_ar(p, v) sim_do(SIM_SWAP, p, v)
#define add_rlx(p, v) sim_do(SIM_ADD, p, v)
#define add_ar(p, v) sim_do(SIM_ADD, p, v)
#define sub_ar(p, v) sim_do(SIM_SUB, p, v)
#define or_ar(p, v) sim_do(SIM_OR, p, v)
#define and_ar(p, v) sim_do(SIM_AND, p, v)
#define cas_ar(p, expected, v) \
	sim_cas((p), sizeof(*(p)), (expected), (uintptr_t)(v), sim_here(p))

#endif
