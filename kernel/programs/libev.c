/* SPDX-License-Identifier: MIT */
/* ev_async_send() from a thread wakes a libev loop, again and again. */
#include <ev.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>

#define ROUNDS 100

static sem_t seen;
static int calls;

static void on_loop(struct ev_loop *loop, ev_async *w, int events)
{
	(void)events;
	if (++calls == ROUNDS)
		ev_async_stop(loop, w);
	sem_post(&seen);
}

static void *wake(void *w)
{
	for (int i = 0; i < ROUNDS; i++) {
		ev_async_send(EV_DEFAULT, w);
		sem_wait(&seen);
	}
	return NULL;
}

int main(void)
{
	struct ev_loop *loop = ev_default_loop(0);
	pthread_t thread;
	ev_async w;

	sem_init(&seen, 0, 0);
	ev_async_init(&w, on_loop);
	ev_async_start(loop, &w);
	if (pthread_create(&thread, NULL, wake, &w))
		return 1;
	ev_run(loop, 0);
	pthread_join(thread, NULL);
	printf("libev: woken %d times\n", calls);
	return calls != ROUNDS;
}
