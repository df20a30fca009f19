/* SPDX-License-Identifier: MIT */
/*
 * What does a round trip between two threads cost, if each sleeps for the other? On one
 * processor, and between two that do not halt.
 *
 * The least that sleeping can cost is the bare futex: a store and a wake, a load and a
 * wait, and no locked instruction. Ours makes the same system calls, which is counted
 * first, and not where they are timed.
 */
#include "channel.h"
#include "harness.h"

struct game {
	const struct channel_ops *ops;
	int processor; /* of the one who answers */
};

struct rally {
	const struct channel_ops *ops;
	struct channel ping, pong;
	uint64_t n, balls;
};

/* Nothing here is written while they play: it is read by both. */
static void serve(void *arg)
{
	struct rally *r = arg;
	uint64_t balls = 0;

	for (uint64_t i = 0; i < r->n; i++) {
		r->ops->write(&r->ping, 1);
		balls += r->ops->read(&r->pong);
	}
	r->balls = balls;
}

static void answer(void *arg)
{
	struct rally *r = arg;

	for (uint64_t i = 0; i < r->n; i++)
		r->ops->write(&r->pong, r->ops->read(&r->ping));
}

static uint64_t run(uint64_t n, const void *arg)
{
	const struct game *g = arg;
	struct rally r = { .ops = g->ops, .n = n };
	const struct bench_role roles[] = { { serve, &r, 0 },
					    { answer, &r, g->processor } };
	uint64_t ns;

	r.ops->open(&r.ping, false);
	r.ops->open(&r.pong, false);
	ns = bench_together(roles, 2);
	r.ops->close(&r.ping);
	r.ops->close(&r.pong);
	bench_need(r.balls == n, "a ball was lost");
	return ns;
}

/* Two messages: a wait and a wake each, if nobody looks before he sleeps. */
static void count_calls(void)
{
	static const struct game parking = { &channel_evfd_parking, 0 };
	const uint64_t n = 1000;
	struct bench_calls before = bench_calls(), made;

	run(n, &parking);
	made = bench_calls_since(before);
	bench_must("futex waits, 2 a round trip", made.waits, 1, 2 * n);
	bench_must("futex wakes, 2 a round trip", made.wakes, 1, 2 * n);
	bench_count_calls(false);
}

#define GAMES_MAX 10

static const struct bench_table *play_all(const char *question,
					  const struct game *games, size_t n)
{
	struct bench_rival rivals[GAMES_MAX];

	for (size_t i = 0; i < n; i++)
		rivals[i] = (struct bench_rival){ games[i].ops->name, run,
						  &games[i], 0 };
	return bench_compare(question, (uint64_t)games[0].processor + 1, rivals, n);
}

static void on_one(void)
{
	static const struct game games[] = {
		{ &channel_evfd_parking, 0 }, { &channel_kernel, 0 },
		{ &channel_armed_epoll, 0 },  { &channel_kernel_epoll, 0 },
		{ &channel_evfd, 0 },	      { &channel_futex, 0 },
		{ &channel_sem, 0 },	      { &channel_pipe, 0 },
		{ &channel_socket, 0 },	      { &channel_edge_epoll, 0 },
	};
	const struct bench_table *t =
		play_all("round trip on one processor", games, 10);

	bench_goal(t, "ping-pong; same core; parking", 0, 1, 0.9, 0.8);
	bench_goal(t, "ping-pong; same core; parking / bare futex", 0, 5, 1.05,
		   1.0);
	bench_goal(t, "ping-pong; same core; adaptive", 4, 1, 1.05, 0.85);
	bench_goal(t, "armed mode; same core / kernel epoll", 2, 3, 0.8, 0.69);
	bench_goal(t, "armed mode; same core / bare edge", 2, 9, 1.05, 1.0);
}

static void on_two(void)
{
	static const struct game games[] = {
		{ &channel_evfd, 1 },	      { &channel_kernel, 1 },
		{ &channel_evfd_parking, 1 }, { &channel_futex, 1 },
		{ &channel_spin, 1 },	      { &channel_sem, 1 },
		{ &channel_kernel_epoll, 1 },
	};
	const struct bench_table *t;

	bench_keep_awake(true);
	t = play_all("round trip between two processors", games, 7);
	bench_keep_awake(false);
	bench_goal(t, "ping-pong; two cores; adaptive / raw spin", 0, 4, 1.5, 1.0);
	bench_goal(t, "sleeping across cores / bare futex", 2, 3, 1.05, 1.0);
}

int main(int argc, char **argv)
{
	bench_begin(argc, argv);
	count_calls();
	on_one();
	if (bench_has_two())
		on_two();
	return bench_end();
}
