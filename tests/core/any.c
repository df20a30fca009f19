/* SPDX-License-Identifier: MIT */
/* X8: one read out of many counters, and no value taken from any other. */
#include <core/atomic.h>

#include "../support/sleeper.h"
#include "../support/unit.h"

#define SECOND UINT64_C(1000000000)
#define N 5

/* A thread that waits for any of N. */
struct anywait {
	struct evfd_any set[N];
	uint64_t deadline_ns, value;
	int result;
	struct testport_thread *thread;
};

static void wait_any(void *arg)
{
	struct anywait *a = arg;

	a->result = evfd_wait_any(&registry, a->set, N, &a->value, a->deadline_ns);
}

static void fill(struct anywait *a, const evfd_t *h)
{
	for (int i = 0; i < N; i++)
		a->set[i].handle = h[i];
	a->deadline_ns = EVFD_FOREVER;
}

static void start(struct anywait *a, const evfd_t *h)
{
	uint32_t asleep = testport_asleep();

	fill(a, h);
	a->thread = testport_start(wait_any, a);
	testport_until_asleep(asleep + 1);
}

static int finish(struct anywait *a)
{
	testport_join(a->thread);
	return a->result;
}

static void open_all(evfd_t *h)
{
	for (int i = 0; i < N; i++)
		h[i] = counter_new(0, 0);
}

static void close_all(const evfd_t *h)
{
	for (int i = 0; i < N; i++)
		evfd_close(&registry, h[i]);
}

static int any_now(const evfd_t *h, uint64_t *value)
{
	struct anywait a = { .value = 99 };

	fill(&a, h);
	a.deadline_ns = EVFD_NOWAIT;
	wait_any(&a);
	*value = a.value;
	return a.result;
}

static void test_ready_already(void **state)
{
	evfd_t h[N];
	uint64_t value;

	(void)state;
	open_all(h);
	assert_int_equal(any_now(h, &value), EVFD_EAGAIN);
	assert_int_equal(value, 99);
	evfd_post(&registry, h[3], 30);
	evfd_post(&registry, h[1], 10);
	assert_int_equal(any_now(h, &value), 1);
	assert_int_equal(value, 10);
	assert_int_equal(count_of(h[3]), 30);
	assert_int_equal(any_now(h, &value), 3);
	assert_int_equal(any_now(h, &value), EVFD_EAGAIN);
	close_all(h);
}

static void test_sleeps_until_one(void **state)
{
	(void)state;
	for (int i = 0; i < N; i++) {
		struct anywait a;
		evfd_t h[N];

		open_all(h);
		start(&a, h);
		evfd_post(&registry, h[i], 7);
		assert_int_equal(finish(&a), i);
		assert_int_equal(a.value, 7);
		for (int j = 0; j < N; j++)
			assert_int_equal(count_of(h[j]), 0);
		close_all(h);
	}
}

static void test_same_counter_twice(void **state)
{
	evfd_t one = counter_new(0, EVFD_SEMAPHORE);
	evfd_t h[N] = { one, one, one, one, one };
	struct anywait a;

	(void)state;
	start(&a, h);
	evfd_post(&registry, one, 2);
	assert_true(finish(&a) >= 0);
	assert_int_equal(count_of(one), 1);
	evfd_close(&registry, one);
}

static void test_deadline_and_signal(void **state)
{
	struct anywait a;
	evfd_t h[N];

	(void)state;
	open_all(h);
	start(&a, h);
	assert_int_equal(testport_interrupt(), 1);
	assert_int_equal(finish(&a), EVFD_EINTR);
	fill(&a, h);
	a.deadline_ns = evfd_port_now() + SECOND;
	a.thread = testport_start(wait_any, &a);
	testport_until_asleep(1);
	testport_advance(SECOND);
	assert_int_equal(finish(&a), EVFD_ETIMEDOUT);
	/* No watch is left behind: a write makes no call. */
	{
		uint64_t calls = testport_counts().calls;

		for (int i = 0; i < N; i++)
			evfd_post(&registry, h[i], 1);
		assert_int_equal(testport_counts().calls, calls);
	}
	close_all(h);
}

static void test_close_and_cancel_end_it(void **state)
{
	struct anywait a;
	evfd_t h[N];

	(void)state;
	open_all(h);
	start(&a, h);
	evfd_cancel(&registry, h[2]);
	assert_int_equal(finish(&a), EVFD_ECANCELED);
	evfd_close(&registry, h[2]);
	h[2] = counter_new(0, 0);
	start(&a, h);
	evfd_close(&registry, h[2]);
	assert_int_equal(finish(&a), EVFD_EBADF);
	close_all(h);
}

