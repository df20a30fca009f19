/* SPDX-License-Identifier: MIT */
/* Writers without room and takers of several units: they sleep on bells. */
#include "../programs.h"
#include "counters.h"

THREAD(open_full, open_counter(EVFD_MAX, 0))
THREAD(open_full_semaphore, open_counter(EVFD_MAX, EVFD_SEMAPHORE))

THREAD(write_1_a, thread_write(0, 1, EVFD_FOREVER))
THREAD(write_2_b, thread_write(1, 2, EVFD_FOREVER))
THREAD(deadline_write_a, thread_write(0, 1, SIM_DEADLINE))
THREAD(read_d, thread_read(3, EVFD_FOREVER))
THREAD(take_2_a, thread_take(0, 2, 2, EVFD_FOREVER))
THREAD(take_2_c, thread_take(2, 2, 2, EVFD_FOREVER))
THREAD(deadline_take_a, thread_take(0, 2, 2, SIM_DEADLINE))
THREAD(take_3_b, thread_take(1, 3, 3, EVFD_FOREVER))
THREAD(take_most_b, thread_take(1, 1, 2, EVFD_FOREVER))
THREAD(take_1_b, thread_take(1, 1, 1, EVFD_FOREVER))
THREAD(put_1_c, thread_write(2, 1, EVFD_NOWAIT))
THREAD(put_2_c, thread_write(2, 2, EVFD_NOWAIT))
THREAD(put_1_d, thread_write(3, 1, EVFD_NOWAIT))
THREAD(put_2_d, thread_write(3, 2, EVFD_NOWAIT))
THREAD(put_3_d, thread_write(3, 3, EVFD_NOWAIT))

static void swap_c(void)
{
	uint64_t old = 0;

	results[2] = evfd_swap(&registry, counter, EVFD_MAX - 1, &old);
	got[2] += old;
	put += EVFD_MAX - 1;
}

static void swap_up_c(void)
{
	uint64_t old = 0;

	results[2] = evfd_swap(&registry, counter, 3, &old);
	got[2] += old;
	put += 3;
}

static void put_1_twice_c(void)
{
	thread_write(2, 1, EVFD_NOWAIT);
	thread_write(2, 1, EVFD_NOWAIT);
}

/* Who sleeps for room for 1 or 2 does not have it. */
static void check_writers(void)
{
	check_sums();
	for (int i = 0; i < 2; i++)
		if (sim_is_asleep(i))
			sim_check(count_now() > EVFD_MAX - (uint64_t)(i + 1));
	close_counter();
}

/* Thread a wants 2, b wants 3. */
static void check_takers(void)
{
	check_sums();
	for (int i = 0; i < 2; i++)
		if (sim_is_asleep(i))
			sim_check(count_now() < (uint64_t)(i + 2));
	close_counter();
}

/* Thread a wants 2, b is a plain reader. */
static void check_taker_and_reader(void)
{
	check_sums();
	if (sim_is_asleep(0))
		sim_check(count_now() < 2);
	if (sim_is_asleep(1))
		sim_check_equal(count_now(), 0);
	close_counter();
}

/* Threads a and c want 2, b is a plain reader; 3 come in all. */
static void check_takers_and_reader(void)
{
	check_sums();
	for (int i = 0; i < 3; i++)
		if (sim_is_asleep(i))
			sim_check(count_now() < (i == 1 ? 1u : 2u));
	close_counter();
}

static void check_all_ended(void)
{
	for (int i = 0; i < 2; i++)
		sim_check(sim_is_done(i));
}

static void check_cancelled(void)
{
	check_all_ended();
	check_sums();
	close_counter();
}

