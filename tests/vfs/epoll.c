/* SPDX-License-Identifier: MIT */
/*
 * epoll from inside: how many times it looks at what it watches, what it keeps when a
 * copy fails, and the orders and wakes that a program cannot easily see.
 */
#include "world.h"

#include <stdlib.h>

#include "core/watch.h"

/* ---- a vnode that counts ------------------------------------------------------ */

struct counted {
	struct evfd_vnode vnode;
	struct evfd_watchlist watches;
	uint32_t ready;
	uint32_t polls; /* times that somebody looked */
};

static struct counted *counted_of(struct evfd_file *f)
{
	return (struct counted *)evfd_file_vnode(f);
}

static uint32_t counted_poll(struct evfd_file *f)
{
	struct counted *c = counted_of(f);

	c->polls++;
	return c->ready;
}

static uint32_t counted_watch(struct evfd_file *f, struct evfd_watch *w,
			      uint32_t events)
{
	struct evfd_watchlist *l = &counted_of(f)->watches;

	evfd_watchlist_lock(l);
	w->events = events;
	if (!w->next)
		evfd_watchlist_insert(l, w);
	evfd_watchlist_unlock(l);
	return counted_of(f)->ready;
}

static void counted_unwatch(struct evfd_file *f, struct evfd_watch *w)
{
	struct evfd_watchlist *l = &counted_of(f)->watches;

	evfd_watchlist_lock(l);
	evfd_watchlist_remove(l, w);
	evfd_watchlist_unlock(l);
}

static const struct evfd_vnode_ops counted_ops = {
	.name = "counted",
	.poll = counted_poll,
	.watch = counted_watch,
	.unwatch = counted_unwatch,
};

static void set_ready(struct counted *c, uint32_t ready)
{
	c->ready = ready;
	if (ready)
		evfd_watchlist_notify(&c->watches, ready, EVFD_NOTIFY_ANY);
}

/* n counted vnodes, each behind a descriptor and watched by ep. */
static struct counted *watch_many(struct world *w, int ep, uint32_t n)
{
	struct counted *all = calloc(n, sizeof(*all));

	call(160, 7, address((uint64_t[2]){ 20000, 20000 }), 0, 0);
	for (uint32_t i = 0; i < n; i++) {
		struct evfd_file *f;
		int fd;

		all[i].vnode.ops = &counted_ops;
		f = evfd_file_open(w->system, &all[i].vnode, 2);
		assert_non_null(f);
		fd = evfd_fd_install(inproc_evfd(w->process), f, false);
		assert_true(fd >= 0);
		assert_int_equal(epoll_ctl(ep, CTL_ADD, fd, IN, i), 0);
	}
	return all;
}

static uint32_t looks(const struct counted *all, uint32_t n)
{
	uint32_t sum = 0;

	for (uint32_t i = 0; i < n; i++)
		sum += all[i].polls;
	return sum;
}

static void close_all(struct counted *all)
{
	call(436, 0, 30000, 0, 0);
	free(all);
}

/* ---- cost ------------------------------------------------------------------------- */

/* The looks that a wait with one active object of n costs. */
static uint32_t looks_per_event(struct world *w, uint32_t n)
{
	int ep = epoll_create();
	struct counted *all = watch_many(w, ep, n);
	uint32_t before, after;
	struct event ev[8];

	set_ready(&all[n / 2], IN);
	before = looks(all, n);
	for (int i = 0; i < 100; i++) {
		assert_int_equal(epoll_wait(ep, ev, 8, 0), 1);
		assert_int_equal(ev[0].data, n / 2);
	}
	after = looks(all, n);
	close_all(all);
	return after - before;
}

static void test_cost_is_of_the_active(void **state)
{
	assert_int_equal(looks_per_event(*state, 10), 100);
	assert_int_equal(looks_per_event(*state, 10000), 100);
}

/* All ready, one event a wait: one look each, and each gets its turn. */
static void test_cost_is_of_the_delivered(void **state)
{
	int ep = epoll_create();
	struct counted *all = watch_many(*state, ep, 10000);

	for (int i = 0; i < 10000; i++)
		set_ready(&all[i], IN);
	for (uint64_t i = 0; i < 20000; i++) {
		struct event ev;

		assert_int_equal(epoll_wait(ep, &ev, 1, 0), 1);
		assert_int_equal(ev.data, i % 10000);
	}
	assert_int_equal(looks(all, 10000), 20000);
	close_all(all);
}

