/* SPDX-License-Identifier: MIT */
/*
 * 0 free, 1 held, 2 held and somebody may be asleep on it. Who has slept takes
 * the lock as 2, because others may sleep still; an unlock from 2 wakes one.
 */
#include "mutex.h"
#include "atomic.h"

void evfd_mutex_lock(uint32_t *m)
{
	uint32_t seen = 0;

	if (cas_ar(m, &seen, 1))
		return;
	while (swap_ar(m, 2) != 0)
		evfd_port_wait_short(m, 2);
}

void evfd_mutex_unlock(uint32_t *m)
{
	if (swap_ar(m, 0) == 2)
		evfd_port_wake(m, 1);
}
