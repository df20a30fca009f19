/* SPDX-License-Identifier: MIT */
/* A counter in an sd-event loop. */
#include <evfd/sd-event.h>

#include "producer.h"

static uint64_t received;

static int on_value(struct evfd_sd *w, uint64_t value)
{
	received += value;
	return received == UNITS ? sd_event_exit(w->data, 0) : 0;
}

int main(void)
{
	evfd_t counter = evfd_create(0, EVFD_TRANSITION, "sd-event");
	struct evfd_sd watcher;
	sd_event *event = NULL;

	if (sd_event_new(&event) < 0)
		return 1;
	watcher.data = event;
	if (evfd_sd_start(event, &watcher, counter, on_value) < 0)
		return 1;
	if (producer_start(&counter))
		return 1;
	if (sd_event_loop(event) < 0)
		return 1;
	evfd_sd_stop(&watcher);
	sd_event_unref(event);
	return producer_end(counter, received);
}
