/* SPDX-License-Identifier: MIT */
/* Pipes, and reads and writes of many pieces over them. */
#include "world.h"

#include <stdlib.h>

#define CAPACITY 65536

struct iovec {
	uint64_t base, len;
};
#define PIECE(p, n)                         \
	{                                   \
		(uint64_t)(uintptr_t)(p), n \
	}

static int64_t rd(int fd, void *to, uint64_t n)
{
	return call(0, (uint64_t)fd, address(to), n, 0);
}

static int64_t wr(int fd, const void *from, uint64_t n)
{
	return call(1, (uint64_t)fd, address(from), n, 0);
}

static void open_pipe(int fds[2], uint32_t flags)
{
	assert_int_equal(call(293, address(fds), flags, 0, 0), 0);
}

static uint32_t readiness(int fd)
{
	struct pollfd p = { fd, IN | OUT, 0 };

	poll(&p, 1, 0);
	return p.revents;
}

static void test_bytes_in_order(void **state)
{
	unsigned char *from = malloc(50000), *to = malloc(50000);
	int fds[2];

	(void)state;
	open_pipe(fds, NONBLOCK);
	for (int i = 0; i < 50000; i++)
		from[i] = (unsigned char)(i * 7 + i / 256);
	/* Several times round the ring, in pieces that never fit evenly. */
	for (int round = 0; round < 20; round++) {
		assert_int_equal(wr(fds[1], from, 49999), 49999);
		memset(to, 0, 50000);
		for (int at = 0; at < 49999;) {
			int64_t n = rd(fds[0], to + at, 7777);

			assert_true(n > 0);
			at += (int)n;
		}
		assert_memory_equal(from, to, 49999);
	}
	free(from);
	free(to);
}

static void test_readiness(void **state)
{
	static char big[CAPACITY];
	int fds[2];

	(void)state;
	open_pipe(fds, NONBLOCK);
	assert_int_equal(readiness(fds[0]), 0);
	assert_int_equal(readiness(fds[1]), OUT);
	assert_int_equal(wr(fds[1], big, CAPACITY - 4095), CAPACITY - 4095);
	assert_int_equal(readiness(fds[1]), 0); /* 4096 would not go in at once */
	assert_int_equal(wr(fds[1], big, 4096), EVFD_EAGAIN);
	assert_int_equal(wr(fds[1], big, 4095), 4095);
	assert_int_equal(wr(fds[1], big, 8000), EVFD_EAGAIN);
	assert_int_equal(rd(fds[0], big, 5000), 5000);
	assert_int_equal(wr(fds[1], big, 8000), 5000);
	close_fd(fds[1]);
	assert_int_equal(readiness(fds[0]), IN | HUP);
	assert_int_equal(rd(fds[0], big, CAPACITY), CAPACITY);
	assert_int_equal(readiness(fds[0]), HUP);
	assert_int_equal(rd(fds[0], big, 1), 0);
	assert_int_equal(rd(fds[0], big, 0), 0);
}

static void test_other_end_gone(void **state)
{
	int fds[2];

	(void)state;
	open_pipe(fds, 0);
	close_fd(fds[0]);
	assert_int_equal(readiness(fds[1]), OUT | ERR);
	assert_int_equal(wr(fds[1], "x", 1), EVFD_EPIPE);
	assert_int_equal(wr(fds[1], "x", 0), 0);
	assert_int_equal(rd(fds[1], fds, 1), EVFD_EBADF);
}

static void *write_big(void *arg)
{
	static char big[3 * CAPACITY];

	return (void *)(intptr_t)wr((int)(intptr_t)arg, big, sizeof(big));
}

static void *read_one(void *arg)
{
	char c;

	return (void *)(intptr_t)rd((int)(intptr_t)arg, &c, 1);
}

static void test_blocking(void **state)
{
	struct inproc_process *p = ((struct world *)*state)->process;
	struct inproc_thread *t;
	static char buf[CAPACITY];
	int fds[2], total = 0;

	open_pipe(fds, 0);
	t = inproc_thread_start(p, read_one, (void *)(intptr_t)fds[0]);
	assert_true(inproc_until_blocked(t));
	assert_int_equal(wr(fds[1], "x", 1), 1);
	assert_int_equal((intptr_t)inproc_thread_join(t), 1);

	t = inproc_thread_start(p, write_big, (void *)(intptr_t)fds[1]);
	assert_true(inproc_until_blocked(t));
	while (total < 3 * CAPACITY) {
		int64_t n = rd(fds[0], buf, 10000);

		assert_true(n > 0);
		total += (int)n;
	}
	assert_int_equal((intptr_t)inproc_thread_join(t), 3 * CAPACITY);

	/* Interrupted half way: what went in is told. */
	t = inproc_thread_start(p, write_big, (void *)(intptr_t)fds[1]);
	assert_true(inproc_until_blocked(t));
	inproc_interrupt(t, false);
	assert_int_equal((intptr_t)inproc_thread_join(t), CAPACITY);

	/* The reader goes while a writer sleeps. */
	t = inproc_thread_start(p, write_big, (void *)(intptr_t)fds[1]);
	assert_true(inproc_until_blocked(t));
	close_fd(fds[0]);
	assert_int_equal((intptr_t)inproc_thread_join(t), EVFD_EPIPE);
}

static void test_pieces(void **state)
{
	char a[3], b[2], c[20];
	const struct iovec out[] = { PIECE("", 0), PIECE("hello", 5),
				     PIECE("", 0), PIECE(", you", 5) };
	const struct iovec in[] = { PIECE(a, 3), PIECE(b, 0), PIECE(b, 2),
				    PIECE(c, 20) };
	int fds[2];

	(void)state;
	open_pipe(fds, NONBLOCK);
	assert_int_equal(call(20, (uint64_t)fds[1], address(out), 4, 0), 10);
	assert_int_equal(call(19, (uint64_t)fds[0], address(in), 4, 0), 10);
	assert_memory_equal(a, "hel", 3);
	assert_memory_equal(b, "lo", 2);
	assert_memory_equal(c, ", you", 5);
}

/* A fault moves nothing of the piece that faults, and loses nothing that was there. */
static void test_fault(void **state)
{
	struct iovec bad[] = { PIECE("abc", 3), PIECE(8, 3) };
	char buf[8];
	int fds[2];

	(void)state;
	inproc_catch_faults();
	open_pipe(fds, NONBLOCK);
	assert_int_equal(call(20, (uint64_t)fds[1], address(bad), 2, 0),
			 EVFD_EFAULT);
	assert_int_equal(rd(fds[0], buf, 8), EVFD_EAGAIN);
	assert_int_equal(wr(fds[1], "xyz", 3), 3);
	assert_int_equal(rd(fds[0], (void *)8, 3), EVFD_EFAULT);
	assert_int_equal(rd(fds[0], buf, 8), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(test_bytes_in_order), WORLD_TEST(test_readiness),
		WORLD_TEST(test_other_end_gone), WORLD_TEST(test_blocking),
		WORLD_TEST(test_pieces),	 WORLD_TEST(test_fault),
	};

	return cmocka_run_group_tests_name("pipe", tests, NULL, NULL);
}
