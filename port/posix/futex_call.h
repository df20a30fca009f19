/* SPDX-License-Identifier: MIT */
/*
 * Linux's futex(2) as ports and the library call it: sleep until an absolute time of the
 * monotonic clock, wake. Who includes this says what else his host has to do.
 *
 * scope: FUTEX_PRIVATE_FLAG for words of this process, 0 for those that others map.
 * errno is the caller's when a call returns: handlers may have run in between.
 */
#ifndef EVFD_PORT_POSIX_FUTEX_CALL_H
#define EVFD_PORT_POSIX_FUTEX_CALL_H

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <evfd/port.h>

/* What the system call takes, whatever the size of libc's time_t. */
struct futex_time {
	long s, ns;
};

/* False: no timeout. In 32 bits that is also the answer to a deadline more than 68
 * years after the machine was started. */
static inline bool futex_time_of(uint64_t deadline_ns, struct futex_time *t)
{
	const uint64_t ns_per_s = 1000000000;
	uint64_t s = deadline_ns / ns_per_s;

	if (deadline_ns == EVFD_FOREVER || s > LONG_MAX)
		return false;
	t->s = (long)s;
	t->ns = (long)(deadline_ns % ns_per_s);
	return true;
}

/*
 * Sleep while *word is expected. Returns 0 after a wake, which may have been meant for
 * another use of the word; EVFD_EAGAIN, it is not expected; EVFD_EINTR;
 * EVFD_ETIMEDOUT; EVFD_EFAULT, it is not mapped.
 */
static inline int futex_wait(uint32_t *word, uint32_t expected,
			     uint64_t deadline_ns, int scope)
{
	struct futex_time t, *timeout = futex_time_of(deadline_ns, &t) ? &t : NULL;
	int saved = errno, error = 0;

	if (syscall(SYS_futex, word, FUTEX_WAIT_BITSET | scope, expected,
		    timeout, NULL, FUTEX_BITSET_MATCH_ANY) < 0)
		error = errno;
	errno = saved;
	switch (error) {
	case 0:
		return 0;
	case EAGAIN:
		return EVFD_EAGAIN;
	case EINTR:
		return EVFD_EINTR;
	case ETIMEDOUT:
		return EVFD_ETIMEDOUT;
	case EFAULT:
		return EVFD_EFAULT;
	}
	evfd_port_panic("futex wait refused", __FILE__, __LINE__);
}

/* Wake at most `most` of those that sleep on word. */
static inline void futex_wake(uint32_t *word, uint32_t most, int scope)
{
	int saved = errno;

	syscall(SYS_futex, word, FUTEX_WAKE | scope,
		most > INT_MAX ? INT_MAX : (int)most);
	errno = saved;
}

#endif
