/* SPDX-License-Identifier: MIT */
/*
 * guest: what system calls cost inside a guest, in instructions. Process 1 of any
 * system that runs Linux programs, under a QEMU whose time stamp counter counts
 * the instructions executed (-icount shift=0), on one CPU. Each call is timed by
 * itself, so that what needs preparing stays outside, and the median is what
 * it costs: an interrupt falls into few of them.
 *
 * One line a figure: "guest: NAME n FIGURE", n being how many objects there are.
 */
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define TIMES 301
#define FUTEX_WAIT_PRIVATE 128
#define FUTEX_WAKE_PRIVATE 129
#define FDS_MAX 20000
#define WATCHED_MAX 10000
#define NESTED_MAX 5

#define check(condition) ((condition) ? (void)0 : fail(__LINE__, #condition))

static void fail(int line, const char *what)
{
	printf("guest.c:%d: %s\n", line, what);
	exit(1);
}

/* ---- system calls, nothing of a libc around them -------------------------------- */

static inline long call(long number, long a, long b, long c, long d)
{
	register long r10 __asm__("r10") = d;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10)
			 : "rcx", "r11", "memory");
	return result;
}

static inline uint64_t now(void)
{
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
	return (uint64_t)high << 32 | low;
}

static uint64_t one = 1, value;

static void add(int fd)
{
	check(call(SYS_write, fd, (long)&one, 8, 0) == 8);
}

static void take(int fd)
{
	check(call(SYS_read, fd, (long)&value, 8, 0) == 8);
}

/* ---- figures -------------------------------------------------------------------- */

static uint64_t samples[TIMES];

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void report(const char *name, int n)
{
	qsort(samples, TIMES, sizeof(samples[0]), compare);
	printf("guest: %s %d %llu\n", name, n,
	       (unsigned long long)samples[TIMES / 2]);
}

/* before; time what; after: TIMES times, and once to touch all that they touch. */
#define MEASURE(name, n, before, what, after)                      \
	do {                                                       \
		for (int i_ = -1; i_ < TIMES; i_++) {              \
			uint64_t start_;                           \
                                                                   \
			before;                                    \
			start_ = now();                            \
			what;                                      \
			samples[i_ < 0 ? 0 : i_] = now() - start_; \
			after;                                     \
		}                                                  \
		report(name, n);                                   \
	} while (0)

/* ---- single calls ----------------------------------------------------------------- */

static int event(unsigned flags)
{
	int fd = eventfd(0, (int)flags);

	check(fd >= 0);
	return fd;
}

static void watch(int ep, int fd)
{
	struct epoll_event e = { .events = EPOLLIN, .data.fd = fd };

	check(!epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e));
}

static void measure_calls(void)
{
	int fd = event(EFD_NONBLOCK);
	long got = 0;

	MEASURE("empty", 1, , got = call(SYS_getuid, 0, 0, 0, 0), check(!got));
	MEASURE("write", 1, , got = call(SYS_write, fd, (long)&one, 8, 0),
		check(got == 8));
	MEASURE("read", 1, add(fd),
		got = call(SYS_read, fd, (long)&value, 8, 0), check(got == 8));
	check(read(fd, &value, 8) < 0);
	MEASURE("read-again", 1, , got = call(SYS_read, fd, (long)&value, 8, 0),
		check(got == -11));
	MEASURE("create", 1, , got = call(SYS_eventfd2, 0, 0, 0, 0),
		check(!call(SYS_close, got, 0, 0, 0)));
	MEASURE("close", 1, got = event(0), call(SYS_close, got, 0, 0, 0), );
	close(fd);
}

static void measure_polls(void)
{
	int fd = event(EFD_NONBLOCK), ep = epoll_create1(0);
	struct pollfd p = { .fd = fd, .events = POLLIN };
	struct epoll_event e;
	long got = 0;

	MEASURE("poll-not-ready", 1, , got = call(SYS_poll, (long)&p, 1, 0, 0),
		check(got == 0));
	add(fd);
	MEASURE("poll", 1, , got = call(SYS_poll, (long)&p, 1, 0, 0),
		check(got == 1));
	take(fd);
	watch(ep, fd);
	MEASURE("epoll_wait-not-ready", 1, ,
		got = call(SYS_epoll_wait, ep, (long)&e, 1, 0), check(got == 0));
	add(fd);
	MEASURE("epoll_wait", 1, ,
		got = call(SYS_epoll_wait, ep, (long)&e, 1, 0), check(got == 1));
	take(fd);
	MEASURE("write-watched", 1, , add(fd),
		(call(SYS_epoll_wait, ep, (long)&e, 1, 0), take(fd)));
	close(ep);
	close(fd);
}

