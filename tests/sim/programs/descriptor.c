/* SPDX-License-Identifier: MIT */
/* The table of descriptors: lookups against close, reuse and dup. */
#include "../programs.h"
#include "world.h"

/* 0: an eventfd with 7 in it; 1: a semaphore with 3. */
static void open_two(void)
{
	open_world();
	sim_check_equal(eventfd(7, NONBLOCK), 0);
	sim_check_equal(eventfd(3, NONBLOCK | SEMAPHORE), 1);
}

static void reuse_0(void)
{
	answer(close_fd(0));
	eventfd(9, NONBLOCK);
}

/* 0 becomes a second number for 1; what was behind it may be behind 2. */
static void replace_0(void)
{
	answer(close_fd(0));
	call(32, 1, 0, 0, 0);
	eventfd(9, NONBLOCK);
}

THREAD(take_0, fd_take(0))
THREAD(add_0, fd_add(0, 1))
THREAD(close_0, answer(close_fd(0)))
THREAD(dup_0, answer(call(32, 0, 0, 0, 0)))
THREAD(dup_0_over_1, answer(call(33, 0, 1, 0, 0)))
THREAD(dup_1_over_0, answer(call(33, 1, 0, 0, 0)))
THREAD(make, answer(eventfd(1, 0)))
THREAD(set_cloexec, answer(call(72, 0, 2, 1, 0)))
THREAD(set_block, answer(call(72, 0, 4, 0, 0)))
THREAD(set_append, answer(call(72, 0, 4, NONBLOCK | 0x400, 0)))

static struct evfd_census census;

static void open_counted(void)
{
	open_world_of(EVFD_PROFILE_LINUX, EVFD_CONFIG_COUNTED);
	sim_check_equal(eventfd(7, NONBLOCK), 0);
}

THREAD(count_all, evfd_system_census(the_system, &census))
THREAD(dup_1_over_2, answer(call(33, 1, 2, 0, 0)))
THREAD(close_range_all, answer(call(436, 0, 8, 0, 0)))

/* What the census saw was so, before or after. */
static void check_census(void)
{
	sim_check(census.reads <= 1 && census.writes == 0);
	close_world();
	evfd_system_census(the_system, &census);
	sim_check_equal(census.reads, answers[1] == 8);
}

/* dup2 found the number free, open, or in the making. */
static void check_dup_made(void)
{
	sim_check_equal(answers[0], 2 + (answers[0] == 3));
	sim_check(answers[1] == 2 || answers[1] == EVFD_EBUSY);
	close_world();
}

static void check_made_one(void)
{
	sim_check(answers[0] >= 0 && answers[0] <= 2);
	sim_check_equal(answers[1], 0);
	close_world();
}

/* What thread t took: a value of one of those that fd 0 has named. */
static void check_taken(int t)
{
	sim_check((answers[t] == 8 && (taken[t] == 7 || taken[t] == 9)) ||
		  answers[t] == EVFD_EAGAIN || answers[t] == EVFD_EBADF);
}

static void check_lookup(void)
{
	check_taken(0);
	/* 0 is closed and, as the lowest, made again. */
	sim_check_equal(answers[1], 0);
	close_world();
}

static void check_two_lookups(void)
{
	check_taken(0);
	check_taken(2);
	sim_check(!(answers[0] == 8 && answers[2] == 8) || taken[0] != taken[2]);
	sim_check_equal(answers[1], 0);
	close_world();
}

/* 0 has named 7 and the semaphore, never 9. */
static void check_not_other(void)
{
	sim_check((answers[0] == 8 && (taken[0] == 7 || taken[0] == 1)) ||
		  answers[0] == EVFD_EBADF);
	close_world();
}

/* The write is in whatever 0 was then, or nowhere. */
static void check_added(void)
{
	uint64_t value = take(0);

	sim_check(answers[0] == 8 || answers[0] == EVFD_EBADF);
	sim_check(value == 9 || (value == 10 && answers[0] == 8));
	close_world();
}

/* 0 names what 1 names, or the other way round. */
static void check_dup_over(void)
{
	sim_check(answers[0] == 8 || answers[0] == EVFD_EAGAIN);
	sim_check(answers[0] != 8 || taken[0] == 7 || taken[0] == 1);
	sim_check_equal(answers[1], 0);
	close_world();
}

static void check_dup(void)
{
	uint64_t value;

	sim_check(answers[0] == EVFD_EBADF || answers[0] == 2 || answers[0] == 0);
	sim_check_equal(answers[1], 0);
	if (answers[0] != EVFD_EBADF) {
		value = take((int)answers[0]);
		sim_check_equal(value, 7);
	}
	close_world();
}

static void check_one_close(void)
{
	sim_check_equal(answers[0] + answers[1], EVFD_EBADF);
	close_world();
}

/* Two closes and a new one in between, which one of them may have closed. */
static void check_close_reuse(void)
{
	sim_check(answers[0] == 0 || answers[0] == EVFD_EBADF);
	sim_check(answers[1] == 0 || answers[1] == EVFD_EBADF);
	close_world();
}

static void check_lowest(void)
{
	sim_check_equal(answers[0] + answers[1], 5);
	sim_check(answers[0] == 2 || answers[0] == 3);
	close_world();
}

/* 0 was closed: its number, or the next. */
static void check_lowest_close(void)
{
	sim_check(answers[0] == 0 || answers[0] == 2 || answers[0] == 3);
	sim_check(answers[1] == 0 || answers[1] == 2 || answers[1] == 3);
	sim_check(answers[0] != answers[1]);
	close_world();
}

