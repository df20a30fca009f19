/* SPDX-License-Identifier: MIT */
/*
 * The memory checked by what C11 says of small programs: each must end in every way that
 * C11 allows (but for load buffering, see memory.c), and in no other.
 */
#include "weak.h"

#include "core/cell.h"

#include <stdio.h>
#include <string.h>

static uint32_t x, y, z;
static struct evfd_word word;
static uint32_t a, b, c, d; /* what the threads found */
static uint32_t data;	    /* plain */

static void clear(void)
{
	x = y = z = 0;
	a = b = c = d = 0;
	data = 0;
	word = (struct evfd_word){ 0 };
}

#define T(name, ...)           \
	static void name(void) \
	{                      \
		__VA_ARGS__;   \
	}

/* Message passing. */
T(mp_rel, store_rlx(&x, 1); store_rel(&y, 1))
T(mp_rlx, store_rlx(&x, 1); store_rlx(&y, 1))
T(mp_acq, a = load_acq(&y); b = load_rlx(&x))
T(mp_read_rlx, a = load_rlx(&y); b = load_rlx(&x))
/* The same with plain data: a race is a failure. */
T(data_rel, data = 1; store_rel(&y, 1))
T(data_rlx, data = 1; store_rlx(&y, 1))
T(data_acq, a = load_acq(&y); if (a) b = data)
T(data_read_rlx, a = load_rlx(&y); if (a) b = data)
/* Store buffering. */
T(sb_1, store_rel(&x, 1); a = load_acq(&y))
T(sb_2, store_rel(&y, 1); b = load_acq(&x))
T(sb_rmw_1, swap_ar(&x, 1); a = load_acq(&y))
T(sb_rmw_2, swap_ar(&y, 1); b = load_acq(&x))
T(sb_meet_1, store_rlx(&x, 1); add_ar(&z, 1); a = load_acq(&y))
T(sb_meet_2, store_rlx(&y, 1); add_ar(&z, 1); b = load_acq(&x))
/* Stores in two orders. */
T(ww_1, store_rel(&x, 1); store_rel(&y, 2))
T(ww_2, store_rel(&y, 1); store_rel(&x, 2))
/* Coherence. */
T(co_1, store_rlx(&x, 1))
T(co_2, store_rlx(&x, 2))
T(co_read, a = load_rlx(&x); b = load_rlx(&x))
/* Independent reads. */
T(iriw_x, store_rel(&x, 1))
T(iriw_y, store_rel(&y, 1))
T(iriw_1, a = load_acq(&x); b = load_acq(&y))
T(iriw_2, c = load_acq(&y); d = load_acq(&x))
/* Causality through a third thread. */
T(wrc_1, store_rlx(&x, 1))
T(wrc_2, a = load_rlx(&x); store_rel(&y, 1))
T(wrc_3, b = load_acq(&y); c = load_rlx(&x))
/* Release sequences: a relaxed add hands on what it found; a store does not. */
T(rs_1, store_rlx(&x, 1); store_rel(&y, 1))
T(rs_add, add_rlx(&y, 1))
T(rs_store, store_rlx(&y, 2))
T(rs_3, a = load_acq(&y); b = load_rlx(&x))
/* Sums. */
T(sum, add_rlx(&x, 1))
/* A compare-and-swap takes each value once. */
T(once_1, uint32_t zero = 0; a = cas_ar(&x, &zero, 1))
T(once_2, uint32_t zero = 0; b = cas_ar(&x, &zero, 2))
/* A failing one acquires. */
T(fail_1, store_rlx(&x, 1); store_rel(&y, 1))
T(fail_2, uint32_t five = 5; cas_ar(&y, &five, 6); a = five; b = load_rlx(&x))
/* Load buffering, which is not looked for. */
T(lb_1, a = load_rlx(&x); store_rlx(&y, 1))
T(lb_2, b = load_rlx(&y); store_rlx(&x, 1))
/* The halves of a cell. */
static void cell_twice(void)
{
	for (uint64_t i = 0; i < 2; i++) {
		struct evfd_word from = { .count = i, .ctl = i };
		struct evfd_word to = { .count = i + 1, .ctl = i + 1 };

		evfd_cell_cas(&word, &from, to);
	}
}
static void cell_look(void)
{
	struct evfd_word w = evfd_cell_load(&word);

	a = (uint32_t)w.count;
	b = (uint32_t)w.ctl;
}

