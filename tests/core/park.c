/* SPDX-License-Identifier: MIT */
/*
 * The parking lot over a host that is only this test: threads that block on a
 * condition each, and a note of who was unblocked in which order.
 */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#include <core/atomic.h>
#include <evfd/park.h>
#include <evfd/port.h>

#include "../support/unit.h"

#define SLEEPERS 4
#define DEADLINE 77

struct host_thread {
	pthread_t thread;
	pthread_cond_t cond;
	/* What it is to do, and what came of it. */
	uint32_t *word;
	bool is_short;
	int result;
	bool is_done; /* atomic */
	/* Guarded by host_lock. */
	bool is_blocked, has_permit, is_interruptible;
	int reason; /* to leave block(), for the test to set */
	uint64_t deadline_ns;
	uint32_t unblocked;
};

static pthread_mutex_t host_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t bucket_locks[EVFD_PARK_BUCKETS];
static uint32_t unblocks; /* guarded by host_lock */
static _Thread_local uint32_t last_bucket;
static _Thread_local struct host_thread *self;

/* ---- the host -------------------------------------------------------------- */

uintptr_t evfd_port_bucket_lock(uint32_t bucket)
{
	assert_true(bucket < EVFD_PARK_BUCKETS);
	pthread_mutex_lock(&bucket_locks[bucket]);
	last_bucket = bucket;
	return bucket + 1;
}

void evfd_port_bucket_unlock(uint32_t bucket, uintptr_t state)
{
	assert_int_equal(state, bucket + 1);
	pthread_mutex_unlock(&bucket_locks[bucket]);
}

void *evfd_port_self(void)
{
	return self;
}

int evfd_port_block(uint64_t deadline_ns, bool is_interruptible)
{
	int reason = 0;

	pthread_mutex_lock(&host_lock);
	self->is_blocked = true;
	self->deadline_ns = deadline_ns;
	self->is_interruptible = is_interruptible;
	while (!self->has_permit && !self->reason)
		pthread_cond_wait(&self->cond, &host_lock);
	if (!self->has_permit)
		reason = self->reason;
	self->reason = 0;
	self->is_blocked = self->has_permit = false;
	pthread_mutex_unlock(&host_lock);
	return reason;
}

void evfd_port_unblock(void *thread)
{
	struct host_thread *t = thread;

	pthread_mutex_lock(&host_lock);
	t->has_permit = true;
	t->unblocked = ++unblocks;
	pthread_cond_signal(&t->cond);
	pthread_mutex_unlock(&host_lock);
}

/* ---- threads of the test ------------------------------------------------------ */

static void *run(void *arg)
{
	self = arg;
	if (self->is_short)
		evfd_port_wait_short(self->word, 0);
	else
		self->result = evfd_port_wait(self->word, 0, DEADLINE);
	__atomic_store_n(&self->is_done, true, __ATOMIC_RELEASE);
	return NULL;
}

static bool is_blocked(struct host_thread *t)
{
	bool blocked;

	pthread_mutex_lock(&host_lock);
	blocked = t->is_blocked && !t->has_permit && !t->reason;
	pthread_mutex_unlock(&host_lock);
	return blocked;
}

static void start(struct host_thread *t, uint32_t *word, bool is_short)
{
	*t = (struct host_thread){ .cond = PTHREAD_COND_INITIALIZER,
				   .word = word,
				   .is_short = is_short };
	if (pthread_create(&t->thread, NULL, run, t))
		abort();
	while (!is_blocked(t))
		sched_yield();
}

/* Make t leave block() for a reason of the host's. */
static void disturb(struct host_thread *t, int reason)
{
	pthread_mutex_lock(&host_lock);
	t->reason = reason;
	pthread_cond_signal(&t->cond);
	pthread_mutex_unlock(&host_lock);
}

static int join(struct host_thread *t)
{
	pthread_join(t->thread, NULL);
	return t->result;
}

static int setup(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < EVFD_PARK_BUCKETS; i++)
		pthread_mutex_init(&bucket_locks[i], NULL);
	unblocks = 0;
	return 0;
}

/* ---- tests ----------------------------------------------------------------------- */

static void test_value_differs(void **state)
{
	uint32_t word = 1;

	(void)state;
	assert_int_equal(evfd_port_wait(&word, 0, EVFD_FOREVER), 0);
	assert_int_equal(evfd_port_wait(&word, 2, EVFD_FOREVER), 0);
	evfd_port_wait_short(&word, 0);
	evfd_port_wake(&word, UINT32_MAX);
}