static void check_made(void)
{
	for (int i = 0; i < 2; i++)
		sim_check(answers[i] == EVFD_ENOMEM || answers[i] == EVFD_ENFILE ||
			  (answers[i] >= 0 && answers[i] < 2));
	close_world();
}

static void check_flags(void)
{
	sim_check(answers[0] == 0 || answers[0] == EVFD_EBADF);
	sim_check_equal(answers[1], 0);
	sim_check_equal(call(72, 0, 1, 0, 0), EVFD_EBADF);
	close_world();
}

/* Each call sets all of the flags: one of them was last. */
static void check_status(void)
{
	int64_t flags = call(72, 0, 3, 0, 0);

	sim_check(flags == 2 || flags == (2 | NONBLOCK | 0x400));
	close_world();
}

const struct sim_program descriptor_programs[] = {
	{
		.name = "lookup-reuse",
		.what = "a read of a number that is closed and made again",
		.holds = "one of the two, or EBADF; no file is left",
		.setup = open_two,
		.threads = { take_0, reuse_0 },
		.rest = check_lookup,
		.end = end_world,
	},
	{
		.name = "lookups-reuse",
		.what = "two reads of a number that is closed and made again",
		.holds = "each value once; no file is left",
		.setup = open_two,
		.threads = { take_0, reuse_0, take_0 },
		.rest = check_two_lookups,
		.end = end_world,
	},
	{
		.name = "lookup-other",
		.what = "a read of a number whose file becomes another "
			"number's",
		.holds = "never the other's value",
		.setup = open_two,
		.threads = { take_0, replace_0 },
		.rest = check_not_other,
		.end = end_world,
	},
	{
		.name = "write-reuse",
		.what = "a write to a number that is closed and made again",
		.holds = "it is in what the number named then",
		.setup = open_two,
		.threads = { add_0, reuse_0 },
		.rest = check_added,
		.end = end_world,
	},
	{
		.name = "lookup-dup2",
		.what = "a read of a number that dup2 replaces",
		.holds = "one or the other, never EBADF",
		.setup = open_two,
		.threads = { take_0, dup_1_over_0 },
		.rest = check_dup_over,
		.end = end_world,
	},
	{
		.name = "dup2-dup2",
		.what = "two numbers are dup2ed over each other, and closed",
		.holds = "no file is left",
		.setup = open_two,
		.threads = { dup_0_over_1, dup_1_over_0, close_0 },
		.rest = close_world,
		.end = end_world,
	},
	{
		.name = "dup2-make",
		.what = "dup2 to a number that is just being made",
		.holds = "EBUSY, or one of the two; no file is left",
		.setup = open_two,
		.threads = { make, dup_1_over_2 },
		.rest = check_dup_made,
		.end = end_world,
	},
	{
		.name = "close-range",
		.what = "close_range while a number is made",
		.holds = "no file is left",
		.setup = open_two,
		.threads = { make, close_range_all },
		.rest = check_made_one,
		.end = end_world,
	},
	{
		.name = "census",
		.what = "a census against a read and a close",
		.holds = "reads are counted once, no file is left",
		.setup = open_counted,
		.threads = { count_all, take_0, close_0 },
		.rest = check_census,
		.end = end_world,
	},
	{
		.name = "dup-close",
		.what = "dup of a number that is closed",
		.holds = "EBADF, or the same file",
		.setup = open_two,
		.threads = { dup_0, close_0 },
		.rest = check_dup,
		.end = end_world,
	},
	{
		.name = "closes",
		.what = "two closes of one number",
		.holds = "one succeeds",
		.setup = open_two,
		.threads = { close_0, close_0 },
		.rest = check_one_close,
		.end = end_world,
	},
	{
		.name = "closes-reuse",
		.what = "two closes of one number and one who makes it again",
		.holds = "no file is left",
		.setup = open_two,
		.threads = { close_0, close_0, reuse_0 },
		.rest = check_close_reuse,
		.end = end_world,
	},
	{
		.name = "lowest",
		.what = "two make an eventfd",
		.holds = "they get the two lowest numbers",
		.setup = open_two,
		.threads = { make, make },
		.rest = check_lowest,
		.end = end_world,
	},
	{
		.name = "lowest-close",
		.what = "two make an eventfd while a lower number is closed",
		.holds = "different numbers, none left out",
		.setup = open_two,
		.threads = { make, make, close_0 },
		.rest = check_lowest_close,
		.end = end_world,
	},
	{
		.name = "make-no-memory",
		.what = "two make an eventfd, memory refused at will",
		.holds = "an error, or a number; nothing is left",
		.setup = open_world,
		.threads = { make, make },
		.rest = check_made,
		.end = end_world,
		.alloc_failures = 1,
	},
	{
		.name = "cloexec-close",
		.what = "FD_CLOEXEC is set on a number that is closed",
		.holds = "it stays closed, no file is left",
		.setup = open_two,
		.threads = { set_cloexec, close_0 },
		.rest = check_flags,
		.end = end_world,
	},
	{
		.name = "status-flags",
		.what = "two F_SETFL",
		.holds = "one of them as a whole",
		.setup = open_two,
		.threads = { take_0, set_block, set_append },
		.rest = check_status,
		.end = end_world,
	},
	{ 0 },
};
