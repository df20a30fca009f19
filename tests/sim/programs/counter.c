/* SPDX-License-Identifier: MIT */
/* Readers who sleep on tokens, and those who wake them. */
#include "../programs.h"
#include "counters.h"

#define NOBODY_LEFT_OVER "sums, registrations (T1), nobody asleep over a value"

THREAD(open_nearly_full, open_counter(EVFD_MAX - 1, 0))
THREAD(open_2, open_counter(2, EVFD_SEMAPHORE))

THREAD(deadline_b, thread_read(1, SIM_DEADLINE))
THREAD(try_c, thread_read(2, EVFD_NOWAIT))
THREAD(write_2_c, thread_write(2, 2, EVFD_NOWAIT))
THREAD(write_2_d, thread_write(3, 2, EVFD_NOWAIT))
THREAD(post_2_b, thread_post(1, 2))
THREAD(post_2_c, thread_post(2, 2))

/* ---- exact wakes ------------------------------------------------------------- */

/* Wakes after which the value was gone, because somebody took it without having
 * slept: as many as such takers at most. */
static void check_wakes(uint32_t most)
{
	uint32_t slept = 0, ended_asleep = 0, takers = 0;

	for (int i = 0; i < 3; i++) {
		slept += sim_sleeps(i);
		ended_asleep += sim_is_asleep(i) || sim_sleeps(i) > 0;
		takers += sim_is_done(i) && sim_sleeps(i) == 0;
	}
	sim_check(sim_woken() <= most);
	sim_check(slept - ended_asleep <= takers);
}

static void check_two_of_three(void)
{
	sim_check_equal(ended_of(3), 2);
	check_wakes(2);
	check_rest();
}

static void check_one_of_three(void)
{
	sim_check_equal(ended_of(3), 1);
	check_wakes(1);
	check_rest();
}

/* Who tries may take the value from who was woken for it: then, and only then,
 * somebody has slept twice. */
static void check_one_stolen(void)
{
	sim_check_equal(ended_of(1) + (results[1] == 0), 1);
	sim_check(sim_sleeps(0) <= 1u + (results[1] == 0));
	check_rest();
}

/* ---- leaving -------------------------------------------------------------------- */

static void deadline_then_read_a(void)
{
	thread_read(0, SIM_DEADLINE);
	thread_read(0, EVFD_FOREVER);
}

static void write_twice_c(void)
{
	thread_write(2, 1, EVFD_NOWAIT);
	thread_write(2, 1, EVFD_NOWAIT);
}

/* Who left because of a deadline, or was interrupted, has taken nothing. */
static void check_leavers(void)
{
	for (int i = 0; i < 2; i++)
		if (results[i] == EVFD_ETIMEDOUT || results[i] == EVFD_EINTR)
			sim_check_equal(got[i], 0);
	check_rest();
}

/* ---- put ---------------------------------------------------------------------------- */

static int fail_to_put(void *ctx, uint64_t value)
{
	(void)ctx, (void)value;
	return EVFD_EFAULT;
}

THREAD(bad_read_a, results[0] = evfd_read_put(&registry, counter, fail_to_put,
					      NULL, EVFD_FOREVER))

THREAD(bad_deadline_a, results[0] = evfd_read_put(&registry, counter, fail_to_put,
						  NULL, SIM_DEADLINE))

/* Interrupted, the other may have left as well, and the value stays. */
static void check_bad_deadline(void)
{
	sim_check(results[0] == EVFD_EFAULT || results[0] == EVFD_ETIMEDOUT ||
		  results[0] == EVFD_EINTR);
	sim_check(results[1] == EVFD_EINTR || results[1] == 0);
	check_rest();
}

static int put_in_vain(void *ctx, uint64_t value)
{
	*(uint64_t *)ctx = value;
	return 0;
}

static void put_read_b(void)
{
	uint64_t last = 0;

	results[1] = evfd_read_put(&registry, counter, put_in_vain, &last,
				   EVFD_FOREVER);
	if (results[1] == 0)
		got[1] += last;
}

static void check_bad_put(void)
{
	sim_check(sim_is_done(1));
	sim_check(!sim_is_done(0) || results[0] == EVFD_EFAULT);
	check_rest();
}

/* ---- the end of waiting ----------------------------------------------------------------- */

static void check_cancelled(void)
{
	sim_check_equal(results[2], 0);
	for (int i = 0; i < 2; i++)
		sim_check(results[i] == 0 || results[i] == EVFD_ECANCELED ||
			  results[i] == EVFD_ETIMEDOUT);
	check_sums();
	check_registrations();
	close_counter();
}

static void check_closed(void)
{
	uint64_t value;

	sim_check_equal(results[2], 0);
	for (int i = 0; i < 2; i++)
		sim_check(results[i] == 0 || results[i] == EVFD_EBADF ||
			  results[i] == EVFD_ETIMEDOUT);
	sim_check_equal(evfd_peek(&registry, counter, &value), EVFD_EBADF);
}

