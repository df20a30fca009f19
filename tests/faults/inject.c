/* SPDX-License-Identifier: MIT */
/*
 * The port, with points at which it fails. The linker puts these functions
 * between core/, vfs/ and the port (--wrap).
 *
 * A point counts once for each way in which it can fail: a copy that moves
 * nothing and one that moves half, a sleep that ends for each of its reasons.
 */
#include <evfd/park.h>

#include "faults.h"
#include "port/inproc/internal.h"

#define SIGNAL 28 /* SIGWINCH: the cases use another */

const char *const fault_names[FAULTS] = {
	[FAULT_NONE] = "none",
	[FAULT_ALLOC] = "no memory",
	[FAULT_COPY_IN] = "copy in",
	[FAULT_COPY_OUT] = "copy out",
	[FAULT_PUT] = "put",
	[FAULT_SIGNAL] = "signal",
	[FAULT_RESTART] = "signal, SA_RESTART",
	[FAULT_IGNORED] = "signal without handler",
	[FAULT_DEADLINE] = "deadline",
	[FAULT_NOTHING] = "sleep ends for nothing",
	[FAULT_SHORT] = "short sleep ends for nothing",
	[FAULT_BLOCK] = "block ends for nothing",
};

_Thread_local struct judged *judged_now;
static _Thread_local bool is_paused;

static enum plan the_plan;
static uint64_t the_point;
static uint64_t points; /* atomic, as is what follows */
static uint32_t is_allowed;
static uint32_t struck;

void inject_plan(enum plan plan, uint64_t at)
{
	the_plan = plan;
	the_point = at;
	store_rel(&points, 0);
	store_rel(&struck, 0);
}

void inject_allow(bool allowed)
{
	store_rel(&is_allowed, allowed);
}

uint64_t inject_points(void)
{
	return load_acq(&points);
}

uint32_t inject_struck(void)
{
	return load_acq(&struck);
}

void inject_pause(bool paused)
{
	is_paused = paused;
}

/*
 * Meet a point that can fail in the ways listed, FAULT_NONE behind them. Which of
 * them is to happen, or FAULT_NONE; *way is its place in the list.
 */
static enum fault meet(const enum fault *ways, uint32_t *way)
{
	uint64_t n = 0, first;

	while (ways[n])
		n++;
	if (n == 0 || is_paused || !load_acq(&is_allowed) ||
	    (judged_now && judged_now->is_retry) || run_has_failed())
		return FAULT_NONE;
	first = add_ar(&points, n) + 1;
	if (the_plan == PLAN_NONE || the_point >= first + n)
		return FAULT_NONE;
	*way = 0;
	if (the_point >= first)
		*way = (uint32_t)(the_point - first);
	/* What ends for nothing each time would never end. */
	else if (the_plan != PLAN_REST || ways[0] >= FAULT_RESTART)
		return FAULT_NONE;
	or_ar(&struck, 1u << ways[*way]);
	if (judged_now)
		judged_now->faults |= 1u << ways[*way];
	return ways[*way];
}

bool inject_here(enum fault fault)
{
	const enum fault ways[] = { fault, FAULT_NONE };
	uint32_t way;

	return meet(ways, &way) != FAULT_NONE;
}

/* ---- memory ----------------------------------------------------------------- */

void *__real_evfd_port_alloc(size_t size);
void *__wrap_evfd_port_alloc(size_t size);

void *__wrap_evfd_port_alloc(size_t size)
{
	if (judged_now && inject_here(FAULT_ALLOC))
		return NULL;
	return __real_evfd_port_alloc(size);
}

/* ---- copies ----------------------------------------------------------------- */

int __real_evfd_port_copy_in(void *to, uint64_t user_from, size_t n);
int __wrap_evfd_port_copy_in(void *to, uint64_t user_from, size_t n);
int __real_evfd_port_copy_out(uint64_t user_to, const void *from, size_t n);
int __wrap_evfd_port_copy_out(uint64_t user_to, const void *from, size_t n);

/* Is a copy of n bytes to fail? *half of them are copied nevertheless. */
static bool is_copy_to_fail(enum fault fault, size_t n, size_t *half)
{
	const enum fault ways[] = { fault, n > 1 ? fault : FAULT_NONE, FAULT_NONE };
	uint32_t way;

	if (!judged_now || n == 0 || !meet(ways, &way))
		return false;
	*half = way ? n / 2 : 0;
	return true;
}

