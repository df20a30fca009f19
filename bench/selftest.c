/* SPDX-License-Identifier: MIT */
/*
 * Does the harness reckon right? Rivals whose times are known, a neighbour who disturbs,
 * and a number that is wrong: this program must fail, for that and for nothing else.
 */
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"

static uint64_t take(uint64_t n, const void *arg)
{
	return n * *(const uint64_t *)arg;
}

/* Long enough for a gate that counts in ticks. */
static uint64_t take_time(uint64_t n, const void *arg)
{
	const struct timespec ts = { .tv_nsec = 100000000 };

	(void)arg;
	nanosleep(&ts, NULL);
	return n;
}

static void reckon(void)
{
	static const uint64_t ns[] = { 30, 10, 100, 20 };
	const struct bench_rival rivals[] = {
		{ "ours", take, &ns[0], 0 },
		{ "our empty call", take, &ns[1], 0 },
		{ "theirs", take, &ns[2], 0 },
		{ "their empty call", take, &ns[3], 0 },
	};
	const struct bench_table *t = bench_compare("known", 1, rivals, 4);

	for (uint32_t i = 0; i < 4; i++)
		bench_need(bench_median(t, i) == (double)ns[i],
			   "a wrong median");
	bench_need(fabs(bench_goal(t, "ratio", 0, 2, 1, 1) - 0.3) < 1e-9,
		   "a wrong ratio");
	bench_need(fabs(bench_goal_net(t, "net", (const uint32_t[]){ 0, 1 },
				       (const uint32_t[]){ 2, 3 }, 1, 1) -
			0.25) < 1e-9,
		   "a wrong net ratio");
}

static void disturb(void)
{
	const struct bench_rival rival = { "disturbed", take_time, NULL, 1 };
	const struct bench_table *t;
	pid_t neighbour = fork();

	if (neighbour == 0)
		for (;;)
			;
	bench_need(neighbour > 0, "no neighbour");
	t = bench_compare("a neighbour", 1, &rival, 1);
	kill(neighbour, SIGKILL);
	for (uint32_t i = 0; i < t->rounds; i++)
		bench_need(t->is_disturbed[0][i], "the gate saw no neighbour");
}

int main(int argc, char **argv)
{
	bench_begin(argc, argv);
	reckon();
	disturb();
	bench_must("two where two is right", 2, 2, 2);
	bench_must("three where two is the most", 3, 0, 2);
	return bench_end();
}
