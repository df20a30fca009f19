/* SPDX-License-Identifier: MIT */
/* Descriptor tables: numbers, copies, close-on-exec, fork, exec, limits. */
#include "world.h"

#define SYS_DUP 32
#define SYS_DUP2 33
#define SYS_FCNTL 72
#define SYS_CLOSE_RANGE 436

static int dup_of(int fd)
{
	return (int)call(SYS_DUP, (uint64_t)fd, 0, 0, 0);
}

static int fcntl(int fd, int command, uint64_t arg)
{
	return (int)call(SYS_FCNTL, (uint64_t)fd, (uint64_t)command, arg, 0);
}

static void set_limit(uint64_t n)
{
	assert_int_equal(call(160, 7, address((uint64_t[2]){ n, n }), 0, 0), 0);
}

static void test_lowest_number_first(void **state)
{
	int e = eventfd(0, 0);

	(void)state;
	assert_int_equal(e, 0);
	for (int i = 1; i < 200; i++)
		assert_int_equal(dup_of(e), i);
	close_fd(150);
	close_fd(63);
	close_fd(64);
	assert_int_equal(dup_of(e), 63);
	assert_int_equal(dup_of(e), 64);
	assert_int_equal(dup_of(e), 150);
	assert_int_equal(dup_of(e), 200);
	assert_int_equal(fcntl(e, 0, 100), 201);
	close_fd(120);
	close_fd(110);
	assert_int_equal(fcntl(e, 0, 115), 120);
	assert_int_equal(fcntl(e, 0, 0), 110);
	/* Numbers 0 to 201 are open, then a gap, 5000, and what follows it. */
	set_limit(6000);
	assert_int_equal(call(SYS_DUP2, 0, 5000, 0, 0), 5000);
	assert_int_equal(fcntl(e, 0, 5000), 5001);
	assert_int_equal(dup_of(e), 202);
}

static void test_limits(void **state)
{
	int e = eventfd(0, 0);

	(void)state;
	set_limit(3);
	assert_int_equal(dup_of(e), 1);
	assert_int_equal(dup_of(e), 2);
	assert_int_equal(dup_of(e), EVFD_EMFILE);
	assert_int_equal(eventfd(0, 0), EVFD_EMFILE);
	assert_int_equal(epoll_create(), EVFD_EMFILE);
	assert_int_equal(call(22, address((int[2]){ 0 }), 0, 0, 0), EVFD_EMFILE);
	assert_int_equal(fcntl(e, 0, 3), EVFD_EINVAL);
	assert_int_equal(call(SYS_DUP2, 0, 3, 0, 0), EVFD_EBADF);
	set_limit(1); /* what is open above it stays */
	assert_int_equal(add(2, 5), 8);
	assert_int_equal(take(0), 5);
	assert_int_equal(close_fd(2), 0);
	assert_int_equal(dup_of(e), EVFD_EMFILE);
}

/* A pipe that finds one number but not two leaves neither. */
static void test_half_a_pipe(void **state)
{
	int fds[2] = { -7, -7 };

	(void)state;
	eventfd(0, 0);
	set_limit(2);
	assert_int_equal(call(22, address(fds), 0, 0, 0), EVFD_EMFILE);
	assert_int_equal(fds[0], -7);
	assert_int_equal(eventfd(0, 0), 1);
	set_limit(1024);
	inproc_catch_faults();
	assert_int_equal(call(22, 8, 0, 0, 0), EVFD_EFAULT);
	assert_int_equal(eventfd(0, 0), 2);
}

static void test_copies_share_the_file(void **state)
{
	int e = eventfd(0, 0), copy = dup_of(e);

	(void)state;
	assert_int_equal(fcntl(copy, 4, NONBLOCK), 0);
	assert_int_equal(fcntl(e, 3, 0), NONBLOCK | 2);
	assert_int_equal(take(e), (uint64_t)EVFD_EAGAIN);
	assert_int_equal(fcntl(e, 2, 1), 0);
	assert_int_equal(fcntl(e, 1, 0), 1);
	assert_int_equal(fcntl(copy, 1, 0), 0);
	close_fd(e);
	assert_int_equal(add(copy, 3), 8);
	assert_int_equal(take(copy), 3);
	/* Onto a number that is open: what was there is closed. */
	e = eventfd(9, 0);
	assert_int_equal(call(SYS_DUP2, (uint64_t)copy, (uint64_t)e, 0, 0), e);
	assert_int_equal(take(e), (uint64_t)EVFD_EAGAIN);
}

