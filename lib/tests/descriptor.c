/* SPDX-License-Identifier: MIT */
/*
 * The descriptor as poll, select and epoll see it. Built with each doorbell; a
 * pipe's is never writable, and what that concerns is left out there.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <unistd.h>

#include <evfd.h>

#include "unit.h"

#define HANG_MS 60000

static bool has_out; /* does this doorbell show room to write? */

static int poll_now(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | (has_out ? POLLOUT : 0) };

	assert_true(poll(&p, 1, 0) >= 0);
	return p.revents;
}

#define OUT (has_out ? POLLOUT : 0)

static int epoll_on(int fd, uint32_t events)
{
	struct epoll_event e = { .events = events };
	int ep = epoll_create1(0);

	assert_true(ep >= 0);
	assert_int_equal(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e), 0);
	return ep;
}

static uint32_t epoll_now(int ep)
{
	struct epoll_event e = { 0 };

	return epoll_wait(ep, &e, 1, 0) == 1 ? e.events : 0;
}

static int find_out(void **state)
{
	evfd_t h = evfd_create(0, 0, NULL);

	(void)state;
	has_out = true;
	has_out = poll_now(evfd_descriptor(h, 0)) & POLLOUT;
	return evfd_close(h);
}

/* ---- exact ------------------------------------------------------------------- */

static void test_level(void **state)
{
	evfd_t h = evfd_create(0, 0, NULL);
	int fd = evfd_descriptor(h, 0);
	fd_set set;
	struct timeval now = { 0, 0 };

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(evfd_descriptor(h, 0), fd);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(poll_now(fd), OUT);
	evfd_write(h, 0);
	assert_int_equal(poll_now(fd), OUT);
	evfd_write(h, 2);
	assert_int_equal(poll_now(fd), POLLIN | OUT);
	FD_ZERO(&set);
	FD_SET(fd, &set);
	assert_int_equal(select(fd + 1, &set, NULL, NULL, &now), 1);
	evfd_write(h, 1);
	assert_int_equal(evfd_read(h, NULL), 0);
	assert_int_equal(poll_now(fd), OUT);
	evfd_post(h, 1);
	assert_int_equal(poll_now(fd), POLLIN | OUT);
	evfd_reset(h, NULL);
	assert_int_equal(poll_now(fd), OUT);
	evfd_swap(h, 5, NULL);
	assert_int_equal(poll_now(fd), POLLIN | OUT);
	evfd_trytake(h, 2, 2, NULL);
	assert_int_equal(poll_now(fd), POLLIN | OUT);
	assert_int_equal(evfd_wait_any(&h, 1, NULL), 0);
	assert_int_equal(poll_now(fd), OUT);
	evfd_cancel(h);
	assert_int_equal(poll_now(fd) & POLLIN, POLLIN);
	assert_int_equal(evfd_close(h), 0);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
}

static void test_made_late(void **state)
{
	evfd_t ready = evfd_create(3, EVFD_SEMAPHORE, NULL);
	evfd_t full = evfd_create(EVFD_MAX, 0, NULL);
	evfd_t cancelled = evfd_create(0, 0, NULL);

	(void)state;
	evfd_cancel(cancelled);
	assert_int_equal(poll_now(evfd_descriptor(ready, 0)), POLLIN | OUT);
	assert_int_equal(poll_now(evfd_descriptor(full, 0)), POLLIN);
	assert_int_equal(poll_now(evfd_descriptor(cancelled, 0)) & POLLIN, POLLIN);
	evfd_read(ready, NULL);
	assert_int_equal(poll_now(evfd_descriptor(ready, 0)), POLLIN | OUT);
	evfd_close(ready);
	evfd_close(full);
	evfd_close(cancelled);
}

static void test_full(void **state)
{
	evfd_t h = evfd_create(0, EVFD_SEMAPHORE, NULL);
	int fd = evfd_descriptor(h, 0);

	(void)state;
	for (int round = 0; round < 3; round++) {
		evfd_write(h, EVFD_MAX - 1);
		assert_int_equal(poll_now(fd), POLLIN | OUT);
		evfd_write(h, 1);
		assert_int_equal(poll_now(fd), POLLIN);
		evfd_read(h, NULL);
		assert_int_equal(poll_now(fd), POLLIN | OUT);
		evfd_post(h, 5);
		assert_int_equal(poll_now(fd), POLLIN);
		evfd_reset(h, NULL);
		assert_int_equal(poll_now(fd), OUT);
	}
	evfd_close(h);
}

