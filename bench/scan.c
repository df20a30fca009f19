/* SPDX-License-Identifier: MIT */
/* What does it cost to ask n counters whether they are ready? One is, the last. */
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <evfd.h>

#include "floor.h"
#include "harness.h"

#define OBJECTS_MAX 10000
#define SPARE 64 /* descriptors for everything else */

static evfd_t handles[OBJECTS_MAX];
static unsigned found[OBJECTS_MAX];
static uint64_t floors[OBJECTS_MAX];
static struct pollfd fds[OBJECTS_MAX];
static int epoll;

static uint64_t scan_evfd(uint64_t n, const void *arg)
{
	uint64_t objects = *(const uint64_t *)arg, start = bench_now(), ready = 0;

	for (uint64_t i = 0; i < n; i++)
		ready += (uint64_t)evfd_scan(handles, (unsigned)objects,
					     EVFD_IN, found);
	bench_need(ready == n, "not exactly one is ready");
	return bench_now() - start;
}

static uint64_t scan_each(uint64_t n, const void *arg)
{
	uint64_t objects = *(const uint64_t *)arg, start = bench_now(), ready = 0;

	for (uint64_t i = 0; i < n; i++)
		for (uint64_t k = 0; k < objects; k++)
			ready += (uint64_t)evfd_readiness(handles[k]) & EVFD_IN;
	bench_need(ready == n, "not exactly one is ready");
	return bench_now() - start;
}

/* Its handles are the numbers of its slots, read from memory as others are. */
static uint64_t scan_floor(uint64_t n, const void *arg)
{
	uint64_t objects = *(const uint64_t *)arg, start = bench_now(), ready = 0;

	for (uint64_t i = 0; i < n; i++)
		for (uint64_t k = 0; k < objects; k++)
			ready += (uint64_t)floor_look(floors[k]) & EVFD_IN;
	bench_need(ready == n, "not exactly one is ready");
	return bench_now() - start;
}

static uint64_t scan_poll(uint64_t n, const void *arg)
{
	uint64_t objects = *(const uint64_t *)arg, start = bench_now(), ready = 0;

	for (uint64_t i = 0; i < n; i++)
		ready += (uint64_t)poll(fds, objects, 0);
	bench_need(ready == n, "not exactly one is ready");
	return bench_now() - start;
}

static uint64_t scan_epoll(uint64_t n, const void *arg)
{
	uint64_t start = bench_now(), ready = 0;
	struct epoll_event e;

	(void)arg;
	for (uint64_t i = 0; i < n; i++)
		ready += (uint64_t)epoll_wait(epoll, &e, 1, 0);
	bench_need(ready == n, "not exactly one is ready");
	return bench_now() - start;
}

static void make(uint64_t from, uint64_t to)
{
	for (uint64_t i = from; i < to; i++) {
		struct epoll_event e = { .events = EPOLLIN };

		handles[i] = evfd_create(0, 0, "scan");
		floors[i] = i;
		fds[i].fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		fds[i].events = POLLIN;
		bench_need(handles[i] != EVFD_NONE && fds[i].fd >= 0 &&
				   epoll_ctl(epoll, EPOLL_CTL_ADD, fds[i].fd,
					     &e) == 0,
			   "no counters");
	}
}

static void set_ready(uint64_t i, bool ready)
{
	uint64_t value = 1;

	floor_slot(i)->count = ready;
	if (ready)
		bench_need(evfd_write(handles[i], 1) == 0 &&
				   write(fds[i].fd, &value, 8) == 8,
			   "write");
	else
		bench_need(evfd_tryread(handles[i], &value) == 0 &&
				   read(fds[i].fd, &value, 8) == 8,
			   "read");
}

static uint64_t descriptors(void)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	return limit.rlim_cur > SPARE ? limit.rlim_cur - SPARE : 0;
}

int main(int argc, char **argv)
{
	uint64_t objects, made = 0;
	const struct bench_rival rivals[] = {
		{ "evfd", scan_evfd, &objects, 0 },
		{ "poll", scan_poll, &objects, 0 },
		{ "epoll_wait", scan_epoll, &objects, 0 },
		{ "evfd a call each", scan_each, &objects, 0 },
		{ "floor", scan_floor, &objects, 0 },
	};

	bench_begin(argc, argv);
	floor_init();
	epoll = epoll_create1(EPOLL_CLOEXEC);
	for (objects = 1; objects <= OBJECTS_MAX; objects *= 10) {
		const struct bench_table *t;

		if (objects > descriptors() || (bench_is_smoke() && objects > 1000))
			break;
		make(made, objects);
		made = objects;
		set_ready(objects - 1, true);
		t = bench_compare("readiness of all", objects, rivals, 5);
		if (objects == 1000) {
			bench_goal(t, "readiness of 1000 objects / poll", 0, 1,
				   0.05, 0.03);
			bench_goal(t, "the same; a call each", 3, 1, 0.05, 0.03);
			bench_goal(t, "the same; a call each; the floor of it",
				   4, 1, 0.05, 0.03);
		}
		set_ready(objects - 1, false);
	}
	return bench_end();
}
