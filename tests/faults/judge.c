/* SPDX-License-Identifier: MIT */
/*
 * The boundary: see faults.h for J1 to J3.
 *
 * The state before and after a call may be compared only if nobody else
 * changed it: all other calls that are under way sleep, before as after, and the
 * epoch, which every call moves when it starts and when it ends, stands still.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "faults.h"
#include "port/inproc/internal.h"

#define CALLS 1024

static struct judged calls[CALLS];
static uint64_t epoch;	       /* atomic */
static uint32_t has_complaint; /* atomic */

char judge_complaint[512];
static struct tally own_tally;
struct tally *tally = &own_tally;

void judge_complain(const char *format, ...)
{
	va_list args;

	if (swap_ar(&has_complaint, 1))
		return;
	va_start(args, format);
	vsnprintf(judge_complaint, sizeof(judge_complaint), format, args);
	va_end(args);
}

void judge_change(void)
{
	add_ar(&epoch, 1);
}

/* ---- who is at work ------------------------------------------------------------ */

/* Threads are looked at under this lock, and freed. */
static pthread_mutex_t threads_lock = PTHREAD_MUTEX_INITIALIZER;

void *__real_inproc_thread_join(struct inproc_thread *t);
void *__wrap_inproc_thread_join(struct inproc_thread *t);

void *__wrap_inproc_thread_join(struct inproc_thread *t)
{
	void *result;

	pthread_mutex_lock(&threads_lock);
	result = __real_inproc_thread_join(t);
	pthread_mutex_unlock(&threads_lock);
	return result;
}

static bool is_quiet(const struct judged *mine)
{
	bool is_quiet = true;

	pthread_mutex_lock(&threads_lock);
	for (uint32_t i = 0; i < CALLS && is_quiet; i++) {
		struct judged *c = &calls[i];

		if (c == mine || load_acq(&c->is_used) != 2)
			continue;
		is_quiet = c->thread != mine->thread &&
			   inproc_is_blocked(c->thread);
	}
	pthread_mutex_unlock(&threads_lock);
	return is_quiet;
}

/* False if it may be that somebody worked meanwhile. */
static bool take_state(struct judged *c, struct state *s)
{
	bool was_quiet;

	inject_pause(true);
	was_quiet = is_quiet(c) && load_acq(&epoch) == c->epoch;
	if (was_quiet)
		state_take(s, faults_target.native->system());
	was_quiet &= load_acq(&epoch) == c->epoch && is_quiet(c);
	inject_pause(false);
	return was_quiet;
}

void judge_drop_dead(void)
{
	for (uint32_t i = 0; i < CALLS; i++)
		if (load_acq(&calls[i].is_used) == 2 &&
		    inproc_is_done(calls[i].thread))
			store_rel(&calls[i].is_used, 0);
}

/* ---- a call --------------------------------------------------------------------- */

static struct judged *claim(void)
{
	for (uint32_t i = 0; i < CALLS; i++) {
		uint32_t unused = 0;

		if (cas_ar(&calls[i].is_used, &unused, 1))
			return &calls[i];
	}
	evfd_port_panic("too many calls", __FILE__, __LINE__);
}

static uint64_t bytes_now(void)
{
	struct inproc_calls now;

	inproc_calls(&now);
	return now.bytes;
}

struct judged *judge_begin(uint32_t number)
{
	struct judged *c = claim();

	c->number = number;
	c->is_syscall = number < CALL_SYSTEM_CREATE;
	c->is_pure = number <= CALL_FORK && !c->is_syscall;
	c->is_retry = c->must_repeat = false;
	c->faults = 0;
	c->thread = inproc_self();
	c->outer = judged_now;
	c->bytes = bytes_now();
	for (int i = 0; i < SAVED_PIECES; i++)
		c->saved[i].size = 0;
	c->epoch = add_ar(&epoch, 1) + 1;
	store_rel(&c->is_used, 2);
	c->is_compared = !c->outer && number != CALL_SYSTEM_CREATE &&
			 take_state(c, &c->before);
	judged_now = c;
	return c;
}

/*
 * A native call leaves the signal that came in it pending, whether it ended the call or
 * something else did: the thread's next sleep would end by it, without a fault.
 */
static void take_signal(const struct judged *c)
{
	if (!c->is_syscall && c->faults & 1u << FAULT_SIGNAL)
		inproc_sigmask(c->thread->mask);
}

static void end(struct judged *c)
{
	take_signal(c);
	judged_now = c->outer;
	add_ar(&epoch, 1);
	store_rel(&c->is_used, 0);
}

