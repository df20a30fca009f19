/* SPDX-License-Identifier: MIT */
/* What does a write cost to a counter that has a descriptor in exact mode, if 1 to 256
 * of them come before a read? With edges only where readiness changes, which is all
 * that level-triggered watchers need, and with an edge for every write. */
#include <stdio.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <evfd.h>

#include "channel.h"
#include "harness.h"

struct burst {
	const struct channel_ops *ops;
	struct channel *channel;
	uint64_t length;
};

static uint64_t run(uint64_t n, const void *arg)
{
	const struct burst *b = arg;
	uint64_t start = bench_now(), bursts = n / b->length + 1, got = 0;

	for (uint64_t i = 0; i < bursts; i++) {
		for (uint64_t k = 0; k < b->length; k++)
			b->ops->write(b->channel, 1);
		got += b->ops->read(b->channel);
	}
	bench_need(got == bursts * b->length, "a write was lost");
	return bench_scale(bench_now() - start, n, got);
}

enum kind {
	LEVEL,
	EDGE,
	KERNEL,
	LEVEL_WATCHED,
	EDGE_WATCHED,
	KERNEL_WATCHED,
	KINDS
};

static const char *const names[KINDS] = {
	"evfd level",	      "evfd edge",	   "kernel",
	"evfd level watched", "evfd edge watched", "kernel watched",
};

static struct channel channels[KINDS];

static bool is_kernel(int kind)
{
	return kind == KERNEL || kind == KERNEL_WATCHED;
}

static void watch(int fd, uint32_t events)
{
	struct epoll_event e = { .events = events };
	int ep = epoll_create1(EPOLL_CLOEXEC);

	bench_need(ep >= 0 && epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e) == 0,
		   "epoll");
}

static void make(int kind)
{
	struct channel *c = &channels[kind];
	bool is_edge = kind == EDGE || kind == EDGE_WATCHED;

	if (is_kernel(kind)) {
		channel_kernel.open(c, false);
		c->fd[2] = c->fd[0];
	} else {
		c->handle = evfd_create(0, is_edge ? 0 : EVFD_TRANSITION, "burst");
		c->fd[2] = evfd_descriptor(c->handle, 0);
		bench_need(c->fd[2] >= 0, "evfd_descriptor");
	}
	if (kind >= LEVEL_WATCHED)
		watch(c->fd[2], EPOLLIN | (is_edge ? EPOLLET : 0));
}

static void ask(uint64_t length, double goal, double stretch)
{
	struct burst bursts[KINDS];
	struct bench_rival rivals[KINDS];
	const struct bench_table *t;
	char row[80];

	for (int i = 0; i < KINDS; i++) {
		bursts[i] = (struct burst){ is_kernel(i) ? &channel_kernel :
							   &channel_evfd,
					    &channels[i], length };
		rivals[i] = (struct bench_rival){ names[i], run, &bursts[i], 0 };
	}
	t = bench_compare("a write of a burst", length, rivals, KINDS);
	if (goal == 0)
		return;
	snprintf(row, sizeof(row), "descriptor; %llu writes a read; level",
		 (unsigned long long)length);
	bench_goal(t, row, LEVEL, KERNEL, goal, stretch);
	snprintf(row, sizeof(row), "descriptor; %llu writes a read; edge",
		 (unsigned long long)length);
	bench_goal(t, row, EDGE, KERNEL, 1.15, 1.03);
}

int main(int argc, char **argv)
{
	bench_begin(argc, argv);
	for (int i = 0; i < KINDS; i++)
		make(i);
	ask(1, 1.15, 1.03);
	ask(2, 0, 0);
	ask(4, 0.55, 0.47);
	ask(16, 0.22, 0.17);
	ask(64, 0, 0);
	ask(256, 0.08, 0.05);
	return bench_end();
}
