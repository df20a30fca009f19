/* SPDX-License-Identifier: MIT */
/*
 * The load of a word in halves (core/cell_load.h), over memory that changes between
 * any two of its steps as it is told to.
 */
#define EVFD_CORE_ATOMIC_H
#define load_acq(p) next_value()
#define load_rlx(p) next_value()

#include <stdint.h>

static const uint64_t *script;

static uint64_t next_value(void)
{
	return *script++;
}

#include <core/cell_load.h>

#include "../support/unit.h"

/* What ctl, count, ctl are each time; whatever was torn is thrown away. */
static void test_nothing_torn(void **state)
{
	static const struct {
		uint64_t values[9];
		uint64_t count, ctl;
		size_t loads;
	} rows[] = {
		{ { 5, 1, 5 }, 1, 5, 3 },
		{ { 5, 1, 6, 6, 2, 6 }, 2, 6, 6 },
		{ { 6, 1, 5, 5, 2, 5 }, 2, 5, 6 },
		{ { 5, 1, 6, 6, 2, 5, 5, 3, 5 }, 3, 5, 9 },
		{ { 0, 1, UINT64_MAX, 0, 2, 0 }, 2, 0, 6 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct evfd_word cell = { .count = 0 }, w;

		script = rows[i].values;
		w = evfd_halves_load(&cell);
		assert_int_equal(w.count, rows[i].count);
		assert_int_equal(w.ctl, rows[i].ctl);
		assert_int_equal(script - rows[i].values, rows[i].loads);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_torn),
	};

	return cmocka_run_group_tests_name("halves", tests, NULL, NULL);
}
