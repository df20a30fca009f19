/* SPDX-License-Identifier: MIT */
/* What does an event of epoll cost if 10 to 100 000 descriptors are watched and one is
 * active? And if the epoll that one waits for watches an epoll, and so on, 5 deep? */
#include <stdio.h>

#include "harness.h"
#include "world.h"

struct loop {
	const struct world *world;
	int epoll, active;
	char name[32];
};

static uint64_t event(uint64_t n, const void *arg)
{
	const struct loop *l = arg;
	uint64_t start = bench_now(), got = 0;

	for (uint64_t i = 0; i < n; i++) {
		world_write(l->world, l->active, 1);
		bench_need(world_wait(l->world, l->epoll) == 1, "no event");
		got += world_read(l->world, l->active);
	}
	bench_need(got == n && world_wait(l->world, l->epoll) == 0,
		   "not as many events as writes");
	return bench_now() - start;
}

/* The one in the middle will be active. */
static struct loop make_wide(const struct world *w, uint64_t watched)
{
	struct loop l = { .world = w, .epoll = world_epoll(w) };

	for (uint64_t i = 0; i < watched; i++) {
		int fd = world_eventfd(w);

		world_watch(w, l.epoll, fd);
		if (i == watched / 2)
			l.active = fd;
	}
	snprintf(l.name, sizeof(l.name), "%s %llu", w->name,
		 (unsigned long long)watched);
	return l;
}

/* Epolls that are watched by the next one. */
static struct loop make_deep(const struct world *w, uint64_t depth)
{
	struct loop l = { .world = w, .active = world_eventfd(w) };
	int inner = l.active;

	for (uint64_t i = 0; i < depth; i++) {
		l.epoll = world_epoll(w);
		world_watch(w, l.epoll, inner);
		inner = l.epoll;
	}
	snprintf(l.name, sizeof(l.name), "%s %llu", w->name,
		 (unsigned long long)depth);
	return l;
}

#define LOOPS 8

struct loops {
	uint32_t n;
	struct loop at[LOOPS];
	uint64_t size[LOOPS];
};

static void add(struct loops *all, struct loop l, uint64_t size)
{
	all->at[all->n] = l;
	all->size[all->n++] = size;
}

static const struct bench_table *ask(const char *question, const struct loops *all)
{
	struct bench_rival rivals[LOOPS];
	const struct bench_table *t;

	for (uint32_t i = 0; i < all->n; i++)
		rivals[i] = (struct bench_rival){ all->at[i].name, event,
						  &all->at[i], 0 };
	t = bench_compare(question, all->n, rivals, all->n);
	for (uint32_t i = 0; i < all->n; i++)
		bench_point(question, all->size[i], all->at[i].world->name,
			    bench_median(t, i));
	return t;
}

static void ask_wide(const struct world worlds[2])
{
	static const uint64_t sizes[] = { 10, 10000, 1000, 100000 };
	struct loops all = { .n = 0 };

	for (int i = 0; i < 4; i++)
		if (!bench_is_smoke() || sizes[i] <= 1000)
			add(&all, make_wide(&worlds[0], sizes[i]), sizes[i]);
	if (bench_is_smoke()) {
		ask("an event; one of n watched", &all);
		return;
	}
	for (int i = 0; i < 3; i++)
		if (sizes[i] <= worlds[1].descriptors)
			add(&all, make_wide(&worlds[1], sizes[i]), sizes[i]);
	bench_goal(ask("an event; one of n watched", &all),
		   "epoll; an event at 10 000 watched / at 10", 1, 0, 1.1, 1.0);
}

static void ask_deep(const struct world worlds[2])
{
	for (int i = 0; i < 2; i++) {
		struct loops all = { .n = 0 };

		/* The kernel allows 4 of an epoll's watches in a row. */
		for (uint64_t depth = 1; depth <= 5; depth++)
			add(&all, make_deep(&worlds[i], depth), depth);
		ask("an event through n epolls", &all);
	}
}

int main(int argc, char **argv)
{
	struct world worlds[2];

	bench_begin(argc, argv);
	world_begin(worlds);
	ask_deep(worlds);
	ask_wide(worlds);
	return bench_end();
}