/* As many as asked for, oldest first, and nobody of another word. */
static void test_oldest_first(void **state)
{
	struct host_thread t[SLEEPERS], stranger;
	uint32_t word = 0, other = 0;

	(void)state;
	start(&stranger, &other, false);
	for (int i = 0; i < SLEEPERS; i++)
		start(&t[i], &word, false);
	evfd_port_wake(&word, 0);
	assert_int_equal(unblocks, 0);
	evfd_port_wake(&word, 1);
	evfd_port_wake(&word, 2);
	for (uint32_t i = 0; i < 3; i++) {
		assert_int_equal(join(&t[i]), 0);
		assert_int_equal(t[i].unblocked, i + 1);
	}
	assert_true(is_blocked(&t[3]));
	assert_true(is_blocked(&stranger));
	evfd_port_wake(&word, UINT32_MAX);
	assert_int_equal(join(&t[3]), 0);
	evfd_port_wake(&other, 1);
	assert_int_equal(join(&stranger), 0);
	assert_int_equal(unblocks, SLEEPERS + 1);
}

/* Many words, so that some share a bucket: each wake finds its own. */
static void test_shared_buckets(void **state)
{
	enum {
		WORDS = 3 * EVFD_PARK_BUCKETS
	};
	static struct host_thread t[WORDS];
	static uint32_t words[WORDS];

	(void)state;
	for (int i = 0; i < WORDS; i++)
		start(&t[i], &words[i], false);
	for (int i = WORDS - 1; i >= 0; i--) {
		evfd_port_wake(&words[i], UINT32_MAX);
		assert_int_equal(unblocks, WORDS - i);
		assert_int_equal(join(&t[i]), 0);
	}
}

/* Words in a row, lines in a row and pages in a row: as many buckets as there are. */
static void test_spread(void **state)
{
	static const uintptr_t strides[] = { 4, 256, 16384 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(strides); i++) {
		uint64_t seen = 0;

		for (uintptr_t n = 0; n < EVFD_PARK_BUCKETS; n++) {
			uintptr_t a = (uintptr_t)0x15a6a5a4 & ~(strides[i] * 63);

			/* Wakes do not read the word. */
			evfd_port_wake((uint32_t *)(a + n * strides[i]), 1);
			seen |= UINT64_C(1) << last_bucket;
		}
		assert_true(seen == UINT64_MAX);
	}
}

/* Who leaves for a reason of his own is not woken any more. */
static void test_leaving(void **state)
{
	struct host_thread t[3];
	uint32_t word = 0;

	(void)state;
	for (int i = 0; i < 3; i++)
		start(&t[i], &word, false);
	disturb(&t[0], EVFD_ETIMEDOUT);
	assert_int_equal(join(&t[0]), EVFD_ETIMEDOUT);
	disturb(&t[1], EVFD_EINTR);
	assert_int_equal(join(&t[1]), EVFD_EINTR);
	evfd_port_wake(&word, 1);
	assert_int_equal(join(&t[2]), 0);
	assert_int_equal(unblocks, 1);
}

/* A permit that was for something else does not end the wait. */
static void test_stray_permit(void **state)
{
	struct host_thread t;
	uint32_t word = 0;

	(void)state;
	start(&t, &word, false);
	evfd_port_unblock(&t);
	while (!is_blocked(&t))
		sched_yield();
	assert_false(__atomic_load_n(&t.is_done, __ATOMIC_ACQUIRE));
	evfd_port_wake(&word, 1);
	assert_int_equal(join(&t), 0);
}

static void test_short_waits_are_not_interrupted(void **state)
{
	struct host_thread t[2];
	uint32_t word = 0;

	(void)state;
	start(&t[0], &word, true);
	start(&t[1], &word, false);
	assert_false(t[0].is_interruptible);
	assert_true(t[1].is_interruptible);
	assert_int_equal(t[0].deadline_ns, EVFD_FOREVER);
	assert_int_equal(t[1].deadline_ns, DEADLINE);
	evfd_port_wake(&word, 2);
	assert_int_equal(join(&t[0]), 0);
	assert_int_equal(join(&t[1]), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_value_differs, setup),
		cmocka_unit_test_setup(test_oldest_first, setup),
		cmocka_unit_test_setup(test_shared_buckets, setup),
		cmocka_unit_test_setup(test_spread, setup),
		cmocka_unit_test_setup(test_leaving, setup),
		cmocka_unit_test_setup(test_stray_permit, setup),
		cmocka_unit_test_setup(test_short_waits_are_not_interrupted, setup),
	};

	return cmocka_run_group_tests_name("park", tests, NULL, NULL);
}
