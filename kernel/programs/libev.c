/* SPDX-License-Identifier: MIT */
/* ev_async_send() from a thread wakes a libev loop. */
#include <ev.h>
#include <pthread.h>
#include <stdio.h>

static void on_loop(struct ev_loop *loop, ev_async *w, int events)
{
	(void)events;
	ev_async_stop(loop, w);
	puts("libev: woken");
}

static void *wake(void *w)
{
	ev_async_send(EV_DEFAULT, w);
	return NULL;
}

int main(void)
{
	struct ev_loop *loop = ev_default_loop(0);
	pthread_t thread;
	ev_async w;

	ev_async_init(&w, on_loop);
	ev_async_start(loop, &w);
	if (pthread_create(&thread, NULL, wake, &w))
		return 1;
	ev_run(loop, 0);
	return pthread_join(thread, NULL);
}
