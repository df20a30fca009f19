/* SPDX-License-Identifier: MIT */
#include "mm/usercopy.h"
#include "sys/syscall.h"
#include "task/sched.h"
#include "task/signal.h"
#include "x86/clock.h"

#define CLOCK_REALTIME 0
#define CLOCK_THREAD_CPUTIME 3
#define CLOCK_PROCESS_CPUTIME 2
#define CLOCK_REALTIME_COARSE 5
#define CLOCK_LAST 11
#define TIMER_ABSTIME 1

struct timespec {
	int64_t s, ns;
};

/* What to add to clock_now() for the time of a clock; -1: there is none such.
 * All others than the real-time ones count from boot. CPU-time clocks are not
 * kept. */
static int clock_offset(uint64_t clock, uint64_t *offset)
{
	if (clock > CLOCK_LAST || clock == CLOCK_THREAD_CPUTIME ||
	    clock == CLOCK_PROCESS_CPUTIME)
		return EVFD_EINVAL;
	*offset = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE ?
			  clock_realtime_offset() :
			  0;
	return 0;
}

static int put_time(uint64_t user_to, uint64_t ns)
{
	struct timespec t = { (int64_t)(ns / NS_PER_S), (int64_t)(ns % NS_PER_S) };

	return copy_to_user(user_to, &t, sizeof(t));
}

int64_t sys_clock_gettime(const uint64_t args[6], struct trapframe *f)
{
	uint64_t offset;

	(void)f;
	if (clock_offset(args[0], &offset))
		return EVFD_EINVAL;
	return put_time(args[1], clock_now() + offset);
}

int64_t sys_clock_getres(const uint64_t args[6], struct trapframe *f)
{
	uint64_t offset;

	(void)f;
	if (clock_offset(args[0], &offset))
		return EVFD_EINVAL;
	return args[1] ? put_time(args[1], 1) : 0;
}

int64_t sys_gettimeofday(const uint64_t args[6], struct trapframe *f)
{
	uint64_t now = clock_now() + clock_realtime_offset();
	struct timespec t = { (int64_t)(now / NS_PER_S),
			      (int64_t)(now % NS_PER_S / 1000) };

	(void)f;
	return args[0] ? copy_to_user(args[0], &t, sizeof(t)) : 0;
}

int64_t sys_time(const uint64_t args[6], struct trapframe *f)
{
	int64_t now =
		(int64_t)((clock_now() + clock_realtime_offset()) / NS_PER_S);

	(void)f;
	if (args[0] && copy_to_user(args[0], &now, sizeof(now)))
		return EVFD_EFAULT;
	return now;
}

/* Nanoseconds of a program's timespec; times beyond 2^62 ns are for ever. */
static int get_time(uint64_t user_from, uint64_t *ns)
{
	struct timespec t;

	if (copy_from_user(&t, user_from, sizeof(t)))
		return EVFD_EFAULT;
	if (t.s < 0 || t.ns < 0 || t.ns >= (int64_t)NS_PER_S)
		return EVFD_EINVAL;
	*ns = (uint64_t)t.s >= (UINT64_C(1) << 62) / NS_PER_S ?
		      UINT64_C(1) << 62 :
		      (uint64_t)t.s * NS_PER_S + (uint64_t)t.ns;
	return 0;
}

static int64_t sleep_until(uint64_t deadline, uint64_t user_left)
{
	struct thread *me = thread_current();
	uint64_t now;

	me->sleep_kind = SLEEP_SIGNALS;
	while ((now = clock_now()) < deadline && !signal_is_pending(me))
		sched_sleep(deadline);
	me->sleep_kind = SLEEP_NOT;
	if (now >= deadline)
		return 0;
	if (user_left && put_time(user_left, deadline - now))
		return EVFD_EFAULT;
	return EVFD_EINTR;
}

int64_t sys_nanosleep(const uint64_t args[6], struct trapframe *f)
{
	uint64_t ns;
	int result = get_time(args[0], &ns);

	(void)f;
	return result ? result : sleep_until(clock_now() + ns, args[1]);
}

int64_t sys_clock_nanosleep(const uint64_t args[6], struct trapframe *f)
{
	uint64_t ns, offset;
	int result;

	(void)f;
	if (clock_offset(args[0], &offset))
		return EVFD_EINVAL;
	result = get_time(args[2], &ns);
	if (result)
		return result;
	if (!(args[1] & TIMER_ABSTIME))
		return sleep_until(clock_now() + ns, args[3]);
	return sleep_until(ns > offset ? ns - offset : 1, 0);
}
