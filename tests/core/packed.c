/* SPDX-License-Identifier: MIT */
/*
 * The cell that packs small words (core/cell_packed.h), over memory that another
 * thread changes between any two of its steps, as the script says.
 */
#define EVFD_CORE_ATOMIC_H
#define load_acq(p) load_then(p)
#define load_rlx(p) load_then(p)
#define cas_ar(p, expected, v) cas_then((p), (expected), (v))

#include <stdbool.h>
#include <stdint.h>

static uint64_t load_then(const uint64_t *p);
static bool cas_then(uint64_t *p, uint64_t *expected, uint64_t v);

#include <core/word.h>

static bool evfd_cell_swap(struct evfd_word *cell, struct evfd_word *seen,
			   struct evfd_word put);

#include <core/cell_packed.h>

#include "../support/unit.h"

#define GENERATION (UINT64_C(7) << EVFD_GENERATION_SHIFT)
#define BIG (UINT64_C(1) << 40)
#define APART(count_, asleep)                                                  \
	{                                                                      \
		.count = (count_),                                             \
		.ctl = GENERATION | (asleep)*EVFD_ASLEEP_ONE | EVFD_CELL_APART \
	}
#define PACKED(small, left_over)                                           \
	{                                                                  \
		.count = (left_over),                                      \
		.ctl = GENERATION | (uint64_t)(small) << EVFD_ASLEEP_SHIFT \
	}

static struct evfd_word cell;
/* What the other thread leaves there after each of our steps; then it is done. */
static const struct evfd_word *others;
static int left, steps;

static void other_thread(void)
{
	steps++;
	if (left > 0) {
		left--;
		cell = *others++;
	}
}

static uint64_t load_then(const uint64_t *p)
{
	uint64_t seen = *p;

	other_thread();
	return seen;
}

static bool cas_then(uint64_t *p, uint64_t *expected, uint64_t v)
{
	bool is_same = *p == *expected;

	*(is_same ? p : expected) = is_same ? v : *p;
	other_thread();
	return is_same;
}

static bool evfd_cell_swap(struct evfd_word *c, struct evfd_word *seen,
			   struct evfd_word put)
{
	bool is_same = c->count == seen->count && c->ctl == seen->ctl;

	*(is_same ? c : seen) = is_same ? put : *c;
	other_thread();
	return is_same;
}

static void begin(struct evfd_word first, const struct evfd_word *then, int n)
{
	cell = first;
	others = then;
	left = n;
	steps = 0;
}

static struct evfd_word word_of(uint64_t count, uint64_t asleep)
{
	return (struct evfd_word){ .count = count,
				   .ctl = GENERATION | asleep * EVFD_ASLEEP_ONE };
}

static void assert_word(struct evfd_word w, uint64_t count, uint64_t asleep)
{
	assert_int_equal(w.count, count);
	assert_int_equal(w.ctl, word_of(0, asleep).ctl);
}

static void test_load(void **state)
{
	static const struct {
		struct evfd_word first, then[5];
		int n;
		uint64_t count, asleep;
		int steps;
	} rows[] = {
		{ PACKED(5, BIG), { { 0 } }, 0, 5, 0, 1 },
		{ APART(BIG, 0), { { 0 } }, 0, BIG, 0, 4 },
		{ APART(0, 3), { { 0 } }, 0, 0, 3, 4 },
		/* It packs itself before the second look. */
		{ APART(BIG, 0), { PACKED(5, BIG) }, 1, 5, 0, 4 },
		/* Packed between the looks, and back: what it left over was there. */
		{ APART(BIG, 0),
		  { APART(BIG, 0), PACKED(5, BIG), APART(BIG + 9, 0) },
		  3,
		  BIG,
		  0,
		  4 },
		/* Somebody goes to sleep between the looks: once more. */
		{ APART(BIG, 0),
		  { APART(BIG, 0), APART(BIG, 0), APART(BIG, 1) },
		  3,
		  BIG,
		  1,
		  7 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		begin(rows[i].first, rows[i].then, rows[i].n);
		assert_word(evfd_cell_load(&cell), rows[i].count, rows[i].asleep);
		assert_int_equal(steps, rows[i].steps);
	}
}

/* A word that was small, and is apart when the 8 bytes are compared. */
static void test_cas_finds_it_apart(void **state)
{
	struct evfd_word expected = word_of(5, 0);
	const struct evfd_word there = APART(BIG, 0);

	(void)state;
	begin(there, NULL, 0);
	assert_false(evfd_cell_cas(&cell, &expected, word_of(6, 0)));
	assert_word(expected, BIG, 0);
	assert_word(evfd_cell_load(&cell), BIG, 0);
}

/* What is left over is nobody's concern, also if it changes under the swap. */
static void test_cas_of_what_is_left_over(void **state)
{
	static const struct evfd_word first = PACKED(5, BIG),
				      then[] = { PACKED(5, BIG),
						 PACKED(5, BIG + 1) };
	struct evfd_word expected = word_of(5, 0);

	(void)state;
	begin(first, then, 2);
	assert_true(evfd_cell_cas(&cell, &expected, word_of(5, 1)));
	assert_int_equal(steps, 4);
	assert_word(evfd_cell_load(&cell), 5, 1);
}

/* Packing leaves the count where it was, for loads that are under way. */
static void test_cas_leaves_the_count(void **state)
{
	struct evfd_word expected = word_of(BIG, 0);
	const struct evfd_word first = APART(BIG, 0);

	(void)state;
	begin(first, NULL, 0);
	assert_true(evfd_cell_cas(&cell, &expected, word_of(5, 0)));
	assert_int_equal(cell.count, BIG);
	assert_int_equal(cell.ctl, evfd_cell_pack(word_of(5, 0)));
}

/* Halves of two words, neither of which is expected: no, and one of them is told. */
static void test_cas_torn(void **state)
{
	static const struct evfd_word first = APART(BIG, 1),
				      then[] = { APART(BIG + 1, 2) };
	struct evfd_word expected = word_of(BIG, 0);

	(void)state;
	begin(first, then, 1);
	assert_false(evfd_cell_cas(&cell, &expected, word_of(0, 0)));
	assert_word(expected, BIG + 1, 2);
}

/* Torn, and they look like what is expected: the swap compares them. */
static void test_cas_torn_but_right(void **state)
{
	static const struct evfd_word first = APART(BIG, 1),
				      then[] = { APART(BIG + 1, 2) };
	struct evfd_word expected = word_of(BIG + 1, 1);

	(void)state;
	begin(first, then, 1);
	assert_false(evfd_cell_cas(&cell, &expected, word_of(0, 0)));
	assert_word(expected, BIG + 1, 2);
	assert_word(evfd_cell_load(&cell), BIG + 1, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_load),
		cmocka_unit_test(test_cas_finds_it_apart),
		cmocka_unit_test(test_cas_of_what_is_left_over),
		cmocka_unit_test(test_cas_leaves_the_count),
		cmocka_unit_test(test_cas_torn),
		cmocka_unit_test(test_cas_torn_but_right),
	};

	return cmocka_run_group_tests_name("packed", tests, NULL, NULL);
}
