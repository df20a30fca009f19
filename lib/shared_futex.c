/* SPDX-License-Identifier: MIT */
/* Sleeping on Linux in memory that several processes map: the futex that is not private. */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "shared.h"

#define NS_PER_S UINT64_C(1000000000)

const bool evfd_lib_shared_is_possible = true;

static int futex_wait(uint32_t *word, uint32_t expected, uint64_t deadline_ns)
{
	struct timespec ts = {
		.tv_sec = (time_t)(deadline_ns / NS_PER_S),
		.tv_nsec = (long)(deadline_ns % NS_PER_S),
	};
	struct timespec *timeout = deadline_ns == EVFD_FOREVER ? NULL : &ts;

	if (syscall(SYS_futex, word, FUTEX_WAIT_BITSET, expected, timeout, NULL,
		    FUTEX_BITSET_MATCH_ANY) == 0)
		return 0;
	switch (errno) {
	case EAGAIN:
	case EFAULT: /* a peer cut the file: the caller's next look tells */
		return 0;
	case ETIMEDOUT:
		return EVFD_ETIMEDOUT;
	case EINTR:
		return EVFD_EINTR;
	}
	evfd_port_panic("futex wait refused", __FILE__, __LINE__);
}

int evfd_lib_shared_wait(uint32_t *word, uint32_t expected, uint64_t deadline_ns)
{
	int saved = errno;
	int result = futex_wait(word, expected, deadline_ns);

	errno = saved;
	return result;
}

void evfd_lib_shared_wake_all(uint32_t *word)
{
	int saved = errno;

	syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX);
	errno = saved;
}
