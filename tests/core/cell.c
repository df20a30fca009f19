/* SPDX-License-Identifier: MIT */
/* The 16-byte atomic: built once with each cell that this machine can have. */
#include <core/cell.h>

#include "../support/testport.h"
#include "../support/unit.h"

#define STEPS 40000u
#define THREADS 3

static bool is_same(struct evfd_word a, struct evfd_word b)
{
	return a.count == b.count && a.ctl == b.ctl;
}

/* Words of every kind that a cell may treat apart: by count, and by who sleeps. */
#define FLAGS_ALL (EVFD_WORD_FLAGS & ~EVFD_WORD_CELL)
static const struct evfd_word words[] = {
	{ .count = 0, .ctl = 0 },
	{ .count = 1, .ctl = 2 },
	{ .count = 2, .ctl = 2 },
	{ .count = 1, .ctl = 3 },
	{ .count = 1, .ctl = UINT64_C(2) << 32 },
	{ .count = 0xffffff, .ctl = UINT64_C(1) << 32 | FLAGS_ALL },
	{ .count = 0x1000000, .ctl = UINT64_C(1) << 32 | FLAGS_ALL },
	{ .count = 0x1000000, .ctl = 2 },
	{ .count = UINT64_C(1) << 32, .ctl = 2 },
	{ .count = EVFD_MAX, .ctl = UINT64_C(7) << 32 },
	{ .count = EVFD_SATURATED, .ctl = UINT64_MAX & ~(uint64_t)EVFD_WORD_CELL },
	{ .count = 0, .ctl = UINT64_C(7) << 32 | EVFD_WORD_CANCELLED },
	{ .count = 0, .ctl = FLAGS_ALL & ~EVFD_WORD_CANCELLED },
	{ .count = 0, .ctl = UINT64_C(7) << 32 | EVFD_ASLEEP_ONE },
	{ .count = 0, .ctl = UINT64_C(7) << 32 | 0xffffff * EVFD_ASLEEP_ONE },
	{ .count = 1, .ctl = UINT64_C(7) << 32 | EVFD_ASLEEP_ONE | 1 },
	{ .count = 0xffffff, .ctl = UINT64_C(7) << 32 | EVFD_ASLEEP_ONE | 1 },
};

/* A cell of zeroes, which is the word of zeroes, and then w. */
static void make(struct evfd_word *cell, struct evfd_word w)
{
	struct evfd_word none = { .count = 0 };

	*cell = none;
	assert_true(evfd_cell_cas(cell, &none, w));
}

/* From every word to every other: what was there, and is, in whatever way it lies. */
static void test_cas_succeeds(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(words); i++)
		for (size_t k = 0; k < COUNT_OF(words); k++) {
			struct evfd_word cell, expected = words[i];

			make(&cell, words[i]);
			assert_true(is_same(evfd_cell_load(&cell), words[i]));
			assert_true(evfd_cell_cas(&cell, &expected, words[k]));
			assert_true(is_same(evfd_cell_load(&cell), words[k]));
			expected = words[k];
			assert_true(evfd_cell_cas(&cell, &expected, words[i]));
			assert_true(is_same(evfd_cell_load(&cell), words[i]));
		}
}

/* Each half alone is enough to differ, and what was there is reported. */
static void test_cas_fails(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(words); i++)
		for (size_t k = 0; k < COUNT_OF(words); k++)
			for (size_t j = 0; k != i && j < COUNT_OF(words); j++) {
				struct evfd_word cell, expected = words[k];

				make(&cell, words[i]);
				assert_false(evfd_cell_cas(&cell, &expected,
							   words[j]));
				assert_true(is_same(expected, words[i]));
				assert_true(is_same(evfd_cell_load(&cell),
						    words[i]));
			}
}

/* What is called empty is, and what is quick to load is told apart. */
static void assert_told_empty(const struct evfd_word *cell, struct evfd_word w)
{
	struct evfd_word seen;
	bool is_empty = w.count == 0 && !(w.ctl & EVFD_WORD_CANCELLED);

	assert_int_equal(evfd_cell_is_empty_quick(cell, w.ctl),
			 is_empty && evfd_cell_load_quick(cell, w.ctl, &seen));
	assert_int_equal(evfd_cell_is_empty_quick(cell, w.ctl ^ UINT32_MAX),
			 evfd_cell_is_empty_quick(cell, w.ctl));
	for (int bit = 32; bit < 64; bit++)
		assert_false(evfd_cell_is_empty_quick(
			cell, w.ctl ^ UINT64_C(1) << bit));
}

