/* SPDX-License-Identifier: MIT */
/* event_active() from a thread wakes a libevent loop. */
#include <event2/event.h>
#include <event2/thread.h>
#include <pthread.h>
#include <stdio.h>

static void on_loop(evutil_socket_t fd, short events, void *base)
{
	(void)fd, (void)events;
	puts("libevent: woken");
	event_base_loopbreak(base);
}

static void *wake(void *e)
{
	event_active(e, EV_READ, 0);
	return NULL;
}

int main(void)
{
	struct event_base *base;
	struct event *e;
	pthread_t thread;

	evthread_use_pthreads();
	base = event_base_new();
	e = event_new(base, -1, EV_READ | EV_PERSIST, on_loop, base);
	event_add(e, NULL);
	if (pthread_create(&thread, NULL, wake, e))
		return 1;
	event_base_loop(base, EVLOOP_NO_EXIT_ON_EMPTY);
	pthread_join(thread, NULL);
	event_free(e);
	event_base_free(base);
	return 0;
}
