/* SPDX-License-Identifier: MIT */
/*
 * Atomics as the rest of core/ and vfs/ spell them. One place, so that a
 * checker can replace them. The order is in the name: rlx, acq, rel, ar
 * (acquire and release), sc.
 */
#ifndef EVFD_CORE_ATOMIC_H
#define EVFD_CORE_ATOMIC_H

#include <stdbool.h>
#include <stdint.h>

#define load_rlx(p) __atomic_load_n((p), __ATOMIC_RELAXED)
#define load_acq(p) __atomic_load_n((p), __ATOMIC_ACQUIRE)
#define store_rlx(p, v) __atomic_store_n((p), (v), __ATOMIC_RELAXED)
#define store_rel(p, v) __atomic_store_n((p), (v), __ATOMIC_RELEASE)
#define swap_ar(p, v) __atomic_exchange_n((p), (v), __ATOMIC_ACQ_REL)
#define add_rlx(p, v) __atomic_fetch_add((p), (v), __ATOMIC_RELAXED)
#define add_ar(p, v) __atomic_fetch_add((p), (v), __ATOMIC_ACQ_REL)
#define sub_ar(p, v) __atomic_fetch_sub((p), (v), __ATOMIC_ACQ_REL)
#define or_ar(p, v) __atomic_fetch_or((p), (v), __ATOMIC_ACQ_REL)
#define and_ar(p, v) __atomic_fetch_and((p), (v), __ATOMIC_ACQ_REL)
/* On failure *expected holds what was there. */
#define cas_ar(p, expected, v)                                   \
	__atomic_compare_exchange_n((p), (expected), (v), false, \
				    __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)

#endif
