/* SPDX-License-Identifier: MIT */
/* The calls by handle, none of which sleeps here: results, rights, statistics. */
#include <stdio.h>
#include <string.h>

#include <core/calls.h>
#include <core/cell.h>

#include "../support/sleeper.h"
#include "../support/unit.h"

#define NOWAIT EVFD_NOWAIT

static int read_now(evfd_t h, uint64_t *value)
{
	return evfd_read(&registry, h, value, NOWAIT);
}

static int write_now(evfd_t h, uint64_t value)
{
	return evfd_write(&registry, h, value, NOWAIT);
}

/* C7, C11. */
static void test_counter_mode(void **state)
{
	evfd_t h = counter_new(5, 0);
	uint64_t value = 99;

	(void)state;
	assert_int_equal(write_now(h, 7), 0);
	assert_int_equal(read_now(h, &value), 0);
	assert_int_equal(value, 12);
	value = 99;
	assert_int_equal(read_now(h, &value), EVFD_EAGAIN);
	assert_int_equal(value, 99);
	evfd_close(&registry, h);
}

/* C8, C27, C28, C29. */
static void test_semaphore_mode(void **state)
{
	evfd_t h = counter_new(2, EVFD_SEMAPHORE);
	uint64_t value;

	(void)state;
	assert_int_equal(write_now(h, 99998), 0);
	for (int i = 0; i < 100000; i++) {
		assert_int_equal(read_now(h, &value), 0);
		assert_int_equal(value, 1);
	}
	assert_int_equal(read_now(h, &value), EVFD_EAGAIN);
	assert_int_equal(write_now(h, EVFD_MAX), 0);
	assert_int_equal(read_now(h, &value), 0);
	assert_int_equal(write_now(h, 2), EVFD_EAGAIN);
	assert_int_equal(write_now(h, 1), 0);
	assert_int_equal(write_now(h, 1), EVFD_EAGAIN);
	evfd_close(&registry, h);
}

