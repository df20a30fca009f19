/* SPDX-License-Identifier: MIT */
/* Sleeping on Linux in memory that several processes map: the futex that is not private. */
#define _GNU_SOURCE
#include "port/posix/futex_call.h"

#include "shared.h"

#define SHARED 0

const bool evfd_lib_shared_is_possible = true;

int evfd_lib_shared_wait(uint32_t *word, uint32_t expected, uint64_t deadline_ns)
{
	int result = futex_wait(word, expected, deadline_ns, SHARED);

	/* EFAULT: a peer cut the file. */
	return result == EVFD_EAGAIN || result == EVFD_EFAULT ? 0 : result;
}

void evfd_lib_shared_wake_all(uint32_t *word)
{
	futex_wake(word, UINT32_MAX, SHARED);
}
