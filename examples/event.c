/* SPDX-License-Identifier: MIT */
/* A counter in a libevent base, edge-triggered. */
#include <evfd/event.h>

#include "producer.h"

static uint64_t received;

static void on_value(struct evfd_event *w, uint64_t value)
{
	received += value;
	if (received == UNITS)
		evfd_event_stop(w);
}

int main(void)
{
	evfd_t counter = evfd_create(0, 0, "event");
	struct event_base *base = event_base_new();
	struct evfd_event watcher;

	if (!base || evfd_event_start(base, &watcher, counter, EV_ET, on_value) < 0)
		return 1;
	if (producer_start(&counter))
		return 1;
	event_base_dispatch(base);
	event_base_free(base);
	return producer_end(counter, received);
}
