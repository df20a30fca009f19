/* SPDX-License-Identifier: MIT */
/*
 * Force-included in place of core/atomic.h: each atomic operation stops before it
 * takes effect and asks the scheduler whose turn it is. Where and what it is
 * stays with it, for the picture of a schedule, and for a memory that looks at
 * orders (tests/weak/).
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

/* Bits: a store is no acquire, and a load no release. */
enum sim_order {
	SIM_RLX,
	SIM_ACQ,
	SIM_REL,
	SIM_AR,
};

struct sim_site {
	const char *text; /* the operand as the source spells it */
	const char *file, *function;
	int line;
	uint8_t kind;
	uint8_t order;
};

/* What stood at `at` before. */
uint64_t sim_atomic(enum sim_atomic what, const volatile void *at, size_t size,
		    uint64_t value, const struct sim_site *site);
/* As __atomic_compare_exchange_n(). */
bool sim_cas(const volatile void *at, size_t size, void *expected,
	     uint64_t value, const struct sim_site *site);

/* All sites can be found by the section `sim_sites`, run or not. */
#define sim_here(what, order_, p)                                     \
	__extension__({                                               \
		static const struct sim_site sim_site_ = {            \
			.text = #p,                                   \
			.file = __FILE__,                             \
			.function = __func__,                         \
			.line = __LINE__,                             \
			.kind = (what),                               \
			.order = (order_),                            \
		};                                                    \
		static const struct sim_site *const sim_at_           \
			__attribute__((section("sim_sites"), used)) = \
				&sim_site_;                           \
		sim_at_;                                              \
	})
#define sim_do(what, order, p, v)                                        \
	__extension__({                                                  \
		__typeof__(*(p) + 0) sim_before_ =                       \
			(__typeof__(*(p) + 0))(uintptr_t)sim_atomic(     \
				what, (p), sizeof(*(p)), (uintptr_t)(v), \
				sim_here(what, order, p));               \
		sim_before_;                                             \
	})

#define load_rlx(p) sim_do(SIM_LOAD, SIM_RLX, p, 0)
#define load_acq(p) sim_do(SIM_LOAD, SIM_ACQ, p, 0)
#define store_rlx(p, v) ((void)sim_do(SIM_STORE, SIM_RLX, p, v))
#define store_rel(p, v) ((void)sim_do(SIM_STORE, SIM_REL, p, v))
#define swap_ar(p, v) sim_do(SIM_SWAP, SIM_AR, p, v)
#define add_rlx(p, v) sim_do(SIM_ADD, SIM_RLX, p, v)
#define add_ar(p, v) sim_do(SIM_ADD, SIM_AR, p, v)
#define sub_ar(p, v) sim_do(SIM_SUB, SIM_AR, p, v)
#define or_ar(p, v) sim_do(SIM_OR, SIM_AR, p, v)
#define and_ar(p, v) sim_do(SIM_AND, SIM_AR, p, v)
#define cas_ar(p, expected, v)                                 \
	sim_cas((p), sizeof(*(p)), (expected), (uintptr_t)(v), \
		sim_here(SIM_CAS, SIM_AR, p))

#endif
