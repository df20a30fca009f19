/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmocka.h"

static jmp_buf failed;
static pthread_t runner;
static const char *only;

void cmocka_fail(const char *file, int line, const char *format, ...)
{
	va_list args;

	printf("# %s:%d: ", file, line);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
	if (!pthread_equal(pthread_self(), runner)) {
		printf("Bail out! in another thread\n");
		exit(1);
	}
	longjmp(failed, 1);
}

/* What was set up is torn down, failed or not. */
static bool run(const struct CMUnitTest *t, void **state)
{
	volatile bool is_good = false;

	if (setjmp(failed) == 0) {
		if (t->setup && t->setup(state))
			return false;
		t->test(state);
		is_good = true;
	}
	if (setjmp(failed) == 0) {
		if (t->teardown && t->teardown(state))
			is_good = false;
	} else {
		is_good = false;
	}
	return is_good;
}

void cmocka_set_test_filter(const char *name)
{
	only = name;
}

int cmocka_run(const char *group, const struct CMUnitTest *tests, size_t n,
	       int (*setup)(void **state), int (*teardown)(void **state))
{
	void *group_state = NULL;
	size_t done = 0;
	int failures = 0;

	runner = pthread_self();
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("# %s\n", group);
	if (setup && setup(&group_state)) {
		printf("Bail out! the group's setup failed\n");
		return 1;
	}
	for (size_t i = 0; i < n; i++) {
		void *state = group_state;
		bool is_good;

		if (only && strcmp(only, tests[i].name) != 0)
			continue;
		is_good = run(&tests[i], &state);
		failures += !is_good;
		printf("%s %zu - %s\n", is_good ? "ok" : "not ok", ++done,
		       tests[i].name);
	}
	printf("1..%zu\n", done);
	if (teardown && teardown(&group_state))
		failures++;
	return failures;
}