static void test_fork_and_exec(void **state)
{
	struct world *w = *state;
	int e = eventfd(0, CLOEXEC | NONBLOCK), kept = eventfd(0, NONBLOCK);
	struct inproc_process *child = inproc_fork(w->process, 101);

	assert_int_equal(add(e, 4), 8);
	inproc_bind(child);
	assert_int_equal(take(e), 4);
	inproc_exec(child);
	assert_int_equal(take(e), (uint64_t)EVFD_EBADF);
	assert_int_equal(add(kept, 6), 8);
	assert_int_equal(eventfd(0, 0), e); /* its number is free in the child */
	inproc_bind(w->process);
	assert_int_equal(take(kept), 6);
	assert_int_equal(add(e, 1), 8);
	inproc_process_exit(child);
	assert_int_equal(take(e), 1);
}

static void test_close_range(void **state)
{
	int e = eventfd(0, NONBLOCK);

	(void)state;
	for (int i = 1; i < 100; i++)
		dup_of(e);
	assert_int_equal(call(SYS_CLOSE_RANGE, 10, 19, 4, 0), 0);
	assert_int_equal(fcntl(9, 1, 0), 0);
	assert_int_equal(fcntl(10, 1, 0), 1);
	assert_int_equal(fcntl(20, 1, 0), 0);
	assert_int_equal(call(SYS_CLOSE_RANGE, 20, UINT32_MAX, 0, 0), 0);
	assert_int_equal(fcntl(19, 1, 0), 1);
	assert_int_equal(fcntl(20, 1, 0), EVFD_EBADF);
	assert_int_equal(dup_of(e), 20);
}

/* C85: many at once; the numbers in order, all of them working. */
static void test_twenty_thousand(void **state)
{
	(void)state;
	set_limit(30000);
	for (int i = 0; i < 20000; i++)
		assert_int_equal(eventfd(0, NONBLOCK), i);
	for (int i = 0; i < 20000; i++)
		assert_int_equal(add(i, (uint64_t)i + 1), 8);
	for (int i = 19999; i >= 0; i--)
		assert_int_equal(take(i), i + 1);
	for (int i = 0; i < 20000; i += 2)
		assert_int_equal(close_fd(i), 0);
	for (int i = 0; i < 20000; i += 2)
		assert_int_equal(eventfd(0, 0), i);
}

/* ---- without memory -------------------------------------------------------------- */

static int64_t make_anything(int what)
{
	static int fds[2];

	switch (what) {
	case 0:
		return eventfd(0, 0);
	case 1:
		return epoll_create();
	case 2:
		return call(22, address(fds), 0, 0, 0);
	case 3:
		return call(SYS_DUP2, 0, 1023, 0, 0);
	}
	return fcntl(0, 0, 900);
}

/* Whichever allocation of a call fails: ENOMEM, and nothing was made. */
static void test_no_memory(void **state)
{
	struct world *w = *state;
	struct evfd_census before, after;

	for (int what = 0; what < 5; what++) {
		for (uint64_t nth = 1; nth < 10; nth++) {
			int64_t result;

			evfd_system_census(w->system, &before);
			inproc_fail_alloc(nth);
			result = make_anything(what);
			inproc_fail_alloc(0);
			if (result >= 0)
				break;
			evfd_system_census(w->system, &after);
			assert_true(result == EVFD_ENOMEM ||
				    (what > 2 && result == EVFD_EBADF));
			assert_int_equal(after.files, before.files);
			assert_int_equal(after.eventfds, before.eventfds);
			assert_int_equal(after.epolls, before.epolls);
		}
	}
}

static void test_no_memory_for_a_process(void **state)
{
	struct world *w = *state;

	call(160, 7, address((uint64_t[2]){ 9000, 9000 }), 0, 0);
	eventfd(0, 0);
	for (int fd = 1024; fd < 9000; fd += 1024)
		assert_int_equal(call(SYS_DUP2, 0, (uint64_t)fd, 0, 0), fd);
	for (uint64_t nth = 1;; nth++) {
		struct inproc_process *child;

		inproc_fail_alloc(nth);
		child = inproc_fork(w->process, 101);
		inproc_fail_alloc(0);
		if (child) {
			inproc_process_exit(child);
			break;
		}
	}
	for (uint64_t nth = 1;; nth++) {
		static const struct evfd_config c = {
			.profile = EVFD_PROFILE_VERIDIAN,
		};
		struct evfd_system *s;

		inproc_fail_alloc(nth);
		s = evfd_system_create(&c);
		inproc_fail_alloc(0);
		if (s) {
			assert_int_equal(evfd_system_destroy(s), 0);
			break;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(test_lowest_number_first),
		WORLD_TEST(test_limits),
		WORLD_TEST(test_half_a_pipe),
		WORLD_TEST(test_copies_share_the_file),
		WORLD_TEST(test_fork_and_exec),
		WORLD_TEST(test_close_range),
		WORLD_TEST(test_twenty_thousand),
		WORLD_TEST(test_no_memory),
		WORLD_TEST(test_no_memory_for_a_process),
	};

	return cmocka_run_group_tests_name("fdtable", tests, NULL, NULL);
}
