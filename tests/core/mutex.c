/* SPDX-License-Identifier: MIT */
#include <core/mutex.h>

#include "../support/testport.h"
#include "../support/unit.h"

#define STEPS 20000u
#define THREADS 4

static uint32_t mutex;
static uint64_t guarded; /* plain on purpose: the mutex orders it */

static void test_free_lock_makes_no_call(void **state)
{
	(void)state;
	testport_reset();
	for (int i = 0; i < 3; i++) {
		evfd_mutex_lock(&mutex);
		assert_int_not_equal(mutex, 0);
		evfd_mutex_unlock(&mutex);
		assert_int_equal(mutex, 0);
	}
	assert_int_equal(testport_counts().calls, 0);
}

static void step_many(void *arg)
{
	(void)arg;
	for (uint32_t i = 0; i < STEPS; i++) {
		evfd_mutex_lock(&mutex);
		guarded++;
		evfd_mutex_unlock(&mutex);
	}
}

static void test_excludes(void **state)
{
	struct testport_thread *threads[THREADS];

	(void)state;
	guarded = 0;
	for (int i = 0; i < THREADS; i++)
		threads[i] = testport_start(step_many, NULL);
	for (int i = 0; i < THREADS; i++)
		testport_join(threads[i]);
	assert_int_equal(guarded, THREADS * STEPS);
	assert_int_equal(mutex, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_free_lock_makes_no_call),
		cmocka_unit_test(test_excludes),
	};

	return cmocka_run_group_tests_name("mutex", tests, NULL, NULL);
}