/* C65 to C68: every write an edge, whatever was there. */
static void test_edges(void **state)
{
	evfd_t h = evfd_create(0, 0, NULL);
	int fd = evfd_descriptor(h, 0);
	int ep = epoll_on(fd, EPOLLIN | EPOLLET);

	(void)state;
	assert_int_equal(epoll_now(ep), 0);
	for (int i = 0; i < 5; i++) {
		evfd_write(h, 1);
		assert_int_equal(epoll_now(ep), EPOLLIN);
		assert_int_equal(epoll_now(ep), 0);
	}
	evfd_write(h, 0);
	assert_int_equal(epoll_now(ep), EPOLLIN);
	evfd_write(h, 1);
	evfd_write(h, 1);
	assert_int_equal(epoll_now(ep), EPOLLIN);
	assert_int_equal(epoll_now(ep), 0);
	evfd_read(h, NULL);
	assert_int_equal(epoll_now(ep), 0);
	evfd_write(h, 0);
	assert_int_equal(epoll_now(ep), 0);
	evfd_write(h, EVFD_MAX);
	assert_int_equal(epoll_now(ep), EPOLLIN);
	evfd_write(h, 0);
	assert_int_equal(epoll_now(ep), EPOLLIN);
	evfd_close(h);
	close(ep);
}

static void test_edges_out(void **state)
{
	evfd_t h = evfd_create(0, 0, NULL);
	int ep = epoll_on(evfd_descriptor(h, 0), EPOLLOUT | EPOLLET);

	(void)state;
	if (has_out) {
		assert_int_equal(epoll_now(ep), EPOLLOUT);
		evfd_write(h, EVFD_MAX);
		evfd_read(h, NULL);
		assert_int_equal(epoll_now(ep), EPOLLOUT);
		assert_int_equal(epoll_now(ep), 0);
	}
	evfd_close(h);
	close(ep);
}

static void test_transition(void **state)
{
	evfd_t h = evfd_create(0, EVFD_TRANSITION, NULL);
	int fd = evfd_descriptor(h, 0);
	int ep = epoll_on(fd, EPOLLIN | EPOLLET);

	(void)state;
	evfd_write(h, 1);
	assert_int_equal(epoll_now(ep), EPOLLIN);
	evfd_write(h, 1);
	assert_int_equal(epoll_now(ep), 0);
	assert_int_equal(poll_now(fd), POLLIN | OUT);
	evfd_read(h, NULL);
	assert_int_equal(poll_now(fd), OUT);
	evfd_post(h, 1);
	assert_int_equal(epoll_now(ep), EPOLLIN);
	evfd_close(h);
	close(ep);
}

/* ---- armed --------------------------------------------------------------------- */

static void test_armed(void **state)
{
	evfd_t h = evfd_create(0, 0, NULL);
	int fd = evfd_descriptor(h, EVFD_ARMED);

	(void)state;
	assert_int_equal(evfd_write(h, 1), 0);
	assert_int_equal(poll_now(fd) & POLLIN, 0);
	assert_int_equal(evfd_arm(h), 1);
	assert_int_equal(poll_now(fd) & POLLIN, 0);
	assert_int_equal(evfd_read(h, NULL), 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(evfd_arm(h), 0);
		evfd_write(h, 0);
		assert_int_equal(poll_now(fd) & POLLIN, 0);
		evfd_write(h, 1);
		evfd_write(h, 1);
		assert_int_equal(poll_now(fd) & POLLIN, POLLIN);
		assert_int_equal(evfd_disarm(h), 0);
		assert_int_equal(poll_now(fd) & POLLIN, 0);
		assert_int_equal(evfd_read(h, NULL), 0);
	}
	assert_int_equal(evfd_arm(h), 0);
	assert_int_equal(evfd_disarm(h), 0);
	assert_int_equal(evfd_disarm(h), 0);
	assert_int_equal(evfd_arm(h), 0);
	evfd_cancel(h);
	assert_int_equal(poll_now(fd) & POLLIN, POLLIN);
	evfd_close(h);
}

