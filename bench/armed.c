/* SPDX-License-Identifier: MIT */
/* What does an event cost a loop that is always busy, or that goes to sleep for each one,
 * if its descriptor is armed only for sleeping? With EVFD_EDGE, so that the doorbell is
 * never read. One thread; the other threads' part is in pingpong.c. */
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <evfd.h>

#include "harness.h"

static evfd_t handle;
static int descriptor, epoll_evfd, epoll_kernel;

static uint64_t busy_evfd(uint64_t n, const void *arg)
{
	uint64_t start = bench_now(), got = 0, value;

	(void)arg;
	for (uint64_t i = 0; i < n; i++) {
		bench_need(evfd_write(handle, 1) == 0, "write");
		if (evfd_readiness(handle) & EVFD_IN &&
		    !evfd_tryread(handle, &value))
			got += value;
	}
	bench_need(got == n, "an event was lost");
	return bench_now() - start;
}

static uint64_t sleepy_evfd(uint64_t n, const void *arg)
{
	uint64_t start = bench_now(), got = 0, value;
	struct epoll_event e;

	(void)arg;
	for (uint64_t i = 0; i < n; i++) {
		bench_need(evfd_arm(handle) == 0 && evfd_write(handle, 1) == 0 &&
				   epoll_wait(epoll_evfd, &e, 1, -1) == 1 &&
				   evfd_disarm(handle) == 0 &&
				   evfd_tryread(handle, &value) == 0,
			   "a call failed");
		got += value;
	}
	bench_need(got == n, "an event was lost");
	return bench_now() - start;
}

static uint64_t busy_kernel(uint64_t n, const void *arg)
{
	uint64_t start = bench_now(), one = 1, got = 0, value;
	struct epoll_event e;

	(void)arg;
	for (uint64_t i = 0; i < n; i++) {
		bench_need(write(descriptor, &one, sizeof(one)) == sizeof(one) &&
				   epoll_wait(epoll_kernel, &e, 1, 0) == 1 &&
				   read(descriptor, &value, sizeof(value)) ==
					   sizeof(value),
			   "a call failed");
		got += value;
	}
	bench_need(got == n, "an event was lost");
	return bench_now() - start;
}

static int epoll_of(int fd, uint32_t events)
{
	struct epoll_event e = { .events = events };
	int ep = epoll_create1(EPOLL_CLOEXEC);

	bench_need(ep >= 0 && epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e) == 0,
		   "epoll");
	return ep;
}

int main(int argc, char **argv)
{
	static const struct bench_rival rivals[] = {
		{ "evfd busy", busy_evfd, NULL, 0 },
		{ "evfd sleeping", sleepy_evfd, NULL, 0 },
		{ "kernel epoll", busy_kernel, NULL, 0 },
	};
	const struct bench_table *t;

	bench_begin(argc, argv);
	handle = evfd_create(0, 0, "armed");
	epoll_evfd = epoll_of(evfd_descriptor(handle, EVFD_ARMED | EVFD_EDGE),
			      EPOLLIN | EPOLLET);
	descriptor = eventfd(0, EFD_CLOEXEC);
	epoll_kernel = epoll_of(descriptor, EPOLLIN);
	t = bench_compare("an event of a loop", 1, rivals, 3);
	bench_goal(t, "armed mode; busy loop", 0, 2, 0.04, 0.027);
	bench_goal(t, "armed mode; a sleep each event; no switch", 1, 2, 0.8, 0.72);
	return bench_end();
}