void judge_save(struct judged *c, uint64_t address, uint64_t size)
{
	inject_pause(true);
	for (int i = 0; address && i < SAVED_PIECES; i++) {
		if (c->saved[i].size || size > SAVED_BYTES)
			continue;
		if (evfd_port_copy_in(c->saved[i].bytes, address, size) == 0) {
			c->saved[i].address = address;
			c->saved[i].size = size;
		}
		break;
	}
	inject_pause(false);
}

/* As it was before the call: what it has written it would read, made again. */
static void prepare_retry(struct judged *c)
{
	inject_pause(true);
	for (int i = 0; i < SAVED_PIECES; i++)
		if (c->saved[i].size)
			evfd_port_copy_out(c->saved[i].address,
					   c->saved[i].bytes, c->saved[i].size);
	take_signal(c);
	inject_pause(false);
	c->is_retry = true;
}

/* ---- the verdict ------------------------------------------------------------------ */

/* What the rules say of all the faults that struck one call. */
struct verdict {
	bool is_documented; /* the result is an error of one of them */
	bool may_succeed;   /* none of them forbids it */
	bool may_be_less;
	bool may_be_another; /* one of them need not show */
	bool may_fail;	     /* one of them may show */
	char text[160];	     /* the call, and what struck it */
};

static void look_up(const struct judged *c, enum fault fault, int64_t result,
		    struct verdict *v)
{
	const struct rule *r = rule_of(c->number, fault);
	size_t n = strlen(v->text);

	snprintf(v->text + n, sizeof(v->text) - n, " %s %s",
		 n ? "and" : "after", fault_names[fault]);
	if (!r) {
		judge_complain("call %u: no rule for %s", c->number,
			       fault_names[fault]);
		return;
	}
	if (!n)
		snprintf(v->text, sizeof(v->text), "%s after %s", r->name,
			 fault_names[fault]);
	or_ar(&tally->rules[(r - rules) / 64], UINT64_C(1) << (r - rules) % 64);
	if (result < 0)
		v->is_documented |=
			result == r->errors[0] || result == r->errors[1];
	else
		v->is_documented |= result == 0 && r->otherwise & ZERO;
	v->may_succeed &= !!(r->otherwise & (ABSORBS | LESS));
	v->may_be_less |= !!(r->otherwise & LESS);
	v->may_be_another |= !!(r->otherwise & ABSORBS);
	v->may_fail |= r->errors[0] || r->otherwise & ZERO;
}

/* J2 */
static void compare(struct judged *c, const struct verdict *v)
{
	char text[300];

	if (c->is_pure && bytes_now() != c->bytes)
		judge_complain("%s: memory is not given back", v->text);
	if (!c->is_compared || !take_state(c, &c->after))
		return;
	add_ar(&tally->compared, 1);
	if (!state_is_same(&c->before, &c->after, text, sizeof(text)))
		judge_complain("%s has changed something: %s", v->text, text);
}

/*
 * J1. Returns whether the call is to be made again. Not if the faults cannot have
 * ended it, or a signal of the case did: what did comes only once.
 */
static bool judge(struct judged *c, int64_t result)
{
	const uint32_t silent =
		1u << FAULT_NOTHING | 1u << FAULT_SHORT | 1u << FAULT_BLOCK;
	struct verdict v = { .may_succeed = true };

	if (!(c->faults & ~silent) || result == INPROC_KILLED)
		return false;
	for (int fault = 1; fault < FAULTS; fault++)
		if (c->faults & ~silent & 1u << fault)
			look_up(c, fault, result, &v);
	if (result >= 0 && !v.is_documented) {
		if (!v.may_succeed)
			judge_complain("%s returns %lld", v.text,
				       (long long)result);
		add_ar(&tally->less, v.may_be_less);
		return false;
	}
	if (!v.is_documented && !v.may_be_another)
		judge_complain("%s: error %lld is not documented", v.text,
			       (long long)result);
	if (!v.is_documented && (result == EVFD_EINTR || !v.may_fail))
		return false;
	compare(c, &v);
	c->must_repeat = !v.is_documented;
	c->first = result;
	prepare_retry(c);
	return true;
}

bool judge_again(struct judged *c, int64_t result)
{
	bool is_again = false;

	if (!c->is_retry)
		is_again = judge(c, result);
	else if (c->must_repeat && result != c->first)
		judge_complain("call %u returns %lld, and %lld when made again",
			       c->number, (long long)c->first, (long long)result);
	if (!is_again)
		end(c);
	return is_again;
}
