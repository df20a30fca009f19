/* SPDX-License-Identifier: MIT */
/* The calls of <evfd.h>, as a program makes them. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>

#include <evfd.h>

#define CALLED evfd_t
#include "caller.h"

/* ---- threads that sleep ------------------------------------------------------- */

static uint64_t registered(evfd_t h)
{
	struct evfd_stat st;

	assert_int_equal(evfd_stat(h, &st), 0);
	return st.waiting_readers + st.waiting_writers;
}

static int call_write(evfd_t h, uint64_t *value)
{
	return evfd_write(h, *value);
}

/* Whatever signals come, as pthread_cancel() sends one with musl. */
static int call_read_on(evfd_t h, uint64_t *value)
{
	int result;

	do
		result = evfd_read(h, value);
	while (result < 0 && errno == EINTR);
	return result;
}

static int call_take_two(evfd_t h, uint64_t *value)
{
	return evfd_take(h, 2, 2, value);
}

static int call_wait_any(evfd_t h, uint64_t *value)
{
	return evfd_wait_any(&h, 1, value);
}

/* ---- count ---------------------------------------------------------------------- */

static void test_before_the_first(void **state)
{
	uint64_t value;
	evfd_t forged = UINT64_C(1) << 32;
	unsigned index = 9;

	(void)state;
	assert_fails(evfd_tryread(forged, &value), EBADF);
	assert_fails(evfd_peek(forged, &value), EBADF);
	assert_fails(evfd_close(forged), EBADF);
	assert_fails(evfd_descriptor(forged, 0), EBADF);
	assert_fails(evfd_wait_any(&forged, 1, &value), EBADF);
	assert_int_equal(evfd_scan(&forged, 1, EVFD_IN, &index), 1);
	assert_int_equal(index, 0);
	assert_int_equal(evfd_live(), 0);
}

static void test_counter(void **state)
{
	evfd_t h = evfd_create(5, 0, "counter");
	uint64_t value = 99;

	(void)state;
	assert_true(h != EVFD_NONE);
	errno = 77;
	assert_int_equal(evfd_write(h, 7), 0);
	assert_int_equal(evfd_peek(h, &value), 0);
	assert_int_equal(value, 12);
	assert_int_equal(evfd_read(h, &value), 0);
	assert_int_equal(value, 12);
	assert_int_equal(errno, 77);
	assert_fails(evfd_tryread(h, &value), EAGAIN);
	assert_int_equal(value, 12);
	assert_int_equal(evfd_post(h, 3), 0);
	assert_int_equal(evfd_read(h, NULL), 0);
	assert_int_equal(evfd_close(h), 0);
}

static void test_semaphore(void **state)
{
	evfd_t h = evfd_create(2, EVFD_SEMAPHORE, NULL);
	uint64_t value;

	(void)state;
	assert_int_equal(evfd_read(h, &value), 0);
	assert_int_equal(value, 1);
	assert_int_equal(evfd_write(h, 4), 0);
	assert_int_equal(evfd_trytake(h, 2, 3, &value), 0);
	assert_int_equal(value, 3);
	assert_fails(evfd_trytake(h, 3, 3, &value), EAGAIN);
	assert_int_equal(evfd_tryread(h, &value), 0);
	assert_int_equal(evfd_tryread(h, &value), 0);
	assert_fails(evfd_tryread(h, &value), EAGAIN);
	evfd_close(h);
}

static void test_bounds(void **state)
{
	evfd_t h = evfd_create(0, 0, NULL);
	uint64_t value;

	(void)state;
	assert_fails(evfd_write(h, UINT64_MAX), EINVAL);
	assert_int_equal(evfd_write(h, EVFD_MAX), 0);
	assert_fails(evfd_trywrite(h, 1), EAGAIN);
	assert_fails(evfd_write_until(h, 1, evfd_after(0)), ETIMEDOUT);
	assert_int_equal(evfd_write(h, 0), 0);
	assert_int_equal(evfd_readiness(h), EVFD_IN);
	assert_int_equal(evfd_post(h, 1), 0);
	assert_int_equal(evfd_readiness(h), EVFD_IN | EVFD_ERR);
	assert_int_equal(evfd_read(h, &value), 0);
	assert_true(value == EVFD_SATURATED);
	assert_int_equal(evfd_readiness(h), EVFD_OUT);
	assert_fails(evfd_take(h, 0, 1, &value), EINVAL);
	assert_fails(evfd_take(h, 2, 1, &value), EINVAL);
	assert_fails(evfd_take(h, 1, UINT64_MAX, &value), EINVAL);
	evfd_close(h);
}

