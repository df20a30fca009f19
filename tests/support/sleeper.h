/* SPDX-License-Identifier: MIT */
/* A thread that makes one call of core/ which may sleep. */
#ifndef EVFD_TESTS_SLEEPER_H
#define EVFD_TESTS_SLEEPER_H

#include <evfd/core.h>

#include "testport.h"

/* The counters of a test program. */
extern struct evfd_registry registry;

enum sleeper_call {
	SLEEPER_READ,
	SLEEPER_WRITE,
	SLEEPER_TAKE,
	SLEEPER_PUT
};

struct sleeper {
	struct testport_thread *thread;
	enum sleeper_call call;
	evfd_t handle;
	uint64_t min, max; /* take: both; write: max is the value */
	uint64_t deadline_ns;
	int put_result; /* what put answers */
	int result;
	uint64_t value;
};

/* Start the call; return once it has gone to sleep, as one more sleeper. */
void sleeper_start(struct sleeper *s);
/* Start it without waiting for anything. */
void sleeper_launch(struct sleeper *s);
/* Wait for its end; returns its result. */
int sleeper_join(struct sleeper *s);

struct sleeper sleeper_read(evfd_t h);
struct sleeper sleeper_write(evfd_t h, uint64_t value);
struct sleeper sleeper_take(evfd_t h, uint64_t min, uint64_t max);
struct sleeper sleeper_put(evfd_t h, int put_result);

/* ---- for tests of one counter -------------------------------------------- */

/* cmocka setup and teardown: a fresh registry; nothing may be left in it. */
int registry_setup(void **state);
int registry_teardown(void **state);

/* A new counter; fails the test on any error. */
evfd_t counter_new(uint64_t initial, uint32_t flags);
uint64_t count_of(evfd_t h);
struct evfd_stat stat_of(evfd_t h);
/* Nobody is registered as asleep on h. */
void assert_nobody_waits(evfd_t h);

#endif
