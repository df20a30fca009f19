/* SPDX-License-Identifier: MIT */
/*
 * storm [POSTS [STRIDE [KIND]]]: signal handlers post to a counter, and read it, at any point
 * of any call on the same counter. TAP, a case for each kind of counter and
 * descriptor.
 *
 * First, points are hit and not hoped for: a call runs with the trap flag set, a SIGTRAP
 * comes after every instruction, and at the n-th its handler acts. All calls are made
 * with n = 0, STRIDE, 2 STRIDE ... POINTS. (x86-64 only.) Then a timer's
 * signals rain until POSTS of them have hit a call; and now and then all the
 * while, also into sleeping system calls and into the other handler.
 *
 * After each call, with signals held back, the descriptor must be as the counter is; at
 * the end every unit must have been read once. Nothing here sleeps; the watchdog
 * ends a run in which a call has not returned for HANG_S.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include <evfd.h>

#include "step.h"

#define HANG_S 20
#define DRIZZLE_US 1000
#define RAIN_US 15
#define POINTS 700 /* no call has as many instructions, unless it sleeps */
#define ERRNO 77

static volatile evfd_t target;
static volatile bool must_count;
static uint64_t added, taken;		  /* by anyone; while must_count */
static uint64_t acts, hits, steps, calls; /* of handlers, in calls; progress */
static uint64_t point;			  /* the instruction to act at */
static volatile uint64_t left;		  /* instructions until then */
static volatile bool is_inside;		  /* a call */
static volatile bool is_waiting;	  /* for the set */
static const char *volatile doing;
static int failures;

static void count(uint64_t *what, uint64_t n)
{
	__atomic_fetch_add(what, n, __ATOMIC_RELAXED);
}

static uint64_t counted(const uint64_t *what)
{
	return __atomic_load_n(what, __ATOMIC_RELAXED);
}

static void fail(const char *what)
{
	printf("# %s: %s\n", doing, what);
	failures++;
}

/* ---- handlers ---------------------------------------------------------------- */

/* Mostly post; sometimes, if that is allowed, take what is there. */
static void act(bool may_take)
{
	uint64_t n = counted(&acts), value;
	bool does_count = must_count;

	count(&acts, 1);
	if (is_inside)
		count(&hits, 1);
	if (n % 8 == 5 && may_take) {
		if (evfd_tryread(target, &value) == 0 && does_count)
			count(&taken, value);
	} else if (n % 8 == 6) {
		if (evfd_trywrite(target, 1) == 0 && does_count)
			count(&added, 1);
	} else if (evfd_post(target, 1) == 0 && does_count) {
		count(&added, 1);
	}
}

/* Is the call on its way to the point, or asleep: has it moved since we were here? */
static bool is_on_its_way(void)
{
	static uint64_t before;
	bool has_moved = left != before;

	before = left;
	return is_inside && point != UINT64_MAX && has_moved;
}

/*
 * A call that is to be hit at a point is left alone until it sleeps. A loop that has slept
 * through a post is called by the next one after a read: so, that it is seen to sleep for
 * ever, none of those comes while points are hit.
 */
static void on_timer(int signal)
{
	int saved = errno;

	(void)signal;
	if (is_on_its_way())
		return;
	errno = ERRNO + 1;
	act(!is_waiting || point == UINT64_MAX);
	errno = saved;
}

/* At the point: act, and let the rest of the call run. */
static void on_step(int signal, siginfo_t *info, void *context)
{
	int saved = errno;

	(void)signal;
	(void)info;
	if (left == 0) {
		steps_end(context);
		count(&steps, 1);
		act(true);
	} else {
		left = left - 1;
	}
	errno = saved;
}

static void hold_timer(bool hold)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	pthread_sigmask(hold ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL);
}

/* ---- the calls ------------------------------------------------------------------ */

struct kind {
	const char *name;
	unsigned flags;
	int descriptor; /* flags, or -1: none */
	bool is_member; /* of the set, whose loop is meant by what is armed */
};

static const struct kind *kind;
static evfd_t silent; /* nobody writes to it */
static struct evfd_set *set;
static bool is_armed, is_member; /* now */

static bool do_write(evfd_t h)
{
	return evfd_write(h, 3) == 0 && (count(&added, 3), true);
}

static bool do_trywrite(evfd_t h)
{
	return evfd_trywrite(h, 1) == 0 && (count(&added, 1), true);
}

static bool do_post(evfd_t h)
{
	return evfd_post(h, 2) == 0 && (count(&added, 2), true);
}

/* A sleep that a signal ended is begun anew; not every port ends it. */
static bool was_interrupted(int result)
{
	if (result >= 0 || errno != EINTR)
		return false;
	errno = ERRNO;
	return true;
}

