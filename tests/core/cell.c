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

static void test_cas_succeeds(void **state)
{
	struct evfd_word cell = { .count = 1, .ctl = 2 };
	struct evfd_word expected = cell;
	struct evfd_word desired = { .count = UINT64_MAX, .ctl = UINT64_MAX - 1 };

	(void)state;
	assert_true(evfd_cell_cas(&cell, &expected, desired));
	assert_true(is_same(evfd_cell_load(&cell), desired));
}

/* Each half alone is enough to differ, and what was there is reported. */
static void test_cas_fails(void **state)
{
	static const struct evfd_word wrong[] = {
		{ .count = 1, .ctl = 3 },
		{ .count = 2, .ctl = 2 },
		{ .count = 2, .ctl = 1 },
		{ .count = 0, .ctl = 2 },
		{ .count = 1, .ctl = 1 },
		{ .count = 1, .ctl = UINT64_C(2) << 32 },
	};
	const struct evfd_word there = { .count = 1, .ctl = 2 };
	const struct evfd_word desired = { .count = 7, .ctl = 8 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		struct evfd_word cell = there, expected = wrong[i];

		assert_false(evfd_cell_cas(&cell, &expected, desired));
		assert_true(is_same(expected, there));
		assert_true(is_same(evfd_cell_load(&cell), there));
	}
}

/* The neighbours of a cell are not touched. */
static void test_cas_stays_inside(void **state)
{
	struct evfd_word cells[3] = { { .count = 5, .ctl = 6 },
				      { .count = 5, .ctl = 6 },
				      { .count = 5, .ctl = 6 } };
	struct evfd_word expected = cells[1];

	(void)state;
	assert_true(evfd_cell_cas(&cells[1], &expected,
				  (struct evfd_word){ .count = 9, .ctl = 10 }));
	assert_true(is_same(cells[0], cells[2]));
	assert_int_equal(cells[0].count, 5);
}

/* Every word that is ever stored has ctl == of(count); count only grows. */
static uint64_t ctl_of(uint64_t count)
{
	return (count + 1) * UINT64_C(0x9e3779b97f4a7c15);
}

static void step_many(void *arg)
{
	struct evfd_word *cell = arg;
	uint64_t last = 0;

	for (uint32_t i = 0; i < STEPS; i++) {
		struct evfd_word w = evfd_cell_load(cell), next;

		do {
			if (w.ctl != ctl_of(w.count) || w.count < last)
				evfd_port_panic("torn word", __FILE__, __LINE__);
			last = w.count;
			next.count = w.count + 1;
			next.ctl = ctl_of(next.count);
		} while (!evfd_cell_cas(cell, &w, next));
	}
}

static void test_no_tearing_and_no_lost_step(void **state)
{
	struct evfd_word cell = { .count = 0, .ctl = ctl_of(0) };
	struct testport_thread *threads[THREADS];

	(void)state;
	for (int i = 0; i < THREADS; i++)
		threads[i] = testport_start(step_many, &cell);
	for (int i = 0; i < THREADS; i++)
		testport_join(threads[i]);
	assert_int_equal(cell.count, THREADS * STEPS);
	assert_int_equal(cell.ctl, ctl_of(cell.count));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cas_succeeds),
		cmocka_unit_test(test_cas_fails),
		cmocka_unit_test(test_cas_stays_inside),
		cmocka_unit_test(test_no_tearing_and_no_lost_step),
	};

	return cmocka_run_group_tests_name("cell", tests, NULL, NULL);
}
