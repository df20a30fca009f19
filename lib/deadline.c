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

uint64_t evfd_deadline_at(int64_t s, int64_t ns)
{
	uint64_t whole = (uint64_t)s, rest = ns > 0 ? (uint64_t)ns : 0;

	if (s < 0 || (s == 0 && ns <= 0))
		return 1; /* long ago */
	if (whole >= LAST / NS_PER_S || rest >= LAST - whole * NS_PER_S)
		return LAST;
	return whole * NS_PER_S + rest;
}