static void test_swap(void **state)
{
	evfd_t h = evfd_create(4, 0, NULL);
	uint64_t old;

	(void)state;
	assert_int_equal(evfd_swap(h, 9, &old), 0);
	assert_int_equal(old, 4);
	assert_fails(evfd_swap(h, UINT64_MAX, &old), EINVAL);
	assert_int_equal(evfd_reset(h, &old), 0);
	assert_int_equal(old, 9);
	assert_int_equal(evfd_swap(h, 1, NULL), 0);
	evfd_close(h);
}

/* ---- sleeping --------------------------------------------------------------------- */

static void test_sleepers_wake(void **state)
{
	evfd_t h = evfd_create(0, 0, NULL);
	struct caller reader = { .call = evfd_read, .on = h };
	struct caller taker = { .call = call_take_two, .on = h };
	struct caller writer = { .call = call_write, .on = h, .value = 2 };

	(void)state;
	caller_start_asleep(&reader);
	assert_int_equal(evfd_write(h, 3), 0);
	assert_int_equal(caller_join(&reader), 0);
	assert_int_equal(reader.value, 3);

	caller_start_asleep(&taker);
	assert_int_equal(evfd_write(h, 1), 0);
	assert_int_equal(evfd_post(h, 1), 0);
	assert_int_equal(caller_join(&taker), 0);
	assert_int_equal(taker.value, 2);

	assert_int_equal(evfd_write(h, EVFD_MAX - 1), 0);
	caller_start_asleep(&writer);
	assert_int_equal(evfd_read(h, NULL), 0);
	assert_int_equal(caller_join(&writer), 0);
	assert_int_equal(evfd_reset(h, &writer.value), 0);
	assert_int_equal(writer.value, 2);
	evfd_close(h);
}

/* A time_t has 64 bits, or 32. */
#define LAST_TIME (sizeof(time_t) == 8 ? (time_t)INT64_MAX : INT32_MAX)

static void test_deadlines(void **state)
{
	evfd_t h = evfd_create(0, 0, NULL);
	struct timespec when = { 0, 0 };
	uint64_t value, end = evfd_after(2 * MS);

	(void)state;
	assert_fails(evfd_read_until(h, &value, end), ETIMEDOUT);
	assert_true(evfd_after(0) >= end);
	assert_fails(evfd_read_until(h, &value, evfd_deadline(&when)), ETIMEDOUT);
	assert_fails(evfd_take_until(h, 2, 2, &value, 1), ETIMEDOUT);
	assert_fails(evfd_wait_any_until(&h, 1, &value, evfd_after(MS)), ETIMEDOUT);
	assert_fails(evfd_wait_any_until(&h, 1, &value, EVFD_NOWAIT), EAGAIN);
	assert_int_equal(evfd_post(h, 1), 0);
	assert_int_equal(evfd_read_until(h, &value, 1), 0);

	assert_true(evfd_deadline(NULL) == EVFD_FOREVER);
	when = (struct timespec){ 3, 7 };
	assert_true(evfd_deadline(&when) == UINT64_C(3000000007));
	when = (struct timespec){ LAST_TIME, 999999999 };
	assert_true(evfd_deadline(&when) ==
		    (LAST_TIME > UINT32_MAX ? EVFD_FOREVER - 1 :
					      UINT64_C(2147483647999999999)));
	when = (struct timespec){ -1, 5 };
	assert_true(evfd_deadline(&when) == 1);
	assert_true(evfd_deadline_at(INT64_C(1) << 33, 2) ==
		    UINT64_C(8589934592000000002));
	assert_true(evfd_deadline_at(INT64_MAX, INT64_MAX) == EVFD_FOREVER - 1);
	assert_true(evfd_deadline_at(0, -1) == 1);
	assert_true(evfd_after(EVFD_FOREVER) == EVFD_FOREVER);
	assert_true(evfd_after(EVFD_FOREVER - 1) == EVFD_FOREVER - 1);
	evfd_close(h);
}

