/* SPDX-License-Identifier: MIT */
/*
 * Theory
 *
 * Waiting on an address is core/park.c, over a bell a thread has: one word, slept
 * on by futex, with two bits. PERMIT: it has been unblocked, by a waker who
 * found it in a queue. KICK: it is to look for reasons to leave (a signal, a kill, its
 * deadline on a stopped clock) under its lock. Setting a bit and waking is all that
 * a waker does, so a post may come from a signal handler, and a bit that is set
 * before the sleep keeps the futex from sleeping.
 *
 * The parking lot makes the answers exact where a futex's queue would not:
 * a thread is in the queue before it is called asleep, so a wake of n takes n of those
 * that are, and "is it blocked?" is: it has published a sleep, has no PERMIT, and
 * no reason to leave. Such a thread will do nothing that anyone could see until
 * somebody gives it a PERMIT or a reason.
 *
 * Time is the monotonic clock plus an offset, or, stopped, a number. A sleeper's
 * deadline is given to the kernel only while the clock runs.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <evfd/park.h>

#include "port/posix/futex_call.h"

#include "internal.h"

#define NS_PER_S UINT64_C(1000000000)
#define LINE 64u

/* inproc_thread.bell */
#define PERMIT 1u
#define KICK 2u

static struct inproc_calls calls; /* each counted by itself */

/* ---- time ------------------------------------------------------------------- */

static uint64_t stopped_at; /* 0: the clock runs; atomic, as is offset */
static uint64_t offset;

static uint64_t real_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec;
}

uint64_t evfd_port_now(void)
{
	uint64_t now = load_acq(&stopped_at);

	return now ? now : real_now() + load_acq(&offset);
}

/* Tests count on a thread that cannot go on being asleep. */
uint64_t evfd_port_patience(void)
{
	return 0;
}

void evfd_port_patience_end(bool was_found)
{
	(void)was_found;
}

/* Kick everyone who sleeps with a deadline that `now` has reached. */
static void kick_expired(uint64_t now)
{
	pthread_mutex_lock(&inproc_threads_lock);
	for (struct inproc_thread *t = inproc_threads; t; t = t->next) {
		bool has_expired;

		pthread_mutex_lock(&t->lock);
		has_expired = t->is_asleep && t->deadline_ns <= now;
		pthread_mutex_unlock(&t->lock);
		if (has_expired)
			inproc_kick(t);
	}
	pthread_mutex_unlock(&inproc_threads_lock);
}

void inproc_clock_stop(bool stopped)
{
	uint64_t now = evfd_port_now();

	if (stopped) {
		store_rel(&stopped_at, now);
		return;
	}
	store_rel(&offset, now - real_now());
	store_rel(&stopped_at, 0);
	/* All who sleep without the kernel knowing their deadline. */
	kick_expired(EVFD_FOREVER - 1);
}

void inproc_clock_advance(uint64_t ns)
{
	if (load_acq(&stopped_at))
		add_ar(&stopped_at, ns);
	else
		add_ar(&offset, ns);
	kick_expired(evfd_port_now());
}

/* ---- sleeping ------------------------------------------------------------------ */

/* Returns when rung, at the deadline, or for no reason. Signals of the real
 * world do not interrupt. */
static void sleep_on_bell(uint32_t *bell, uint64_t deadline_ns)
{
	uint64_t real = EVFD_FOREVER;

	if (deadline_ns != EVFD_FOREVER && !load_acq(&stopped_at))
		real = deadline_ns - load_acq(&offset);
	futex_wait(bell, 0, real, FUTEX_PRIVATE_FLAG);
}

static void ring(struct inproc_thread *t, uint32_t why)
{
	or_ar(&t->bell, why);
	futex_wake(&t->bell, 1, FUTEX_PRIVATE_FLAG);
}

void inproc_kick(struct inproc_thread *t)
{
	ring(t, KICK);
}

bool inproc_is_interrupted(const struct inproc_thread *t)
{
	return t->pending & ~t->mask ||
	       (t->process && load_acq(&t->process->is_killed));
}

/* Why t should not sleep, or 0 if it should. With t->lock. */
static int reason_to_leave(const struct inproc_thread *t)
{
	if (inproc_is_interrupted(t))
		return EVFD_EINTR;
	if (t->deadline_ns != EVFD_FOREVER && evfd_port_now() >= t->deadline_ns)
		return EVFD_ETIMEDOUT;
	return 0;
}

/* Publish a sleep, or go on with it; returns what forbids it. */
static int begin_sleep(struct inproc_thread *t, uint64_t deadline_ns)
{
	int reason;

	pthread_mutex_lock(&t->lock);
	t->deadline_ns = deadline_ns;
	reason = reason_to_leave(t);
	if (!reason && !t->is_asleep) {
		t->is_asleep = true;
		t->sleeps++;
	}
	pthread_mutex_unlock(&t->lock);
	return reason;
}

static void end_sleep(struct inproc_thread *t)
{
	pthread_mutex_lock(&t->lock);
	t->is_asleep = false;
	pthread_mutex_unlock(&t->lock);
}

