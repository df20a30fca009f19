/* SPDX-License-Identifier: MIT */
/* uv_async_send() from a thread: a loop asleep in epoll, woken by its eventfd. */
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

#define ROUNDS 200

static uv_sem_t seen;
static int calls;

static void on_loop(uv_async_t *async)
{
	if (++calls == ROUNDS)
		uv_close((uv_handle_t *)async, NULL);
	uv_sem_post(&seen);
}

/* One at a time: libuv may fold sends that the loop has not seen yet. */
static void send_all(void *async)
{
	for (int i = 0; i < ROUNDS; i++) {
		if (uv_async_send(async))
			abort();
		uv_sem_wait(&seen);
	}
}

int main(void)
{
	uv_loop_t loop;
	uv_async_t async;
	uv_thread_t thread;

	if (uv_loop_init(&loop) || uv_sem_init(&seen, 0) ||
	    uv_async_init(&loop, &async, on_loop) ||
	    uv_thread_create(&thread, send_all, &async))
		return 1;
	uv_run(&loop, UV_RUN_DEFAULT);
	if (uv_thread_join(&thread) || uv_loop_close(&loop) || calls != ROUNDS)
		return 1;
	printf("libuv: %d sends from another thread\n", calls);
	return 0;
}
