/* SPDX-License-Identifier: MIT */
/* Times become deadlines, which are never EVFD_NOWAIT. */
#include "library.h"

#define NS_PER_S INT64_C(1000000000)
#define LAST (EVFD_FOREVER - 1)

uint64_t evfd_after(uint64_t ns)
{
	uint64_t now = evfd_port_now();

	if (ns == EVFD_FOREVER)
		return EVFD_FOREVER;
	return ns < LAST - now ? now + ns : LAST;
}

uint64_t evfd_deadline(const struct timespec *when)
{
	uint64_t s, ns;

	if (!when)
		return EVFD_FOREVER;
	if (when->tv_sec < 0 || (when->tv_sec == 0 && when->tv_nsec <= 0))
		return 1; /* long ago */
	s = (uint64_t)when->tv_sec;
	ns = when->tv_nsec > 0 ? (uint64_t)when->tv_nsec : 0;
	if (s >= LAST / NS_PER_S || ns >= LAST - s * NS_PER_S)
		return LAST;
	return s * NS_PER_S + ns;
}
