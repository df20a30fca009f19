/* SPDX-License-Identifier: MIT */
/*
 * Theory
 *
 * An operation is: load the word, compute the step, compare-and-swap. The swap
 * that makes a value available also claims the sleepers who can use it, so who
 * is to be woken is decided by the same instruction that made it necessary.
 *
 * Readers sleep on tokens: a count of wakes that were claimed and not yet taken.
 *
 *	sleeper					waker
 *	R1 CAS  asleep += 1, only if the	W1 CAS  count += v,
 *		request still does not fit		asleep -= k
 *	R2 while tokens == 0 wait		W2 tokens += k, wake k
 *	R3 tokens -= 1, again from the top
 *
 * W1 before R1: R1's word is not the one that did not fit, and it fails. R1 before
 * W1: W1 sees the sleeper and claims it, and a token is coming. A wake between
 * R2's comparison and its sleep is the port's to keep: tokens is not 0 any more.
 *
 *  T1  asleep (in the word) + claims between W1 and W2 + tokens = threads between
 *	R1 and R3 + debt. Registrations and tokens are nobody's in particular: a
 *	thread that finds a token takes it, whoever it was meant for.
 *  T2  Any of these threads can use any value: who takes a token and then takes
 *	nothing has seen an empty counter, so somebody else took the value.
 *  T3  Whoever leaves has given a registration back, taken a token, or left a debt.
 *
 * Leaving (deadline, signal) waits for nobody. L1: look for a token once more; a
 * wake may have been spent on us. L2: give a registration back by CAS, if one is
 * left in the word. L3: all are claimed: take a token; or, if it has yet to
 * come, or another thread has taken it and registered again, leave a debt. Who is
 * about to sleep pays a debt in place of registering (R0): there is a
 * registration, a claim or a token too many, and it is his. Until then a wake
 * may find nobody to wake. Then the leaver looks at the word once more: success
 * beats every excuse to leave.
 *
 * T2 is why those who wait for an amount are kept apart. One of them could take a
 * token, find too little, register and take the next token, until none is left
 * for the thread that could have gone on. They sleep on a bell, a number that
 * changes:
 *
 *	choosy sleeper				waker
 *	C1 b = bell				W1 CAS  count, CHOOSY cleared
 *	C2 CAS  CHOOSY set, only if the		B1 bell += 1, wake all
 *		request still does not fit
 *	C3 while bell == b wait
 *
 * W1 before C2: C2 fails, or finds CHOOSY cleared and sets it for the next waker.
 * C2 before W1: W1 sees CHOOSY, and B1 comes after C1. (2^32 rings between C1 and
 * C3 would be taken for none.) All wake, look, and sleep on if they must.
 *
 * Passing on. A thread that took a token and leaves with the object readable (its
 * put failed) claims somebody in its place.
 *
 * Ordering. The value travels through the word: the CAS of W1 releases, the CAS
 * of the taker acquires. Tokens and bells carry no data, only permission to look
 * again; they are acq_rel so that a token taken or a bell heard is a W1 seen. Edges
 * to the watches: watch.c.
 *
 * Lifetime. A thread that may sleep keeps the object (registry: a pin; embedder:
 * a reference). A waker does not: after W2 the sleeper may run, leave and give the
 * slot to another, and the wake then finds nobody or somebody who looks again and
 * sleeps on. The same goes for a ring, and for an edge: a watch may be told once
 * too often around a close, never too seldom.
 */
#include "counter.h"
#include "atomic.h"
#include "cell.h"

_Static_assert(sizeof(struct evfd_object) == 64, "one cache line");
_Static_assert(EVFD_WORD_SEMAPHORE == EVFD_SEMAPHORE &&
		       EVFD_WORD_COUNTED == EVFD_COUNTED &&
		       EVFD_WORD_TRANSITION == EVFD_TRANSITION,
	       "flags are stored as given");

void evfd_counter_init(struct evfd_object *o, uint64_t count, uint32_t flags)
{
	struct evfd_word w = evfd_cell_load(&o->word);

	/* Nobody else knows it yet. */
	evfd_cell_cas(&o->word, &w, evfd_word_make(count, EVFD_EMBEDDED, flags));
}

/* W2 */
static void wake_readers(struct evfd_object *o, uint32_t n)
{
	if (n == 0)
		return;
	add_ar(&o->tokens, n);
	evfd_port_wake(&o->tokens, n);
}

/* B1; returns how many it is for. */
static uint32_t ring_bell(struct evfd_object *o, enum evfd_side side)
{
	uint32_t n = load_rlx(&o->choosy[side]);

	add_ar(&o->bells[side], 1);
	evfd_port_wake(&o->bells[side], UINT32_MAX);
	return n;
}