/* C19 to C24. */
static void test_write_bounds(void **state)
{
	static const struct {
		uint64_t count, value;
		int result;
	} rows[] = {
		{ 0, UINT64_MAX, EVFD_EINVAL },
		{ EVFD_MAX, UINT64_MAX, EVFD_EINVAL },
		{ 0, EVFD_MAX, 0 },
		{ 1, EVFD_MAX, EVFD_EAGAIN },
		{ 1, EVFD_MAX - 1, 0 },
		{ EVFD_MAX - 1, 1, 0 },
		{ EVFD_MAX - 1, 2, EVFD_EAGAIN },
		{ EVFD_MAX, 1, EVFD_EAGAIN },
		{ EVFD_MAX, 0, 0 },
		{ 0, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		evfd_t h = counter_new(rows[i].count, 0);
		int ready = evfd_readiness(&registry, h);

		assert_int_equal(write_now(h, rows[i].value), rows[i].result);
		if (rows[i].result < 0) {
			assert_int_equal(count_of(h), rows[i].count);
			assert_int_equal(evfd_readiness(&registry, h), ready);
		} else {
			assert_int_equal(count_of(h),
					 rows[i].count + rows[i].value);
		}
		evfd_close(&registry, h);
	}
}

/* X6: a post saturates, is reported once read, and then all is as before. */
static void test_post(void **state)
{
	evfd_t h = counter_new(EVFD_MAX - 1, EVFD_COUNTED);
	uint64_t value;

	(void)state;
	assert_int_equal(evfd_post(&registry, h, 1), 0);
	assert_int_equal(count_of(h), EVFD_MAX);
	assert_int_equal(evfd_post(&registry, h, 1), 0);
	assert_int_equal(count_of(h), EVFD_SATURATED);
	assert_int_equal(evfd_readiness(&registry, h), EVFD_IN | EVFD_ERR);
	assert_int_equal(evfd_post(&registry, h, UINT64_MAX), 0);
	assert_int_equal(write_now(h, 1), EVFD_EAGAIN);
	assert_int_equal(stat_of(h).overflows, 2);
	assert_int_equal(read_now(h, &value), 0);
	assert_int_equal(value, EVFD_SATURATED);
	assert_int_equal(evfd_readiness(&registry, h), EVFD_OUT);
	evfd_close(&registry, h);
}

/* X7: take. */
static void test_take(void **state)
{
	static const struct {
		uint64_t count, min, max;
		int result;
		uint64_t taken;
	} rows[] = {
		{ 5, 1, 3, 0, 3 },
		{ 5, 5, 5, 0, 5 },
		{ 5, 6, 6, EVFD_EAGAIN, 0 },
		{ 5, 2, EVFD_MAX, 0, 5 },
		{ 0, 1, 1, EVFD_EAGAIN, 0 },
		{ 5, 0, 1, EVFD_EINVAL, 0 },
		{ 5, 2, 1, EVFD_EINVAL, 0 },
		{ 5, 1, UINT64_MAX, EVFD_EINVAL, 0 },
		{ EVFD_MAX, EVFD_MAX, EVFD_MAX, 0, EVFD_MAX },
	};

	(void)state;
	for (size_t i = 0; i < 2 * COUNT_OF(rows); i++) {
		size_t row = i / 2;
		evfd_t h =
			counter_new(rows[row].count, i & 1 ? EVFD_SEMAPHORE : 0);
		uint64_t taken = 0;

		assert_int_equal(evfd_take(&registry, h, rows[row].min,
					   rows[row].max, &taken, NOWAIT),
				 rows[row].result);
		assert_int_equal(taken, rows[row].taken);
		assert_int_equal(count_of(h), rows[row].count - rows[row].taken);
		evfd_close(&registry, h);
	}
}

/* X7: swap and reset. */
static void test_swap(void **state)
{
	evfd_t h = counter_new(3, EVFD_SEMAPHORE);
	uint64_t old = 99;

	(void)state;
	assert_int_equal(evfd_swap(&registry, h, UINT64_MAX, &old), EVFD_EINVAL);
	assert_int_equal(old, 99);
	assert_int_equal(evfd_swap(&registry, h, EVFD_MAX, &old), 0);
	assert_int_equal(old, 3);
	assert_int_equal(count_of(h), EVFD_MAX);
	assert_int_equal(evfd_swap(&registry, h, 0, NULL), 0);
	assert_int_equal(count_of(h), 0);
	evfd_close(&registry, h);
}

/* X4: what remains possible after a cancel. */
static void test_cancel(void **state)
{
	evfd_t h = counter_new(3, 0);
	uint64_t value;

	(void)state;
	assert_int_equal(evfd_cancel(&registry, h), 0);
	assert_int_equal(evfd_cancel(&registry, h), 0);
	assert_int_equal(read_now(h, &value), EVFD_ECANCELED);
	assert_int_equal(write_now(h, 1), EVFD_ECANCELED);
	assert_int_equal(evfd_post(&registry, h, 1), EVFD_ECANCELED);
	assert_int_equal(evfd_swap(&registry, h, 0, &value), EVFD_ECANCELED);
	assert_int_equal(evfd_take(&registry, h, 1, 1, &value, NOWAIT),
			 EVFD_ECANCELED);
	assert_int_equal(count_of(h), 3);
	assert_int_equal(evfd_readiness(&registry, h),
			 EVFD_IN | EVFD_OUT | EVFD_ERR);
	assert_true(stat_of(h).is_cancelled);
	assert_int_equal(evfd_close(&registry, h), 0);
}

static int put_nothing(void *ctx, uint64_t value)
{
	(void)ctx;
	(void)value;
	return 0;
}

/* Every call, on a handle that is not one. */
static void assert_dead(evfd_t h)
{
	struct evfd_watch w = { .events = EVFD_IN };
	struct evfd_snapshot shot;
	struct evfd_stat st;
	uint64_t value = 99;

	assert_int_equal(read_now(h, &value), EVFD_EBADF);
	assert_int_equal(evfd_read(&registry, h, &value, EVFD_FOREVER), EVFD_EBADF);
	assert_int_equal(evfd_read_put(&registry, h, put_nothing, NULL, NOWAIT),
			 EVFD_EBADF);
	assert_int_equal(evfd_take(&registry, h, 1, 1, &value, NOWAIT), EVFD_EBADF);
	assert_int_equal(write_now(h, 1), EVFD_EBADF);
	assert_int_equal(evfd_post(&registry, h, 1), EVFD_EBADF);
	assert_int_equal(evfd_peek(&registry, h, &value), EVFD_EBADF);
	assert_int_equal(evfd_swap(&registry, h, 1, &value), EVFD_EBADF);
	assert_int_equal(evfd_cancel(&registry, h), EVFD_EBADF);
	assert_int_equal(evfd_readiness(&registry, h), EVFD_EBADF);
	assert_int_equal(evfd_watch_add(&registry, h, &w), EVFD_EBADF);
	assert_int_equal(evfd_stat(&registry, h, &st), EVFD_EBADF);
	assert_int_equal(evfd_snapshot(&registry, h, &shot), EVFD_EBADF);
	assert_int_equal(evfd_close(&registry, h), EVFD_EBADF);
	assert_int_equal(value, 99);
}

/* X5: stale, forged and foreign handles. */
static void test_dead_handles(void **state)
{
	evfd_t h = counter_new(1, 0), again;

	(void)state;
	assert_dead(EVFD_NONE);
	assert_dead(UINT64_MAX);
	assert_dead(h + (UINT64_C(1) << 32));
	assert_dead(h + (UINT64_C(2) << 32));
	assert_dead(h + 1);
	assert_dead(h + EVFD_SLOTS_DEFAULT);
	assert_dead(h + EVFD_SLOTS_DEFAULT + EVFD_CHUNK_SLOTS);
	assert_int_equal(evfd_close(&registry, h), 0);
	assert_dead(h);
	/* What the slot has now is the generation of nothing. */
	assert_dead(h + (UINT64_C(1) << 32));
	again = counter_new(1, 0);
	assert_int_not_equal(again, h);
	assert_dead(h);
	assert_int_equal(count_of(again), 1);
	evfd_close(&registry, again);
}

/* X12. */
static void test_rights(void **state)
{
	evfd_t first = counter_new(0, 0), h = counter_new(3, 0);
	evfd_t producer = evfd_restrict(h, EVFD_NO_READ);
	evfd_t consumer = evfd_restrict(h, EVFD_NO_WRITE);
	struct evfd_snapshot shot;
	uint64_t value = 99;

	(void)state;
	assert_int_equal(read_now(producer, &value), EVFD_EPERM);
	assert_int_equal(evfd_take(&registry, producer, 1, 1, &value, NOWAIT),
			 EVFD_EPERM);
	assert_int_equal(evfd_read_put(&registry, producer, put_nothing, NULL,
				       NOWAIT),
			 EVFD_EPERM);
	assert_int_equal(write_now(producer, 1), 0);
	assert_int_equal(evfd_post(&registry, producer, 1), 0);
	assert_int_equal(write_now(consumer, 1), EVFD_EPERM);
	assert_int_equal(evfd_post(&registry, consumer, 1), EVFD_EPERM);
	assert_int_equal(evfd_swap(&registry, producer, 0, &value), EVFD_EPERM);
	assert_int_equal(evfd_swap(&registry, consumer, 0, &value), EVFD_EPERM);
	assert_int_equal(evfd_cancel(&registry, producer), EVFD_EPERM);
	assert_int_equal(evfd_cancel(&registry, consumer), EVFD_EPERM);
	assert_int_equal(evfd_close(&registry, producer), EVFD_EPERM);
	assert_int_equal(evfd_close(&registry, consumer), EVFD_EPERM);
	assert_int_equal(evfd_peek(&registry, producer, &value), 0);
	assert_int_equal(value, 5);
	assert_int_equal(read_now(consumer, &value), 0);
	assert_int_equal(value, 5);
	assert_int_equal(evfd_restrict(producer, 0), producer);
	/* A snapshot is of the counter, whatever the handle permits. */
	assert_int_equal(evfd_snapshot(&registry,
				       evfd_restrict(consumer, EVFD_NO_READ), &shot),
			 0);
	assert_int_equal(shot.handle, h);
	/* What forbids nothing forbids nothing. */
	assert_int_equal(write_now(h, 1), 0);
	assert_int_equal(evfd_take(&registry, h, 1, 1, &value, NOWAIT), 0);
	assert_int_equal(evfd_read_put(&registry, h, put_nothing, NULL, NOWAIT),
			 EVFD_EAGAIN);
	evfd_close(&registry, h);
	evfd_close(&registry, first);
	assert_int_equal(read_now(producer, &value), EVFD_EBADF);
	assert_int_equal(write_now(consumer, 1), EVFD_EBADF);
}

/* X2: a value that could not be delivered is still there. */
static int put_fault(void *ctx, uint64_t value)
{
	*(uint64_t *)ctx = value;
	return EVFD_EFAULT;
}

static int put_denied(void *ctx, uint64_t value)
{
	put_fault(ctx, value);
	return EVFD_EPERM;
}

static void test_read_put(void **state)
{
	evfd_t h = counter_new(7, 0);
	uint64_t seen = 0;

	(void)state;
	assert_int_equal(evfd_read_put(&registry, h, put_fault, &seen, NOWAIT),
			 EVFD_EFAULT);
	assert_int_equal(seen, 7);
	assert_int_equal(count_of(h), 7);
	assert_int_equal(evfd_read_put(&registry, h, put_denied, &seen, NOWAIT),
			 EVFD_EPERM);
	assert_int_equal(count_of(h), 7);
	assert_int_equal(evfd_read_put(&registry, h, put_nothing, NULL, NOWAIT), 0);
	assert_int_equal(count_of(h), 0);
	assert_int_equal(evfd_read_put(&registry, h, put_fault, &seen, NOWAIT),
			 EVFD_EAGAIN);
	evfd_close(&registry, h);
}

/* X10. */
/* The right is asked for, and no other, of words of either kind in any slot. */
static void test_rights_of_read_put(void **state)
{
	evfd_t all[4];

	(void)state;
	for (uint32_t i = 0; i < 4; i++) {
		evfd_t h = counter_new(5, i / 2 ? EVFD_COUNTED : 0);
		uint64_t count = 0;

		all[i] = h;
		assert_int_equal(evfd_read_put(&registry,
					       evfd_restrict(h, EVFD_NO_READ),
					       put_nothing, NULL, NOWAIT),
				 EVFD_EPERM);
		evfd_peek(&registry, h, &count);
		assert_int_equal(count, 5);
		assert_int_equal(evfd_read_put(&registry,
					       evfd_restrict(h, EVFD_NO_WRITE),
					       put_nothing, NULL, NOWAIT),
				 0);
	}
	for (uint32_t i = 0; i < 4; i++)
		assert_int_equal(evfd_close(&registry, all[i]), 0);
}

static void test_statistics(void **state)
{
	struct evfd_owner owner = { .id = 42 };
	struct evfd_stat st;
	uint64_t value;
	evfd_t h;

	(void)state;
	assert_int_equal(evfd_create(&registry, 1, EVFD_COUNTED | EVFD_SEMAPHORE,
				     &owner, "a label that is too long for it", &h),
			 0);
	read_now(h, &value);
	read_now(h, &value);
	write_now(h, 3);
	evfd_post(&registry, h, UINT64_MAX);
	st = stat_of(h);
	assert_int_equal(st.count, EVFD_SATURATED);
	assert_int_equal(st.owner_id, 42);
	assert_int_equal(st.flags, EVFD_COUNTED | EVFD_SEMAPHORE);
	assert_int_equal(st.reads, 1);
	assert_int_equal(st.agains, 1);
	assert_int_equal(st.posts, 2);
	assert_int_equal(st.overflows, 1);
	assert_int_equal(st.wakes, 0);
	assert_int_equal(strlen(st.label), EVFD_LABEL_SIZE - 1);
	assert_memory_equal(st.label, "a label that is too long for it",
			    EVFD_LABEL_SIZE - 1);
	assert_int_equal(evfd_close(&registry, h), 0);
	assert_int_equal(owner.live, 0);
	h = counter_new(0, 0);
	write_now(h, 1);
	assert_int_equal(stat_of(h).posts, 0);
	assert_string_equal(stat_of(h).label, "");
	evfd_close(&registry, h);
}

/* What each call adds to the statistics, whatever its result. */
static void assert_counted(evfd_t h, uint64_t reads, uint64_t posts,
			   uint64_t agains, uint64_t overflows)
{
	struct evfd_stat st = stat_of(h);

	assert_int_equal(st.reads, reads);
	assert_int_equal(st.posts, posts);
	assert_int_equal(st.agains, agains);
	assert_int_equal(st.overflows, overflows);
}

static bool wake_always(struct evfd_watch *w, uint32_t events)
{
	(void)w;
	(void)events;
	return true;
}

static int put_failed(void *ctx, uint64_t value)
{
	(void)value;
	return *(int *)ctx;
}

static void test_what_counts(void **state)
{
	evfd_t h = counter_new(9, EVFD_COUNTED);
	int errors[] = { EVFD_EPERM, EVFD_EFAULT };
	uint64_t value;

	(void)state;
	assert_int_equal(stat_of(h).owner_id, 0);
	evfd_take(&registry, h, 1, 2, &value, NOWAIT);
	assert_counted(h, 1, 0, 0, 0);
	for (size_t i = 0; i < COUNT_OF(errors); i++)
		assert_int_equal(evfd_read_put(&registry, h, put_failed,
					       &errors[i], NOWAIT),
				 errors[i]);
	assert_counted(h, 1, 0, 0, 0);
	evfd_swap(&registry, h, 1, NULL);
	evfd_take(&registry, h, 2, 2, &value, NOWAIT);
	assert_counted(h, 1, 0, 1, 0);
	write_now(h, UINT64_MAX);
	assert_counted(h, 1, 0, 1, 0);
	evfd_post(&registry, h, 1);
	assert_counted(h, 1, 1, 1, 0);
	evfd_post(&registry, h, EVFD_MAX);
	assert_counted(h, 1, 2, 1, 1);
	/* It has overflowed already. */
	evfd_cancel(&registry, h);
	assert_counted(h, 1, 2, 1, 1);
	evfd_post(&registry, h, 1);
	assert_counted(h, 1, 2, 1, 1);
	evfd_close(&registry, h);
}

/* The numbers of one counter are not those of the next in its slot. */
static void test_numbers_begin_anew(void **state)
{
	evfd_t h = counter_new(1, EVFD_COUNTED), next;
	struct evfd_watch w = { .notify = wake_always, .events = EVFD_IN };
	uint64_t value;

	(void)state;
	assert_true(evfd_watch_add(&registry, h, &w) >= 0);
	read_now(h, &value);
	read_now(h, &value);
	evfd_post(&registry, h, EVFD_MAX);
	evfd_post(&registry, h, 1);
	assert_counted(h, 1, 2, 1, 1);
	assert_int_equal(stat_of(h).wakes, 2);
	evfd_close(&registry, h);
	next = counter_new(0, EVFD_COUNTED);
	assert_int_equal((uint32_t)next, (uint32_t)h);
	assert_counted(next, 0, 0, 0, 0);
	assert_int_equal(stat_of(next).wakes, 0);
	evfd_close(&registry, next);
}

/* Only who asks for numbers gets them, watched or not. */
static void test_nothing_counts_unasked(void **state)
{
	evfd_t h = counter_new(0, EVFD_SEMAPHORE | EVFD_TRANSITION);
	struct evfd_watch w = { .notify = NULL };
	uint64_t value;

	(void)state;
	read_now(h, &value);
	write_now(h, 1);
	read_now(h, &value);
	assert_counted(h, 0, 0, 0, 0);
	assert_true(evfd_watch_add(&registry, h, &w) >= 0);
	read_now(h, &value);
	write_now(h, 1);
	read_now(h, &value);
	assert_counted(h, 0, 0, 0, 0);
	evfd_watch_remove(&registry, h, &w);
	evfd_close(&registry, h);
}

/* A call that might have slept and need not is made once. */
static void test_once(void **state)
{
	evfd_t h = counter_new(0, EVFD_COUNTED);
	uint64_t value = 0;

	(void)state;
	assert_int_equal(evfd_write(&registry, h, 2, EVFD_FOREVER), 0);
	assert_int_equal(count_of(h), 2);
	assert_int_equal(evfd_take(&registry, h, 1, 1, &value, EVFD_FOREVER), 0);
	assert_int_equal(value, 1);
	assert_int_equal(count_of(h), 1);
	assert_counted(h, 1, 1, 0, 0);
	evfd_close(&registry, h);
}

/* A deadline that has passed is not the absence of one. */
static void test_past_deadlines(void **state)
{
	evfd_t h = counter_new(0, 0), full = counter_new(EVFD_MAX, 0);
	uint64_t value;

	(void)state;
	assert_int_equal(evfd_read(&registry, h, &value, NOWAIT), EVFD_EAGAIN);
	assert_int_equal(evfd_read(&registry, h, &value, 1), EVFD_ETIMEDOUT);
	assert_int_equal(evfd_write(&registry, full, 1, NOWAIT), EVFD_EAGAIN);
	assert_int_equal(evfd_write(&registry, full, 1, 1), EVFD_ETIMEDOUT);
	evfd_close(&registry, h);
	evfd_close(&registry, full);
}

/* The outcome as a layer above gets it (core/calls.h), from words of either kind:
 * COUNTED ones have more to them than a compare-and-swap. */
static int call_for(evfd_t h, enum evfd_op op, uint64_t min, uint64_t max,
		    struct evfd_outcome *out)
{
	struct evfd_request rq = { .op = op, .min = min, .max = max };

	return evfd_call(&registry, h, 0, &rq, NOWAIT, EVFD_NOTIFY_THREAD, out);
}

static void test_outcome(void **state)
{
	static const uint32_t modes[] = { 0, EVFD_COUNTED };
	struct evfd_outcome out;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(modes); i++) {
		evfd_t h = counter_new(7, modes[i]);

		assert_int_equal(call_for(h, EVFD_OP_ADD, 0, 5, &out), 0);
		assert_int_equal(out.before, 7);
		assert_int_equal(out.flags, modes[i]);
		assert_int_equal(out.woken, 0);
		assert_false(out.did_saturate);
		assert_int_equal(call_for(h, EVFD_OP_ADD, 0, EVFD_MAX, &out),
				 EVFD_EAGAIN);
		assert_int_equal(call_for(h, EVFD_OP_ADD, 0, UINT64_MAX, &out),
				 EVFD_EINVAL);
		assert_int_equal(call_for(h, EVFD_OP_TAKE, 1, 3, &out), 0);
		assert_int_equal(out.before, 12);
		assert_int_equal(out.value, 3);
		assert_int_equal(call_for(h, EVFD_OP_SWAP, 0, 4, &out), 0);
		assert_int_equal(out.value, 9);
		assert_int_equal(count_of(h), 4);
		assert_int_equal(call_for(h, EVFD_OP_READ, 0, 0, &out), 0);
		assert_int_equal(out.value, 4);
		assert_int_equal(out.woken, 0);
		assert_int_equal(call_for(h, EVFD_OP_READ, 0, 0, &out),
				 EVFD_EAGAIN);
		assert_int_equal(call_for(h, EVFD_OP_ADD, 0, 1, &out), 0);
		assert_int_equal(call_for(h, EVFD_OP_POST, 0, EVFD_MAX, &out), 0);
		assert_int_equal(out.before, 1);
		assert_true(out.did_saturate);
		evfd_close(&registry, h);
	}
}

