/* SPDX-License-Identifier: MIT */
/*
 * Wait-on-address on Linux: the private futex. FUTEX_WAIT_BITSET because its
 * timeout is an absolute time of the monotonic clock.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <evfd/port.h>

#include "patience.h"

#define NS_PER_S UINT64_C(1000000000)

/* What this call takes, whatever the size of libc's time_t. */
struct futex_time {
	long s, ns;
};

/* False: no timeout. In 32 bits that is also the answer to a deadline more than 68
 * years after the machine was started. */
static bool to_futex_time(uint64_t deadline_ns, struct futex_time *t)
{
	uint64_t s = deadline_ns / NS_PER_S;

	if (deadline_ns == EVFD_FOREVER || s > LONG_MAX)
		return false;
	t->s = (long)s;
	t->ns = (long)(deadline_ns % NS_PER_S);
	return true;
}

static int futex_wait(uint32_t *word, uint32_t expected, uint64_t deadline_ns)
{
	struct futex_time ts;
	struct futex_time *timeout = to_futex_time(deadline_ns, &ts) ? &ts : NULL;
	uint64_t since = evfd_posix_sleep_begin();

	if (syscall(SYS_futex, word, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG,
		    expected, timeout, NULL, FUTEX_BITSET_MATCH_ANY) == 0) {
		evfd_posix_sleep_end(word, since);
		return 0;
	}
	switch (errno) {
	case EAGAIN:
		return 0;
	case ETIMEDOUT:
		return EVFD_ETIMEDOUT;
	case EINTR:
		return EVFD_EINTR;
	}
	evfd_port_panic("futex wait refused", __FILE__, __LINE__);
}

/* Handlers may run in between: whoever sleeps here keeps his errno. */
int evfd_port_wait(uint32_t *word, uint32_t expected, uint64_t deadline_ns)
{
	int saved = errno;
	int result = futex_wait(word, expected, deadline_ns);

	errno = saved;
	return result;
}

void evfd_port_wait_short(uint32_t *word, uint32_t expected)
{
	evfd_port_wait(word, expected, EVFD_FOREVER);
}

void evfd_port_wake(uint32_t *word, uint32_t count)
{
	int saved = errno;

	evfd_posix_waking(word);
	syscall(SYS_futex, word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG,
		count > INT_MAX ? INT_MAX : (int)count);
	errno = saved;
}