int __wrap_evfd_port_copy_in(void *to, uint64_t user_from, size_t n)
{
	size_t half;

	if (!is_copy_to_fail(FAULT_COPY_IN, n, &half))
		return __real_evfd_port_copy_in(to, user_from, n);
	(void)__real_evfd_port_copy_in(to, user_from, half);
	return EVFD_EFAULT;
}

int __wrap_evfd_port_copy_out(uint64_t user_to, const void *from, size_t n)
{
	size_t half;

	if (!is_copy_to_fail(FAULT_COPY_OUT, n, &half))
		return __real_evfd_port_copy_out(user_to, from, n);
	(void)__real_evfd_port_copy_out(user_to, from, half);
	return EVFD_EFAULT;
}

/* ---- sleeps ----------------------------------------------------------------- */

int __real_evfd_port_wait(uint32_t *word, uint32_t expected, uint64_t deadline_ns);
int __wrap_evfd_port_wait(uint32_t *word, uint32_t expected, uint64_t deadline_ns);
void __real_evfd_port_wait_short(uint32_t *word, uint32_t expected);
void __wrap_evfd_port_wait_short(uint32_t *word, uint32_t expected);
int __real_evfd_port_block(uint64_t deadline_ns, bool is_interruptible);
int __wrap_evfd_port_block(uint64_t deadline_ns, bool is_interruptible);

/* Would our signal interrupt t, and not one of the case's? */
static bool lets_through(struct inproc_thread *t)
{
	uint64_t bit = UINT64_C(1) << (SIGNAL - 1);
	bool yes;

	pthread_mutex_lock(&t->lock);
	yes = !(t->mask & bit) && !inproc_is_interrupted(t);
	pthread_mutex_unlock(&t->lock);
	return yes;
}

/* The case counts the signals that it sent: this one is not among them. */
static void send_signal(struct inproc_thread *t, enum fault fault)
{
	static const enum inproc_disposition how[] = {
		[FAULT_SIGNAL] = INPROC_HANDLER,
		[FAULT_RESTART] = INPROC_HANDLER_RESTART,
		[FAULT_IGNORED] = INPROC_NO_HANDLER,
	};

	pthread_mutex_lock(&t->lock);
	t->taken--;
	pthread_mutex_unlock(&t->lock);
	inproc_signal(t, SIGNAL, how[fault]);
}

/* Only a system call makes a difference between handlers. */
static uint32_t ways_to_leave(enum fault *ways, uint64_t deadline_ns)
{
	uint32_t n = 0;

	if (judged_now && lets_through(inproc_self())) {
		ways[n++] = FAULT_SIGNAL;
		if (judged_now->is_syscall) {
			ways[n++] = FAULT_RESTART;
			ways[n++] = FAULT_IGNORED;
		}
	}
	if (judged_now && deadline_ns != EVFD_FOREVER)
		ways[n++] = FAULT_DEADLINE;
	ways[n++] = FAULT_NOTHING;
	ways[n] = FAULT_NONE;
	return n;
}

int __wrap_evfd_port_wait(uint32_t *word, uint32_t expected, uint64_t deadline_ns)
{
	enum fault ways[6], fault;
	uint32_t way;

	ways_to_leave(ways, deadline_ns);
	fault = meet(ways, &way);
	if (fault == FAULT_NOTHING)
		return 0;
	if (fault == FAULT_DEADLINE)
		return EVFD_ETIMEDOUT;
	if (fault)
		send_signal(inproc_self(), fault);
	return __real_evfd_port_wait(word, expected, deadline_ns);
}

void __wrap_evfd_port_wait_short(uint32_t *word, uint32_t expected)
{
	if (!inject_here(FAULT_SHORT))
		__real_evfd_port_wait_short(word, expected);
}

int __wrap_evfd_port_block(uint64_t deadline_ns, bool is_interruptible)
{
	if (inject_here(FAULT_BLOCK))
		return 0;
	return __real_evfd_port_block(deadline_ns, is_interruptible);
}
