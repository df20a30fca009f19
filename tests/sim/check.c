/* SPDX-License-Identifier: MIT */
/*
 * The explorers checked by each other, on programs so small that every order of
 * every step can be run: what is left out must be only what is the same.
 */
#include "check.h"

#include "port/sim/machine.h"
#include "programs/counters.h"

#include <stdio.h>

#define NAIVE_LIMIT 20000
#define BOUND 30 /* more than these programs can have */

THREAD(open_1, open_counter(1, 0))

#define PROGRAM(name_, setup_, ...)                                 \
	.name = name_, .setup = setup_, .threads = { __VA_ARGS__ }, \
	.rest = check_rest, .end = end_counter, .may_sleep = 3
#define ON_A                         \
	{                            \
		0, SIM_INTERRUPTS(0) \
	}

static const struct sim_program programs[] = {
	{ PROGRAM("reader and writer", open_empty, read_a, write_b) },
	{ PROGRAM("deadline and writer", open_empty, deadline_a, write_b) },
	{ PROGRAM("two sleepers", open_empty, read_a, read_b) },
	{ PROGRAM("two readers of one value", open_1, read_a, read_b) },
	{ PROGRAM("post in a read", open_empty, read_a, post_b), .handler = ON_A },
	{ PROGRAM("post in a try, and a writer", open_empty, try_a, post_b, write_c),
	  .handler = ON_A },
	{ PROGRAM("post in an interrupted read", open_empty, deadline_a, post_b),
	  .handler = ON_A, .interrupts = 1 },
	{ PROGRAM("tries and writers", open_semaphore, try_a, try_b, write_c,
		  write_d) },
	{ PROGRAM("reader and two writers", open_empty, read_a, write_b, write_c) },
	{ PROGRAM("two readers and writer", open_empty, read_a, read_b, write_c) },
	{ 0 },
};

static bool agrees(const struct sim_program *p)
{
	struct sim_tally naive = { 0 }, all = { 0 }, bound = { 0 };

	sim_explore_reset();
	sim_explore_naive(p, NAIVE_LIMIT, &naive);
	sim_explore_reset();
	sim_explore_all(p, UINT64_MAX, &all);
	sim_explore_reset();
	sim_explore_bound(p, BOUND, UINT64_MAX, &bound);
	printf("# %s: %llu schedules; naive %llu%s of %llu runs, all %llu of "
	       "%llu, bound %llu of %llu\n",
	       p->name, (unsigned long long)all.distinct,
	       (unsigned long long)naive.distinct,
	       naive.is_complete ? "" : " so far",
	       (unsigned long long)naive.runs, (unsigned long long)all.ended,
	       (unsigned long long)all.runs, (unsigned long long)bound.distinct,
	       (unsigned long long)bound.runs);
	if (naive.has_failed || all.has_failed || bound.has_failed)
		return false;
	/* None twice, none left out. */
	return all.ended == all.distinct && all.distinct == bound.distinct &&
	       (naive.is_complete ? naive.distinct == all.distinct :
				    naive.distinct <= all.distinct);
}

int check_explorers(void)
{
	int failures = 0, n = 0;

	while (programs[n].name)
		n++;
	printf("1..%d\n", n);
	for (int i = 0; i < n; i++) {
		bool is_good = agrees(&programs[i]);

		printf("%s %d - %s\n", is_good ? "ok" : "not ok", i + 1,
		       programs[i].name);
		failures += !is_good;
	}
	return failures > 0;
}