/* Counters that share nothing but the chunk share no statistics, nor do those that
 * have its slots after them. */
static void test_statistics_apart(void **state)
{
	evfd_t h[2 * EVFD_CHUNK_SLOTS];

	(void)state;
	for (size_t round = 0; round < 2; round++) {
		for (size_t i = 0; i < COUNT_OF(h); i++)
			h[i] = counter_new(0, EVFD_COUNTED);
		for (size_t i = 0; i < COUNT_OF(h); i++)
			for (size_t n = 0; n < i % 7; n++)
				write_now(h[i], 1);
		for (size_t i = 0; i < COUNT_OF(h); i++)
			assert_int_equal(stat_of(h[i]).posts, i % 7);
		for (size_t i = 0; i < COUNT_OF(h); i++)
			evfd_close(&registry, h[i]);
	}
}

/* So with labels. */
static void test_labels_apart(void **state)
{
	evfd_t h[2 * EVFD_CHUNK_SLOTS];
	char label[EVFD_LABEL_SIZE];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(h); i++) {
		snprintf(label, sizeof(label), "%zu", i);
		assert_int_equal(evfd_create(&registry, 0, 0, NULL, label, &h[i]),
				 0);
	}
	for (size_t i = 0; i < COUNT_OF(h); i++) {
		snprintf(label, sizeof(label), "%zu", i);
		assert_string_equal(stat_of(h[i]).label, label);
	}
	for (size_t i = 0; i < COUNT_OF(h); i++)
		evfd_close(&registry, h[i]);
}

