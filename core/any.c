/* SPDX-License-Identifier: MIT */
/*
 * Wait for any of many: watch them all, take from the first that gives.
 *
 * The waiter clears its bell before it looks at the counters and sleeps only on a
 * bell that is still clear, so an edge after the look is never slept through
 * (B1 clear, look, B2 sleep while clear; the callback rings after its edge). Edges
 * before the watch was added need no bell: the look comes later.
 */
#include "atomic.h"
#include <evfd/core.h>

static bool ring(struct evfd_watch *w, uint32_t events)
{
	struct evfd_any *item =
		(struct evfd_any *)((char *)w - offsetof(struct evfd_any, watch));
	uint32_t *bell = item->waiter;

	(void)events;
	if (swap_ar(bell, 1) != 0)
		return false;
	evfd_port_wake(bell, 1);
	return true;
}

/* Index and value of the first that gives, or an error; EAGAIN: none does. */
static int take_any(struct evfd_registry *r, struct evfd_any *set, uint32_t n,
		    uint64_t *value)
{
	for (uint32_t i = 0; i < n; i++) {
		int result = evfd_read(r, set[i].handle, value, EVFD_NOWAIT);

		if (result == 0)
			return (int)i;
		if (result != EVFD_EAGAIN)
			return result;
	}
	return EVFD_EAGAIN;
}

static int watch_all(struct evfd_registry *r, struct evfd_any *set, uint32_t n,
		     uint32_t *bell, uint32_t *watched)
{
	for (uint32_t i = 0; i < n; i++) {
		int result;

		set[i].waiter = bell;
		set[i].watch =
			(struct evfd_watch){ .notify = ring, .events = EVFD_IN };
		result = evfd_watch_add(r, set[i].handle, &set[i].watch);
		if (result < 0)
			return result;
		*watched = i + 1;
	}
	return 0;
}

static int wait_any(struct evfd_registry *r, struct evfd_any *set, uint32_t n,
		    uint64_t *value, uint64_t deadline_ns, uint32_t *bell)
{
	int leaving = 0;

	for (;;) {
		int result;

		swap_ar(bell, 0); /* B1 */
		result = take_any(r, set, n, value);
		if (result != EVFD_EAGAIN)
			return result;
		if (leaving)
			return leaving;
		leaving = evfd_port_wait(bell, 0, deadline_ns); /* B2 */
	}
}

int evfd_wait_any(struct evfd_registry *r, struct evfd_any *set, uint32_t n,
		  uint64_t *value, uint64_t deadline_ns)
{
	uint32_t bell = 0, watched = 0;
	int result;

	if (!set || n == 0 || n > EVFD_SLOTS_MAX)
		return EVFD_EINVAL;
	result = take_any(r, set, n, value);
	if (result != EVFD_EAGAIN || deadline_ns == EVFD_NOWAIT)
		return result;
	result = watch_all(r, set, n, &bell, &watched);
	if (result == 0)
		result = wait_any(r, set, n, value, deadline_ns, &bell);
	while (watched > 0) {
		watched--;
		evfd_watch_remove(r, set[watched].handle, &set[watched].watch);
	}
	return result;
}