/* The object has ended: every watch leaves, once told. */
static void hang_up(struct evfd_object *o)
{
	evfd_watchlist_lock(&o->watches);
	evfd_watchlist_clear(&o->watches, EVFD_HUP);
	evfd_watchlist_unlock(&o->watches);
}

/* Pay what a step that was applied to `before` owes; returns whom it woke. */
static uint32_t settle(struct evfd_object *o, struct evfd_word before,
		       const struct evfd_step *s, enum evfd_notify how)
{
	uint32_t woken = s->claim;

	wake_readers(o, s->claim);
	if (s->ring & EVFD_WORD_CHOOSY_READERS)
		woken += ring_bell(o, EVFD_READERS);
	if (s->ring & EVFD_WORD_CHOOSY_WRITERS)
		woken += ring_bell(o, EVFD_WRITERS);
	if (before.ctl & EVFD_WORD_WATCHED && s->edges & EVFD_HUP)
		hang_up(o);
	else if (before.ctl & EVFD_WORD_WATCHED && s->edges)
		woken += evfd_watchlist_notify(&o->watches, s->edges, how);
	return woken;
}

/* Take one of the tokens (R3) or debts (R0), if there is any. */
static bool take_one(uint32_t *n)
{
	uint32_t seen = load_rlx(n); /* the CAS acquires */

	while (seen > 0)
		if (cas_ar(n, &seen, seen - 1))
			return true;
	return false;
}

/* L2: give a registration back, unless all have been claimed. */
static bool give_back(struct evfd_object *o, uint32_t generation)
{
	struct evfd_word w = evfd_cell_load(&o->word);
	struct evfd_step s;

	do {
		if (evfd_word_generation(w) != generation)
			return false; /* close claimed us */
		s = evfd_word_leave(w);
		if (s.result < 0)
			return false;
	} while (!evfd_cell_cas(&o->word, &w, s.next));
	return true;
}

/* Stop waiting for a token; returns whether we took one. */
static bool stop_waiting(struct evfd_object *o, uint32_t generation)
{
	if (give_back(o, generation))
		return false;
	if (take_one(&o->tokens)) /* L3 */
		return true;
	add_ar(&o->debt, 1);
	return false;
}

/*
 * Sleep until there may be something to read; *w is empty. Returns 0 to look
 * again, else the reason to leave; *has_token tells whether a token was taken.
 */
static int sleep_on_tokens(struct evfd_object *o, uint32_t generation,
			   struct evfd_word *w, uint64_t deadline_ns,
			   bool *has_token)
{
	int error = 0;

	*has_token = false;
	if (!take_one(&o->debt)) { /* R0 */
		struct evfd_step s = evfd_word_sleep(*w);

		if (s.result < 0)
			return s.result;
		if (!evfd_cell_cas(&o->word, w, s.next)) /* R1 */
			return 0;
	}
	while (!(*has_token = take_one(&o->tokens)) && !error) /* R2, R3, L1 */
		error = evfd_port_wait(&o->tokens, 0, deadline_ns);
	if (!*has_token)
		*has_token = stop_waiting(o, generation);
	return error;
}

/* Sleep until the bell rings; the request does not fit *w. Returns as above. */
static int sleep_on_bell(struct evfd_object *o, enum evfd_side side,
			 struct evfd_word *w, uint64_t deadline_ns)
{
	uint32_t heard = load_acq(&o->bells[side]); /* C1 */
	struct evfd_step s = evfd_word_sleep_choosy(*w, side);
	int error = 0;

	add_rlx(&o->choosy[side], 1);
	/* C2, C3 */
	if (evfd_cell_cas(&o->word, w, s.next))
		while (load_acq(&o->bells[side]) == heard && !error)
			error = evfd_port_wait(&o->bells[side], heard, deadline_ns);
	add_rlx(&o->choosy[side], -1u);
	return error;
}

/* The request does not fit *w. *w may be out of date when this returns. */
static int sleep_for(struct evfd_object *o, uint32_t generation,
		     const struct evfd_request *rq, struct evfd_word *w,
		     uint64_t deadline_ns, bool *has_token)
{
	if (rq->op == EVFD_OP_ADD)
		return sleep_on_bell(o, EVFD_WRITERS, w, deadline_ns);
	if (rq->op == EVFD_OP_TAKE && rq->min > 1)
		return sleep_on_bell(o, EVFD_READERS, w, deadline_ns);
	return sleep_on_tokens(o, generation, w, deadline_ns, has_token);
}

/* Claim somebody in place of a thread that was claimed and leaves empty-handed. */
static void pass_on(struct evfd_object *o, uint32_t generation)
{
	struct evfd_word w = evfd_cell_load(&o->word);
	struct evfd_step s;

	do {
		if (evfd_word_generation(w) != generation)
			return;
		s = evfd_word_pass(w);
		if (!s.claim)
			return;
	} while (!evfd_cell_cas(&o->word, &w, s.next));
	wake_readers(o, s.claim);
}

