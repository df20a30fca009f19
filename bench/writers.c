/* SPDX-License-Identifier: MIT */
/* What does a write cost if 1 to 8 threads write as fast as they can and one sleeps for
 * all of them? And how often must they call the kernel to wake it? */
#include <sched.h>
#include <stdio.h>

#include "channel.h"
#include "harness.h"

#define WRITERS_MAX 8

struct crowd {
	const struct channel_ops *ops;
	size_t writers;
	struct traffic *traffic;
};

/* Of all samples of a crowd. */
struct traffic {
	uint64_t writes, reads, wakes;
};

struct hall {
	const struct channel_ops *ops;
	struct channel channel;
	uint64_t each, all, reads, sum;
};

static void speak(void *arg)
{
	struct hall *h = arg;

	for (uint64_t i = 0; i < h->each; i++)
		h->ops->write(&h->channel, 1);
}

/* Nothing of the hall is written while they speak: all of them read it. */
static void listen(void *arg)
{
	struct hall *h = arg;
	uint64_t reads = 0, sum = 0;

	for (; sum < h->all; reads++)
		sum += h->ops->read(&h->channel);
	h->reads = reads;
	h->sum = sum;
}

/* The reader on the first processor, writers from the second on in turns. */
static uint64_t run(uint64_t n, const void *arg)
{
	const struct crowd *c = arg;
	struct hall h = { .ops = c->ops, .each = n / c->writers + 1 };
	struct bench_role roles[WRITERS_MAX + 1] = { { listen, &h, 0 } };
	struct bench_calls before = bench_calls();
	uint64_t ns;

	h.all = h.each * c->writers;
	h.ops->open(&h.channel, false);
	for (size_t i = 1; i <= c->writers; i++)
		roles[i] = (struct bench_role){ speak, &h, i % 2 };
	ns = bench_together(roles, c->writers + 1);
	h.ops->close(&h.channel);
	bench_need(h.sum == h.all, "what was read is not what was written");
	c->traffic->writes += h.all;
	c->traffic->reads += h.reads;
	c->traffic->wakes += bench_calls_since(before).wakes;
	return bench_scale(ns, n, h.all);
}

/* ---- the least: one contended atomic, and a reader that never sleeps --------------- */

static void add_write(struct channel *c, uint64_t value)
{
	__atomic_fetch_add((uint64_t *)c->line, value, __ATOMIC_ACQ_REL);
}

static uint64_t add_read(struct channel *c)
{
	uint64_t *word = c->line, value;

	while (!__atomic_load_n(word, __ATOMIC_RELAXED))
		sched_yield(); /* to the writers of this processor */
	value = __atomic_exchange_n(word, 0, __ATOMIC_ACQ_REL);
	return value;
}

static void add_open(struct channel *c, bool is_semaphore)
{
	static _Alignas(64) uint64_t line[8];

	(void)is_semaphore;
	line[0] = 0;
	c->line = line;
}

static void add_close(struct channel *c)
{
	c->line = NULL;
}

static const struct channel_ops channel_add = { "bare fetch_add", add_open,
						add_close, add_write, add_read };

enum {
	ADAPTIVE,
	PARKING,
	KERNEL
};

static void report_wakes(size_t writers, const char *what, const struct traffic *t)
{
	char row[80];

	snprintf(row, sizeof(row), "%s; %zu threads", what, writers);
	bench_figure(row, (double)t->wakes * 1000 / (double)t->writes, 30, 5);
	/* Who is claimed is woken once, and reads: no two wakes for one read. */
	bench_must("wake calls, at most one a read", t->wakes, 0, t->reads);
}

static void ask(size_t writers)
{
	static const struct channel_ops *const all[] = {
		[ADAPTIVE] = &channel_evfd,
		[PARKING] = &channel_evfd_parking,
		[KERNEL] = &channel_kernel,
		&channel_add,
		&channel_sem,
		&channel_pipe,
		&channel_kernel_epoll,
		&channel_armed_epoll,
	};
	enum {
		N = sizeof(all) / sizeof(*all)
	};
	struct traffic traffic[N] = { { 0 } };
	struct crowd crowds[N];
	struct bench_rival rivals[N];
	const struct bench_table *t;
	char row[80];

	for (int i = 0; i < N; i++) {
		crowds[i] = (struct crowd){ all[i], writers, &traffic[i] };
		rivals[i] =
			(struct bench_rival){ all[i]->name, run, &crowds[i], 0 };
	}
	t = bench_compare("a write", writers, rivals, N);
	snprintf(row, sizeof(row), "a write to a sleeping reader; %zu threads",
		 writers);
	bench_goal(t, row, ADAPTIVE, KERNEL, 0.15, 0.10);
	snprintf(row, sizeof(row), "the same; parking; %zu threads", writers);
	bench_goal(t, row, PARKING, KERNEL, 0.15, 0.10);
	report_wakes(writers, "wake calls per 1000 writes", &traffic[ADAPTIVE]);
	report_wakes(writers, "wake calls per 1000 writes; parking",
		     &traffic[PARKING]);
}

int main(int argc, char **argv)
{
	bench_begin(argc, argv);
	for (size_t writers = 1; writers <= WRITERS_MAX; writers *= 2)
		ask(writers);
	return bench_end();
}