/* ---- watches ---------------------------------------------------------------- */

/* A watch that remembers. */
struct witness {
	struct evfd_watch watch;
	uint32_t events, calls;
	bool wakes;
};

static bool see(struct evfd_watch *w, uint32_t events)
{
	struct witness *me = (struct witness *)w;

	me->events = events;
	me->calls++;
	return me->wakes;
}

static struct witness witness_of(uint32_t events, bool wakes)
{
	return (struct witness){ .watch = { .notify = see, .events = events },
				 .wakes = wakes };
}

/* Whether operations on h look for watches. */
static bool is_watched(evfd_t h)
{
	struct evfd_ref ref = { .object = NULL };

	assert_true(evfd_resolve(&registry, h, &ref));
	return evfd_word_flags(evfd_cell_load(&ref.object->word)) &
	       EVFD_WORD_WATCHED;
}

static void test_watched_as_long_as_somebody_does(void **state)
{
	struct witness a = witness_of(EVFD_IN, true), b = a, stranger = a;
	evfd_t h = counter_new(0, 0);

	(void)state;
	assert_int_equal(evfd_watch_add(&registry, h, &a.watch), EVFD_OUT);
	write_now(h, EVFD_MAX);
	assert_int_equal(evfd_watch_add(&registry, h, &b.watch), EVFD_IN);
	evfd_watch_remove(&registry, h, &stranger.watch);
	assert_true(is_watched(h));
	evfd_watch_remove(&registry, h, &a.watch);
	assert_true(is_watched(h));
	evfd_watch_remove(&registry, h, &b.watch);
	assert_false(is_watched(h));
	evfd_watch_remove(&registry, h, &b.watch);
	assert_int_equal(a.calls, 1);
	assert_int_equal(b.calls, 0);
	evfd_close(&registry, h);
}