static const struct litmus {
	const char *name;
	void (*threads[4])(void);
	const char *shown; /* of a, b, c, d, x, y */
	/* All that may be, and has to be seen; NULL: there is a data race. */
	const char *outcomes;
} tests[] = {
	{ "message", { mp_rel, mp_acq }, "ab", "00 01 11" },
	{ "message, store relaxed", { mp_rlx, mp_acq }, "ab", "00 01 10 11" },
	{ "message, load relaxed", { mp_rel, mp_read_rlx }, "ab", "00 01 10 11" },
	{ "data", { data_rel, data_acq }, "ab", "00 11" },
	{ "data, store relaxed", { data_rlx, data_acq }, "ab", NULL },
	{ "data, load relaxed", { data_rel, data_read_rlx }, "ab", NULL },
	{ "store buffering", { sb_1, sb_2 }, "ab", "00 01 10 11" },
	{ "store buffering by swaps", { sb_rmw_1, sb_rmw_2 }, "ab", "00 01 10 11" },
	{ "store buffering, met between", { sb_meet_1, sb_meet_2 }, "ab", "01 10 11" },
	{ "stores in two orders", { ww_1, ww_2 }, "xy", "11 12 21 22" },
	{ "coherence",
	  { co_1, co_2, co_read },
	  "abx",
	  "001 002 011 012 021 022 111 112 122 211 221 222" },
	{ "independent reads",
	  { iriw_x, iriw_y, iriw_1, iriw_2 },
	  "abcd",
	  "0000 0001 0010 0011 0100 0101 0110 0111 "
	  "1000 1001 1010 1011 1100 1101 1110 1111" },
	{ "through a third thread",
	  { wrc_1, wrc_2, wrc_3 },
	  "abc",
	  "000 001 010 011 100 101 111" },
	{ "release sequence", { rs_1, rs_add, rs_3 }, "ab", "00 01 10 11 21" },
	{ "no release sequence", { rs_1, rs_store, rs_3 }, "ab", "00 01 11 20 21" },
	{ "sum", { sum, sum, sum }, "x", "3" },
	{ "taken once", { once_1, once_2 }, "ab", "01 10" },
	{ "a failing swap acquires", { fail_1, fail_2 }, "ab", "00 01 11" },
	{ "load buffering, not looked for", { lb_1, lb_2 }, "ab", "00 01 10" },
	{ "halves of a cell", { cell_twice, cell_look }, "ab", "00 11 22" },
};
#define TESTS (int)(sizeof(tests) / sizeof(tests[0]))

static const struct litmus *test;
static bool has_seen[64]; /* by the place in test->outcomes */

static uint32_t value_of(char name)
{
	switch (name) {
	case 'a':
		return a;
	case 'b':
		return b;
	case 'c':
		return c;
	case 'd':
		return d;
	case 'x':
		return x;
	default:
		return y;
	}
}

static void note_outcome(void)
{
	char outcome[8] = "";
	const char *at;

	if (!test->outcomes)
		return;
	for (int i = 0; test->shown[i]; i++)
		outcome[i] = (char)('0' + value_of(test->shown[i]));
	at = strstr(test->outcomes, outcome);
	if (!at)
		sim_fail("%s is %s", test->shown, outcome);
	has_seen[(size_t)(at - test->outcomes) / (strlen(test->shown) + 1)] = true;
}

/* How many of the outcomes have been seen; *all is how many there are. */
static int count_seen(int *all)
{
	int seen = 0;

	*all = test->outcomes ? (int)((strlen(test->outcomes) + 1) /
				      (strlen(test->shown) + 1)) :
				0;
	for (int i = 0; i < *all; i++)
		seen += has_seen[i];
	return seen;
}

static bool passes(uint64_t *runs)
{
	struct sim_program p = { .name = test->name,
				 .setup = clear,
				 .end = note_outcome };
	struct sim_tally t = { 0 };
	int seen, all;

	memcpy(p.threads, test->threads, sizeof(test->threads));
	memset(has_seen, 0, sizeof(has_seen));
	sim_explore_reset();
	sim_explore_all(&p, UINT64_MAX, &t);
	seen = count_seen(&all);
	*runs += t.runs;
	printf("# %llu runs, %d of %d outcomes%s%s\n",
	       (unsigned long long)t.runs, seen, all, t.has_failed ? ", " : "",
	       t.has_failed ? sim_failure : "");
	if (!test->outcomes)
		return t.has_failed && strncmp(sim_failure, "data race", 9) == 0;
	return t.is_complete && seen == all;
}

int weak_check_litmus(void)
{
	uint64_t runs = 0;
	int failures = 0;

	printf("1..%d\n", TESTS);
	for (int i = 0; i < TESTS; i++) {
		bool passed;

		test = &tests[i];
		passed = passes(&runs);
		printf("%s %d - %s\n", passed ? "ok" : "not ok", i + 1, test->name);
		failures += !passed;
	}
	return failures > 0;
}
