/* SPDX-License-Identifier: MIT */
/*
 * Theory
 *
 * A sleep is a futex wait on the word itself, so a wake is one system call and
 * may come from a signal handler. Around it the thread publishes, under its own
 * lock, what it sleeps on and until when. That gives three things:
 *
 *  - "Is it blocked?" has an exact answer: it has published a sleep, the word still
 *    has the value it sleeps on, and nothing has interrupted it. Such a thread is
 *    asleep, or will be without another step that anyone could see.
 *  - An interruption (signal, kill, the stopped clock moving on) is a flag, set
 *    under that lock, which the thread looks at under the lock before it publishes;
 *    and if it has published, a kick.
 *  - A kick wakes that thread alone, by a bit of the futex's bitset, again and again
 *    until the sleep it found is over: the thread may have published and not be
 *    asleep yet, and then the first wake comes too early.
 *
 * The word that is published stays valid while it is: its owner cannot leave
 * the sleep without the lock.
 *
 * Time is the monotonic clock plus an offset, or, stopped, a number. A sleeper's
 * deadline is given to the kernel only while the clock runs.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "internal.h"

#define NS_PER_S UINT64_C(1000000000)
#define LINE 64u

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

/* Kick everyone who sleeps with a deadline that `now` has reached. */
static void kick_expired(uint64_t now)
{
	pthread_mutex_lock(&inproc_threads_lock);
	for (struct inproc_thread *t = inproc_threads; t; t = t->next) {
		bool has_expired;

		pthread_mutex_lock(&t->lock);
		has_expired = t->word && t->deadline_ns <= now;
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

/* Returns when woken, at the deadline, or for no reason. Signals of the real
 * world do not interrupt. */
static void futex_wait(uint32_t *word, uint32_t expected, uint64_t deadline_ns,
		       uint32_t bits)
{
	struct timespec ts, *timeout = NULL;
	int saved = errno;

	if (deadline_ns != EVFD_FOREVER && !load_acq(&stopped_at)) {
		uint64_t real = deadline_ns - load_acq(&offset);

		ts.tv_sec = (time_t)(real / NS_PER_S);
		ts.tv_nsec = (long)(real % NS_PER_S);
		timeout = &ts;
	}
	syscall(SYS_futex, word, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG,
		expected, timeout, NULL, bits);
	errno = saved;
}

static void futex_wake(uint32_t *word, uint32_t count, uint32_t bits)
{
	int saved = errno;

	syscall(SYS_futex, word, FUTEX_WAKE_BITSET | FUTEX_PRIVATE_FLAG,
		count > INT_MAX ? INT_MAX : (int)count, NULL, NULL, bits);
	errno = saved;
}

bool inproc_is_interrupted(const struct inproc_thread *t)
{
	return t->pending & ~t->mask ||
	       (t->process && load_acq(&t->process->is_killed));
}

/* Why t should not sleep, or 0 if it should. With t->lock. */
static int reason_to_leave(const struct inproc_thread *t, uint64_t deadline_ns)
{
	if (inproc_is_interrupted(t))
		return EVFD_EINTR;
	if (deadline_ns != EVFD_FOREVER && evfd_port_now() >= deadline_ns)
		return EVFD_ETIMEDOUT;
	return 0;
}

int evfd_port_wait(uint32_t *word, uint32_t expected, uint64_t deadline_ns)
{
	struct inproc_thread *t = inproc_self();
	int reason;

	add_rlx(&calls.waits, 1);
	if (load_acq(word) != expected)
		return 0;
	pthread_mutex_lock(&t->lock);
	reason = reason_to_leave(t, deadline_ns);
	if (reason) {
		pthread_mutex_unlock(&t->lock);
		return reason;
	}
	t->expected = expected;
	t->deadline_ns = deadline_ns;
	t->word = word;
	t->sleeps++;
	pthread_mutex_unlock(&t->lock);

	futex_wait(word, expected, deadline_ns, t->bit);

	pthread_mutex_lock(&t->lock);
	t->word = NULL;
	reason = reason_to_leave(t, deadline_ns);
	pthread_mutex_unlock(&t->lock);
	return reason;
}

void evfd_port_wait_short(uint32_t *word, uint32_t expected)
{
	add_rlx(&calls.short_waits, 1);
	futex_wait(word, expected, EVFD_FOREVER, FUTEX_BITSET_MATCH_ANY);
}

void evfd_port_wake(uint32_t *word, uint32_t count)
{
	add_rlx(&calls.wakes, 1);
	futex_wake(word, count, FUTEX_BITSET_MATCH_ANY);
}

void inproc_kick(struct inproc_thread *t)
{
	uint64_t sleep;
	bool is_asleep;

	pthread_mutex_lock(&t->lock);
	sleep = t->sleeps;
	is_asleep = t->word;
	while (is_asleep) {
		/* Not under the lock: the thread needs it to leave. The word may
		 * be gone by now; the kernel does not mind. */
		uint32_t *word = t->word;

		pthread_mutex_unlock(&t->lock);
		futex_wake(word, INT_MAX, t->bit);
		sched_yield();
		pthread_mutex_lock(&t->lock);
		is_asleep = t->word && t->sleeps == sleep;
	}
	pthread_mutex_unlock(&t->lock);
}

bool inproc_is_blocked(struct inproc_thread *t)
{
	bool is_blocked;

	pthread_mutex_lock(&t->lock);
	is_blocked = t->word && load_acq(t->word) == t->expected &&
		     reason_to_leave(t, t->deadline_ns) == 0;
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
		.waits = load_rlx(&calls.waits),
		.short_waits = load_rlx(&calls.short_waits),
		.wakes = load_rlx(&calls.wakes),
		.allocs = load_rlx(&calls.allocs),
		.frees = load_rlx(&calls.frees),
		.bytes = load_rlx(&calls.bytes),
	};
}
