/* SPDX-License-Identifier: MIT */
/*
 * signal [SIGNALS]
 *
 * X6 for real: a signal handler posts to the counter that the thread it
 * interrupted was just working on, at any instruction, with and without a watch.
 * Nothing hangs, no unit is lost, and the edge of every post is delivered.
 */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include <evfd/core.h>

#include "core/atomic.h"

static struct evfd_registry registry;
static evfd_t counter;
static uint32_t signals = 1000;
static uint32_t handled, worked_on, is_over;
static uint32_t edges; /* deliveries since the count was last looked at */

static void on_signal(int signal)
{
	(void)signal;
	if (evfd_post(&registry, counter, 1))
		abort();
	add_ar(&handled, 1);
}

static bool notify(struct evfd_watch *w, uint32_t events)
{
	(void)w;
	(void)events;
	add_ar(&edges, 1);
	return false;
}

/* What the worker took out of the counter and put into it, all but posts. */
struct sum {
	uint64_t put, got;
};

static void *work(void *arg)
{
	struct sum *sum = arg;
	uint64_t value;

	while (!load_acq(&is_over)) {
		if (evfd_write(&registry, counter, 3, EVFD_NOWAIT) == 0)
			sum->put += 3;
		if (evfd_read(&registry, counter, &value, EVFD_NOWAIT) == 0)
			sum->got += value;
		if (evfd_take(&registry, counter, 1, 2, &value, EVFD_NOWAIT) == 0)
			sum->got += value;
		add_ar(&worked_on, 1);
	}
	return NULL;
}

/* One signal at a time, so that each is handled and can be counted. */
static void send_signals(pthread_t thread)
{
	for (uint32_t i = 0; i < signals; i++) {
		if (pthread_kill(thread, SIGUSR1))
			abort();
		while (load_acq(&handled) <= i)
			sched_yield();
	}
}

static bool run(bool is_watched)
{
	struct evfd_watch watch = { .notify = notify, .events = EVFD_IN };
	struct sum sum = { 0, 0 };
	uint64_t left = 0;
	pthread_t thread;

	handled = worked_on = is_over = edges = 0;
	if (evfd_create(&registry, 0, 0, NULL, "signal", &counter) ||
	    (is_watched && evfd_watch_add(&registry, counter, &watch) < 0) ||
	    pthread_create(&thread, NULL, work, &sum))
		abort();
	send_signals(thread);
	store_rel(&is_over, 1);
	pthread_join(thread, NULL);
	/* An edge that a handler left behind would have to be delivered now. */
	edges = 0;
	evfd_post(&registry, counter, 1);
	if (is_watched && edges != 1)
		return false;
	evfd_peek(&registry, counter, &left);
	if (is_watched)
		evfd_watch_remove(&registry, counter, &watch);
	evfd_close(&registry, counter);
	printf("# %u rounds of the worker under %u signals\n", worked_on, handled);
	return sum.put + signals + 1 == sum.got + left;
}

int main(int argc, char **argv)
{
	struct sigaction sa = { .sa_handler = on_signal };
	bool is_plain_good, is_watched_good;

	if (argc > 1)
		signals = (uint32_t)strtoul(argv[1], NULL, 10);
	sigaction(SIGUSR1, &sa, NULL);
	if (evfd_registry_init(&registry, 0))
		return 1;
	puts("1..2");
	is_plain_good = run(false);
	printf("%s 1 - X6: posts from a signal handler\n",
	       is_plain_good ? "ok" : "not ok");
	is_watched_good = run(true);
	printf("%s 2 - X6: the same with a watch\n",
	       is_watched_good ? "ok" : "not ok");
	return is_plain_good && is_watched_good ? 0 : 1;
}