/* Sleeps until a handler posts, if it comes to that. */
static bool do_read(evfd_t h)
{
	uint64_t value;
	int result;

	do
		result = evfd_read(h, &value);
	while (was_interrupted(result));
	return result == 0 && (count(&taken, value), true);
}

static bool do_tryread(evfd_t h)
{
	uint64_t value;

	if (evfd_tryread(h, &value) == 0)
		count(&taken, value);
	return true;
}

static bool do_take(evfd_t h)
{
	uint64_t value;
	int result;

	do
		result = evfd_take(h, 2, 5, &value);
	while (was_interrupted(result));
	return result == 0 && (count(&taken, value), true);
}

static bool do_wait_any(evfd_t h)
{
	evfd_t both[2] = { silent, h };
	uint64_t value;
	int result;

	do
		result = evfd_wait_any(both, 2, &value);
	while (was_interrupted(result));
	return result == 1 && (count(&taken, value), true);
}

static bool do_swap(evfd_t h)
{
	uint64_t value;

	if (evfd_swap(h, 4, &value) < 0)
		return false;
	count(&added, 4);
	count(&taken, value);
	return true;
}

static bool do_reset(evfd_t h)
{
	uint64_t value;

	return evfd_reset(h, &value) == 0 && (count(&taken, value), true);
}

static bool do_stat(evfd_t h)
{
	struct evfd_stat st;

	return evfd_stat(h, &st) == 0;
}

static bool do_arm(evfd_t h)
{
	int result;

	if (kind->is_member)
		result = evfd_set_arm(set);
	else if (kind->descriptor == EVFD_ARMED)
		result = evfd_arm(h);
	else
		return true;
	is_armed = result == 0;
	return result >= 0;
}

static bool do_disarm(evfd_t h)
{
	is_armed = false;
	return kind->descriptor != EVFD_ARMED || evfd_disarm(h) == 0;
}

/* Hands out what a handler brings, after all that was there; and leaves it there. */
static bool do_set_wait(evfd_t h)
{
	struct evfd_ready ready;
	uint64_t value;
	int result;

	is_armed = false;
	if (!kind->is_member)
		return true;
	if (evfd_tryread(h, &value) == 0)
		count(&taken, value);
	errno = ERRNO;
	is_waiting = true;
	do
		result = evfd_set_wait(set, &ready, 1);
	while (was_interrupted(result));
	is_waiting = false;
	return result == 1 && ready.handle == h;
}

/* Leave the set, and join again. */
static bool do_set_remove(evfd_t h)
{
	is_member = false;
	return !kind->is_member || evfd_set_remove(set, h) == 0;
}

static bool do_set_add(evfd_t h)
{
	is_member = kind->is_member && evfd_set_add(set, h, NULL) == 0;
	return is_member == kind->is_member;
}

static bool do_descriptor(evfd_t h)
{
	return kind->descriptor < 0 ||
	       evfd_descriptor(h, (unsigned)kind->descriptor) >= 0;
}

static bool do_close(evfd_t h)
{
	return evfd_close(h) == 0;
}

static bool is_readable(evfd_t h)
{
	struct pollfd p = { .events = POLLIN };

	p.fd = kind->is_member ? evfd_set_descriptor(set) :
				 evfd_descriptor(h, (unsigned)kind->descriptor);
	return poll(&p, 1, 0) == 1 && p.revents & POLLIN;
}

/* S1: a member that has something is handed out, and no other. */
static void check_set(evfd_t h, uint64_t value)
{
	struct evfd_ready ready;
	int result, saved = errno;

	if (is_armed)
		return;
	result = evfd_set_trywait(set, &ready, 1);
	errno = saved;
	if ((result == 1) != (is_member && value > 0))
		fail("the set is not as the counter is");
	if (result == 1 && ready.handle != h)
		fail("another was handed out");
}

/* Signals are held back: D1, or that an armed loop was called. */
static void check_at_rest(evfd_t h)
{
	uint64_t value = 0;

	if (evfd_peek(h, &value) < 0)
		return;
	if (kind->is_member)
		check_set(h, value);
	else if (kind->descriptor < 0)
		return;
	if (kind->descriptor == 0 && is_readable(h) != (value > 0))
		fail("the descriptor is not as the counter is");
	if (is_armed && value > 0 && !is_readable(h))
		fail("an armed loop was not called");
}

static void call(bool (*function)(evfd_t h), const char *name, evfd_t h)
{
	bool is_good;

	doing = name;
	errno = ERRNO;
	left = point;
	is_inside = true;
	if (point != UINT64_MAX)
		steps_on();
	is_good = function(h);
	steps_off();
	is_inside = false;
	if (!is_good)
		fail(strerror(errno));
	else if (errno != ERRNO && function != do_tryread)
		fail("errno was touched");
	count(&calls, 1);
	hold_timer(true);
	check_at_rest(h);
	hold_timer(false);
}