/* ---- other operations ----------------------------------------------------------------------- */

static void swap_c(void)
{
	uint64_t old = 0;

	results[2] = evfd_swap(&registry, counter, 2, &old);
	got[2] += old;
	put += 2;
}

static void check_saturated(void)
{
	uint64_t all = got[0] + got[1] + count_now();

	/* One of the posts did not fit, unless a read made room in time. */
	sim_check(results[1] == 0 && results[2] == 0);
	sim_check(got[0] == EVFD_SATURATED || got[0] >= EVFD_MAX - 1);
	sim_check(got[0] == EVFD_SATURATED ? all >= got[0] || all < 4 : all == put);
	close_counter();
}

static void look_a(void)
{
	uint64_t value = 0;
	int ready = evfd_readiness(&registry, counter);

	sim_check_equal(ready, EVFD_IN | EVFD_OUT);
	results[0] = evfd_peek(&registry, counter, &value);
	/* 2 at first, at most one taken and one added. */
	sim_check(value >= 1 && value <= 3);
}

/* More than a cell can have in 24 bits. */
#define BIG (UINT64_C(1) << 40)

THREAD(open_big, open_counter(BIG, 0))

static void swap_and_back_b(void)
{
	uint64_t old = 0;

	results[1] = evfd_swap(&registry, counter, 7, &old);
	sim_check(old == BIG || old == BIG + 1);
	results[1] = evfd_swap(&registry, counter, BIG, &old);
	sim_check(old == 7 || old == 8);
}

static void look_big_a(void)
{
	uint64_t value = 0;
	int ready = evfd_readiness(&registry, counter);

	sim_check_equal(ready, EVFD_IN | EVFD_OUT);
	results[0] = evfd_peek(&registry, counter, &value);
	sim_check(value == BIG || value == BIG + 1 || value == 7 || value == 8);
}

static void check_big(void)
{
	uint64_t count = count_now();

	/* Once in all, unless a swap has replaced it. */
	sim_check(results[0] == 0 && results[1] == 0 && results[2] == 0);
	sim_check(count == BIG || count == BIG + 1);
	close_counter();
}

