/* SPDX-License-Identifier: MIT */
/* poll and select: sleeping, waking, time, signals, and sets of any size. */
#include "world.h"

#include <stdlib.h>

#define MS UINT64_C(1000000)

static struct inproc_process *process(void **state)
{
	return ((struct world *)*state)->process;
}

/* ---- a poll in a thread ------------------------------------------------------- */

struct poll_call {
	struct pollfd fds[40];
	uint32_t n;
	int ms;
	uint64_t mask; /* for ppoll, if ms is -2 */
};

static void *run_poll(void *arg)
{
	struct poll_call *c = arg;

	if (c->ms == -2)
		return (void *)(intptr_t)inproc_syscall(
			271, address(c->fds), c->n, 0, address(&c->mask), 8, 0);
	return (void *)(intptr_t)poll(c->fds, c->n, c->ms);
}

static struct inproc_thread *start(void **state, struct poll_call *c)
{
	struct inproc_thread *t = inproc_thread_start(process(state), run_poll, c);

	assert_true(inproc_until_blocked(t));
	return t;
}

static intptr_t end(struct inproc_thread *t)
{
	return (intptr_t)inproc_thread_join(t);
}

/* One more than fits on the stack, the last of them written to. */
static void test_wakes(void **state)
{
	for (uint32_t n = 1; n <= 40; n += 13) {
		struct poll_call c = { .n = n, .ms = -1 };
		struct inproc_thread *t;

		for (uint32_t i = 0; i < n; i++)
			c.fds[i] = (struct pollfd){ eventfd(0, 0), IN, 0xffff };
		t = start(state, &c);
		assert_int_equal(add(c.fds[n - 1].fd, 1), 8);
		assert_int_equal(end(t), 1);
		for (uint32_t i = 0; i < n; i++)
			assert_int_equal(c.fds[i].revents, i == n - 1 ? IN : 0);
	}
}

/* An edge that leaves nothing to report does not end the call. */
static void test_sleeps_on(void **state)
{
	int e = eventfd(0, NONBLOCK);
	struct poll_call c = { .fds = { { e, IN, 0 } }, .n = 1, .ms = -1 };
	struct inproc_thread *t = start(state, &c);

	assert_int_equal(add(e, 0), 8);
	assert_true(inproc_until_blocked(t));
	assert_int_equal(take(e), (uint64_t)EVFD_EAGAIN);
	assert_true(inproc_until_blocked(t));
	close_fd(e); /* the call keeps it */
	assert_true(inproc_until_blocked(t));
	inproc_interrupt(t, true);
	assert_int_equal(end(t), EVFD_EINTR);
}

static void test_room_wakes_for_out(void **state)
{
	int e = eventfd(0, 0);
	struct poll_call c = { .fds = { { e, OUT, 0 } }, .n = 1, .ms = -1 };
	struct inproc_thread *t;

	assert_int_equal(add(e, MAX), 8);
	t = start(state, &c);
	assert_int_equal(take(e), MAX);
	assert_int_equal(end(t), 1);
	assert_int_equal(c.fds[0].revents, OUT);
}

static void test_many_times_and_not_at_all(void **state)
{
	int e = eventfd(1, 0);
	struct pollfd fds[5] = {
		{ e, IN, 0 }, { e, OUT, 0 },   { -1, IN, 7 },
		{ 77, 0, 0 }, { e, 0x1c0, 9 },
	};

	(void)state;
	assert_int_equal(poll(fds, 5, 0), 3);
	assert_int_equal(fds[0].revents, IN);
	assert_int_equal(fds[1].revents, OUT);
	assert_int_equal(fds[2].revents, 0);
	assert_int_equal(fds[3].revents, NVAL);
	assert_int_equal(fds[4].revents, 0);
}

/* ---- time -------------------------------------------------------------------------- */

static void test_timeout_is_neither_short_nor_long(void **state)
{
	struct poll_call c = { .n = 0, .ms = 3 };
	struct inproc_thread *t;

	inproc_clock_stop(true);
	t = start(state, &c);
	inproc_clock_advance(3 * MS - 1);
	assert_true(inproc_until_blocked(t));
	inproc_clock_advance(1);
	assert_int_equal(end(t), 0);
	inproc_clock_stop(false);
}

struct select_call {
	int nfds;
	uint64_t in[4], out[4];
	int64_t time[2];
	bool has_time;
};

static void *run_select(void *arg)
{
	struct select_call *c = arg;

	return (void *)(intptr_t)inproc_syscall(
		23, (uint64_t)c->nfds, address(c->in), address(c->out), 0,
		c->has_time ? address(c->time) : 0, 0);
}

