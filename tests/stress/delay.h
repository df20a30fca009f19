/* SPDX-License-Identifier: MIT */
/*
 * Force-included in place of core/atomic.h: a random delay after every atomic
 * operation, so that interleavings of a few instructions become likely. Plain
 * stress does not find lost wakeups; this does.
 */
#ifndef EVFD_CORE_ATOMIC_H
#define EVFD_CORE_ATOMIC_H

#include <stdbool.h>
#include <stdint.h>

void stress_delay(void);

#define delayed(type, expression)             \
	__extension__({                       \
		type delayed_ = (expression); \
		stress_delay();               \
		delayed_;                     \
	})

#define load_rlx(p) \
	delayed(__typeof__(*(p) + 0), __atomic_load_n((p), __ATOMIC_RELAXED))
#define load_acq(p) \
	delayed(__typeof__(*(p) + 0), __atomic_load_n((p), __ATOMIC_ACQUIRE))
#define store_rlx(p, v) \
	(__atomic_store_n((p), (v), __ATOMIC_RELAXED), stress_delay())
#define store_rel(p, v) \
	(__atomic_store_n((p), (v), __ATOMIC_RELEASE), stress_delay())
#define swap_ar(p, v)                 \
	delayed(__typeof__(*(p) + 0), \
		__atomic_exchange_n((p), (v), __ATOMIC_ACQ_REL))
#define add_rlx(p, v)                 \
	delayed(__typeof__(*(p) + 0), \
		__atomic_fetch_add((p), (v), __ATOMIC_RELAXED))
#define add_ar(p, v)                  \
	delayed(__typeof__(*(p) + 0), \
		__atomic_fetch_add((p), (v), __ATOMIC_ACQ_REL))
#define sub_ar(p, v)                  \
	delayed(__typeof__(*(p) + 0), \
		__atomic_fetch_sub((p), (v), __ATOMIC_ACQ_REL))
#define or_ar(p, v)                   \
	delayed(__typeof__(*(p) + 0), \
		__atomic_fetch_or((p), (v), __ATOMIC_ACQ_REL))
#define and_ar(p, v)                  \
	delayed(__typeof__(*(p) + 0), \
		__atomic_fetch_and((p), (v), __ATOMIC_ACQ_REL))
#define cas_ar(p, expected, v)                                                 \
	delayed(bool, __atomic_compare_exchange_n((p), (expected), (v), false, \
						  __ATOMIC_ACQ_REL,            \
						  __ATOMIC_ACQUIRE))

#endif