#define CALL(name, h) call(do_##name, #name, h)

/* A new target, whose descriptor is made under fire; the old one ends so. */
static evfd_t renew(evfd_t old)
{
	evfd_t h;
	uint64_t value;

	hold_timer(true);
	while (evfd_tryread(old, &value) == 0)
		count(&taken, value);
	must_count = false;
	is_armed = is_member = false;
	hold_timer(false);
	CALL(close, old);
	h = evfd_create(0, kind->flags, kind->name);
	hold_timer(true);
	must_count = true;
	target = h;
	hold_timer(false);
	CALL(descriptor, h);
	CALL(set_add, h);
	return h;
}

static evfd_t round_of_calls(evfd_t h)
{
	CALL(write, h);
	CALL(tryread, h);
	CALL(arm, h);
	CALL(post, h);
	CALL(disarm, h);
	CALL(read, h);
	CALL(trywrite, h);
	CALL(swap, h);
	CALL(set_wait, h);
	CALL(take, h);
	CALL(arm, h);
	CALL(stat, h);
	CALL(disarm, h);
	CALL(wait_any, h);
	CALL(reset, h);
	CALL(read, h);
	CALL(set_remove, h);
	CALL(post, h);
	CALL(set_add, h);
	return renew(h);
}

static void drain(evfd_t h)
{
	uint64_t value;

	hold_timer(true);
	doing = "the end";
	while (evfd_tryread(h, &value) == 0)
		taken += value;
	check_at_rest(h);
	if (added != taken)
		fail("units were lost, or came twice");
	evfd_close(h);
}

static void rain(unsigned us)
{
	struct itimerval every = { { 0, us }, { 0, us } };

	setitimer(ITIMER_REAL, &every, NULL);
}

static void begin(const struct kind *k)
{
	kind = k;
	silent = evfd_create(0, 0, "silent");
	target = evfd_create(0, k->flags, k->name);
	added = taken = hits = steps = 0;
	failures = 0;
	must_count = true;
	is_armed = false;
	do_descriptor(target);
	set = evfd_set_create(0);
	do_set_add(target);
	hold_timer(false);
}

/* At every point, then at any. */
static void storm(const struct kind *k, uint64_t posts, uint64_t stride)
{
	evfd_t h;

	begin(k);
	h = target;
	rain(DRIZZLE_US);
	for (point = 0; point < POINTS && failures == 0; point += stride)
		h = round_of_calls(h);
	point = UINT64_MAX;
	rain(RAIN_US);
	hits = 0;
	while (counted(&hits) < posts && failures == 0)
		h = round_of_calls(h);
	drain(h);
	evfd_close(silent);
	evfd_set_close(set);
}

/* ---- running ------------------------------------------------------------------------ */

static void *watchdog(void *unused)
{
	uint64_t before;

	do {
		before = counted(&calls);
		sleep(HANG_S);
	} while (counted(&calls) != before);
	printf("not ok - %s, %s: hangs\n", kind->name, doing);
	fflush(stdout);
	_exit(1);
	return unused;
}

static void start(void)
{
	struct sigaction timer = { .sa_handler = on_timer, .sa_flags = SA_RESTART };
	pthread_t thread;

	hold_timer(true);
	pthread_create(&thread, NULL, watchdog, NULL);
	steps_install(on_step);
	sigaction(SIGALRM, &timer, NULL);
}

int main(int argc, char **argv)
{
	static const struct kind kinds[] = {
		{ "plain", 0, -1, false },
		{ "semaphore", EVFD_SEMAPHORE | EVFD_COUNTED, -1, false },
		{ "exact", 0, 0, false },
		{ "exact, semaphore", EVFD_SEMAPHORE, 0, false },
		{ "exact, transitions", EVFD_TRANSITION, 0, false },
		{ "armed", 0, EVFD_ARMED, false },
		{ "member of a set", 0, -1, true },
	};
	const unsigned n = sizeof(kinds) / sizeof(kinds[0]);
	uint64_t posts = argc > 1 ? strtoull(argv[1], NULL, 10) : 20000;
	uint64_t stride = argc > 2 ? strtoull(argv[2], NULL, 10) : 7;
	unsigned only = argc > 3 ? (unsigned)atoi(argv[3]) : n;
	int failed = 0;

	printf("1..%u\n", only < n ? 1 : n);
	kind = kinds;
	start();
	for (unsigned i = 0; i < n; i++) {
		if (only < n && i != only)
			continue;
		storm(&kinds[i], posts / n + 1, stride);
		printf("%s %u - %s: hit at %llu points by steps, %llu times by "
		       "timer\n",
		       failures ? "not ok" : "ok", i + 1, kinds[i].name,
		       (unsigned long long)steps, (unsigned long long)hits);
		fflush(stdout);
		failed |= failures;
	}
	return failed != 0;
}
