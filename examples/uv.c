/* SPDX-License-Identifier: MIT */
/* A counter in a libuv loop. Made for level-triggered waiting: writes coalesce. */
#include <evfd/uv.h>

#include "producer.h"

static uint64_t received;

static void on_value(struct evfd_uv *w, uint64_t value)
{
	received += value;
	if (received == UNITS)
		uv_close((uv_handle_t *)&w->poll, NULL);
}

int main(void)
{
	evfd_t counter = evfd_create(0, EVFD_TRANSITION, "uv");
	struct evfd_uv watcher;
	uv_loop_t loop;

	if (uv_loop_init(&loop) ||
	    evfd_uv_start(&loop, &watcher, counter, on_value))
		return 1;
	if (producer_start(&counter))
		return 1;
	uv_run(&loop, UV_RUN_DEFAULT);
	if (uv_loop_close(&loop))
		return 1;
	return producer_end(counter, received);
}
