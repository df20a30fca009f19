/* SPDX-License-Identifier: MIT */
/* A signal handler posts; the main thread sleeps until it has. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <evfd.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>

static evfd_t caught;

/* On success the call leaves errno alone, as a handler must. */
static void on_signal(int signal)
{
	(void)signal;
	evfd_post(caught, 1);
}

static void *send(void *to)
{
	pthread_kill(*(pthread_t *)to, SIGUSR1);
	return NULL;
}

int main(void)
{
	struct sigaction action = { .sa_handler = on_signal };
	pthread_t self = pthread_self(), sender;
	uint64_t n;

	caught = evfd_create(0, 0, "caught");
	if (caught == EVFD_NONE || sigaction(SIGUSR1, &action, NULL) < 0)
		return 1;
	if (pthread_create(&sender, NULL, send, &self))
		return 1;
	while (evfd_read(caught, &n) < 0)
		if (errno != EINTR)
			return 1;
	pthread_join(sender, NULL);
	printf("%llu signal\n", (unsigned long long)n);
	return n != 1 || evfd_close(caught) < 0;
}
