/* SPDX-License-Identifier: MIT */
/*
 * Theory
 *
 * A thread that sleeps costs its waker a system call and is late by the time that
 * the system takes to wake it. To look for that long before sleeping costs at
 * most twice what sleeping would have, and saves both if the wait is shorter: a
 * round trip between two processors is some hundred nanoseconds then, where
 * sleeping takes ten to a hundred microseconds. No constant is right. So:
 *
 * How long. The latency of wakes is measured as they happen: who goes to sleep asks for
 * the time, in a note that his waker finds, and the waker answers with it. That is a
 * clock read on either side, so a thread asks when it sleeps for the first times,
 * and then now and then. The budget is half as much again as the latency, because a
 * partner who must be woken first cannot answer sooner.
 *
 * Whether. Each thread keeps a score: looking that paid raises it by one, looking in
 * vain halves it. At 0 the thread sleeps at once, but for a probe now and then:
 * without it two threads that sleep would never find out, since each waits for
 * the other to wake. Probes that fail become rarer, by 2 to at most 1 wait in
 * 1024. A thread starts with a score of 1.
 *
 * How. A partner on another processor answers while we spin; one on ours cannot, but
 * runs if we yield, and then neither of us needs to be woken: a system call a
 * message in place of two. Nobody tells where the partner is, so probes take turns
 * at both. A yield may give the processor to somebody else, for as long as the
 * scheduler lets him: the thread then sleeps at once for so many waits as would
 * have fitted in, so that all it loses is at most a budget a wait.
 *
 * Never with one processor, where looking keeps away the one who would end the wait.
 *
 * All numbers are relaxed: they only decide how to wait. A note may be asked in or
 * answered by others that share its place; the sleeper then measures another
 * wake's time, which is bounded, or none.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <unistd.h>

#include <evfd/port.h>

#include "core/atomic.h"
#include "patience.h"

#define NOTES_SHIFT 26
#define NOTES (1u << (32 - NOTES_SHIFT))
#define ASKED UINT64_C(1) /* in a note in place of a time */
#define ASK_EVERY 16u	  /* sleeps, after as many first ones */
#define SCORE_MAX 16u
#define BACKOFF_MAX 10u
#define SKIP_MAX (1u << 20)
#define LATENCY_MAX UINT64_C(1000000) /* what took longer was no wake's fault */

static uint64_t notes[NOTES]; /* when the wake began, by what it woke */
static uint64_t latency;      /* moving average, ns */
static uint32_t is_forbidden;
static uint32_t processors; /* 0: not asked yet */

static _Thread_local struct {
	uint32_t score;
	uint32_t backoff;
	uint32_t skip; /* waits until the next probe */
	uint32_t sleeps;
	bool has_asked; /* in the sleep under way */
	bool is_yielding;
	uint64_t budget, until; /* of the look under way, ns */
} mine = { .score = 1 };

bool evfd_posix_allow_patience(bool is_allowed)
{
	return !swap_ar(&is_forbidden, !is_allowed);
}

uint64_t evfd_posix_wake_latency(void)
{
	return load_rlx(&latency);
}

/* ---- how long a wake takes ------------------------------------------------------ */

static uint64_t *note_of(const void *what)
{
	uint32_t a = (uint32_t)((uintptr_t)what / sizeof(uint32_t));

	return &notes[a * 0x9e3779b1u >> NOTES_SHIFT];
}

static bool is_of_use(void)
{
	uint32_t n = load_rlx(&processors);

	if (n == 0) {
		long online = sysconf(_SC_NPROCESSORS_ONLN);

		n = online > 1 ? (uint32_t)online : 1;
		store_rlx(&processors, n);
	}
	return n > 1 && !load_rlx(&is_forbidden);
}

void evfd_posix_sleep_begin(const void *what)
{
	mine.has_asked = false;
	if (!is_of_use())
		return;
	mine.sleeps++;
	mine.has_asked = mine.sleeps <= ASK_EVERY || mine.sleeps % ASK_EVERY == 0;
	if (mine.has_asked)
		store_rlx(note_of(what), ASKED);
}

void evfd_posix_waking(const void *what)
{
	if (load_rlx(note_of(what)) == ASKED)
		store_rlx(note_of(what), evfd_port_now());
}

void evfd_posix_sleep_end(const void *what)
{
	uint64_t noted = load_rlx(note_of(what));
	uint64_t now, took, before = load_rlx(&latency);

	if (!mine.has_asked || noted <= ASKED)
		return;
	now = evfd_port_now();
	took = now > noted ? now - noted : 0;
	if (took > LATENCY_MAX)
		return;
	store_rlx(&latency, before ? before - before / 8 + took / 8 : took);
}

/* ---- whether to look -------------------------------------------------------------- */

uint64_t evfd_port_patience(void)
{
	uint64_t known = load_rlx(&latency);

	if (known == 0 || !is_of_use())
		return 0;
	if (mine.score == 0 && mine.skip > 0) {
		mine.skip--;
		return 0;
	}
	mine.budget = known + known / 2;
	mine.until = evfd_port_now() + mine.budget;
	if (!mine.is_yielding)
		return mine.until;
	sched_yield();
	return 1; /* look once */
}

/* For how many waits a look that ended now was too long. */
static uint32_t lateness(uint64_t now)
{
	uint64_t n = now > mine.until ? (now - mine.until) / mine.budget + 1 : 0;

	return n < SKIP_MAX ? (uint32_t)n : SKIP_MAX;
}

void evfd_port_patience_end(bool was_found)
{
	uint32_t late = mine.is_yielding ? lateness(evfd_port_now()) : 0;

	if (was_found && !late) {
		mine.score += mine.score < SCORE_MAX;
		mine.backoff = 0;
		return;
	}
	if (mine.score == 0) {
		mine.backoff += mine.backoff < BACKOFF_MAX;
		mine.is_yielding = !mine.is_yielding;
	}
	mine.score = late ? 0 : mine.score / 2;
	mine.skip = (1u << mine.backoff) + late;
}
