/* SPDX-License-Identifier: MIT */
/*
 * What the library's target runs on: the host, with this program's syscall() in place of
 * libc's. The library sleeps by FUTEX_WAIT_BITSET and nothing else here does, so
 * this sees each sleep begin and end: it marks the task as target-host.c does
 * around a system call, counts, and measures deadlines by a clock that can be
 * stopped.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "host.h"
#include "libevfd.h"

#define NS_PER_S UINT64_C(1000000000)
#define PRIVATE_WAIT (FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG)
#define TIMED 64

static uint64_t stopped_at; /* atomic: 0 while the clock runs */
static struct conf_task *timed[TIMED];

/* ---- the clock -------------------------------------------------------------- */

uint64_t machine_now(void)
{
	uint64_t fake = __atomic_load_n(&stopped_at, __ATOMIC_ACQUIRE);

	return fake ? fake : conf_target_host.now_ns();
}

void machine_clock_stop(bool stopped)
{
	__atomic_store_n(&stopped_at, stopped ? conf_target_host.now_ns() : 0,
			 __ATOMIC_RELEASE);
}

/* Whoever waits with a deadline wakes and compares it. */
void machine_clock_advance(uint64_t ns)
{
	__atomic_fetch_add(&stopped_at, ns, __ATOMIC_ACQ_REL);
	for (int i = 0; i < TIMED; i++) {
		struct conf_task *t = __atomic_load_n(&timed[i], __ATOMIC_ACQUIRE);
		uint32_t *word =
			t ? __atomic_load_n(&t->timed_word, __ATOMIC_ACQUIRE) :
			    NULL;

		if (word)
			syscall(SYS_futex, word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG,
				INT_MAX, NULL, NULL, 0);
	}
}

static uint64_t ns_of(const struct timespec *ts)
{
	return (uint64_t)ts->tv_sec * NS_PER_S + (uint64_t)ts->tv_nsec;
}

/* ---- sleeping ----------------------------------------------------------------- */

/* With the clock stopped, and a deadline: a futex wait without one. */
static int64_t wait_stopped(struct conf_task *t, const uint64_t a[6])
{
	const struct timespec *deadline = (const struct timespec *)(uintptr_t)a[3];
	uint64_t args[6] = { a[0], a[1], a[2], 0, a[4], a[5] };
	int64_t result = 0;
	int i = 0;

	for (struct conf_task *unused = NULL; i < TIMED; i++, unused = NULL)
		if (__atomic_compare_exchange_n(&timed[i], &unused, t, false,
						__ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
			break;
	if (i == TIMED)
		return -ENOSYS; /* which the library panics at */
	__atomic_store_n(&t->timed_word, (uint32_t *)(uintptr_t)a[0],
			 __ATOMIC_RELEASE);
	if (machine_now() < ns_of(deadline))
		result = conf_host_raw(SYS_futex, args);
	__atomic_store_n(&t->timed_word, NULL, __ATOMIC_RELEASE);
	__atomic_store_n(&timed[i], NULL, __ATOMIC_RELEASE);
	return machine_now() < ns_of(deadline) ? result : -ETIMEDOUT;
}

static int64_t wait(struct conf_task *t, const uint64_t a[6])
{
	int64_t result;

	__atomic_fetch_add(&t->sleeps, 1, __ATOMIC_ACQ_REL);
	__atomic_fetch_add(&t->calls, 1, __ATOMIC_SEQ_CST);
	if (a[3] && __atomic_load_n(&stopped_at, __ATOMIC_ACQUIRE))
		result = wait_stopped(t, a);
	else
		result = conf_host_raw(SYS_futex, a);
	__atomic_fetch_add(&t->calls, 1, __ATOMIC_SEQ_CST);
	if (result == -EAGAIN) /* not asleep at all */
		__atomic_fetch_sub(&t->sleeps, 1, __ATOMIC_ACQ_REL);
	return result;
}

/* What is written to a descriptor is ordered before the event that it makes: the
 * kernel does that, and ThreadSanitizer has to be told. */
#ifdef CONF_TSAN
void __tsan_acquire(void *address);
void __tsan_release(void *address);
static char order;
#define RELEASE() __tsan_release(&order)
#define ACQUIRE() __tsan_acquire(&order)
#else
#define RELEASE() ((void)0)
#define ACQUIRE() ((void)0)
#endif

void machine_before_write(void)
{
	RELEASE();
}

int64_t machine_poll(uint64_t nr, const uint64_t a[6])
{
	int64_t result = conf_target_host.syscall(nr, a);

	ACQUIRE();
	return result;
}

/* Like the kernel it looks at six arguments, however many were passed: it would be
 * found to read its caller's stack. */
#define ANY_ARGUMENTS no_sanitize("address")

/* In place of libc's, for this program and every library that it loads. */
__attribute__((visibility("default"), ANY_ARGUMENTS)) long syscall(long nr, ...)
{
	struct conf_task *self = conf_target_host.self();
	uint64_t a[6];
	int64_t result;
	va_list args;

	va_start(args, nr);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(args, uint64_t);
	va_end(args);
	if (self && nr == SYS_futex && (int)a[1] == PRIVATE_WAIT)
		result = wait(self, a);
	else
		result = conf_host_raw((uint64_t)nr, a);
	if (result >= 0)
		return (long)result;
	errno = (int)-result;
	return -1;
}

uint64_t machine_sleeps(struct conf_task *t)
{
	return __atomic_load_n(&t->sleeps, __ATOMIC_ACQUIRE);
}

/* ---- signals, at any point of a call --------------------------------------------- */

static void (*strike_fn)(void *arg);
static void *strike_arg;

static void handler(int signal)
{
	(void)signal;
	strike_fn(strike_arg);
}

void machine_on_strike(void (*fn)(void *arg), void *arg)
{
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = handler;
	sa.sa_flags = SA_RESTART;
	strike_fn = fn;
	strike_arg = arg;
	sigaction(SIGURG, &sa, NULL);
}

void machine_strike(struct conf_task *t)
{
	int tid;

	while (!(tid = __atomic_load_n(&t->tid, __ATOMIC_ACQUIRE)))
		sched_yield();
	syscall(SYS_tgkill, t->pid, tid, SIGURG);
}