static void test_allow_spin(void **state)
{
	evfd_t h = evfd_create(0, 0, NULL);
	struct caller reader = { .call = evfd_read, .on = h };

	(void)state;
	assert_true(evfd_allow_spin(false));
	assert_false(evfd_allow_spin(false));
	caller_start_asleep(&reader);
	assert_int_equal(evfd_write(h, 5), 0);
	assert_int_equal(caller_join(&reader), 0);
	assert_int_equal(reader.value, 5);
	assert_false(evfd_allow_spin(true));
	assert_true(evfd_allow_spin(true));
	evfd_close(h);
}

static void test_cancel(void **state)
{
	evfd_t h = evfd_create(0, 0, NULL);
	struct caller reader = { .call = evfd_read, .on = h };
	struct caller waiter = { .call = call_wait_any, .on = h };
	uint64_t value;

	(void)state;
	caller_start_asleep(&reader);
	caller_start(&waiter);
	assert_int_equal(evfd_cancel(h), 0);
	assert_int_equal(caller_join(&reader), -1);
	assert_int_equal(reader.error, ECANCELED);
	assert_int_equal(caller_join(&waiter), -1);
	assert_int_equal(waiter.error, ECANCELED);
	assert_fails(evfd_write(h, 1), ECANCELED);
	assert_fails(evfd_post(h, 1), ECANCELED);
	assert_fails(evfd_tryread(h, &value), ECANCELED);
	assert_int_equal(evfd_cancel(h), 0);
	assert_int_equal(evfd_peek(h, &value), 0);
	assert_int_equal(evfd_readiness(h), EVFD_OUT | EVFD_ERR);
	evfd_close(h);
}

static void test_wait_any(void **state)
{
	enum {
		MANY = 40
	}; /* more than are kept on the stack */
	evfd_t set[MANY];
	struct caller reader = { .call = call_wait_any };
	uint64_t value;

	(void)state;
	for (int i = 0; i < MANY; i++)
		set[i] = evfd_create(0, 0, NULL);
	assert_int_equal(evfd_write(set[33], 5), 0);
	assert_int_equal(evfd_write(set[7], 4), 0);
	assert_int_equal(evfd_wait_any(set, MANY, &value), 7);
	assert_int_equal(value, 4);
	assert_int_equal(evfd_wait_any(set, MANY, NULL), 33);
	assert_fails(evfd_wait_any_until(set, 3, &value, EVFD_NOWAIT), EAGAIN);
	assert_fails(evfd_wait_any(set, 0, &value), EINVAL);
	assert_fails(evfd_wait_any(NULL, 1, &value), EINVAL);

	reader.on = set[0];
	caller_start(&reader);
	assert_int_equal(evfd_write(set[0], 6), 0);
	assert_int_equal(caller_join(&reader), 0);
	assert_int_equal(reader.value, 6);
	for (int i = 0; i < MANY; i++)
		assert_int_equal(evfd_close(set[i]), 0);
}

/* One call about many says what one call about each does, whatever they are. */
static void assert_scan_agrees(const evfd_t *set, unsigned n)
{
	unsigned ready[64];

	for (unsigned events = 0; events < 16; events++) {
		unsigned next = 0;
		int found;

		if (events & ~(EVFD_IN | EVFD_OUT | EVFD_ERR))
			continue;
		errno = 77;
		found = evfd_scan(set, n, events, ready);
		assert_int_equal(errno, 77);
		for (unsigned i = 0; i < n; i++) {
			int now = evfd_readiness(set[i]);

			if (now < 0 || now & (int)(events | EVFD_ERR))
				assert_int_equal(ready[next++], i);
		}
		assert_int_equal(found, next);
	}
}

