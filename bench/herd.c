/* SPDX-License-Identifier: MIT */
/*
 * What does it cost to wake one of many? 1 to 1000 threads sleep in a semaphore's read,
 * on one processor; a token comes when the last one has been taken. How often does a
 * sleeper go to sleep again, a token? And what does a write for 8 of 8 cost?
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "channel.h"
#include "harness.h"

#define HERD_MAX 1000
#define STACK 65536

struct herd {
	const struct channel_ops *ops;
	uint64_t size, burst; /* sleepers; tokens a write */
	struct channel channel;
	pthread_t *threads;
	_Alignas(64) uint64_t taken;
	uint64_t asleep;   /* have begun */
	uint64_t switches; /* of all, when they have ended */
	uint64_t tokens;   /* in all samples */
	bool is_over;
};

static void *wait_for_tokens(void *arg)
{
	struct herd *h = arg;
	struct rusage usage;

	bench_pin(0);
	__atomic_fetch_add(&h->asleep, 1, __ATOMIC_RELAXED);
	for (;;) {
		bench_need(h->ops->read(&h->channel) == 1, "not one token");
		if (__atomic_load_n(&h->is_over, __ATOMIC_ACQUIRE))
			break;
		__atomic_fetch_add(&h->taken, 1, __ATOMIC_RELEASE);
	}
	getrusage(RUSAGE_THREAD, &usage);
	__atomic_fetch_add(&h->switches, (uint64_t)usage.ru_nvcsw,
			   __ATOMIC_RELAXED);
	return NULL;
}

static void gather(struct herd *h)
{
	pthread_attr_t attr;

	h->ops->open(&h->channel, true);
	h->threads = calloc(h->size, sizeof(*h->threads));
	bench_need(h->threads && !pthread_attr_init(&attr) &&
			   !pthread_attr_setstacksize(&attr, STACK),
		   "no threads");
	for (uint64_t i = 0; i < h->size; i++)
		bench_need(pthread_create(&h->threads[i], &attr,
					  wait_for_tokens, h) == 0,
			   "no thread");
	pthread_attr_destroy(&attr);
	while (__atomic_load_n(&h->asleep, __ATOMIC_RELAXED) < h->size)
		sched_yield();
}

static void disperse(struct herd *h)
{
	__atomic_store_n(&h->is_over, true, __ATOMIC_RELEASE);
	h->ops->write(&h->channel, h->size);
	for (uint64_t i = 0; i < h->size; i++)
		pthread_join(h->threads[i], NULL);
	free(h->threads);
	h->ops->close(&h->channel);
}

/* An operation is a token. */
static uint64_t run(uint64_t n, const void *arg)
{
	struct herd *h = *(struct herd *const *)arg;
	uint64_t start = bench_now(), writes = n / h->burst + 1, taken;

	for (uint64_t i = 0; i < writes; i++) {
		h->ops->write(&h->channel, h->burst);
		h->tokens += h->burst;
		while ((taken = __atomic_load_n(&h->taken, __ATOMIC_ACQUIRE)) <
		       h->tokens)
			sched_yield();
		bench_need(taken == h->tokens, "a token too many");
	}
	return bench_scale(bench_now() - start, n, writes * h->burst);
}

/* Times that a sleeper went to sleep, a token: but for the first, and the last wake. */
static double switches(const struct herd *h)
{
	double first = (double)h->size;

	return ((double)h->switches - first) / (double)h->tokens;
}

static void ask(uint64_t size, uint64_t burst)
{
	static const struct channel_ops *const all[] = { &channel_evfd,
							 &channel_kernel,
							 &channel_sem };
	static struct herd herds[3];
	static struct herd *const at[3] = { &herds[0], &herds[1], &herds[2] };
	const char *question = burst > 1 ? "write(8) to 8 sleepers" : "one token";
	struct bench_rival rivals[3];
	const struct bench_table *t;

	for (int i = 0; i < 3; i++) {
		herds[i] =
			(struct herd){ .ops = all[i], .size = size, .burst = burst };
		gather(&herds[i]);
		rivals[i] = (struct bench_rival){ all[i]->name, run, &at[i], 0 };
	}
	t = bench_compare(question, size, rivals, 3);
	for (int i = 0; i < 3; i++)
		disperse(&herds[i]);
	for (int i = 0; i < 3 && burst == 1; i++)
		bench_point("sleeps a token", size, all[i]->name,
			    switches(&herds[i]));
	if (burst > 1)
		bench_goal(t, "write(8) to 8 sleepers; a token", 0, 1, 1.3, 1.0);
	else if (size == 8)
		bench_goal(t, "8 semaphore waiters; one token at a time", 0, 1,
			   0.35, 0.26);
	if (size == 8 && burst == 1)
		bench_figure("8 semaphore waiters; switches a token",
			     switches(&herds[0]), 1.05, 1.0);
}

int main(int argc, char **argv)
{
	static const uint64_t sizes[] = { 1, 2, 4, 8, 32, 128, HERD_MAX };

	bench_begin(argc, argv);
	bench_count_calls(false);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		if (!bench_is_smoke() || sizes[i] <= 32)
			ask(sizes[i], 1);
	ask(8, 8);
	return bench_end();
}
