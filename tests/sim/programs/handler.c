/* SPDX-License-Identifier: MIT */
/*
 * An interrupt or a signal in the middle of an operation, at any of its steps, whose
 * handler posts to the same counter. The handler may not wait for what it
 * interrupted.
 */
#include "../programs.h"
#include "counters.h"

#include <string.h>

THREAD(open_full, open_counter(EVFD_MAX, EVFD_SEMAPHORE))

THREAD(write_a, thread_write(0, 1, EVFD_NOWAIT))
THREAD(full_write_a, thread_write(0, 1, EVFD_FOREVER))
THREAD(take_a, thread_take(0, 2, 2, EVFD_FOREVER))
THREAD(post_a, thread_post(0, 1))

static uint32_t told, calls;
static bool is_gone;

static bool on_edge(struct evfd_watch *w, uint32_t events)
{
	(void)w;
	sim_check(!is_gone);
	told |= events;
	calls++;
	return true;
}

static struct evfd_watch watch;

static void open_watched(void)
{
	open_counter(0, 0);
	told = calls = 0;
	is_gone = false;
	watch = (struct evfd_watch){ .notify = on_edge,
				     .events = EVFD_IN | EVFD_OUT };
	sim_check_equal(evfd_watch_add(&registry, counter, &watch), EVFD_OUT);
}

static void unwatch_a(void)
{
	evfd_watch_remove(&registry, counter, &watch);
	is_gone = true;
}

static void any_a(void)
{
	struct evfd_any set[1] = { { .handle = counter } };
	uint64_t value = 0;

	results[0] = evfd_wait_any(&registry, set, 1, &value, EVFD_FOREVER);
	got[0] = value;
}

static void check_read(void)
{
	sim_check(sim_is_done(0));
	check_rest();
}

static void check_told(void)
{
	sim_check(told & EVFD_IN);
	sim_check(calls >= 1);
	check_rest();
}

static void check_full(void)
{
	check_sums();
	sim_check(sim_is_done(0));
	close_counter();
}

static void check_take(void)
{
	check_sums();
	sim_check(!sim_is_asleep(0) || count_now() < 2);
	close_counter();
}

static void check_closed(void)
{
	sim_check_equal(results[0], 0);
	sim_check(results[1] == 0 || results[1] == EVFD_EBADF);
	sim_check(results[2] == 0 || results[2] == EVFD_EBADF);
}

#define ON_A                         \
	{                            \
		0, SIM_INTERRUPTS(0) \
	}

const struct sim_program handler_programs[] = {
	{
		.name = "post-in-read",
		.what = "a handler posts in a blocking read",
		.holds = "the read returns, sums",
		.setup = open_empty,
		.threads = { read_a, post_b },
		.handler = ON_A,
		.each = check_always,
		.rest = check_read,
		.end = end_counter,
	},
	{
		.name = "post-in-read-of-two",
		.what = "the same with another reader and a writer",
		.holds = "sums, registrations, nobody asleep over a value",
		.setup = open_semaphore,
		.threads = { read_a, post_b, read_c, post_d },
		.handler = ON_A,
		.each = check_always,
		.rest = check_read,
		.end = end_counter,
	},
	{
		.name = "post-in-deadline",
		.what = "a handler posts in a read that its deadline ends",
		.holds = "sums, registrations, nobody asleep over a value",
		.setup = open_semaphore,
		.threads = { deadline_a, post_b, read_c },
		.handler = ON_A,
		.each = check_always,
		.rest = check_rest,
		.end = end_counter,
		.may_sleep = 4,
		.interrupts = 1,
	},
	{
		.name = "post-in-write",
		.what = "a handler posts in a write that tells watches",
		.holds = "told, sums; the handler never waits",
		.setup = open_watched,
		.threads = { write_a, post_b, write_c },
		.handler = ON_A,
		.each = check_always,
		.rest = check_told,
		.end = end_counter,
	},
	{
		.name = "post-in-post",
		.what = "a handler posts in a post, and another thread posts",
		.holds = "told, sums; the handler never waits",
		.setup = open_watched,
		.threads = { post_a, post_b, post_c, post_d },
		.handler = { 0, SIM_INTERRUPTS(0), 0, SIM_INTERRUPTS(2) },
		.each = check_always,
		.rest = check_told,
		.end = end_counter,
	},
	{
		.name = "post-in-unwatch",
		.what = "a handler posts while its thread removes the watch",
		.holds = "no callback after removing; sums",
		.setup = open_watched,
		.threads = { unwatch_a, post_b, post_c },
		.handler = ON_A,
		.each = check_always,
		.rest = check_rest,
		.end = end_counter,
	},
	{
		.name = "post-in-any",
		.what = "a handler posts in wait-any",
		.holds = "it returns, sums",
		.setup = open_empty,
		.threads = { any_a, post_b, write_c },
		.handler = ON_A,
		.each = check_always,
		.rest = check_read,
		.end = end_counter,
	},
	{
		.name = "post-in-take",
		.what = "a handler posts in a take of 2, and a thread",
		.holds = "not asleep over 2, sums",
		.setup = open_semaphore,
		.threads = { take_a, post_b, post_c },
		.handler = ON_A,
		.each = check_always,
		.rest = check_take,
		.end = end_counter,
		.may_sleep = 1,
	},
	{
		.name = "read-in-full-write",
		.what = "a handler reads in a write without room",
		.holds = "the write returns, sums",
		.setup = open_full,
		.threads = { full_write_a, try_b },
		.handler = ON_A,
		.each = check_always,
		.rest = check_full,
		.end = end_counter,
	},
	{
		.name = "post-in-close",
		.what = "a handler posts in close, and another thread",
		.holds = "done or EBADF",
		.setup = open_watched,
		.threads = { close_a, post_b, post_c },
		.handler = ON_A,
		.each = check_always,
		.rest = check_closed,
		.end = end_counter,
	},
	{ 0 },
};
