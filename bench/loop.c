/* SPDX-License-Identifier: MIT */
/* What does an event cost a loop that has 1000 to 9000 counters, if another thread writes
 * to all of them in turn as fast as it can? */
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <evfd.h>

#include "harness.h"

#define OBJECTS_MAX 9000
#define BATCH 64

/* One way to have many counters in a loop. */
struct way {
	const char *name;
	void (*open)(struct way *w);
	void (*write)(struct way *w, uint64_t i);
	/* Sleep for events; return what was read. */
	uint64_t (*collect)(struct way *w);
	uint64_t objects, all, sum;
	int epoll;
	evfd_t handles[OBJECTS_MAX];
	int fds[OBJECTS_MAX];
};

static void write_all(void *arg)
{
	struct way *w = arg;

	for (uint64_t i = 0; i < w->all; i++)
		w->write(w, i % w->objects);
}

static void collect_all(void *arg)
{
	struct way *w = arg;
	uint64_t sum = 0;

	while (sum < w->all)
		sum += w->collect(w);
	w->sum = sum; /* not earlier: the writer reads what is beside it */
}

static uint64_t run(uint64_t n, const void *arg)
{
	struct way *w = *(struct way *const *)arg;
	const struct bench_role roles[] = { { collect_all, w, 0 },
					    { write_all, w, 1 } };
	uint64_t ns;

	w->all = n;
	ns = bench_together(roles, 2);
	bench_need(w->sum == n, "not as many events as writes");
	return ns;
}

static void watch(struct way *w, uint64_t i)
{
	struct epoll_event e = { .events = EPOLLIN, .data.u64 = i };

	bench_need(w->fds[i] >= 0 &&
			   epoll_ctl(w->epoll, EPOLL_CTL_ADD, w->fds[i], &e) == 0,
		   "no descriptor");
}

/* ---- the kernel's eventfds, an epoll, a read each ---------------------------------- */

static void kernel_open(struct way *w)
{
	w->epoll = epoll_create1(EPOLL_CLOEXEC);
	for (uint64_t i = 0; i < w->objects; i++) {
		w->fds[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		watch(w, i);
	}
}

static void kernel_write(struct way *w, uint64_t i)
{
	uint64_t one = 1;

	bench_need(write(w->fds[i], &one, sizeof(one)) == sizeof(one), "write");
}

static uint64_t kernel_collect(struct way *w)
{
	struct epoll_event events[BATCH];
	int n = epoll_wait(w->epoll, events, BATCH, -1);
	uint64_t sum = 0, value;

	for (int i = 0; i < n; i++)
		if (read(w->fds[events[i].data.u64], &value, sizeof(value)) ==
		    sizeof(value))
			sum += value;
	return sum;
}

static struct way kernel = {
	.name = "kernel + epoll",
	.open = kernel_open,
	.write = kernel_write,
	.collect = kernel_collect,
};

/* ---- a descriptor each, in exact mode, with edges where readiness changes ------------- */

static void exact_open(struct way *w)
{
	w->epoll = epoll_create1(EPOLL_CLOEXEC);
	for (uint64_t i = 0; i < w->objects; i++) {
		w->handles[i] = evfd_create(0, EVFD_TRANSITION, "loop");
		w->fds[i] = evfd_descriptor(w->handles[i], 0);
		watch(w, i);
	}
}

static void evfd_put(struct way *w, uint64_t i)
{
	bench_need(evfd_write(w->handles[i], 1) == 0, "write");
}

static uint64_t exact_collect(struct way *w)
{
	struct epoll_event events[BATCH];
	int n = epoll_wait(w->epoll, events, BATCH, -1);
	uint64_t sum = 0, value;

	for (int i = 0; i < n; i++)
		if (evfd_tryread(w->handles[events[i].data.u64], &value) == 0)
			sum += value;
	return sum;
}

static struct way exact = {
	.name = "evfd exact + epoll",
	.open = exact_open,
	.write = evfd_put,
	.collect = exact_collect,
};

/* ---- asking ---------------------------------------------------------------------------- */

static void more_descriptors(void)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static void ask(uint64_t objects)
{
	static struct way *const ways[] = { &exact, &kernel };
	enum {
		N = sizeof(ways) / sizeof(*ways)
	};
	struct bench_rival rivals[N];

	for (int i = 0; i < N; i++) {
		ways[i]->objects = objects;
		ways[i]->open(ways[i]);
		rivals[i] =
			(struct bench_rival){ ways[i]->name, run, &ways[i], 0 };
	}
	bench_compare("an event of a loop of n", objects, rivals, N);
	for (uint64_t i = 0; i < objects; i++) {
		evfd_close(exact.handles[i]);
		close(kernel.fds[i]);
	}
	for (int i = 0; i < N; i++)
		close(ways[i]->epoll);
}

int main(int argc, char **argv)
{
	bench_begin(argc, argv);
	more_descriptors();
	ask(bench_is_smoke() ? 10 : 1000);
	ask(bench_is_smoke() ? 30 : OBJECTS_MAX);
	return bench_end();
}
