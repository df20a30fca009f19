/* SPDX-License-Identifier: MIT */
/*
 * A host that has lock, block and unblock only: waiting is made by core/park.c, whose
 * steps are explored like any others. It is included, because what it keeps must be
 * emptied after a schedule that was left in the middle.
 *
 * A bucket's lock may be waited for, so a handler may not call this host: programs
 * with handlers are for the other.
 */
#include "../../core/park.c"

#include "machine.h"

#include <string.h>

const bool sim_has_handlers = false;

static uint32_t locks[EVFD_PARK_BUCKETS]; /* as in core/mutex.c */
static uint32_t permits[SIM_THREADS];

void sim_waits_reset(void)
{
	memset(buckets, 0, sizeof(buckets));
	memset(locks, 0, sizeof(locks));
	memset(permits, 0, sizeof(permits));
}

uintptr_t evfd_port_bucket_lock(uint32_t bucket)
{
	uint32_t *lock = &locks[bucket], seen = 0;

	if (!cas_ar(lock, &seen, 1))
		while (swap_ar(lock, 2) != 0)
			sim_wait(lock, 2, EVFD_FOREVER, true);
	return 0;
}

void evfd_port_bucket_unlock(uint32_t bucket, uintptr_t state)
{
	(void)state;
	if (swap_ar(&locks[bucket], 0) == 2)
		sim_wake(&locks[bucket], 1);
}

void *evfd_port_self(void)
{
	int self = sim_self();

	return self < 0 ? NULL : &permits[self];
}

int evfd_port_block(uint64_t deadline_ns, bool is_interruptible)
{
	uint32_t *permit = evfd_port_self();
	int result = 0;

	if (swap_ar(permit, 0) == 0) {
		result = sim_wait(permit, 0, deadline_ns, !is_interruptible);
		(void)swap_ar(permit, 0);
	}
	return result;
}

void evfd_port_unblock(void *thread)
{
	uint32_t *permit = thread;

	store_rel(permit, 1);
	sim_wake(permit, 1);
}
