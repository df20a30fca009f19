/* SPDX-License-Identifier: MIT */
/* What does an event cost a loop that has 1000 to 9000 counters, if another thread writes
 * to all of them in turn as fast as it can, or in bursts that it waits for? */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
	uint64_t burst; /* 0: flat out */
	int epoll;
	struct evfd_set *set;
	struct bare *list; /* latest first, or BARE_ASLEEP */
	struct bare *bare;
	evfd_t handles[OBJECTS_MAX];
	int fds[OBJECTS_MAX];
	_Alignas(64) uint64_t seen; /* by the loop so far */
};

static void write_all(void *arg)
{
	struct way *w = arg;

	for (uint64_t i = 0; i < w->all; i++) {
		w->write(w, i % w->objects);
		if (w->burst && (i + 1) % w->burst == 0)
			while (__atomic_load_n(&w->seen, __ATOMIC_ACQUIRE) <= i)
				sched_yield();
	}
}

static void collect_all(void *arg)
{
	struct way *w = arg;
	uint64_t sum = 0;

	while (sum < w->all) {
		sum += w->collect(w);
		if (w->burst)
			__atomic_store_n(&w->seen, sum, __ATOMIC_RELEASE);
	}
	w->sum = sum; /* not earlier: the writer reads what is beside it */
}

static uint64_t run(uint64_t n, const void *arg)
{
	struct way *w = *(struct way *const *)arg;
	const struct bench_role roles[] = { { collect_all, w, 0 },
					    { write_all, w, 1 } };
	uint64_t ns;

	w->all = n;
	w->seen = 0;
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

/* ---- a set ----------------------------------------------------------------------------- */

static void set_open(struct way *w)
{
	w->set = evfd_set_create(0);
	for (uint64_t i = 0; i < w->objects; i++) {
		w->handles[i] = evfd_create(0, 0, "loop");
		bench_need(evfd_set_add(w->set, w->handles[i], NULL) == 0,
			   "set");
	}
}

static uint64_t set_collect(struct way *w)
{
	struct evfd_ready ready[BATCH];
	int n = evfd_set_wait(w->set, ready, BATCH);
	uint64_t sum = 0, value;

	for (int i = 0; i < n; i++)
		if (evfd_tryread(ready[i].handle, &value) == 0)
			sum += value;
	return sum;
}

static struct way set = {
	.name = "evfd set",
	.open = set_open,
	.write = evfd_put,
	.collect = set_collect,
};

/* ---- the floor: a bare list of bare counters, which nobody may close or ask ------------- */

struct bare {
	_Alignas(64) uint64_t count;
	struct bare *next;
};

static struct bare bare_asleep;
#define BARE_ASLEEP (&bare_asleep)

static void bare_open(struct way *w)
{
	w->fds[0] = eventfd(0, EFD_CLOEXEC);
	w->bare = aligned_alloc(64, w->objects * sizeof(*w->bare));
	bench_need(w->fds[0] >= 0 && w->bare, "no counters");
	memset(w->bare, 0, w->objects * sizeof(*w->bare));
}

/* Who brings the first puts it on the list, and wakes who sleeps there. */
static void bare_write(struct way *w, uint64_t i)
{
	struct bare *b = &w->bare[i], *head;

	if (__atomic_fetch_add(&b->count, 1, __ATOMIC_ACQ_REL))
		return;
	head = __atomic_load_n(&w->list, __ATOMIC_RELAXED);
	do
		b->next = head == BARE_ASLEEP ? NULL : head;
	while (!__atomic_compare_exchange_n(&w->list, &head, b, false,
					    __ATOMIC_RELEASE, __ATOMIC_RELAXED));
	if (head == BARE_ASLEEP)
		kernel_write(w, 0);
}

static uint64_t bare_collect(struct way *w)
{
	struct bare *b = NULL, *next;
	uint64_t sum = 0;

	if (__atomic_compare_exchange_n(&w->list, &b, BARE_ASLEEP, false,
					__ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		bench_need(read(w->fds[0], &sum, sizeof(sum)) == sizeof(sum),
			   "read");
	sum = 0;
	for (b = __atomic_exchange_n(&w->list, NULL, __ATOMIC_ACQUIRE); b;
	     b = next) {
		next = b->next; /* from 0 on it is the writer's */
		sum += __atomic_exchange_n(&b->count, 0, __ATOMIC_ACQ_REL);
	}
	return sum;
}

static struct way bare = {
	.name = "floor",
	.open = bare_open,
	.write = bare_write,
	.collect = bare_collect,
};

/* ---- asking ---------------------------------------------------------------------------- */

static void more_descriptors(void)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

enum {
	SET,
	EXACT,
	KERNEL,
	FLOOR,
	WAYS
};

static struct way *const ways[WAYS] = { &set, &exact, &kernel, &bare };

static void close_all(void)
{
	for (uint64_t i = 0; i < kernel.objects; i++) {
		evfd_close(set.handles[i]);
		evfd_close(exact.handles[i]);
		close(kernel.fds[i]);
	}
	evfd_set_close(set.set);
	close(exact.epoll);
	close(kernel.epoll);
	close(bare.fds[0]);
	free(bare.bare);
}

static void ask(const char *question, uint64_t x, uint64_t objects,
		uint64_t burst, const char *row, double goal, double stretch)
{
	struct bench_rival rivals[WAYS];

	for (int i = 0; i < WAYS; i++) {
		ways[i]->objects = objects;
		ways[i]->burst = burst;
		ways[i]->open(ways[i]);
		rivals[i] =
			(struct bench_rival){ ways[i]->name, run, &ways[i], 0 };
	}
	bench_goal(bench_compare(question, x, rivals, WAYS), row, SET, KERNEL,
		   goal, stretch);
	close_all();
}

int main(int argc, char **argv)
{
	uint64_t few, many;

	bench_begin(argc, argv);
	few = bench_is_smoke() ? 10 : 1000;
	many = bench_is_smoke() ? 30 : OBJECTS_MAX;
	more_descriptors();
	ask("an event of a loop of n", few, few, 0, "set of 1000; flat out",
	    0.05, 0.02);
	ask("an event of a loop of n", many, many, 0, "set of 9000; flat out",
	    0.05, 0.02);
	ask("an event of a burst of n", 256, 1000, 256,
	    "set of 1000; bursts of 256", 0.28, 0.17);
	ask("an event of a burst of n", 16, 64, 16, "set of 64; bursts of 16",
	    1.05, 0.11);
	return bench_end();
}