static int block_interruptibly(struct inproc_thread *t, uint64_t deadline_ns)
{
	int reason = 0;

	while (!reason && !(load_acq(&t->bell) & PERMIT)) {
		and_ar(&t->bell, ~KICK); /* before the look that it asks for */
		reason = begin_sleep(t, deadline_ns);
		if (!reason)
			sleep_on_bell(&t->bell, deadline_ns);
	}
	end_sleep(t);
	return reason;
}

int evfd_port_block(uint64_t deadline_ns, bool is_interruptible)
{
	struct inproc_thread *t = inproc_self();
	int reason = 0;

	if (is_interruptible) {
		add_rlx(&calls.sleeps, 1);
		reason = block_interruptibly(t, deadline_ns);
	} else {
		add_rlx(&calls.short_sleeps, 1);
		while (!(load_acq(&t->bell) & PERMIT)) {
			and_ar(&t->bell, ~KICK); /* not for this sleep */
			sleep_on_bell(&t->bell, EVFD_FOREVER);
		}
	}
	if (!reason)
		and_ar(&t->bell, ~PERMIT);
	return reason;
}

void evfd_port_unblock(void *thread)
{
	add_rlx(&calls.unblocks, 1);
	ring(thread, PERMIT);
}

/* A permit left from a sleep that ended for another reason is nobody's. */
void *evfd_port_self(void)
{
	struct inproc_thread *t = inproc_self();

	and_ar(&t->bell, ~PERMIT);
	return t;
}

/* ---- the parking lot's locks ------------------------------------------------------- */

static pthread_mutex_t bucket_locks[EVFD_PARK_BUCKETS];
static sigset_t bucket_masks[EVFD_PARK_BUCKETS]; /* the holder's */
static pthread_once_t bucket_once = PTHREAD_ONCE_INIT;

static void make_bucket_locks(void)
{
	for (uint32_t i = 0; i < EVFD_PARK_BUCKETS; i++)
		pthread_mutex_init(&bucket_locks[i], NULL);
}

/* A signal handler that posts must not find a bucket locked by its own thread. */
uintptr_t evfd_port_bucket_lock(uint32_t bucket)
{
	sigset_t all, mine;

	add_rlx(&calls.visits, 1);
	pthread_once(&bucket_once, make_bucket_locks);
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &mine);
	pthread_mutex_lock(&bucket_locks[bucket]);
	bucket_masks[bucket] = mine;
	return 0;
}

void evfd_port_bucket_unlock(uint32_t bucket, uintptr_t state)
{
	sigset_t mine = bucket_masks[bucket];

	(void)state;
	pthread_mutex_unlock(&bucket_locks[bucket]);
	pthread_sigmask(SIG_SETMASK, &mine, NULL);
}

/* ---- what is asked from outside -------------------------------------------------------- */

bool inproc_is_blocked(struct inproc_thread *t)
{
	bool is_blocked;

	pthread_mutex_lock(&t->lock);
	is_blocked = t->is_asleep && !(load_acq(&t->bell) & PERMIT) &&
		     reason_to_leave(t) == 0;
	pthread_mutex_unlock(&t->lock);
	return is_blocked;
}

uint64_t inproc_sleeps(struct inproc_thread *t)
{
	uint64_t n;

	pthread_mutex_lock(&t->lock);
	n = t->sleeps;
	pthread_mutex_unlock(&t->lock);
	return n;
}

/* ---- memory, and the end ------------------------------------------------------------ */

static uint64_t fail_in; /* allocations from now; 0: none fails; atomic */

void inproc_fail_alloc(uint64_t nth)
{
	store_rel(&fail_in, nth);
}

static bool is_to_fail(void)
{
	uint64_t n = load_acq(&fail_in);

	while (n > 0)
		if (cas_ar(&fail_in, &n, n - 1))
			return n == 1;
	return false;
}

void *evfd_port_alloc(size_t size)
{
	size_t rounded = (size + LINE - 1) / LINE * LINE;
	void *p;

	if (rounded < size || is_to_fail())
		return NULL;
	p = aligned_alloc(LINE, rounded);
	if (!p)
		return NULL;
	add_rlx(&calls.allocs, 1);
	add_rlx(&calls.bytes, size);
	return memset(p, 0, rounded);
}

void evfd_port_free(void *p, size_t size)
{
	add_rlx(&calls.frees, 1);
	add_rlx(&calls.bytes, -(uint64_t)size);
	free(p);
}

_Noreturn void evfd_port_panic(const char *what, const char *file, int line)
{
	fprintf(stderr, "evfd: %s:%d: %s\n", file, line, what);
	abort();
}

void inproc_calls(struct inproc_calls *c)
{
	*c = (struct inproc_calls){
		.sleeps = load_rlx(&calls.sleeps),
		.short_sleeps = load_rlx(&calls.short_sleeps),
		.unblocks = load_rlx(&calls.unblocks),
		.visits = load_rlx(&calls.visits),
		.allocs = load_rlx(&calls.allocs),
		.frees = load_rlx(&calls.frees),
		.bytes = load_rlx(&calls.bytes),
	};
}
