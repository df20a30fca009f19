/* SPDX-License-Identifier: MIT */
/* Watches against edges, closing and each other; wait-any, which is made of them. */
#include "../programs.h"
#include "counters.h"

#include <string.h>

static struct subscriber {
	struct evfd_watch watch; /* first: the callback casts back */
	int ready;		 /* what subscribing returned */
	uint32_t told;		 /* edges, all together */
	uint32_t calls, hangups;
	bool is_gone; /* its memory is the caller's again */
	bool posts;
} subscribers[3];

static bool on_edge(struct evfd_watch *w, uint32_t events)
{
	struct subscriber *s = (struct subscriber *)w;

	sim_check(!s->is_gone);
	s->told |= events;
	s->calls++;
	s->hangups += events & EVFD_HUP ? 1 : 0;
	if (s->posts) {
		s->posts = false;
		sim_check_equal(evfd_post(&registry, counter, 1), 0);
		put++;
	}
	return true;
}

static void open_watched(void)
{
	open_counter(0, 0);
	memset(subscribers, 0, sizeof(subscribers));
	for (int i = 0; i < 3; i++) {
		subscribers[i].watch.notify = on_edge;
		subscribers[i].watch.events = EVFD_IN;
		subscribers[i].ready = NOTHING;
	}
}

static void subscribe(int i)
{
	subscribers[i].ready =
		evfd_watch_add(&registry, counter, &subscribers[i].watch);
}

static void unsubscribe(int i)
{
	evfd_watch_remove(&registry, counter, &subscribers[i].watch);
	subscribers[i].is_gone = true;
}

static void come_and_go(int i)
{
	subscribe(i);
	unsubscribe(i);
}

THREAD(subscribe_a, subscribe(0))
THREAD(subscribe_b, subscribe(1))
THREAD(come_and_go_a, come_and_go(0))
THREAD(come_and_go_b, come_and_go(1))
THREAD(cancel_b, results[1] = evfd_cancel(&registry, counter))

/* What became readable was either seen by subscribing or told later. */
static void check_told(void)
{
	for (int i = 0; i < 2; i++)
		if (subscribers[i].ready != NOTHING &&
		    !subscribers[i].is_gone && count_now() > 0)
			sim_check(subscribers[i].ready & EVFD_IN ||
				  subscribers[i].told & EVFD_IN);
	check_rest();
}

static void check_hangup(void)
{
	if (subscribers[0].ready >= 0 && !subscribers[0].is_gone)
		sim_check_equal(subscribers[0].hangups, 1);
	if (subscribers[0].ready < 0)
		sim_check_equal(subscribers[0].calls, 0);
	sim_check(subscribers[0].hangups <= 1);
}

static void check_cancel(void)
{
	sim_check(subscribers[0].ready & EVFD_ERR ||
		  subscribers[0].told & EVFD_ERR);
	close_counter();
}

/* 0 shared, 1 and 2 exclusive, all there before. */
static void open_exclusive(void)
{
	open_watched();
	subscribers[1].watch.exclusive = subscribers[2].watch.exclusive = 1;
	for (int i = 0; i < 3; i++)
		subscribe(i);
}

/* A write in its thread has told when it returns; edges may be told as one. */
static void check_exclusive(void)
{
	sim_check(subscribers[0].calls >= 1 && subscribers[0].calls <= 2);
	sim_check_equal(subscribers[1].calls + subscribers[2].calls,
			subscribers[0].calls);
	check_rest();
}

static void open_posting(void)
{
	open_watched();
	subscribe(0);
	subscribers[0].posts = true;
}

static void check_posting(void)
{
	sim_check(!subscribers[0].posts);
	sim_check(subscribers[0].calls >= 2);
	check_rest();
}

/* ---- wait-any -------------------------------------------------------------------- */

static uint64_t put_other;

static void open_two(void)
{
	open_counter(0, 0);
	sim_check_equal(
		evfd_create(&registry, 0, EVFD_SEMAPHORE, NULL, NULL, &other), 0);
	put_other = 0;
}

static void wait_any(int t, bool is_reversed, uint64_t deadline_ns)
{
	struct evfd_any set[2] = {
		{ .handle = is_reversed ? other : counter },
		{ .handle = is_reversed ? counter : other },
	};
	uint64_t value = 0;

	results[t] = evfd_wait_any(&registry, set, 2, &value, deadline_ns);
	if (results[t] >= 0)
		sim_check(value > 0);
	got[t] = value;
}

static void write_other_d(void)
{
	results[3] = evfd_write(&registry, other, 1, EVFD_NOWAIT);
	if (results[3] == 0)
		put_other++;
}

static void write_other_c(void)
{
	results[2] = evfd_write(&registry, other, 1, EVFD_NOWAIT);
	if (results[2] == 0)
		put_other++;
}