const struct sim_program counter_programs[] = {
	{
		.name = "read-write",
		.what = "two readers who go to sleep meet two writers",
		.holds = NOBODY_LEFT_OVER,
		.setup = open_empty,
		.threads = { read_a, read_b, write_c, write_d },
		.each = check_always,
		.rest = check_rest,
		.end = end_counter,
		.may_sleep = 3,
	},
	{
		.name = "read-write-split",
		.what = "the same with loads in halves, for one writer",
		.holds = NOBODY_LEFT_OVER,
		.setup = open_empty,
		.threads = { read_a, read_b, write_c },
		.each = check_always,
		.rest = check_rest,
		.end = end_counter,
		.may_sleep = 3,
		.split_cell = true,
	},
	{
		.name = "semaphore-exact",
		.what = "a write of 2 to a semaphore that three read",
		.holds = "two return, two wakes at most, in vain only if "
			 "overtaken",
		.setup = open_semaphore,
		.threads = { read_a, read_b, read_c, write_2_d },
		.each = check_always,
		.rest = check_two_of_three,
		.end = end_counter,
		.may_sleep = 7,
	},
	{
		.name = "counter-exact",
		.what = "a write of 2 to a counter that three read",
		.holds = "one returns, one wake at most, in vain only if "
			 "overtaken",
		.setup = open_empty,
		.threads = { read_a, read_b, read_c, write_2_d },
		.each = check_always,
		.rest = check_one_of_three,
		.end = end_counter,
		.may_sleep = 7,
	},
	{
		.name = "stolen-value",
		.what = "a try takes the value from whom it woke",
		.holds = "slept twice only if stolen; " NOBODY_LEFT_OVER,
		.setup = open_empty,
		.threads = { read_a, try_b, write_c },
		.each = check_always,
		.rest = check_one_stolen,
		.end = end_counter,
		.may_sleep = 1,
	},
	{
		.name = "deadline-write",
		.what = "a deadline, a patient reader and a write, semaphore",
		.holds = "who leaves has nothing; " NOBODY_LEFT_OVER,
		.setup = open_semaphore,
		.threads = { deadline_a, read_b, write_c },
		.each = check_always,
		.rest = check_leavers,
		.end = end_counter,
		.may_sleep = 2,
	},
	{
		.name = "deadlines-write",
		.what = "two deadlines and two writes",
		.holds = "who leaves has nothing; " NOBODY_LEFT_OVER,
		.setup = open_semaphore,
		.threads = { deadline_a, deadline_b, write_c, write_d },
		.each = check_always,
		.rest = check_leavers,
		.end = end_counter,
	},
	{
		.name = "deadline-counter",
		.what = "a deadline, a patient reader, two writes, counter "
			"mode",
		.holds = "who leaves has nothing; " NOBODY_LEFT_OVER,
		.setup = open_empty,
		.threads = { deadline_a, read_b, write_c, write_d },
		.each = check_always,
		.rest = check_leavers,
		.end = end_counter,
		.may_sleep = 2,
	},
	{
		.name = "debt",
		.what = "who left a debt comes back; another reads; two writes",
		.holds = NOBODY_LEFT_OVER,
		.setup = open_semaphore,
		.threads = { deadline_then_read_a, read_b, write_twice_c },
		.each = check_always,
		.rest = check_leavers,
		.end = end_counter,
		.may_sleep = 3,
	},
	{
		.name = "interrupt-write",
		.what = "interrupted sleeps and a write",
		.holds = "who leaves has nothing; " NOBODY_LEFT_OVER,
		.setup = open_empty,
		.threads = { read_a, read_b, write_2_c },
		.each = check_always,
		.rest = check_leavers,
		.end = end_counter,
		.may_sleep = 3,
		.interrupts = 1,
	},
	{
		.name = "spurious",
		.what = "sleeps that end for nothing, and a write",
		.holds = NOBODY_LEFT_OVER,
		.setup = open_semaphore,
		.threads = { read_a, read_b, write_c },
		.each = check_always,
		.rest = check_rest,
		.end = end_counter,
		.may_sleep = 3,
		.spurious = 1,
	},
	{
		.name = "bad-put",
		.what = "a reader whose put fails, woken before another",
		.holds = "it is passed on to the other; " NOBODY_LEFT_OVER,
		.setup = open_empty,
		.threads = { bad_read_a, put_read_b, write_c },
		.each = check_always,
		.rest = check_bad_put,
		.end = end_counter,
		.may_sleep = 1,
	},
	{
		.name = "bad-put-semaphore",
		.what = "the same, semaphore, two writes",
		.holds = "it is passed on to the other; " NOBODY_LEFT_OVER,
		.setup = open_semaphore,
		.threads = { bad_read_a, put_read_b, write_c, write_d },
		.each = check_always,
		.rest = check_bad_put,
		.end = end_counter,
		.may_sleep = 1,
	},
	{
		.name = "bad-put-deadline",
		.what = "a put that fails after the deadline, another reader",
		.holds = "it is passed on to the other; " NOBODY_LEFT_OVER,
		.setup = open_empty,
		.threads = { bad_deadline_a, put_read_b, write_c },
		.each = check_always,
		.rest = check_bad_deadline,
		.end = end_counter,
		.interrupts = 1,
	},
	{
		.name = "cancel",
		.what = "cancel against a reader, a deadline and a write",
		.holds = "all end, sums",
		.setup = open_empty,
		.threads = { read_a, deadline_b, cancel_c, write_d },
		.each = check_always,
		.rest = check_cancelled,
		.end = end_counter,
	},
	{
		.name = "close",
		.what = "close against two readers",
		.holds = "all end, the slot is free again",
		.setup = open_semaphore,
		.threads = { read_a, deadline_b, close_c },
		.each = check_always,
		.rest = check_closed,
		.end = end_counter,
	},
	{
		.name = "close-write",
		.what = "close against a reader and a writer",
		.holds = "all end, the slot is free again",
		.setup = open_empty,
		.threads = { read_a, write_b, close_c },
		.each = check_always,
		.rest = check_closed,
		.end = end_counter,
	},
	{
		.name = "swap",
		.what = "a swap against two readers and a write",
		.holds = NOBODY_LEFT_OVER,
		.setup = open_semaphore,
		.threads = { read_a, read_b, swap_c, write_d },
		.each = check_always,
		.rest = check_rest,
		.end = end_counter,
		.may_sleep = 3,
	},
	{
		.name = "saturate",
		.what = "two posts that do not both fit, and a read",
		.holds = "posts never fail; what is read is the sum, or "
			 "saturated",
		.setup = open_nearly_full,
		.threads = { read_a, post_2_b, post_2_c },
		.each = check_always,
		.rest = check_saturated,
		.end = end_counter,
	},
	{
		.name = "look",
		.what = "peek and readiness with loads in halves",
		.holds = "what is seen was there",
		.setup = open_2,
		.threads = { look_a, write_b, try_c },
		.each = check_always,
		.rest = check_rest,
		.end = end_counter,
		.split_cell = true,
	},
	{
		.name = "look-big",
		.what = "the same at a count that shrinks below 24 bits and "
			"grows "
			"again, and a write",
		.holds = "what is seen was there",
		.setup = open_big,
		.threads = { look_big_a, swap_and_back_b, write_c },
		.each = check_always,
		.rest = check_big,
		.end = end_counter,
		.split_cell = true,
	},
	{ 0 },
};
