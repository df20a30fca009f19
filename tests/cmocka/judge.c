/* SPDX-License-Identifier: MIT */
/*
 * Each assertion once where it holds and once where it does not: status 0 if just
 * the latter have failed. Built with cmocka and with what stands in for it.
 */
#include "tests/support/unit.h"

static const char text[] = "text";
static int torn_down;

#define PAIR(name, holds, fails)               \
	static void holds_##name(void **state) \
	{                                      \
		(void)state;                   \
		holds;                         \
	}                                      \
	static void fails_##name(void **state) \
	{                                      \
		(void)state;                   \
		fails;                         \
	}

PAIR(true, assert_true(2 > 1), assert_true(2 < 1))
PAIR(false, assert_false(2 < 1), assert_false(2 > 1))
PAIR(null, assert_null(NULL), assert_null(text))
PAIR(non_null, assert_non_null(text), assert_non_null(NULL))
PAIR(ptr, assert_ptr_equal(text, text), assert_ptr_equal(text, text + 1))
PAIR(ptr_not, assert_ptr_not_equal(text, text + 1),
     assert_ptr_not_equal(text, text))
PAIR(equal, assert_int_equal(-1, -1), assert_int_equal(-1, 1))
/* Equal in 32 bits. */
PAIR(equal_64, assert_int_equal(UINT64_C(1) << 32, UINT64_C(1) << 32),
     assert_int_equal(UINT64_C(1) << 32, 0))
PAIR(not_equal, assert_int_not_equal(1, 2), assert_int_not_equal(2, 2))
PAIR(memory, assert_memory_equal(text, "texas", 3),
     assert_memory_equal(text, "texas", 4))
PAIR(string, assert_string_equal(text, "text"), assert_string_equal(text, "test"))
PAIR(in_range, assert_in_range(5, 5, 5), assert_in_range(5, 6, 9))
PAIR(below, assert_in_range(5, 1, 9), assert_in_range(5, 1, 4))
PAIR(fail, (void)state, fail())
PAIR(fail_msg, (void)state, fail_msg("%s", text))

static int set_up(void **state)
{
	*state = &torn_down;
	return 0;
}

static int tear_down(void **state)
{
	torn_down += *state == &torn_down;
	return 0;
}

static int refuse(void **state)
{
	(void)state;
	return -1;
}

#define BOTH(name) \
	cmocka_unit_test(holds_##name), cmocka_unit_test(fails_##name)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(true),
		BOTH(false),
		BOTH(null),
		BOTH(non_null),
		BOTH(ptr),
		BOTH(ptr_not),
		BOTH(equal),
		BOTH(equal_64),
		BOTH(not_equal),
		BOTH(memory),
		BOTH(string),
		BOTH(in_range),
		BOTH(below),
		BOTH(fail),
		BOTH(fail_msg),
		cmocka_unit_test_setup_teardown(holds_true, set_up, tear_down),
		cmocka_unit_test_setup_teardown(fails_true, set_up, tear_down),
		cmocka_unit_test_setup(holds_false, refuse),
		cmocka_unit_test_setup_teardown(holds_null, set_up, refuse),
	};
	int failures = cmocka_run_group_tests_name("judge", tests, NULL, NULL);

	return failures == 15 + 3 && torn_down == 2 ? 0 : 1;
}