static void test_scan(void **state)
{
	struct caller reader = { .call = evfd_read };
	evfd_t set[] = { evfd_create(0, 0, NULL),
			 evfd_create(1, 0, NULL),
			 evfd_create(0, EVFD_SEMAPHORE | EVFD_COUNTED, NULL),
			 evfd_create(UINT64_C(1) << 32, 0, NULL), /* not only low bits count */
			 evfd_create(EVFD_MAX, 0, NULL),
			 evfd_create(5, 0, NULL), /* saturated */
			 evfd_create(0, 0, NULL), /* cancelled */
			 evfd_create(0, 0, NULL), /* closed */
			 evfd_create(0, 0, NULL), /* slept on */
			 0,
			 0,
			 EVFD_NONE,
			 UINT64_MAX,
			 UINT64_MAX >> 2 };
	enum {
		SATURATED = 5,
		CANCELLED,
		CLOSED,
		SLEPT_ON,
		REOPENED,
		RESTRICTED
	};
	unsigned n = sizeof(set) / sizeof(set[0]), ready[2] = { 9, 9 };

	(void)state;
	assert_int_equal(evfd_post(set[SATURATED], UINT64_MAX), 0);
	assert_int_equal(evfd_cancel(set[CANCELLED]), 0);
	assert_int_equal(evfd_close(set[CLOSED]), 0);
	set[REOPENED] = evfd_create(0, 0, NULL);
	set[RESTRICTED] = evfd_restrict(set[1], EVFD_NO_READ | EVFD_NO_WRITE);
	reader.on = set[SLEPT_ON];
	caller_start_asleep(&reader);
	assert_scan_agrees(set, n);
	assert_int_equal(evfd_post(set[SLEPT_ON], 1), 0);
	assert_int_equal(caller_join(&reader), 0);
	assert_scan_agrees(set, n);

	assert_int_equal(evfd_scan(set, 2, EVFD_IN, ready), 1);
	assert_int_equal(ready[0], 1);
	assert_int_equal(evfd_scan(set, 1, EVFD_IN, ready), 0);
	assert_int_equal(evfd_scan(NULL, 0, EVFD_IN, NULL), 0);
	assert_fails(evfd_scan(NULL, 1, EVFD_IN, ready), EINVAL);
	assert_fails(evfd_scan(set, 1, EVFD_IN, NULL), EINVAL);
	assert_fails(evfd_scan(set, 1, 0x2, ready), EINVAL);
	assert_fails(evfd_scan(set, (1u << 20) + 1, EVFD_IN, ready), EINVAL);
	assert_int_equal(ready[0], 1);
	assert_int_equal(ready[1], 9);
	for (unsigned i = 0; i < RESTRICTED; i++)
		if (i != CLOSED)
			assert_int_equal(evfd_close(set[i]), 0);
	assert_scan_agrees(set, n);
}

/* ---- handles ------------------------------------------------------------------------ */

static void test_stale_and_restricted(void **state)
{
	evfd_t h = evfd_create(1, 0, NULL), producer, consumer;
	uint64_t value;

	(void)state;
	producer = evfd_restrict(h, EVFD_NO_READ);
	consumer = evfd_restrict(h, EVFD_NO_WRITE);
	assert_fails(evfd_tryread(producer, &value), EPERM);
	assert_int_equal(evfd_write(producer, 1), 0);
	assert_fails(evfd_post(consumer, 1), EPERM);
	assert_fails(evfd_close(consumer), EPERM);
	assert_fails(evfd_swap(producer, 0, NULL), EPERM);
	assert_int_equal(evfd_tryread(consumer, &value), 0);
	assert_int_equal(value, 2);
	assert_int_equal(evfd_close(h), 0);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(evfd_close(evfd_create(9, 0, NULL)), 0);
	assert_fails(evfd_tryread(h, &value), EBADF);
	assert_fails(evfd_write(h, 1), EBADF);
	assert_fails(evfd_cancel(h), EBADF);
	assert_fails(evfd_close(h), EBADF);
	assert_fails(evfd_descriptor(h, 0), EBADF);
	assert_fails(evfd_tryread(EVFD_NONE, &value), EBADF);
	assert_fails(evfd_tryread(UINT64_MAX, &value), EBADF);
}