static void test_bad_arguments(void **state)
{
	struct evfd_any set = { .handle = EVFD_NONE };
	uint64_t value;

	(void)state;
	assert_int_equal(evfd_wait_any(&registry, NULL, 1, &value, EVFD_NOWAIT),
			 EVFD_EINVAL);
	assert_int_equal(evfd_wait_any(&registry, &set, 0, &value, EVFD_NOWAIT),
			 EVFD_EINVAL);
	assert_int_equal(evfd_wait_any(&registry, &set, EVFD_SLOTS_MAX + 1,
				       &value, EVFD_NOWAIT),
			 EVFD_EINVAL);
	assert_int_equal(evfd_wait_any(&registry, &set, 1, &value, EVFD_FOREVER),
			 EVFD_EBADF);
}

/* As many as may be, and the first of them gives. */
static void test_largest_set(void **state)
{
	struct evfd_any set = { .handle = counter_new(4, 0) };
	uint64_t value;

	(void)state;
	assert_int_equal(evfd_wait_any(&registry, &set, EVFD_SLOTS_MAX, &value,
				       EVFD_NOWAIT),
			 0);
	assert_int_equal(value, 4);
	evfd_close(&registry, set.handle);
}

static bool ignore(struct evfd_watch *w, uint32_t events)
{
	(void)w;
	(void)events;
	return true;
}

/* What stands behind the set is not its to unwatch. */
static void test_only_its_own(void **state)
{
	struct evfd_any set[2] = { { .handle = counter_new(0, 0) },
				   { .handle = counter_new(0, EVFD_COUNTED) } };
	uint64_t value;

	(void)state;
	set[1].watch = (struct evfd_watch){ .notify = ignore, .events = EVFD_IN };
	assert_true(evfd_watch_add(&registry, set[1].handle, &set[1].watch) >= 0);
	assert_int_equal(evfd_wait_any(&registry, set, 1, &value, 1),
			 EVFD_ETIMEDOUT);
	evfd_post(&registry, set[1].handle, 1);
	assert_int_equal(stat_of(set[1].handle).wakes, 1);
	evfd_watch_remove(&registry, set[1].handle, &set[1].watch);
	evfd_close(&registry, set[0].handle);
	evfd_close(&registry, set[1].handle);
}

/* Two edges for one waiter are one wake: the second finds its bell rung. */
static void post_one(void *arg)
{
	evfd_post(&registry, *(evfd_t *)arg, 1);
}

static void test_one_wake_for_two_edges(void **state)
{
	struct anywait a;
	evfd_t h[N];

	(void)state;
	for (int i = 0; i < N; i++)
		h[i] = counter_new(0, EVFD_COUNTED);
	start(&a, h);
	testport_on_wake(post_one, &h[1]);
	evfd_post(&registry, h[0], 1);
	assert_int_equal(finish(&a), 0);
	assert_int_equal(a.value, 1);
	assert_int_equal(stat_of(h[0]).wakes, 1);
	assert_int_equal(stat_of(h[1]).wakes, 0);
	close_all(h);
}

/* Several threads over the same counters: each unit goes to exactly one. */
#define WAITERS 3
#define UNITS 2000u

static evfd_t stormed[N];
static uint32_t collected;

static void collect(void *arg)
{
	struct anywait a = { .result = 0 };

	(void)arg;
	fill(&a, stormed);
	for (;;) {
		wait_any(&a);
		if (a.result == EVFD_ECANCELED)
			return;
		if (a.result < 0 || a.value != 1)
			evfd_port_panic("wrong take", __FILE__, __LINE__);
		add_ar(&collected, 1);
	}
}

static void test_storm(void **state)
{
	struct testport_thread *threads[WAITERS];

	(void)state;
	collected = 0;
	for (int i = 0; i < N; i++)
		stormed[i] = counter_new(0, EVFD_SEMAPHORE);
	for (int i = 0; i < WAITERS; i++)
		threads[i] = testport_start(collect, NULL);
	for (uint32_t i = 0; i < UNITS; i++)
		evfd_post(&registry, stormed[i % N], 1);
	testport_until_asleep(WAITERS);
	assert_int_equal(load_acq(&collected), UNITS);
	for (int i = 0; i < N; i++)
		evfd_cancel(&registry, stormed[i]);
	for (int i = 0; i < WAITERS; i++)
		testport_join(threads[i]);
	close_all(stormed);
}

#define CASE(name) \
	cmocka_unit_test_setup_teardown(name, registry_setup, registry_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_ready_already),
		CASE(test_sleeps_until_one),
		CASE(test_same_counter_twice),
		CASE(test_deadline_and_signal),
		CASE(test_close_and_cancel_end_it),
		CASE(test_bad_arguments),
		CASE(test_largest_set),
		CASE(test_only_its_own),
		CASE(test_one_wake_for_two_edges),
		CASE(test_storm),
	};

	return cmocka_run_group_tests_name("any", tests, NULL, NULL);
}