/* ---- what is kept ---------------------------------------------------------------------- */

static void test_fault_loses_nothing(void **state)
{
	static const uint32_t modes[] = { IN, IN | ET, IN | ONESHOT };
	int ep = epoll_create(), e[3];
	struct event ev[3];

	(void)state;
	inproc_catch_faults(); /* cmocka has its own handler */
	for (int i = 0; i < 3; i++) {
		e[i] = eventfd(1, 0);
		epoll_ctl(ep, CTL_ADD, e[i], modes[i], (uint64_t)i);
	}
	for (int i = 0; i < 5; i++)
		assert_int_equal(epoll_wait(ep, (struct event *)8, 3, 0),
				 EVFD_EFAULT);
	assert_int_equal(epoll_wait(ep, ev, 3, 0), 3);
	for (int i = 0; i < 3; i++)
		assert_int_equal(ev[i].data, i);
	assert_int_equal(epoll_wait(ep, ev, 3, 0), 1); /* the level one */
}

/* A one-shot that was silent through an edge reports it once armed again. */
static void test_oneshot_remembers_nothing_but_state(void **state)
{
	int ep = epoll_create(), e = eventfd(1, NONBLOCK);
	struct event ev;

	(void)state;
	epoll_ctl(ep, CTL_ADD, e, IN | ONESHOT, 0);
	assert_int_equal(epoll_wait(ep, &ev, 1, 0), 1);
	assert_int_equal(add(e, 1), 8);
	assert_int_equal(epoll_wait(ep, &ev, 1, 0), 0);
	assert_int_equal(take(e), 2);
	epoll_ctl(ep, CTL_MOD, e, IN | ONESHOT, 0);
	assert_int_equal(epoll_wait(ep, &ev, 1, 0), 0);
	assert_int_equal(add(e, 1), 8);
	assert_int_equal(epoll_wait(ep, &ev, 1, 0), 1);
	/* Silent also after a change of interest that does not fit. */
	epoll_ctl(ep, CTL_MOD, e, OUT | ONESHOT | ET, 0);
	assert_int_equal(epoll_wait(ep, &ev, 1, 0), 1);
	assert_int_equal(ev.events, OUT);
	assert_int_equal(epoll_wait(ep, &ev, 1, 0), 0);
}

static void test_removal_while_ready(void **state)
{
	int ep = epoll_create(), e[4];
	struct event ev[4];

	(void)state;
	for (int i = 0; i < 4; i++) {
		e[i] = eventfd(1, 0);
		epoll_ctl(ep, CTL_ADD, e[i], IN, (uint64_t)i);
	}
	assert_int_equal(epoll_ctl(ep, CTL_DEL, e[0], 0, 0), 0);
	close_fd(e[2]);
	assert_int_equal(epoll_wait(ep, ev, 4, 0), 2);
	assert_int_equal(ev[0].data, 1);
	assert_int_equal(ev[1].data, 3);
	assert_int_equal(epoll_ctl(ep, CTL_DEL, e[0], 0, 0), EVFD_ENOENT);
	assert_int_equal(epoll_ctl(ep, CTL_DEL, e[2], 0, 0), EVFD_EBADF);
}

/* ---- who is woken ------------------------------------------------------------------------ */

static void *wait_for_one(void *arg)
{
	struct event ev;

	return (void *)(intptr_t)epoll_wait((int)(intptr_t)arg, &ev, 1, -1);
}

static struct inproc_thread *start_waiting(void **state, int ep)
{
	struct inproc_thread *t =
		inproc_thread_start(((struct world *)*state)->process,
				    wait_for_one, (void *)(intptr_t)ep);

	assert_true(inproc_until_blocked(t));
	return t;
}

