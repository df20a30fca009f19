/* SPDX-License-Identifier: MIT */
#include <sched.h>

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

static uint32_t holders;

static void hold_once(void *arg)
{
	(void)arg;
	evfd_mutex_lock(&mutex);
	__atomic_fetch_add(&holders, 1, __ATOMIC_RELAXED);
	evfd_mutex_unlock(&mutex);
}

static void lock_again(void *arg)
{
	(void)arg;
	evfd_mutex_lock(&mutex);
}

/* Who finds it held sleeps; each unlock wakes one, as long as somebody sleeps. */
static void test_sleeps_and_wakes(void **state)
{
	struct testport_thread *threads[THREADS];
	struct testport_counts counts;

	(void)state;
	testport_reset();
	holders = 0;
	evfd_mutex_lock(&mutex);
	for (int i = 0; i < THREADS; i++) {
		threads[i] = testport_start(hold_once, NULL);
		while (testport_counts().waits <= (uint64_t)i)
			sched_yield();
	}
	assert_int_equal(__atomic_load_n(&holders, __ATOMIC_RELAXED), 0);
	/* One is woken, and finds it held again. */
	testport_on_wake(lock_again, NULL);
	evfd_mutex_unlock(&mutex);
	assert_int_equal(testport_counts().woken, 1);
	while (testport_counts().waits <= THREADS)
		sched_yield();
	evfd_mutex_unlock(&mutex);
	for (int i = 0; i < THREADS; i++)
		testport_join(threads[i]);
	assert_int_equal(holders, THREADS);
	assert_int_equal(mutex, 0);
	counts = testport_counts();
	assert_int_equal(counts.waits, THREADS + 1);
	assert_int_equal(counts.woken, THREADS + 1);
	/* The last one cannot know that it was the last. */
	assert_int_equal(counts.wakes, THREADS + 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_free_lock_makes_no_call),
		cmocka_unit_test(test_excludes),
		cmocka_unit_test(test_sleeps_and_wakes),
	};

	return cmocka_run_group_tests_name("mutex", tests, NULL, NULL);
}
