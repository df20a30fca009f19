/* SPDX-License-Identifier: MIT */
/* Wait-on-address on Linux: the private futex. */
#define _GNU_SOURCE
#include "futex_call.h"
#include "patience.h"

int evfd_port_wait(uint32_t *word, uint32_t expected, uint64_t deadline_ns)
{
	int result;

	evfd_posix_sleep_begin(word);
	result = futex_wait(word, expected, deadline_ns, FUTEX_PRIVATE_FLAG);
	if (result == 0)
		evfd_posix_sleep_end(word);
	if (result == EVFD_EFAULT)
		evfd_port_panic("a word that is not mapped", __FILE__, __LINE__);
	return result == EVFD_EAGAIN ? 0 : result;
}

void evfd_port_wait_short(uint32_t *word, uint32_t expected)
{
	evfd_port_wait(word, expected, EVFD_FOREVER);
}

void evfd_port_wake(uint32_t *word, uint32_t count)
{
	evfd_posix_waking(word);
	futex_wake(word, count, FUTEX_PRIVATE_FLAG);
}
