/* SPDX-License-Identifier: MIT */
/*
 * How long until the thread that was waited for has woken the one that waits, on another
 * processor? Not the mean: all of them, in order. 20 us after the last answer, once
 * with processors that are kept from halting, once with such as halt.
 */
#include <stdio.h>
#include <stdlib.h>

#include "channel.h"
#include "harness.h"

#define BLOCKS_MAX 10 /* the rivals take turns */
#define WAKES_MAX 500 /* a block */
#define PACE_NS 20000

struct wait {
	const struct channel_ops *ops;
	uint64_t n;
	uint64_t *ns; /* as many */
	struct channel channel;
	_Alignas(64) uint64_t stamp;
	_Alignas(64) uint64_t answers;
};

static void wake(void *arg)
{
	struct wait *w = arg;

	for (uint64_t i = 0; i < w->n; i++) {
		uint64_t start = bench_now();

		while (bench_now() - start < PACE_NS)
			;
		w->stamp = bench_now();
		w->ops->write(&w->channel, 1);
		while (__atomic_load_n(&w->answers, __ATOMIC_ACQUIRE) <= i)
			;
	}
}

static void wait(void *arg)
{
	struct wait *w = arg;

	for (uint64_t i = 0; i < w->n; i++) {
		bench_need(w->ops->read(&w->channel) == 1, "not one");
		w->ns[i] = bench_now() - w->stamp;
		__atomic_store_n(&w->answers, i + 1, __ATOMIC_RELEASE);
	}
}

static void take_block(struct wait *w)
{
	const struct bench_role roles[] = { { wait, w, 0 }, { wake, w, 1 } };

	w->answers = 0;
	w->ops->open(&w->channel, false);
	bench_together(roles, 2);
	w->ops->close(&w->channel);
	w->ns += w->n;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* x: how many of 1000 were not slower. */
static void report(const char *question, const char *name, uint64_t *ns, uint64_t n)
{
	static const uint64_t permille[] = { 10,  50,  100, 200, 300, 400, 500,
					     600, 700, 800, 900, 950, 990, 999 };

	qsort(ns, n, sizeof(*ns), compare);
	for (size_t i = 0; i < sizeof(permille) / sizeof(*permille); i++)
		bench_point(question, permille[i], name,
			    (double)ns[n * permille[i] / 1000]);
}

static void ask(const char *question)
{
	static const struct channel_ops *const all[] = {
		&channel_evfd,	&channel_evfd_parking, &channel_kernel,
		&channel_futex, &channel_kernel_epoll, &channel_spin,
	};
	enum {
		N = sizeof(all) / sizeof(*all)
	};
	uint64_t wakes = bench_is_smoke() ? 5 : WAKES_MAX;
	uint64_t blocks = bench_is_smoke() ? 2 : BLOCKS_MAX;
	uint64_t *ns[N];
	struct wait waits[N];

	for (int i = 0; i < N; i++) {
		ns[i] = calloc(blocks * wakes, sizeof(**ns));
		bench_need(ns[i], "no memory");
		waits[i] = (struct wait){ .ops = all[i], .n = wakes, .ns = ns[i] };
	}
	for (uint64_t block = 0; block < blocks; block++)
		for (int i = 0; i < N; i++)
			take_block(&waits[block % 2 ? N - 1 - i : i]);
	for (int i = 0; i < N; i++) {
		report(question, all[i]->name, ns[i], blocks * wakes);
		free(ns[i]);
	}
}

int main(int argc, char **argv)
{
	bench_begin(argc, argv);
	bench_count_calls(false);
	if (bench_has_two()) {
		bench_keep_awake(true);
		ask("a wake; processors awake");
		bench_keep_awake(false);
		ask("a wake; processors halt");
	}
	return bench_end();
}
