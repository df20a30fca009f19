/* SPDX-License-Identifier: MIT */
/*
 * A port to copy: for a host without wait-on-address. Build core/park.c, which
 * makes the wait and wake functions out of these.
 */
#include <evfd/park.h>

#define TO_WRITE() __builtin_trap()

uintptr_t evfd_port_bucket_lock(uint32_t bucket)
{
	/* A spin lock. If your interrupt handlers post: interrupts off first,
	 * and return what turns them on again. */
	(void)bucket;
	TO_WRITE();
}

void evfd_port_bucket_unlock(uint32_t bucket, uintptr_t state)
{
	(void)bucket;
	(void)state;
	TO_WRITE();
}

void *evfd_port_self(void)
{
	TO_WRITE();
}

int evfd_port_block(uint64_t deadline_ns, bool is_interruptible)
{
	/* A binary semaphore of the thread: an unblock that came first counts. */
	(void)deadline_ns;
	(void)is_interruptible;
	TO_WRITE();
}

void evfd_port_unblock(void *thread)
{
	/* Make that thread runnable, or let its next block return at once. */
	(void)thread;
	TO_WRITE();
}