static void test_create(void **state)
{
	struct evfd_owner owner = { .id = 42, .limit = 1 };
	evfd_t h = evfd_create_owned(3, EVFD_COUNTED | EVFD_SEMAPHORE,
				     "a label of 22 letters", &owner);
	struct evfd_stat st;

	(void)state;
	errno = 0;
	assert_true(evfd_create_owned(0, 0, NULL, &owner) == EVFD_NONE);
	assert_int_equal(errno, EMFILE);
	assert_true(evfd_create(0, 0x80, NULL) == EVFD_NONE);
	assert_int_equal(errno, EINVAL);
	assert_true(evfd_create(UINT64_MAX, 0, NULL) == EVFD_NONE);
	assert_int_equal(evfd_tryread(h, NULL), 0);
	assert_int_equal(evfd_post(h, 1), 0);
	assert_int_equal(evfd_stat(h, &st), 0);
	assert_int_equal(st.count, 3);
	assert_int_equal(st.owner_id, 42);
	assert_int_equal(st.reads, 1);
	assert_int_equal(st.posts, 1);
	assert_string_equal(st.label, "a label of 22 l");
	assert_int_equal(st.flags, EVFD_COUNTED | EVFD_SEMAPHORE);
	assert_int_equal(evfd_close(h), 0);
	assert_true(evfd_create_owned(0, 0, NULL, &owner) != EVFD_NONE);
	assert_int_equal(evfd_live(), 1);
}

static void test_snapshot(void **state)
{
	evfd_t h = evfd_create(11, EVFD_SEMAPHORE, "saved");
	struct evfd_snapshot s;
	uint64_t value;

	(void)state;
	assert_int_equal(evfd_snapshot(h, &s), 0);
	assert_int_equal(s.count, 11);
	assert_string_equal(s.label, "saved");
	assert_fails(evfd_restore(&s, NULL), EEXIST);
	assert_int_equal(evfd_close(h), 0);
	assert_fails(evfd_restore(&s, NULL), EEXIST);
	s.handle += UINT64_C(2) << 32; /* a later tenant of the same place */
	assert_int_equal(evfd_restore(&s, NULL), 0);
	assert_int_equal(evfd_peek(s.handle, &value), 0);
	assert_int_equal(value, 11);
	s.handle |= UINT64_C(1) << 31;
	assert_fails(evfd_restore(&s, NULL), EINVAL);
	assert_int_equal(evfd_close(s.handle & ~(UINT64_C(1) << 31)), 0);
}

static void test_nulls(void **state)
{
	evfd_t h = evfd_create(0, 0, NULL);

	(void)state;
	assert_fails(evfd_peek(h, NULL), EINVAL);
	assert_fails(evfd_stat(h, NULL), EINVAL);
	assert_fails(evfd_snapshot(h, NULL), EINVAL);
	assert_fails(evfd_restore(NULL, NULL), EINVAL);
	evfd_close(h);
}

/* A thread that is to end sleeps on until it is woken, and what it took is its. */
static void test_no_cancellation_point(void **state)
{
	evfd_t h = evfd_create(0, 0, NULL);
	struct caller c = { .call = call_read_on, .on = h };

	(void)state;
	caller_start_asleep(&c);
	pthread_cancel(c.thread);
	assert_int_equal(evfd_write(h, 5), 0);
	pthread_join(c.thread, NULL);
	assert_int_equal(c.result, 0);
	assert_int_equal(c.value, 5);
	evfd_close(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_before_the_first),
		cmocka_unit_test(test_counter),
		cmocka_unit_test(test_semaphore),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_swap),
		cmocka_unit_test(test_sleepers_wake),
		cmocka_unit_test(test_deadlines),
		cmocka_unit_test(test_allow_spin),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_wait_any),
		cmocka_unit_test(test_scan),
		cmocka_unit_test(test_stale_and_restricted),
		cmocka_unit_test(test_create),
		cmocka_unit_test(test_snapshot),
		cmocka_unit_test(test_nulls),
		cmocka_unit_test(test_no_cancellation_point),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