/* Quick or not, what is done is what the others would have done. */
static void test_quick(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(words); i++)
		for (size_t k = 0; k < COUNT_OF(words); k++) {
			struct evfd_word cell, seen, after = words[i];

			make(&cell, words[i]);
			assert_told_empty(&cell, words[i]);
			if (!evfd_cell_load_quick(&cell, words[i].ctl, &seen)) {
				/* Not for small ones that nobody waits for. */
				assert_true(words[i].count > 0xffffff ||
					    evfd_word_asleep(words[i]) > 0);
				continue;
			}
			assert_true(is_same(seen, words[i]));
			assert_false(evfd_cell_load_quick(&cell, ~words[i].ctl,
							  &seen));
			seen = words[i];
			if (evfd_cell_cas_quick(&cell, seen, words[k].count))
				after.count = words[k].count;
			else
				assert_true(words[k].count > 0xffffff);
			assert_true(is_same(evfd_cell_load(&cell), after));
			seen.count++;
			assert_false(evfd_cell_cas_quick(&cell, seen, 5) &&
				     !is_same(seen, after));
			seen.count--;
			seen.ctl ^= UINT64_C(1) << 32;
			assert_false(evfd_cell_cas_quick(&cell, seen, 5));
		}
}

/* Whatever lies in the memory is a word that can be replaced. */
static void test_strange_memory(void **state)
{
	static const uint64_t counts[] = { 0, 1, 0x1000000, UINT64_MAX };
	static const uint64_t ctls[] = { 0, 0xff, 0x80, 0x180, UINT64_MAX };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(counts); i++)
		for (size_t k = 0; k < COUNT_OF(ctls); k++) {
			struct evfd_word cell = { counts[i], ctls[k] };
			struct evfd_word w = evfd_cell_load(&cell);

			assert_true(evfd_cell_cas(&cell, &w, words[1]));
			assert_true(is_same(evfd_cell_load(&cell), words[1]));
		}
}

/* The neighbours of a cell are not touched. */
static void test_cas_stays_inside(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(words); i++) {
		struct evfd_word cells[3] = { { .count = 5, .ctl = 6 } };
		struct evfd_word expected = words[i];

		make(&cells[1], words[i]);
		cells[2] = cells[0];
		assert_true(evfd_cell_cas(&cells[1], &expected,
					  (struct evfd_word){ .count = 9,
							      .ctl = 10 }));
		assert_true(is_same(cells[0], cells[2]));
		assert_int_equal(cells[0].count, 5);
	}
}

/*
 * Every word that is ever stored has ctl == of(count); count only grows. It grows
 * out of 24 bits and back into them, with sleepers now and then, so that a cell that
 * has several ways goes all of them.
 */
static uint64_t ctl_of(uint64_t count)
{
	uint64_t ctl = (count + 1) * UINT64_C(0x9e3779b97f4a7c15);

	if (count % 3)
		ctl &= ~((uint64_t)EVFD_ASLEEP_MAX << EVFD_ASLEEP_SHIFT);
	return ctl & ~(uint64_t)EVFD_WORD_CELL;
}

static uint64_t step_of(struct evfd_word w)
{
	return w.count & 0xffffff;
}

static struct evfd_word word_of(uint64_t step)
{
	uint64_t count = step;

	if (step % 5 == 0)
		count |= UINT64_C(1) << 40;
	return (struct evfd_word){ .count = count, .ctl = ctl_of(count) };
}

static void step_many(void *arg)
{
	struct evfd_word *cell = arg;
	uint64_t last = 0;

	for (uint32_t i = 0; i < STEPS; i++) {
		struct evfd_word w = evfd_cell_load(cell);

		do {
			if (w.ctl != ctl_of(w.count) || step_of(w) < last)
				evfd_port_panic("torn word", __FILE__, __LINE__);
			last = step_of(w);
		} while (!evfd_cell_cas(cell, &w, word_of(last + 1)));
	}
}

static void test_no_tearing_and_no_lost_step(void **state)
{
	struct evfd_word cell;
	struct testport_thread *threads[THREADS];

	(void)state;
	make(&cell, word_of(0));
	for (int i = 0; i < THREADS; i++)
		threads[i] = testport_start(step_many, &cell);
	for (int i = 0; i < THREADS; i++)
		testport_join(threads[i]);
	assert_true(is_same(evfd_cell_load(&cell), word_of(THREADS * STEPS)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cas_succeeds),
		cmocka_unit_test(test_cas_fails),
		cmocka_unit_test(test_quick),
		cmocka_unit_test(test_strange_memory),
		cmocka_unit_test(test_cas_stays_inside),
		cmocka_unit_test(test_no_tearing_and_no_lost_step),
	};

	return cmocka_run_group_tests_name("cell", tests, NULL, NULL);
}