/* Edges only: the doorbell is never hushed, and each call is heard. */
static void test_armed_edges(void **state)
{
	evfd_t h = evfd_create(0, 0, NULL);
	int fd = evfd_descriptor(h, EVFD_ARMED | EVFD_EDGE);
	int ep = epoll_on(fd, EPOLLIN | EPOLLET);

	(void)state;
	assert_int_equal(evfd_descriptor(h, EVFD_ARMED), -1);
	assert_int_equal(errno, EEXIST);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(evfd_arm(h), 0);
		assert_int_equal(epoll_now(ep), 0);
		evfd_write(h, 1);
		assert_int_equal(epoll_now(ep), EPOLLIN);
		assert_int_equal(evfd_disarm(h), 0);
		assert_int_equal(poll_now(fd) & POLLIN, POLLIN);
		assert_int_equal(epoll_now(ep), 0);
		evfd_read(h, NULL);
	}
	evfd_close(h);
	close(ep);
}

/* ---- cancellation of threads --------------------------------------------------- */

/* A thread that is to end does so at its own cancellation points, not in ours. */
static void *write_while_cancelled(void *arg)
{
	const evfd_t *h = arg;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	pthread_cancel(pthread_self());
	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
	evfd_write(*h, 1);
	evfd_read(*h, NULL);
	evfd_write(*h, 1);
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	return arg;
}

static void test_no_cancellation_point(void **state)
{
	evfd_t h = evfd_create(0, 0, NULL);
	int fd = evfd_descriptor(h, 0);
	pthread_t thread;
	void *result;

	(void)state;
	pthread_create(&thread, NULL, write_while_cancelled, &h);
	pthread_join(thread, &result);
	assert_ptr_equal(result, &h);
	assert_int_equal(poll_now(fd) & POLLIN, POLLIN);
	evfd_close(h);
}