/* X10: a wake is a sleeper, or a watch that says that it woke one. */
static void test_wakes_of_watches(void **state)
{
	struct witness awake = witness_of(EVFD_IN, true);
	struct witness idle = witness_of(EVFD_IN, false);
	evfd_t h = counter_new(0, EVFD_COUNTED);

	(void)state;
	evfd_watch_add(&registry, h, &idle.watch);
	evfd_post(&registry, h, 1);
	write_now(h, 1);
	assert_int_equal(stat_of(h).wakes, 0);
	evfd_watch_add(&registry, h, &awake.watch);
	evfd_post(&registry, h, 1);
	assert_int_equal(stat_of(h).wakes, 1);
	write_now(h, 1);
	assert_int_equal(stat_of(h).wakes, 2);
	assert_int_equal(idle.calls, 4);
	evfd_watch_remove(&registry, h, &awake.watch);
	evfd_watch_remove(&registry, h, &idle.watch);
	evfd_close(&registry, h);
}

/* The end of an object is told once, as what it is. */
static void test_hang_up(void **state)
{
	struct witness none = witness_of(0, true), other = none;
	evfd_t h = counter_new(0, 0), next;

	(void)state;
	evfd_watch_add(&registry, h, &none.watch);
	evfd_cancel(&registry, h);
	assert_int_equal(none.events, EVFD_ERR);
	evfd_close(&registry, h);
	assert_int_equal(none.events, EVFD_HUP);
	assert_int_equal(none.calls, 2);
	/* It has left: the next object of the slot is not its business. */
	next = counter_new(0, 0);
	assert_int_equal((uint32_t)next, (uint32_t)h);
	evfd_watch_add(&registry, next, &other.watch);
	evfd_cancel(&registry, next);
	assert_int_equal(other.calls, 1);
	assert_int_equal(none.calls, 2);
	evfd_watch_remove(&registry, next, &other.watch);
	evfd_close(&registry, next);
}

