/* SPDX-License-Identifier: MIT */
/* A counter in a libev loop. */
#include <evfd/ev.h>

#include "producer.h"

static uint64_t received;

static void on_value(struct ev_loop *loop, struct evfd_ev *w, uint64_t value)
{
	received += value;
	if (received == UNITS)
		evfd_ev_stop(loop, w);
}

int main(void)
{
	evfd_t counter = evfd_create(0, EVFD_TRANSITION, "ev");
	struct ev_loop *loop = ev_loop_new(EVFLAG_AUTO);
	struct evfd_ev watcher;

	if (!loop || evfd_ev_start(loop, &watcher, counter, on_value) < 0)
		return 1;
	if (producer_start(&counter))
		return 1;
	ev_run(loop, 0);
	ev_loop_destroy(loop);
	return producer_end(counter, received);
}