/* ---- waking ---------------------------------------------------------------------- */

static uint32_t turn[2];
static int pair[2];

static void wake(uint32_t *word)
{
	__atomic_store_n(word, 1, __ATOMIC_RELEASE);
	call(SYS_futex, (long)word, FUTEX_WAKE_PRIVATE, 1, 0);
}

static void wait_for(uint32_t *word)
{
	while (!__atomic_exchange_n(word, 0, __ATOMIC_ACQUIRE))
		call(SYS_futex, (long)word, FUTEX_WAIT_PRIVATE, 0, 0);
}

static void *answer(void *unused)
{
	for (int i = -1; i < TIMES; i++) {
		wait_for(&turn[0]);
		wake(&turn[1]);
	}
	for (int i = -1; i < TIMES; i++) {
		take(pair[0]);
		add(pair[1]);
	}
	return unused;
}

/* On one CPU, so a round is two wakes, two sleeps and two switches. */
static void measure_wakes(void)
{
	pthread_t other;
	long got = 0;

	MEASURE("futex-wake", 0, ,
		got = call(SYS_futex, (long)&turn[0], FUTEX_WAKE_PRIVATE, 1, 0),
		check(got == 0));
	pair[0] = event(0);
	pair[1] = event(0);
	check(!pthread_create(&other, NULL, answer, NULL));
	MEASURE("futex-round-trip", 1, , (wake(&turn[0]), wait_for(&turn[1])), );
	MEASURE("eventfd-round-trip", 1, , (add(pair[0]), take(pair[1])), );
	check(!pthread_join(other, NULL));
	close(pair[0]);
	close(pair[1]);
}

/* ---- cost as work grows ------------------------------------------------------------ */

/* Write one of n that are watched, be told of it, read it. */
static void measure_watched(void)
{
	static const int steps[] = { 1, 10, 100, 1000, WATCHED_MAX };
	int ep = epoll_create1(0), have = 0, active = -1;
	struct epoll_event e;

	for (size_t s = 0; s < sizeof(steps) / sizeof(steps[0]); s++) {
		for (; have < steps[s]; have++) {
			int fd = event(EFD_NONBLOCK);

			/* One from the middle. */
			if (have <= steps[s] / 2)
				active = fd;
			watch(ep, fd);
		}
		MEASURE("epoll-event", have, ,
			(add(active), call(SYS_epoll_wait, ep, (long)&e, 1, 0),
			 take(active)),
			check(e.data.fd == active));
	}
	for (int fd = ep; have >= 0; fd++, have--)
		close(fd);
}

static void measure_descriptors(void)
{
	static const int steps[] = { 1, 10, 100, 1000, 10000, FDS_MAX };
	int first = -1, last = -1, have = 0;
	long got = 0;

	for (size_t s = 0; s < sizeof(steps) / sizeof(steps[0]); s++) {
		for (; have < steps[s] - 1; have++)
			event(EFD_NONBLOCK);
		last = event(EFD_NONBLOCK);
		have++;
		if (first < 0)
			first = last;
		MEASURE("descriptors-write-read", have, ,
			(add(last), take(last)), );
		MEASURE("descriptors-create", have, ,
			got = call(SYS_eventfd2, 0, 0, 0, 0),
			check(got == last + 1 && !call(SYS_close, got, 0, 0, 0)));
	}
	for (int fd = first; fd <= last; fd++)
		close(fd);
}

/* An event at the bottom of so many epolls in one another. */
static void measure_nested(void)
{
	int fd = event(EFD_NONBLOCK), below = fd;
	struct epoll_event e;

	for (int depth = 1; depth <= NESTED_MAX; depth++) {
		int ep = epoll_create1(0);

		watch(ep, below);
		MEASURE("nested-event", depth, ,
			(add(fd), call(SYS_epoll_wait, ep, (long)&e, 1, 0),
			 take(fd)),
			check(e.data.fd == below));
		below = ep;
	}
	for (; below >= fd; below--)
		close(below);
}

int main(int argc, char **argv)
{
	struct rlimit many = { FDS_MAX + 100, FDS_MAX + 100 };

	check(!setrlimit(RLIMIT_NOFILE, &many));
	measure_calls();
	measure_polls();
	measure_wakes();
	measure_watched();
	measure_descriptors();
	measure_nested();
	printf("guest: end 0 0\n");
	fflush(stdout);
	/* Where the kernel does not end when process 1 does. */
	if (argc > 1 && !strcmp(argv[1], "reboot"))
		reboot(RB_AUTOBOOT);
	return 0;
}