static void test_refusals(void **state)
{
	evfd_t h = evfd_create(0, 0, NULL), armed = evfd_create(0, 0, NULL);

	(void)state;
	assert_int_equal(evfd_descriptor(h, 8), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(evfd_arm(h), -1);
	assert_int_equal(errno, EINVAL);
	assert_true(evfd_descriptor(h, 0) >= 0);
	assert_int_equal(evfd_arm(h), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(evfd_descriptor(h, EVFD_ARMED), -1);
	assert_int_equal(errno, EEXIST);
	evfd_close(h);
	assert_int_equal(evfd_disarm(h), -1);
	assert_int_equal(errno, EBADF);
	assert_true(evfd_descriptor(armed, EVFD_ARMED) >= 0);
	evfd_close(armed);
}

/* A place has many tenants, and none sees another's descriptor. */
static void test_tenants(void **state)
{
	(void)state;
	for (int i = 0; i < 2000; i++) {
		evfd_t h = evfd_create(0, 0, NULL),
		       other = evfd_create(0, 0, NULL);
		int fd = evfd_descriptor(h, i % 3 ? 0 : EVFD_ARMED);

		evfd_write(other, 1);
		assert_int_equal(poll_now(fd) & POLLIN, 0);
		assert_int_equal(evfd_close(h), 0);
		assert_int_equal(evfd_close(other), 0);
		assert_int_equal(evfd_write(h, 1), -1);
	}
}

/* ---- threads ------------------------------------------------------------------------- */

#define WRITERS 3
#define WRITES 20000
#define WRITES_AT_REST 1000

struct writes {
	evfd_t to;
	int count;
};

static void *writer(void *p)
{
	const struct writes *writes = p;

	for (int i = 0; i < writes->count; i++) {
		evfd_write(writes->to, 1);
		if (i % 64 == 0)
			sched_yield();
	}
	return NULL;
}

static void *reader(void *p)
{
	uint64_t *sum = p, value;
	evfd_t h = (evfd_t)*sum;

	*sum = 0;
	while (evfd_read(h, &value) == 0)
		*sum += value;
	return NULL;
}

/* A loop that sleeps for every unit it does not have yet. */
static void run_loop(uint32_t flags, uint32_t descriptor, uint32_t events)
{
	evfd_t h = evfd_create(0, flags, NULL);
	int fd = evfd_descriptor(h, descriptor);
	int ep = epoll_on(fd, events);
	struct writes writes = { .to = h, .count = WRITES };
	pthread_t threads[WRITERS];
	uint64_t sum = 0, value;
	struct epoll_event e;

	for (int i = 0; i < WRITERS; i++)
		pthread_create(&threads[i], NULL, writer, &writes);
	while (sum < WRITERS * WRITES) {
		if (!(descriptor & EVFD_ARMED) || evfd_arm(h) == 0) {
			assert_int_equal(epoll_wait(ep, &e, 1, HANG_MS), 1);
			if (descriptor & EVFD_ARMED)
				evfd_disarm(h);
		}
		if (evfd_tryread(h, &value) == 0)
			sum += value;
	}
	for (int i = 0; i < WRITERS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(sum, WRITERS * WRITES);
	if (!(descriptor & EVFD_ARMED))
		assert_int_equal(poll_now(fd) & POLLIN, 0);
	assert_int_equal(evfd_close(h), 0);
	close(ep);
}

static void test_loop_level(void **state)
{
	(void)state;
	run_loop(0, 0, EPOLLIN);
	run_loop(EVFD_TRANSITION, 0, EPOLLIN);
	run_loop(EVFD_SEMAPHORE, 0, EPOLLIN);
}

/* In semaphore mode one event may stand for many units: a loop would drain. */
static void test_loop_edge(void **state)
{
	(void)state;
	run_loop(0, 0, EPOLLIN | EPOLLET);
	run_loop(EVFD_TRANSITION, 0, EPOLLIN | EPOLLET);
}

static void test_loop_armed(void **state)
{
	(void)state;
	run_loop(0, EVFD_ARMED, EPOLLIN);
	run_loop(0, EVFD_ARMED, EPOLLIN | EPOLLET);
	run_loop(EVFD_SEMAPHORE, EVFD_ARMED, EPOLLIN);
}

/* D1: readers and writers at once, and at rest the descriptor tells the truth. It is a
 * round's last steps that may leave a lie: so many rounds, and not long ones. */
static void test_at_rest(void **state)
{
	(void)state;
	for (int round = 0; round < 100; round++) {
		evfd_t h = evfd_create(0, round % 2 ? EVFD_TRANSITION : 0, NULL);
		int fd = evfd_descriptor(h, 0);
		struct writes writes = { .to = h, .count = WRITES_AT_REST };
		uint64_t sums[2] = { h, h };
		struct evfd_stat st;
		pthread_t writers[2], readers[2];

		for (int i = 0; i < 2; i++) {
			pthread_create(&writers[i], NULL, writer, &writes);
			pthread_create(&readers[i], NULL, reader, &sums[i]);
		}
		for (int i = 0; i < 2; i++)
			pthread_join(writers[i], NULL);
		do
			evfd_stat(h, &st);
		while (st.waiting_readers < 2 && sched_yield() == 0);
		assert_int_equal(poll_now(fd), OUT);
		evfd_cancel(h);
		for (int i = 0; i < 2; i++)
			pthread_join(readers[i], NULL);
		assert_int_equal(sums[0] + sums[1], 2 * WRITES_AT_REST);
		evfd_close(h);
	}
}

/* Close against whoever is following: no descriptor of another is written to. */
static void *follower(void *p)
{
	evfd_t *shared = p;

	for (;;) {
		evfd_t h = __atomic_load_n(shared, __ATOMIC_ACQUIRE);

		if (h == EVFD_NONE)
			return NULL;
		evfd_post(h, 1);
		evfd_tryread(h, NULL);
	}
}

static void test_close_under_followers(void **state)
{
	evfd_t shared = evfd_create(0, 0, NULL);
	pthread_t threads[2];
	char byte;

	(void)state;
	evfd_descriptor(shared, 0);
	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, follower, &shared);
	for (int i = 0; i < 5000; i++) {
		evfd_t old = shared, fresh = evfd_create(0, 0, NULL);
		int ends[2];

		evfd_descriptor(fresh, 0);
		__atomic_store_n(&shared, fresh, __ATOMIC_RELEASE);
		assert_int_equal(evfd_close(old), 0);
		/* Takes the numbers just given back; nothing may arrive. */
		assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
		assert_int_equal(evfd_post(old, 1), -1);
		assert_int_equal(read(ends[0], &byte, 1), -1);
		close(ends[0]);
		close(ends[1]);
	}
	evfd_close(shared);
	__atomic_store_n(&shared, EVFD_NONE, __ATOMIC_RELEASE);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_level),
		cmocka_unit_test(test_made_late),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_edges),
		cmocka_unit_test(test_edges_out),
		cmocka_unit_test(test_transition),
		cmocka_unit_test(test_armed),
		cmocka_unit_test(test_armed_edges),
		cmocka_unit_test(test_no_cancellation_point),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_tenants),
		cmocka_unit_test(test_loop_level),
		cmocka_unit_test(test_loop_edge),
		cmocka_unit_test(test_loop_armed),
		cmocka_unit_test(test_at_rest),
		cmocka_unit_test(test_close_under_followers),
	};

	return cmocka_run_group_tests(tests, find_out, NULL);
}
