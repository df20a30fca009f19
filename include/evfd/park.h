/* SPDX-License-Identifier: MIT */
/*
 * For hosts without wait-on-address: build core/park.c, which implements
 * evfd_port_wait(), evfd_port_wait_short() and evfd_port_wake() over what is
 * declared here and supplied by the host.
 */
#ifndef EVFD_PARK_H
#define EVFD_PARK_H

#include <evfd/types.h>

#define EVFD_PARK_BUCKETS 64u

/*
 * A lock for each bucket, held for a short walk of a list. If evfd_post() is
 * called from interrupt or signal handlers, it keeps those away while held.
 * Returns what unlocking needs to know. Context: any.
 */
uintptr_t evfd_port_bucket_lock(uint32_t bucket);
void evfd_port_bucket_unlock(uint32_t bucket, uintptr_t state);

/* The calling thread, as evfd_port_unblock() wants it. Context: thread. */
void *evfd_port_self(void);

/*
 * Sleep until somebody has unblocked this thread: one unblock that came before
 * counts, several count as one. Returns 0, also for no reason; EVFD_ETIMEDOUT
 * at deadline_ns; EVFD_EINTR if is_interruptible and a signal is pending.
 * Context: thread, no bucket locked.
 */
int evfd_port_block(uint64_t deadline_ns, bool is_interruptible);
/* Called with a bucket locked. Context: any. */
void evfd_port_unblock(void *thread);

#endif