/* What a watch wants is changed in place: it is told as early as before. */
static void test_change_of_interest(void **state)
{
	struct witness w = witness_of(EVFD_OUT, true);
	evfd_t h = counter_new(0, 0);

	(void)state;
	evfd_watch_add(&registry, h, &w.watch);
	write_now(h, 1);
	assert_int_equal(w.calls, 0);
	assert_int_equal(evfd_watch_change(&registry, h, &w.watch, EVFD_IN),
			 EVFD_IN | EVFD_OUT);
	write_now(h, 1);
	assert_int_equal(w.calls, 1);
	assert_int_equal(w.watch.events, EVFD_IN);
	evfd_watch_remove(&registry, h, &w.watch);
	write_now(h, 1);
	assert_int_equal(w.calls, 1);
	evfd_close(&registry, h);
	assert_int_equal(evfd_watch_change(&registry, h, &w.watch, EVFD_OUT),
			 EVFD_EBADF);
}

/*
 * A watch holds the list while its callback runs. Meanwhile another thread makes a
 * call that has an edge: it has to wait until that is delivered, unless it posts.
 */
struct blocked {
	struct evfd_watch watch;
	evfd_t h;
	int (*call)(evfd_t h);
	struct testport_thread *thread;
	bool has_waited;
};

static int call_read(evfd_t h)
{
	uint64_t value;

	return read_now(h, &value);
}