/* Look again before sleeping, for as long as the port is patient. */
static bool has_come(const struct evfd_object *o, uint32_t generation,
		     const struct evfd_request *rq, struct evfd_word *w)
{
	uint64_t until = evfd_port_patience();
	bool was_found;

	if (until == 0)
		return false;
	do {
		*w = evfd_cell_load(&o->word);
		was_found = evfd_word_generation(*w) != generation ||
			    evfd_word_apply(*w, rq->op, rq->min, rq->max).result !=
				    EVFD_EAGAIN;
	} while (!was_found && evfd_port_now() < until);
	evfd_port_patience_end(was_found);
	return was_found;
}

int evfd_counter_apply(struct evfd_object *o, uint32_t generation,
		       const struct evfd_request *rq, uint64_t deadline_ns,
		       enum evfd_notify how, struct evfd_outcome *out)
{
	struct evfd_word w = evfd_cell_load(&o->word);
	struct evfd_step s;
	bool has_token = false; /* claimed, and nothing taken yet */
	int leaving = 0;

	for (;;) {
		if (evfd_word_generation(w) != generation)
			return EVFD_EBADF;
		s = evfd_word_apply(w, rq->op, rq->min, rq->max);
		out->flags = evfd_word_flags(w);
		if (s.result == EVFD_EAGAIN && !leaving &&
		    deadline_ns != EVFD_NOWAIT) {
			if (has_come(o, generation, rq, &w))
				continue;
			leaving = sleep_for(o, generation, rq, &w, deadline_ns,
					    &has_token);
			w = evfd_cell_load(&o->word);
			continue;
		}
		if (s.result == EVFD_EAGAIN && leaving)
			return leaving;
		if (s.result == 0 && rq->put)
			s.result = rq->put(rq->ctx, s.value);
		if (s.result < 0) {
			if (has_token)
				pass_on(o, generation);
			return s.result;
		}
		if (evfd_cell_cas(&o->word, &w, s.next)) /* W1 */
			break;
	}
	*out = evfd_outcome_make(w, &s, settle(o, w, &s, how));
	return 0;
}

int evfd_counter_readiness(const struct evfd_object *o, uint32_t generation)
{
	struct evfd_word w = evfd_cell_load(&o->word);

	if (evfd_word_generation(w) != generation)
		return EVFD_EBADF;
	return (int)evfd_word_readiness(w);
}

/* By T1, registrations that are only debts are not threads. */
uint32_t evfd_counter_waiting(const struct evfd_object *o, struct evfd_word w,
			      enum evfd_side side)
{
	uint32_t choosy = load_rlx(&o->choosy[side]);
	uint32_t asleep = evfd_word_asleep(w);
	uint32_t debt = load_rlx(&o->debt), tokens = load_rlx(&o->tokens);

	if (side == EVFD_WRITERS)
		return choosy;
	debt = debt > tokens ? debt - tokens : 0;
	return choosy + (asleep > debt ? asleep - debt : 0);
}

/* Set or clear WATCHED, with the list locked. */
static int mark_watched(struct evfd_object *o, uint32_t generation, bool watched)
{
	struct evfd_word w = evfd_cell_load(&o->word);

	do {
		if (evfd_word_generation(w) != generation)
			return EVFD_EBADF;
	} while (!evfd_cell_cas(&o->word, &w, evfd_word_with_watched(w, watched)));
	return (int)evfd_word_readiness(w);
}

/*
 * An operation whose CAS comes before the CAS that sets WATCHED is in the readiness
 * that is returned; one whose CAS comes after sees WATCHED and tells the list, which
 * by then wants `events`. For a change the same CAS, of an equal word, decides.
 */
int evfd_counter_watch(struct evfd_object *o, uint32_t generation,
		       struct evfd_watch *w, uint32_t events)
{
	int ready;

	evfd_watchlist_lock(&o->watches);
	ready = mark_watched(o, generation, true);
	if (ready >= 0) {
		w->events = events;
		if (!w->next)
			evfd_watchlist_insert(&o->watches, w);
	}
	evfd_watchlist_unlock(&o->watches);
	return ready;
}

void evfd_counter_unwatch(struct evfd_object *o, struct evfd_watch *w)
{
	uint32_t generation;

	evfd_watchlist_lock(&o->watches);
	generation = evfd_word_generation(evfd_cell_load(&o->word));
	if (evfd_watchlist_remove(&o->watches, w) &&
	    evfd_watchlist_is_empty(&o->watches))
		mark_watched(o, generation, false);
	evfd_watchlist_unlock(&o->watches);
}
