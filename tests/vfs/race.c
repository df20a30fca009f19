/* SPDX-License-Identifier: MIT */
/*
 * The races that vfs/ argues about, run for real: lookups against close and reuse,
 * the end of a file against the end of its epoll, edges against harvest, MOD
 * against waiting threads. Counts, not times; run under ThreadSanitizer and
 * AddressSanitizer too.
 */
#include "world.h"

#include <pthread.h>
#include <sched.h>

#define ROUNDS 2000

static struct inproc_process *process(void **state)
{
	return ((struct world *)*state)->process;
}

static void *join(struct inproc_thread *t)
{
	return inproc_thread_join(t);
}

/* ---- lookup against close and reuse ------------------------------------------- */

static uint32_t is_over;

static void *hammer(void *arg)
{
	int fd = (int)(intptr_t)arg;
	uintptr_t strange = 0;

	while (!__atomic_load_n(&is_over, __ATOMIC_ACQUIRE)) {
		uint64_t value = 0;
		int64_t n = call(0, (uint64_t)fd, address(&value), 8, 0);

		/* An eventfd with 7 in it, or nothing, or no descriptor. */
		if (!(n == 8 && value == 7) && n != EVFD_EAGAIN && n != EVFD_EBADF)
			strange++;
	}
	return (void *)strange;
}

static void test_lookup_against_reuse(void **state)
{
	struct inproc_thread *t[2];
	int fd = eventfd(7, NONBLOCK);

	is_over = 0;
	for (int i = 0; i < 2; i++)
		t[i] = inproc_thread_start(process(state), hammer,
					   (void *)(intptr_t)fd);
	for (int i = 0; i < ROUNDS; i++) {
		assert_int_equal(close_fd(fd), 0);
		assert_int_equal(eventfd(7, NONBLOCK), fd);
	}
	__atomic_store_n(&is_over, 1, __ATOMIC_RELEASE);
	for (int i = 0; i < 2; i++)
		assert_null(join(t[i]));
}

/* ---- the ends of a file and of its epoll ----------------------------------------- */

static pthread_barrier_t both;

static void *close_in_step(void *arg)
{
	pthread_barrier_wait(&both);
	return (void *)(intptr_t)close_fd((int)(intptr_t)arg);
}

static void test_ends_meet(void **state)
{
	pthread_barrier_init(&both, NULL, 2);
	for (int i = 0; i < ROUNDS / 4; i++) {
		int ep = epoll_create(), e = eventfd(1, 0);
		struct inproc_thread *t;

		assert_int_equal(epoll_ctl(ep, CTL_ADD, e, IN, 0), 0);
		t = inproc_thread_start(process(state), close_in_step,
					(void *)(intptr_t)ep);
		assert_null(close_in_step((void *)(intptr_t)e));
		assert_null(join(t));
	}
	pthread_barrier_destroy(&both);
}

static void *write_in_step(void *arg)
{
	pthread_barrier_wait(&both);
	return (void *)(intptr_t)add((int)(intptr_t)arg, 1);
}

/* A write through a duplicate, while the watched descriptor goes. */
static void test_edge_against_removal(void **state)
{
	int ep = epoll_create();
	struct event ev;

	pthread_barrier_init(&both, NULL, 2);
	for (int i = 0; i < ROUNDS / 4; i++) {
		int e = eventfd(0, 0);
		struct inproc_thread *t;

		assert_int_equal(epoll_ctl(ep, CTL_ADD, e, IN | ET, 0), 0);
		t = inproc_thread_start(process(state), write_in_step,
					(void *)(intptr_t)e);
		pthread_barrier_wait(&both);
		assert_int_equal(epoll_ctl(ep, CTL_DEL, e, 0, 0), 0);
		assert_int_equal(epoll_wait(ep, &ev, 1, 0), 0);
		assert_ptr_equal(join(t), (void *)8);
		close_fd(e);
	}
	pthread_barrier_destroy(&both);
}

/* ---- no edge is lost ------------------------------------------------------------------ */

struct relay {
	int ep, to[8];
	uint32_t got;
	uint32_t rounds;
};

/* Waits for edges and counts the values behind them. */
static void *count_edges(void *arg)
{
	struct relay *r = arg;
	struct event ev[4];

	for (;;) {
		int n = epoll_wait(r->ep, ev, 2, -1);

		if (n < 0)
			return (void *)(intptr_t)n;
		for (int i = 0; i < n; i++) {
			uint64_t value = take((int)ev[i].data);

			if (value == UINT64_MAX - 10) /* EAGAIN */
				continue;
			if (value >= 1000000)
				return NULL;
			__atomic_fetch_add(&r->got, (uint32_t)value,
					   __ATOMIC_ACQ_REL);
		}
	}
}

/*
 * Writers never look whether anyone reads. If an edge were lost, its object would
 * keep a value for ever and the sum never be reached: the test would hang.
 */
