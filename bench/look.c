/* SPDX-License-Identifier: MIT */
/* What does it cost to find that there is nothing: a read that may not wait, a look? */
#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <evfd.h>

#include "floor.h"
#include "harness.h"

static evfd_t handle;
static int descriptor;

static uint64_t read_evfd(uint64_t n, const void *arg)
{
	uint64_t start = bench_now(), value, empty = 0;

	(void)arg;
	for (uint64_t i = 0; i < n; i++)
		empty += evfd_tryread(handle, &value) == -1;
	bench_need(empty == n && errno == EAGAIN, "evfd was not empty");
	return bench_now() - start;
}

static uint64_t read_kernel(uint64_t n, const void *arg)
{
	uint64_t start = bench_now(), value, empty = 0;

	(void)arg;
	for (uint64_t i = 0; i < n; i++)
		empty += read(descriptor, &value, sizeof(value)) == -1;
	bench_need(empty == n && errno == EAGAIN, "the kernel's was not empty");
	return bench_now() - start;
}

static uint64_t look_evfd(uint64_t n, const void *arg)
{
	uint64_t start = bench_now(), seen = 0;

	(void)arg;
	for (uint64_t i = 0; i < n; i++)
		seen += (uint64_t)evfd_readiness(handle);
	bench_need(seen == n * EVFD_OUT, "evfd is not only writable");
	return bench_now() - start;
}

/* The floor of a look, and an error as C's libraries report it. */
static __attribute__((__noinline__)) int read_floor_once(uint64_t h)
{
	struct floor_slot *slot = floor_slot(h);
	uint64_t count = __atomic_load_n(&slot->count, __ATOMIC_ACQUIRE);
	uint64_t ctl = __atomic_load_n(&slot->ctl, __ATOMIC_ACQUIRE);

	if (ctl >> 32 != h >> 32 || count)
		return 0;
	errno = EAGAIN;
	return -1;
}

static uint64_t read_floor(uint64_t n, const void *arg)
{
	static volatile uint64_t unknown;
	uint64_t h = unknown, start = bench_now(), empty = 0;

	(void)arg;
	for (uint64_t i = 0; i < n; i++)
		empty += read_floor_once(h) == -1;
	bench_need(empty == n && errno == EAGAIN, "the floor was not empty");
	return bench_now() - start;
}

static uint64_t look_floor(uint64_t n, const void *arg)
{
	static volatile uint64_t unknown;
	uint64_t h = unknown, start = bench_now(), seen = 0;

	(void)arg;
	for (uint64_t i = 0; i < n; i++)
		seen += (uint64_t)floor_look(h);
	bench_need(seen == n * EVFD_OUT, "the floor is not only writable");
	return bench_now() - start;
}

static uint64_t look_kernel(uint64_t n, const void *arg)
{
	struct pollfd p = { .fd = descriptor, .events = POLLIN | POLLOUT };
	uint64_t start = bench_now(), seen = 0;

	(void)arg;
	for (uint64_t i = 0; i < n; i++) {
		bench_need(poll(&p, 1, 0) == 1, "poll");
		seen += (uint64_t)p.revents;
	}
	bench_need(seen == n * POLLOUT, "the kernel's is not only writable");
	return bench_now() - start;
}

int main(int argc, char **argv)
{
	static const struct bench_rival reads[] = {
		{ "evfd", read_evfd, NULL, 0 },
		{ "kernel", read_kernel, NULL, 0 },
		{ "floor", read_floor, NULL, 0 },
	};
	static const struct bench_rival looks[] = {
		{ "evfd", look_evfd, NULL, 0 },
		{ "kernel poll", look_kernel, NULL, 0 },
		{ "floor", look_floor, NULL, 0 },
	};

	bench_begin(argc, argv);
	floor_init();
	handle = evfd_create(0, 0, "look");
	descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	bench_need(handle != EVFD_NONE && descriptor >= 0, "no counters");
	bench_goal(bench_compare("empty read", 1, reads, 3), "empty read", 0, 1,
		   0.01, 0.005);
	bench_goal(bench_compare("readiness", 1, looks, 3), "readiness of one",
		   0, 1, 0.01, 0.005);
	return bench_end();
}