/* Three epolls, each with a sleeper: a write wakes one exclusive, or the shared. */
static void test_exclusive(void **state)
{
	int e = eventfd(0, 0), ep[3];
	struct inproc_thread *t[3];
	int done = 0;

	for (int i = 0; i < 3; i++) {
		ep[i] = epoll_create();
		epoll_ctl(ep[i], CTL_ADD, e, IN | (i ? EXCLUSIVE : 0), 0);
		t[i] = start_waiting(state, ep[i]);
	}
	assert_int_equal(add(e, 1), 8);
	assert_int_equal((intptr_t)inproc_thread_join(t[0]), 1);
	while (!inproc_is_done(t[1]) && !inproc_is_done(t[2]))
		;
	for (int i = 1; i < 3; i++)
		done += !inproc_until_blocked(t[i]);
	assert_int_equal(done, 1);
	assert_int_equal(add(e, 1), 8); /* nobody sleeps on the first: the other */
	assert_int_equal((intptr_t)inproc_thread_join(t[1]), 1);
	assert_int_equal((intptr_t)inproc_thread_join(t[2]), 1);
}

/* A sleeper in the outermost of five is woken through all of them. */
static void test_nested_wake(void **state)
{
	int e = eventfd(0, 0), below = e;
	struct inproc_thread *t;

	for (int i = 0; i < 5; i++) {
		int ep = epoll_create();

		assert_int_equal(epoll_ctl(ep, CTL_ADD, below, IN, 0), 0);
		below = ep;
	}
	t = start_waiting(state, below);
	assert_int_equal(add(e, 1), 8);
	assert_int_equal((intptr_t)inproc_thread_join(t), 1);
	assert_int_equal(epoll_ctl(epoll_create(), CTL_ADD, below, IN, 0),
			 EVFD_ELOOP);
}

/* Wide and nested: the search visits each epoll once, or this would not end. */
static void test_nesting_search_is_linear(void **state)
{
	enum {
		WIDTH = 60
	};
	int layer[4][WIDTH];

	(void)state;
	for (int l = 0; l < 4; l++) {
		for (int i = 0; i < WIDTH; i++) {
			layer[l][i] = epoll_create();
			for (int k = 0; l > 0 && k < WIDTH; k++)
				assert_int_equal(epoll_ctl(layer[l][i], CTL_ADD,
							   layer[l - 1][k], IN, 0),
						 0);
		}
	}
	assert_int_equal(epoll_ctl(layer[0][0], CTL_ADD, layer[3][0], IN, 0),
			 EVFD_ELOOP);
}

/* A parent that is edge-triggered hears of each event of its child, once. */
static void test_nested_edge(void **state)
{
	int e = eventfd(0, 0), child = epoll_create(), parent = epoll_create();
	struct event ev;

	(void)state;
	epoll_ctl(child, CTL_ADD, e, IN, 0);
	epoll_ctl(parent, CTL_ADD, child, IN | ET, 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(add(e, 1), 8);
		assert_int_equal(epoll_wait(parent, &ev, 1, 0), 1);
		assert_int_equal(epoll_wait(parent, &ev, 1, 0), 0);
		assert_int_equal(epoll_wait(child, &ev, 1, 0), 1);
		assert_int_equal(epoll_wait(parent, &ev, 1, 0), 0);
	}
}

/* ---- the interest set ---------------------------------------------------------------------- */

/* One file under many numbers, and one number for many files. */
static void test_interest_is_by_file_and_number(void **state)
{
	int ep = epoll_create(), e = eventfd(1, 0), copies[200];
	struct event ev[256];

	(void)state;
	for (int i = 0; i < 200; i++) {
		copies[i] = (int)call(32, (uint64_t)e, 0, 0, 0);
		assert_int_equal(epoll_ctl(ep, CTL_ADD, copies[i], IN,
					   (uint64_t)copies[i]),
				 0);
	}
	assert_int_equal(epoll_wait(ep, ev, 256, 0), 200);
	/* The number goes on to another file; the old entry stays with the old. */
	close_fd(copies[0]);
	assert_int_equal(eventfd(1, 0), copies[0]);
	assert_int_equal(epoll_ctl(ep, CTL_ADD, copies[0], IN, 9999), 0);
	assert_int_equal(epoll_wait(ep, ev, 256, 0), 201);
	for (int i = 1; i < 200; i++)
		close_fd(copies[i]);
	close_fd(e);
	assert_int_equal(epoll_wait(ep, ev, 256, 0), 1);
	assert_int_equal(ev[0].data, 9999);
}