static int call_read_put(evfd_t h)
{
	return evfd_read_put(&registry, h, put_nothing, NULL, NOWAIT);
}

static int call_take(evfd_t h)
{
	uint64_t value;

	return evfd_take(&registry, h, 1, 1, &value, NOWAIT);
}

static int call_write(evfd_t h)
{
	return write_now(h, 1);
}

static int call_swap(evfd_t h)
{
	return evfd_swap(&registry, h, 1, NULL);
}

static int call_cancel(evfd_t h)
{
	return evfd_cancel(&registry, h);
}

static int call_post(evfd_t h)
{
	return evfd_post(&registry, h, 1);
}

static void make_call(void *arg)
{
	struct blocked *b = arg;

	if (b->call(b->h) != 0)
		evfd_port_panic("the call fails", __FILE__, __LINE__);
}

static bool call_meanwhile(struct evfd_watch *w, uint32_t events)
{
	struct blocked *b = (struct blocked *)w;
	uint64_t waits = testport_counts().waits;

	(void)events;
	if (b->thread)
		return false;
	b->thread = testport_start(make_call, b);
	while (!testport_is_done(b->thread) && !b->has_waited)
		b->has_waited = testport_counts().waits > waits;
	return false;
}

static void test_an_edge_is_delivered_on_return(void **state)
{
	static const struct {
		int (*call)(evfd_t h);
		bool waits;
	} rows[] = {
		{ call_read, true },  { call_read_put, true },
		{ call_take, true },  { call_write, true },
		{ call_swap, true },  { call_cancel, true },
		{ call_post, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct blocked b = { .watch = { .notify = call_meanwhile,
						.events = EVFD_IN | EVFD_OUT },
				     .h = counter_new(1, 0),
				     .call = rows[i].call };

		assert_true(evfd_watch_add(&registry, b.h, &b.watch) > 0);
		assert_int_equal(evfd_post(&registry, b.h, 1), 0);
		testport_join(b.thread);
		assert_int_equal(b.has_waited, rows[i].waits);
		evfd_watch_remove(&registry, b.h, &b.watch);
		evfd_close(&registry, b.h);
	}
}

/* Nothing that needs nobody calls the port. */
static void test_alone_makes_no_call(void **state)
{
	evfd_t h = counter_new(0, EVFD_SEMAPHORE);
	uint64_t value, calls = testport_counts().calls;

	(void)state;
	for (int i = 0; i < 100; i++) {
		evfd_write(&registry, h, 2, EVFD_FOREVER);
		evfd_post(&registry, h, 1);
		evfd_read(&registry, h, &value, EVFD_FOREVER);
		evfd_take(&registry, h, 2, 2, &value, EVFD_FOREVER);
		evfd_swap(&registry, h, 0, &value);
		evfd_read(&registry, h, &value, NOWAIT);
		evfd_readiness(&registry, h);
	}
	assert_int_equal(testport_counts().calls, calls);
	evfd_close(&registry, h);
}

#define CASE(name) \
	cmocka_unit_test_setup_teardown(name, registry_setup, registry_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_counter_mode),
		CASE(test_semaphore_mode),
		CASE(test_write_bounds),
		CASE(test_post),
		CASE(test_take),
		CASE(test_swap),
		CASE(test_cancel),
		CASE(test_dead_handles),
		CASE(test_rights),
		CASE(test_read_put),
		CASE(test_rights_of_read_put),
		CASE(test_statistics),
		CASE(test_what_counts),
		CASE(test_numbers_begin_anew),
		CASE(test_nothing_counts_unasked),
		CASE(test_once),
		CASE(test_past_deadlines),
		CASE(test_outcome),
		CASE(test_statistics_apart),
		CASE(test_labels_apart),
		CASE(test_watched_as_long_as_somebody_does),
		CASE(test_wakes_of_watches),
		CASE(test_hang_up),
		CASE(test_change_of_interest),
		CASE(test_an_edge_is_delivered_on_return),
		CASE(test_alone_makes_no_call),
	};

	return cmocka_run_group_tests_name("calls", tests, NULL, NULL);
}
