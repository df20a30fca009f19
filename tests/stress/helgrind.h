/* SPDX-License-Identifier: MIT */
/*
 * Force-included in place of core/atomic.h: the same, and helgrind, which knows locks
 * but not atomics, is told what orders what. A release happens before the acquire
 * of the same location that comes later; the locations themselves are not checked.
 * All else that two threads touch must then be in order, or is a race.
 */
#ifndef EVFD_CORE_ATOMIC_H
#define EVFD_CORE_ATOMIC_H

#include <stdbool.h>
#include <stdint.h>

#include <valgrind/helgrind.h>

#define untracked(p) VALGRIND_HG_DISABLE_CHECKING((p), sizeof(*(p)))
#define released(p) ANNOTATE_HAPPENS_BEFORE(p)
#define acquired(p) ANNOTATE_HAPPENS_AFTER(p)
#define nothing(p)

#define ordered(p, before, expression, after)  \
	__extension__({                        \
		__typeof__(expression) value_; \
		untracked(p);                  \
		before(p);                     \
		value_ = (expression);         \
		after(p);                      \
		value_;                        \
	})
#define stored(p, before, store) \
	__extension__({          \
		untracked(p);    \
		before(p);       \
		store;           \
	})
#define both(p, expression) ordered(p, released, expression, acquired)
#define neither(p, expression) ordered(p, nothing, expression, nothing)

#define load_rlx(p) neither(p, __atomic_load_n((p), __ATOMIC_RELAXED))
#define load_acq(p) \
	ordered(p, nothing, __atomic_load_n((p), __ATOMIC_ACQUIRE), acquired)
#define store_rlx(p, v) \
	stored(p, nothing, __atomic_store_n((p), (v), __ATOMIC_RELAXED))
#define store_rel(p, v) \
	stored(p, released, __atomic_store_n((p), (v), __ATOMIC_RELEASE))
#define swap_ar(p, v) both(p, __atomic_exchange_n((p), (v), __ATOMIC_ACQ_REL))
#define add_rlx(p, v) neither(p, __atomic_fetch_add((p), (v), __ATOMIC_RELAXED))
#define add_ar(p, v) both(p, __atomic_fetch_add((p), (v), __ATOMIC_ACQ_REL))
#define sub_ar(p, v) both(p, __atomic_fetch_sub((p), (v), __ATOMIC_ACQ_REL))
#define or_ar(p, v) both(p, __atomic_fetch_or((p), (v), __ATOMIC_ACQ_REL))
#define and_ar(p, v) both(p, __atomic_fetch_and((p), (v), __ATOMIC_ACQ_REL))
#define cas_ar(p, expected, v)                                           \
	both(p, __atomic_compare_exchange_n((p), (expected), (v), false, \
					    __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))

#endif