static void *wait_half_a_second(void *arg)
{
	struct event ev;

	return (void *)(intptr_t)epoll_wait((int)(intptr_t)arg, &ev, 1, 500);
}

static void test_deadline(void **state)
{
	int ep = epoll_create();
	struct inproc_thread *t;

	inproc_clock_stop(true);
	t = inproc_thread_start(((struct world *)*state)->process,
				wait_half_a_second, (void *)(intptr_t)ep);
	assert_true(inproc_until_blocked(t));
	inproc_clock_advance(499999999);
	assert_true(inproc_until_blocked(t));
	assert_int_equal(inproc_sleeps(t), 1);
	inproc_clock_advance(1);
	assert_null(inproc_thread_join(t));
	inproc_clock_stop(false);
}

/* A file that three epolls watch is left by each in any order. */
static void test_watchers_leave_in_any_order(void **state)
{
	int fd = eventfd(1, 0), eps[3];
	struct event ev;

	(void)state;
	for (int i = 0; i < 3; i++) {
		eps[i] = epoll_create();
		assert_int_equal(epoll_ctl(eps[i], CTL_ADD, fd, IN, 0), 0);
	}
	assert_int_equal(epoll_ctl(eps[0], CTL_DEL, fd, 0, 0), 0);
	assert_int_equal(epoll_wait(eps[0], &ev, 1, 0), 0);
	assert_int_equal(epoll_wait(eps[1], &ev, 1, 0), 1);
	assert_int_equal(close_fd(eps[1]), 0);
	assert_int_equal(epoll_wait(eps[2], &ev, 1, 0), 1);
}

/* An epoll that is reached from above in two ways is as deep as it is, once. */
static void test_two_ways_up(void **state)
{
	int top = epoll_create(), left = epoll_create(), right = epoll_create();
	int below = epoll_create(), last = epoll_create();

	(void)state;
	assert_int_equal(epoll_ctl(top, CTL_ADD, left, IN, 0), 0);
	assert_int_equal(epoll_ctl(top, CTL_ADD, right, IN, 0), 0);
	assert_int_equal(epoll_ctl(left, CTL_ADD, below, IN, 0), 0);
	assert_int_equal(epoll_ctl(right, CTL_ADD, below, IN, 0), 0);
	assert_int_equal(epoll_ctl(below, CTL_ADD, last, IN, 0), 0);
	assert_int_equal(epoll_ctl(last, CTL_ADD, top, IN, 0), EVFD_ELOOP);
}

/* Without memory for more buckets everything is still found. */
static void test_no_memory_to_grow(void **state)
{
	int ep = epoll_create(), other = epoll_create(), fds[40];

	(void)state;
	for (int i = 0; i < 40; i++) {
		fds[i] = eventfd(0, 0);
		inproc_fail_alloc(i < 16 ? 0 : 2); /* 1: the item */
		assert_int_equal(epoll_ctl(ep, CTL_ADD, fds[i], IN, 0), 0);
	}
	inproc_fail_alloc(1);
	assert_int_equal(epoll_ctl(ep, CTL_ADD, other, IN, 0), EVFD_ENOMEM);
	inproc_fail_alloc(0);
	for (int i = 0; i < 40; i++) {
		assert_int_equal(epoll_ctl(ep, CTL_MOD, fds[i], OUT, 0), 0);
		assert_int_equal(epoll_ctl(ep, CTL_DEL, fds[i], 0, 0), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(test_cost_is_of_the_active),
		WORLD_TEST(test_cost_is_of_the_delivered),
		WORLD_TEST(test_fault_loses_nothing),
		WORLD_TEST(test_oneshot_remembers_nothing_but_state),
		WORLD_TEST(test_removal_while_ready),
		WORLD_TEST(test_exclusive),
		WORLD_TEST(test_nested_wake),
		WORLD_TEST(test_nesting_search_is_linear),
		WORLD_TEST(test_nested_edge),
		WORLD_TEST(test_interest_is_by_file_and_number),
		WORLD_TEST(test_deadline),
		WORLD_TEST(test_watchers_leave_in_any_order),
		WORLD_TEST(test_two_ways_up),
		WORLD_TEST(test_no_memory_to_grow),
	};

	return cmocka_run_group_tests_name("epoll", tests, NULL, NULL);
}
