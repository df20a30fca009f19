/* SPDX-License-Identifier: MIT */
/*
 * As much of cmocka as the tests here use, by the same names, for machines that
 * Debian has no cmocka to cross-compile with. TAP on standard output. tests/cmocka/
 * judge.c fails on purpose, with this and with the real one: both must say the same.
 *
 * Assertions are the main thread's: in another they end the program.
 */
#ifndef EVFD_TESTS_CMOCKA_H
#define EVFD_TESTS_CMOCKA_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct CMUnitTest {
	const char *name;
	void (*test)(void **state);
	int (*setup)(void **state);
	int (*teardown)(void **state);
};

#define cmocka_unit_test(f)       \
	{                         \
#f, f, NULL, NULL \
	}
#define cmocka_unit_test_setup(f, up) \
	{                             \
#f, f, up, NULL       \
	}
#define cmocka_unit_test_setup_teardown(f, up, down) \
	{                                            \
#f, f, up, down                      \
	}

/* Only the test of that name, without its patterns. */
void cmocka_set_test_filter(const char *name);

/* Returns how many failed. */
int cmocka_run(const char *group, const struct CMUnitTest *tests, size_t n,
	       int (*setup)(void **state), int (*teardown)(void **state));

#define cmocka_run_group_tests_name(group, tests, up, down) \
	cmocka_run(group, tests, sizeof(tests) / sizeof((tests)[0]), up, down)
#define cmocka_run_group_tests(tests, up, down) \
	cmocka_run_group_tests_name(#tests, tests, up, down)

/* End the test as failed, with a line that says why. */
_Noreturn void cmocka_fail(const char *file, int line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#define fail_msg(...) cmocka_fail(__FILE__, __LINE__, __VA_ARGS__)
#define fail() fail_msg("fail()")

static inline void cmocka_compare(const char *file, int line, uintmax_t a,
				  uintmax_t b, int is_equal)
{
	if ((a == b) != is_equal)
		cmocka_fail(file, line, "%#jx %s %#jx", a,
			    is_equal ? "!=" : "==", b);
}

static inline void cmocka_true(const char *file, int line, int is_true,
			       const char *what)
{
	if (!is_true)
		cmocka_fail(file, line, "%s", what);
}

#define assert_true(x) cmocka_true(__FILE__, __LINE__, !!(x), #x)
#define assert_false(x) cmocka_true(__FILE__, __LINE__, !(x), "!(" #x ")")
#define assert_null(p) assert_true((p) == NULL)
#define assert_non_null(p) assert_true((p) != NULL)
#define assert_ptr_equal(a, b) \
	assert_true((const void *)(a) == (const void *)(b))
#define assert_ptr_not_equal(a, b) \
	assert_true((const void *)(a) != (const void *)(b))
#define assert_int_equal(a, b) \
	cmocka_compare(__FILE__, __LINE__, (uintmax_t)(a), (uintmax_t)(b), 1)
#define assert_int_not_equal(a, b) \
	cmocka_compare(__FILE__, __LINE__, (uintmax_t)(a), (uintmax_t)(b), 0)
#define assert_memory_equal(a, b, n) assert_true(memcmp(a, b, n) == 0)
#define assert_string_equal(a, b) assert_true(strcmp(a, b) == 0)

static inline void cmocka_range(const char *file, int line, uintmax_t x,
				uintmax_t min, uintmax_t max)
{
	if (x < min || x > max)
		cmocka_fail(file, line, "%#jx not in %#jx..%#jx", x, min, max);
}

#define assert_in_range(x, min, max)                                       \
	cmocka_range(__FILE__, __LINE__, (uintmax_t)(x), (uintmax_t)(min), \
		     (uintmax_t)(max))

#endif
