/* SPDX-License-Identifier: MIT */
/*
 * A thread that makes one call, and may sleep in it. Before it is included CALLED is
 * defined, the type of what calls are made on, and afterwards registered(), which
 * changes when a caller goes to sleep.
 */
#ifndef EVFD_LIB_TESTS_CALLER_H
#define EVFD_LIB_TESTS_CALLER_H

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>

#include "unit.h"

struct caller {
	pthread_t thread;
	int (*call)(CALLED on, uint64_t *value);
	CALLED on;
	uint64_t value;
	int result, error;
};

static uint64_t registered(CALLED on);

static void *caller_run(void *p)
{
	struct caller *c = p;

	c->result = c->call(c->on, &c->value);
	c->error = errno;
	return NULL;
}

static void caller_start(struct caller *c)
{
	assert_int_equal(pthread_create(&c->thread, NULL, caller_run, c), 0);
}

/* Returns when it is asleep, or will find that its bell was rung. */
static void caller_start_asleep(struct caller *c)
{
	uint64_t before = registered(c->on);

	caller_start(c);
	while (registered(c->on) == before)
		sched_yield();
}

static int caller_join(struct caller *c)
{
	pthread_join(c->thread, NULL);
	return c->result;
}

#endif