static void relay_test(void **state, uint32_t events)
{
	struct relay r = { .ep = epoll_create(), .rounds = ROUNDS * 5 };
	struct inproc_thread *t[3];

	for (int i = 0; i < 8; i++) {
		r.to[i] = eventfd(0, NONBLOCK);
		assert_int_equal(epoll_ctl(r.ep, CTL_ADD, r.to[i], events,
					   (uint64_t)r.to[i]),
				 0);
	}
	for (int i = 0; i < 3; i++)
		t[i] = inproc_thread_start(process(state), count_edges, &r);
	for (uint32_t i = 0; i < r.rounds; i++)
		assert_int_equal(add(r.to[i % 8], 1), 8);
	while (__atomic_load_n(&r.got, __ATOMIC_ACQUIRE) < r.rounds)
		sched_yield();
	assert_int_equal(r.got, r.rounds);
	for (int i = 0; i < 3; i++) {
		/* One at a time: each takes one word to stop. */
		assert_true(inproc_until_blocked(t[i]));
	}
	for (int i = 0; i < 3; i++) {
		struct inproc_thread *left = NULL;

		assert_int_equal(add(r.to[i], 1000000), 8);
		while (!left)
			for (int k = 0; k < 3 && !left; k++)
				if (t[k] && inproc_is_done(t[k])) {
					left = t[k];
					t[k] = NULL;
				}
		assert_null(join(left));
	}
}

static void test_no_edge_lost_level(void **state)
{
	relay_test(state, IN);
}

static void test_no_edge_lost_edge(void **state)
{
	relay_test(state, IN | ET);
}

/* ---- MOD against a waiting thread -------------------------------------------------------- */

static uint32_t handshake;

static void *wait_each(void *arg)
{
	int ep = (int)(intptr_t)arg;

	for (uint32_t i = 0; i < ROUNDS * 5; i++) {
		struct event ev;

		if (epoll_wait(ep, &ev, 1, -1) != 1)
			return (void *)1;
		__atomic_store_n(&handshake, i + 1, __ATOMIC_RELEASE);
	}
	return NULL;
}

/* C69: the object stays ready for ever; each MOD is one event. */
static void mod_test(void **state, uint32_t events)
{
	int ep = epoll_create(), e = eventfd(1, 0);
	struct inproc_thread *t;

	handshake = 0;
	epoll_ctl(ep, CTL_ADD, e, 0, 0);
	t = inproc_thread_start(process(state), wait_each, (void *)(intptr_t)ep);
	for (uint32_t i = 0; i < ROUNDS * 5; i++) {
		assert_int_equal(epoll_ctl(ep, CTL_MOD, e, events, 0), 0);
		while (__atomic_load_n(&handshake, __ATOMIC_ACQUIRE) != i + 1)
			sched_yield();
	}
	assert_null(join(t));
}

static void test_mod_edge(void **state)
{
	mod_test(state, IN | ET);
}

static void test_mod_oneshot(void **state)
{
	mod_test(state, IN | ONESHOT);
}

/* ---- wakes ----------------------------------------------------------------------------------- */

static void *wait_once(void *arg)
{
	struct event ev;

	return (void *)(intptr_t)epoll_wait((int)(intptr_t)arg, &ev, 1, -1);
}

/* One edge-triggered event for four sleepers: one returns, three sleep on. */
static void test_one_event_wakes_one(void **state)
{
	int ep = epoll_create(), e = eventfd(0, 0);
	struct inproc_thread *t[4];
	int done = 0;

	epoll_ctl(ep, CTL_ADD, e, IN | ET, 0);
	for (int i = 0; i < 4; i++) {
		t[i] = inproc_thread_start(process(state), wait_once,
					   (void *)(intptr_t)ep);
		assert_true(inproc_until_blocked(t[i]));
	}
	for (int k = 0; k < 4; k++) {
		assert_int_equal(add(e, 1), 8);
		done = 0;
		while (done <= k) {
			done = 0;
			for (int i = 0; i < 4; i++)
				done += inproc_is_done(t[i]);
		}
		for (int i = 0; i < 4; i++)
			if (!inproc_is_done(t[i]))
				assert_true(inproc_until_blocked(t[i]));
		assert_int_equal(done, k + 1);
	}
	for (int i = 0; i < 4; i++) {
		assert_int_equal(inproc_sleeps(t[i]), 1);
		assert_ptr_equal(join(t[i]), (void *)1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(test_lookup_against_reuse),
		WORLD_TEST(test_ends_meet),
		WORLD_TEST(test_edge_against_removal),
		WORLD_TEST(test_no_edge_lost_level),
		WORLD_TEST(test_no_edge_lost_edge),
		WORLD_TEST(test_mod_edge),
		WORLD_TEST(test_mod_oneshot),
		WORLD_TEST(test_one_event_wakes_one),
	};

	return cmocka_run_group_tests_name("race", tests, NULL, NULL);
}