const struct sim_program choosy_programs[] = {
	{
		.name = "full-read",
		.what = "writers of 1 and 2 at MAX, a read that drains",
		.holds = "sums, nobody asleep over room for him",
		.setup = open_full,
		.threads = { write_1_a, write_2_b, read_c },
		.each = check_always,
		.rest = check_writers,
		.end = end_counter,
		.may_sleep = 3,
	},
	{
		.name = "full-semaphore",
		.what = "writers of 1 and 2 at MAX, two reads of 1",
		.holds = "sums, nobody asleep over room for him",
		.setup = open_full_semaphore,
		.threads = { write_1_a, write_2_b, read_c, read_d },
		.each = check_always,
		.rest = check_writers,
		.end = end_counter,
		.may_sleep = 3,
	},
	{
		.name = "full-deadline",
		.what = "a deadline of a writer against a read that makes room",
		.holds = "sums, nobody asleep over room for him",
		.setup = open_full_semaphore,
		.threads = { deadline_write_a, write_2_b, read_c },
		.each = check_always,
		.rest = check_writers,
		.end = end_counter,
		.may_sleep = 3,
		.interrupts = 1,
	},
	{
		.name = "full-swap",
		.what = "a swap that makes room for one of two writers",
		.holds = "sums, nobody asleep over room for him",
		.setup = open_full,
		.threads = { write_1_a, write_2_b, swap_c },
		.each = check_always,
		.rest = check_writers,
		.end = end_counter,
		.may_sleep = 3,
	},
	{
		.name = "full-close",
		.what = "close against writers without room",
		.holds = "all end, the slot is free again",
		.setup = open_full,
		.threads = { write_1_a, write_2_b, close_c },
		.each = check_always,
		.rest = check_all_ended,
		.end = end_counter,
	},
	{
		.name = "full-cancel",
		.what = "cancel against writers without room",
		.holds = "all end, sums",
		.setup = open_full,
		.threads = { write_1_a, write_2_b, cancel_c },
		.each = check_always,
		.rest = check_cancelled,
		.end = end_counter,
	},
	{
		.name = "takers",
		.what = "takers of 2 and 3, writes of 2 and 3",
		.holds = "sums, nobody asleep over enough for him",
		.setup = open_empty,
		.threads = { take_2_a, take_3_b, put_2_c, put_3_d },
		.each = check_always,
		.rest = check_takers,
		.end = end_counter,
		.may_sleep = 3,
	},
	{
		.name = "taker-reader",
		.what = "a taker of 2 and a reader, writes of 1 and 2",
		.holds = "sums, nobody asleep over enough for him",
		.setup = open_semaphore,
		.threads = { take_2_a, read_b, put_1_c, put_2_d },
		.each = check_always,
		.rest = check_taker_and_reader,
		.end = end_counter,
		.may_sleep = 3,
	},
	{
		.name = "takers-reader",
		.what = "two takers of 2 and a reader, write of 1",
		.holds = "sums, nobody asleep over enough for him",
		.setup = open_semaphore,
		.threads = { take_2_a, read_b, take_2_c, put_1_d },
		.each = check_always,
		.rest = check_takers_and_reader,
		.end = end_counter,
		.may_sleep = 7,
	},
	{
		.name = "taker-leaves-some",
		.what = "a taker of 1 to 2 leaves units to a taker, counter "
			"mode",
		.holds = "sums, nobody asleep over enough for him",
		.setup = open_empty,
		.threads = { take_2_a, take_most_b, put_1_c, put_3_d },
		.each = check_always,
		.rest = check_taker_and_reader,
		.end = end_counter,
		.may_sleep = 3,
	},
	{
		.name = "taker-of-one",
		.what = "a taker of 1 leaves a unit to a reader, counter mode",
		.holds = "sums, registrations, nobody asleep over a value",
		.setup = open_empty,
		.threads = { read_a, take_1_b, put_2_c },
		.each = check_always,
		.rest = check_rest,
		.end = end_counter,
		.may_sleep = 3,
	},
	{
		.name = "taker-deadline",
		.what = "a taker's deadline against two writes of 1",
		.holds = "sums, nobody asleep over enough for him",
		.setup = open_empty,
		.threads = { deadline_take_a, take_3_b, put_1_twice_c },
		.each = check_always,
		.rest = check_takers,
		.end = end_counter,
		.may_sleep = 2,
		.spurious = 1,
	},
	{
		.name = "taker-swap",
		.what = "a swap that brings enough for one of two takers",
		.holds = "sums, nobody asleep over enough for him",
		.setup = open_semaphore,
		.threads = { take_2_a, take_3_b, swap_up_c, put_1_d },
		.each = check_always,
		.rest = check_takers,
		.end = end_counter,
		.may_sleep = 3,
	},
	{ 0 },
};