THREAD(any_a, wait_any(0, false, EVFD_FOREVER))
THREAD(any_b, wait_any(1, true, EVFD_FOREVER))
THREAD(any_deadline_a, wait_any(0, false, SIM_DEADLINE))
THREAD(close_other_c, results[2] = evfd_close(&registry, other))

/* Everything that was written was taken once or is still there. */
static void check_any(void)
{
	uint64_t left = 0, of_other = 0;

	sim_check_equal(evfd_peek(&registry, counter, &left), 0);
	sim_check_equal(evfd_peek(&registry, other, &of_other), 0);
	for (int i = 0; i < 2; i++) {
		if (sim_is_asleep(i))
			sim_check_equal(left + of_other, 0);
		if (results[i] < 0)
			sim_check_equal(got[i], 0);
	}
	sim_check_equal(got[0] + got[1] + left + of_other, put + put_other);
	sim_check_equal(evfd_close(&registry, other), 0);
	close_counter();
}

static void check_any_closed(void)
{
	sim_check(results[0] == 0 || results[0] == 1 || results[0] == EVFD_EBADF);
	close_counter();
}

const struct sim_program watch_programs[] = {
	{
		.name = "watch-write",
		.what = "subscribing against a write",
		.holds = "the value is seen by subscribing or told",
		.setup = open_watched,
		.threads = { subscribe_a, write_b },
		.each = check_always,
		.rest = check_told,
		.end = end_counter,
	},
	{
		.name = "watch-post",
		.what = "two subscribers, two posts that do not wait",
		.holds = "the value is seen by subscribing or told",
		.setup = open_watched,
		.threads = { subscribe_a, subscribe_b, post_c, post_d },
		.each = check_always,
		.rest = check_told,
		.end = end_counter,
	},
	{
		.name = "unwatch-write",
		.what = "a watch that comes and goes, a write and a post",
		.holds = "no callback once removing has returned",
		.setup = open_watched,
		.threads = { come_and_go_a, write_b, post_c },
		.each = check_always,
		.rest = check_told,
		.end = end_counter,
	},
	{
		.name = "unwatch-watch",
		.what = "one leaves while another stays, and a write",
		.holds = "who stays is told; none after removing",
		.setup = open_watched,
		.threads = { subscribe_a, come_and_go_b, write_c },
		.each = check_always,
		.rest = check_told,
		.end = end_counter,
	},
	{
		.name = "watch-close",
		.what = "subscribing against close",
		.holds = "EBADF and no call, or one hangup",
		.setup = open_watched,
		.threads = { subscribe_a, close_b, post_c },
		.each = check_always,
		.rest = check_hangup,
		.end = end_counter,
	},
	{
		.name = "unwatch-close",
		.what = "a watch that comes and goes, and close",
		.holds = "one hangup at most, none after removing",
		.setup = open_watched,
		.threads = { come_and_go_a, close_b },
		.each = check_always,
		.rest = check_hangup,
		.end = end_counter,
	},
	{
		.name = "watch-cancel",
		.what = "subscribing against cancel",
		.holds = "the error is seen by subscribing or told",
		.setup = open_watched,
		.threads = { subscribe_a, cancel_b },
		.each = check_always,
		.rest = check_cancel,
		.end = end_counter,
	},
	{
		.name = "exclusive",
		.what = "one shared and two exclusive watches, two writes",
		.holds = "each delivery tells one exclusive watch",
		.setup = open_exclusive,
		.threads = { write_b, write_c },
		.each = check_always,
		.rest = check_exclusive,
		.end = end_counter,
	},
	{
		.name = "callback-posts",
		.what = "a callback posts to its counter, two writers",
		.holds = "its edge is told too, sums",
		.setup = open_posting,
		.threads = { write_b, post_c },
		.each = check_always,
		.rest = check_posting,
		.end = end_counter,
	},
	{
		.name = "any-writes",
		.what = "wait-any, a write to each of its counters",
		.holds = "one value taken, the other left",
		.setup = open_two,
		.threads = { any_a, write_b, write_other_c },
		.each = check_always,
		.rest = check_any,
		.end = end_counter,
	},
	{
		.name = "any-any",
		.what = "two wait-any on the same counters, a write to each",
		.holds = "nobody asleep over a value, each value taken once",
		.setup = open_two,
		.threads = { any_a, any_b, write_c, write_other_d },
		.each = check_always,
		.rest = check_any,
		.end = end_counter,
		.may_sleep = 3,
	},
	{
		.name = "any-deadline",
		.what = "a deadline of wait-any, interrupted too, and a write",
		.holds = "the value taken once or left",
		.setup = open_two,
		.threads = { any_deadline_a, write_b, write_other_c },
		.each = check_always,
		.rest = check_any,
		.end = end_counter,
		.interrupts = 1,
	},
	{
		.name = "any-close",
		.what = "one of the counters closes under wait-any",
		.holds = "it ends",
		.setup = open_two,
		.threads = { any_a, post_b, close_other_c },
		.each = check_always,
		.rest = check_any_closed,
		.end = end_counter,
	},
	{ 0 },
};