/* One microsecond is not nothing; what is left is told. */
static void test_select_time(void **state)
{
	struct select_call c = { .time = { 0, 1 }, .has_time = true };
	struct inproc_thread *t;

	inproc_clock_stop(true);
	t = inproc_thread_start(process(state), run_select, &c);
	assert_true(inproc_until_blocked(t));
	inproc_clock_advance(1000);
	assert_int_equal(end(t), 0);
	assert_true(c.time[0] == 0 && c.time[1] == 0);

	c = (struct select_call){ .time = { 10, 500 }, .has_time = true };
	t = inproc_thread_start(process(state), run_select, &c);
	assert_true(inproc_until_blocked(t));
	inproc_clock_advance(4000000000);
	inproc_interrupt(t, false);
	assert_int_equal(end(t), EVFD_EINTR);
	assert_true(c.time[0] == 6 && c.time[1] == 500);
	inproc_clock_stop(false);
}

/* ---- select --------------------------------------------------------------------------- */

static void test_select_sets(void **state)
{
	struct select_call c = { .nfds = 200 };
	struct inproc_thread *t;
	int e = 0;

	while (e < 150)
		e = eventfd(0, 0);
	for (int w = 0; w < 4; w++)
		c.in[w] = UINT64_MAX >> (w == 2 ? 64 - (151 - 128) : 0);
	c.in[3] = 0;
	c.nfds = 256;
	t = inproc_thread_start(process(state), run_select, &c);
	assert_true(inproc_until_blocked(t));
	assert_int_equal(add(130, 1), 8);
	assert_int_equal(end(t), 1);
	assert_true(c.in[0] == 0 && c.in[1] == 0 && c.in[2] == 4 && c.in[3] == 0);

	/* Bits from nfds on are not looked at. */
	c = (struct select_call){ .nfds = 3, .in = { 0xf8 }, .out = { 7 } };
	assert_int_equal((intptr_t)run_select(&c), 3);
	assert_true(c.in[0] == 0 && c.out[0] == 7);

	c = (struct select_call){ .nfds = 200, .in = { 0, 0, UINT64_C(1) << 60 } };
	assert_int_equal((intptr_t)run_select(&c), EVFD_EBADF);
	assert_int_equal(inproc_syscall(23, UINT64_MAX, 0, 0, 0, 0, 0),
			 EVFD_EINVAL);
}

/* One set for both uses: the last written is what it holds. */
static void test_select_same_set_twice(void **state)
{
	uint64_t set = 1;
	int64_t now[2] = { 0, 0 };

	(void)state;
	assert_int_equal(eventfd(0, 0), 0);
	assert_int_equal(inproc_syscall(23, 1, address(&set), address(&set), 0,
					address(now), 0),
			 1);
	assert_int_equal(set, 1);
}

/* ---- masks ------------------------------------------------------------------------------ */

static int seen_signal;
static uint64_t mask_in_handler;

static void note_signal(int signal, void *ctx)
{
	(void)ctx;
	seen_signal = signal;
	/* Read without changing: the new mask is what was there. */
	mask_in_handler = inproc_sigmask(UINT64_MAX);
	inproc_sigmask(mask_in_handler);
}

static void *masked_poll(void *arg)
{
	void *result;
	uint64_t after;

	inproc_sigmask(UINT64_C(1) << 9); /* signal 10 waits */
	result = run_poll(arg);
	after = inproc_sigmask(0);
	return after == UINT64_C(1) << 9 ? result : (void *)1;
}

/* The mask of ppoll holds while it sleeps and while the handler runs, then the
 * old one is back; a signal that only ppoll lets through ends it. */
static void test_mask(void **state)
{
	struct poll_call c = { .ms = -2, .mask = UINT64_C(1) << 11 };
	struct inproc_thread *t;

	inproc_on_signal(process(state), note_signal, NULL);
	t = inproc_thread_start(process(state), masked_poll, &c);
	assert_true(inproc_until_blocked(t));
	inproc_signal(t, 12, INPROC_HANDLER); /* not let through */
	assert_true(inproc_until_blocked(t));
	assert_int_equal(inproc_sleeps(t), 1);
	inproc_signal(t, 10, INPROC_HANDLER_RESTART);
	assert_int_equal(end(t), EVFD_EINTR);
	/* The last handler is of signal 12, which the old mask lets through. */
	assert_int_equal(seen_signal, 12);
	assert_int_equal(mask_in_handler, UINT64_C(1) << 9);
}

/* A signal that runs no handler: poll goes on, read goes on, epoll_wait ends. */
static void test_restart(void **state)
{
	int e = eventfd(0, 0);
	struct poll_call c = { .fds = { { e, IN, 0 } }, .n = 1, .ms = -1 };
	struct inproc_thread *t = start(state, &c);

	inproc_signal(t, 18, INPROC_NO_HANDLER);
	assert_true(inproc_until_blocked(t));
	assert_int_equal(add(e, 1), 8);
	assert_int_equal(end(t), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(test_wakes),
		WORLD_TEST(test_sleeps_on),
		WORLD_TEST(test_room_wakes_for_out),
		WORLD_TEST(test_many_times_and_not_at_all),
		WORLD_TEST(test_timeout_is_neither_short_nor_long),
		WORLD_TEST(test_select_time),
		WORLD_TEST(test_select_sets),
		WORLD_TEST(test_select_same_set_twice),
		WORLD_TEST(test_mask),
		WORLD_TEST(test_restart),
	};

	return cmocka_run_group_tests_name("poll", tests, NULL, NULL);
}
