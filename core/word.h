/* SPDX-License-Identifier: MIT */
/*
 * The whole state of an event counter is one 16-byte word, and this file is
 * all that can happen to it: pure functions from a word to a step. No atomics,
 * no pointers, no threads; counter.c applies a step with one compare-and-swap.
 *
 *  count : 64   0 .. EVFD_MAX; EVFD_SATURATED only after a post that did not fit
 *  ctl   : 64   generation (32) | readers asleep (24) | flags (8)
 *
 * Two kinds of sleepers. A reader for whom anything will do is one of many alike:
 * the word counts those that no waker has claimed yet, and a step that brings them
 * something claims as many as can use it. Whoever applies the step owes each a
 * wake. A choosy sleeper waits for an amount, a writer for room or a taker for
 * several units; the word only knows that there may be some (a flag a side), and
 * a step that could help any of them rings for all.
 *
 * Invariants, for every word of odd generation and every step from it:
 *  I1  A step with result < 0 has next == the word it started from.
 *  I2  No step but a post reaches EVFD_SATURATED; no other count is over EVFD_MAX.
 *  I3  The generation changes in evfd_word_close() only, and then by one.
 *  I4  SEMAPHORE, COUNTED and TRANSITION never change; CANCELLED is never
 *	cleared.
 *  I5  Readers are conserved: asleep before = asleep after + claimed.
 *  I6  After a step that adds or leaves units, in semaphore mode min(units added,
 *	asleep) readers are claimed, in counter mode one if any sleeps.
 *  I7  A step that adds units clears CHOOSY_READERS and rings for them; one that
 *	makes room does so for CHOOSY_WRITERS.
 *  I8  A step from a quiet word claims nobody and rings for nobody, and changes
 *	nothing but the count, unless it cancels or closes.
 */
#ifndef EVFD_CORE_WORD_H
#define EVFD_CORE_WORD_H

#include <evfd/types.h>

struct evfd_word {
	_Alignas(16) uint64_t count;
	uint64_t ctl;
};

#define EVFD_WORD_SEMAPHORE 0x01u  /* = EVFD_SEMAPHORE */
#define EVFD_WORD_COUNTED 0x02u	   /* = EVFD_COUNTED */
#define EVFD_WORD_TRANSITION 0x04u /* = EVFD_TRANSITION */
#define EVFD_WORD_WATCHED 0x08u	   /* somebody subscribed */
#define EVFD_WORD_CANCELLED 0x10u
#define EVFD_WORD_CHOOSY_READERS 0x20u /* takers of several units may sleep */
#define EVFD_WORD_CHOOSY_WRITERS 0x40u /* writers may sleep */
#define EVFD_WORD_CELL 0x80u	       /* a cell's own; clear in every word */
#define EVFD_WORD_FLAGS 0xffu
/* What may be set in the lower half of the ctl of a quiet word. */
#define EVFD_WORD_QUIET (EVFD_WORD_SEMAPHORE | EVFD_WORD_TRANSITION)

#define EVFD_ASLEEP_MAX 0xffffffu
#define EVFD_ASLEEP_SHIFT 8
#define EVFD_ASLEEP_ONE (UINT64_C(1) << EVFD_ASLEEP_SHIFT)
#define EVFD_GENERATION_SHIFT 32

/* Which way a thread sleeps. Also indexes an object's bells. */
enum evfd_side {
	EVFD_READERS,
	EVFD_WRITERS
};

/* What a caller may ask of a word. */
enum evfd_op {
	EVFD_OP_READ,	/* take all, or 1 in semaphore mode */
	EVFD_OP_TAKE,	/* take min to max units */
	EVFD_OP_ADD,	/* add max if it fits */
	EVFD_OP_POST,	/* add max or saturate */
	EVFD_OP_SWAP,	/* replace by max */
	EVFD_OP_CANCEL, /* end all waiting */
	EVFD_OP_CLOSE,	/* end the object */
};

/* The outcome of applying an operation to a word. */
struct evfd_step {
	struct evfd_word next;
	uint64_t value; /* taken or replaced */
	uint32_t claim; /* readers claimed */
	uint32_t ring;	/* EVFD_WORD_CHOOSY_ flags that were cleared */
	uint32_t edges; /* what watches are to be told */
	int result;	/* 0 or an error */
};

static inline uint32_t evfd_word_generation(struct evfd_word w)
{
	return (uint32_t)(w.ctl >> EVFD_GENERATION_SHIFT);
}

static inline uint32_t evfd_word_flags(struct evfd_word w)
{
	return (uint32_t)w.ctl & EVFD_WORD_FLAGS;
}

/* Readers asleep for whatever comes, and not claimed. */
static inline uint32_t evfd_word_asleep(struct evfd_word w)
{
	return (uint32_t)w.ctl >> EVFD_ASLEEP_SHIFT;
}

/* Nobody sleeps, watches or counts, and it has not been cancelled. */
static inline bool evfd_word_is_quiet(struct evfd_word w)
{
	return !((uint32_t)w.ctl & ~EVFD_WORD_QUIET);
}

/* The same word, if it is quiet. The mask is for the compiler: it shows which
 * branches of a transition cannot be taken, and an addition is what remains. */
static inline struct evfd_word evfd_word_quiet(struct evfd_word w)
{
	w.ctl &= UINT64_MAX << EVFD_GENERATION_SHIFT | EVFD_WORD_QUIET;
	return w;
}

static inline struct evfd_word evfd_word_make(uint64_t count,
					      uint32_t generation, uint32_t flags)
{
	struct evfd_word w = {
		.count = count,
		.ctl = (uint64_t)generation << EVFD_GENERATION_SHIFT | flags,
	};

	return w;
}

/* Would adding `value` keep the count a count? Room left, never a sum. */
static inline bool evfd_word_fits(struct evfd_word w, uint64_t value)
{
	return value < UINT64_MAX - w.count;
}

static inline uint32_t evfd_word_readiness(struct evfd_word w)
{
	uint32_t in = w.count > 0 ? EVFD_IN : 0;
	uint32_t out = w.count < EVFD_MAX ? EVFD_OUT : 0;
	uint32_t err = w.ctl & EVFD_WORD_CANCELLED ? EVFD_ERR : 0;

	if (w.count == EVFD_SATURATED)
		err = EVFD_ERR;
	return in + out + err;
}

static inline struct evfd_step evfd_word_refuse(struct evfd_word w, int error)
{
	struct evfd_step s = { .next = w, .result = error };

	return s;
}

/* Claim n readers, or all if fewer sleep. */
static inline void evfd_word_claim(struct evfd_step *s, uint64_t n)
{
	uint32_t asleep = evfd_word_asleep(s->next);
	uint32_t claim = n < asleep ? (uint32_t)n : asleep;

	s->next.ctl -= claim * EVFD_ASLEEP_ONE;
	s->claim += claim;
}

/* Ring for the choosy sleepers named by flag, if there are any. */
static inline void evfd_word_ring(struct evfd_step *s, uint32_t flag)
{
	s->ring |= (uint32_t)s->next.ctl & flag;
	s->next.ctl &= ~(uint64_t)flag;
}

/* `units` have become available: in counter mode, whoever comes takes all. */
static inline void evfd_word_offer(struct evfd_step *s, uint64_t units)
{
	if (!(s->next.ctl & EVFD_WORD_SEMAPHORE) && units > 1)
		units = 1;
	evfd_word_claim(s, units);
}

static inline void evfd_word_wake_all(struct evfd_step *s)
{
	evfd_word_claim(s, EVFD_ASLEEP_MAX);
	evfd_word_ring(s, EVFD_WORD_CHOOSY_READERS | EVFD_WORD_CHOOSY_WRITERS);
}

/* Edges: every operation, or only a change of readiness. */
static inline void evfd_word_edge(struct evfd_step *s, struct evfd_word before,
				  uint32_t edges)
{
	if (before.ctl & EVFD_WORD_TRANSITION)
		edges &= ~evfd_word_readiness(before) &
			 evfd_word_readiness(s->next);
	s->edges |= edges;
}

/*
 * Take min to max units. In counter mode a taker may leave some while readers
 * sleep whom the write that brought them did not claim: the wake is passed on.
 * (In semaphore mode each unit came with its own claim.)
 */
static inline struct evfd_step evfd_word_take(struct evfd_word w, uint64_t min,
					      uint64_t max)
{
	struct evfd_step s = { .next = w };

	if (w.ctl & EVFD_WORD_CANCELLED)
		return evfd_word_refuse(w, EVFD_ECANCELED);
	if (w.count < min)
		return evfd_word_refuse(w, EVFD_EAGAIN);
	s.value = w.count < max ? w.count : max;
	s.next.count = w.count - s.value;
	evfd_word_ring(&s, EVFD_WORD_CHOOSY_WRITERS);
	if (!(w.ctl & EVFD_WORD_SEMAPHORE))
		evfd_word_offer(&s, s.next.count);
	evfd_word_edge(&s, w, EVFD_OUT);
	return s;
}

static inline struct evfd_step evfd_word_read(struct evfd_word w)
{
	return evfd_word_take(w, 1, w.ctl & EVFD_WORD_SEMAPHORE ? 1 : UINT64_MAX);
}

static inline struct evfd_step evfd_word_add(struct evfd_word w, uint64_t value)
{
	struct evfd_step s = { .next = w };

	if (value == UINT64_MAX)
		return evfd_word_refuse(w, EVFD_EINVAL);
	if (w.ctl & EVFD_WORD_CANCELLED)
		return evfd_word_refuse(w, EVFD_ECANCELED);
	if (!evfd_word_fits(w, value))
		return evfd_word_refuse(w, EVFD_EAGAIN);
	s.next.count = w.count + value;
	if (value > 0)
		evfd_word_ring(&s, EVFD_WORD_CHOOSY_READERS);
	evfd_word_offer(&s, value);
	evfd_word_edge(&s, w, EVFD_IN);
	return s;
}

/* Add, or saturate: units that do not fit are worth what still fitted. */
static inline struct evfd_step evfd_word_post(struct evfd_word w, uint64_t value)
{
	struct evfd_step s = { .next = w };

	if (evfd_word_fits(w, value))
		return evfd_word_add(w, value);
	if (w.ctl & EVFD_WORD_CANCELLED)
		return evfd_word_refuse(w, EVFD_ECANCELED);
	s.next.count = EVFD_SATURATED;
	evfd_word_ring(&s, EVFD_WORD_CHOOSY_READERS);
	evfd_word_offer(&s, value);
	evfd_word_edge(&s, w, EVFD_IN | EVFD_ERR);
	return s;
}

/* A read of everything and a write of `value` in one step, in either mode. */
static inline struct evfd_step evfd_word_swap(struct evfd_word w, uint64_t value)
{
	struct evfd_step s = { .next = w };

	if (value > EVFD_MAX)
		return evfd_word_refuse(w, EVFD_EINVAL);
	if (w.ctl & EVFD_WORD_CANCELLED)
		return evfd_word_refuse(w, EVFD_ECANCELED);
	s.value = w.count;
	s.next.count = value;
	if (value < w.count)
		evfd_word_ring(&s, EVFD_WORD_CHOOSY_WRITERS);
	if (value > w.count)
		evfd_word_ring(&s, EVFD_WORD_CHOOSY_READERS);
	evfd_word_offer(&s, value);
	evfd_word_edge(&s, w, EVFD_IN | EVFD_OUT);
	return s;
}

/* Everybody wakes; whoever comes later is refused. Twice is once. */
static inline struct evfd_step evfd_word_cancel(struct evfd_word w)
{
	struct evfd_step s = { .next = w };

	if (w.ctl & EVFD_WORD_CANCELLED)
		return s;
	evfd_word_wake_all(&s);
	s.next.ctl |= EVFD_WORD_CANCELLED;
	s.edges = EVFD_ERR;
	return s;
}

/* The object ends: the next generation is even, which no handle has. */
static inline struct evfd_step evfd_word_close(struct evfd_word w)
{
	struct evfd_step s = { .next = w };

	evfd_word_wake_all(&s);
	s.value = w.count;
	s.edges = EVFD_HUP;
	s.next = evfd_word_make(0, evfd_word_generation(w) + 1, 0);
	return s;
}

static inline struct evfd_step evfd_word_apply_rare(struct evfd_word w,
						    enum evfd_op op,
						    uint64_t min, uint64_t max)
{
	switch (op) {
	case EVFD_OP_TAKE:
		return evfd_word_take(w, min, max);
	case EVFD_OP_POST:
		return evfd_word_post(w, max);
	case EVFD_OP_SWAP:
		return evfd_word_swap(w, max);
	case EVFD_OP_CANCEL:
		return evfd_word_cancel(w);
	case EVFD_OP_CLOSE:
		return evfd_word_close(w);
	default:
		break;
	}
	return evfd_word_refuse(w, EVFD_EINVAL);
}

/* Reads and writes, which most are, apart: so they fold into whoever applies them. */
static inline struct evfd_step evfd_word_apply(struct evfd_word w, enum evfd_op op,
					       uint64_t min, uint64_t max)
{
	if (op == EVFD_OP_READ)
		return evfd_word_read(w);
	if (op == EVFD_OP_ADD)
		return evfd_word_add(w, max);
	return evfd_word_apply_rare(w, op, min, max);
}

/* Register a reader whose operation this same word refused with EAGAIN. */
static inline struct evfd_step evfd_word_sleep(struct evfd_word w)
{
	struct evfd_step s = { .next = w };

	if (evfd_word_asleep(w) == EVFD_ASLEEP_MAX)
		return evfd_word_refuse(w, EVFD_ENOMEM);
	s.next.ctl += EVFD_ASLEEP_ONE;
	return s;
}

/* Have a ring for a choosy sleeper whose operation this word refused. */
static inline struct evfd_step evfd_word_sleep_choosy(struct evfd_word w,
						      enum evfd_side side)
{
	struct evfd_step s = { .next = w };

	s.next.ctl |= side == EVFD_READERS ? EVFD_WORD_CHOOSY_READERS :
					     EVFD_WORD_CHOOSY_WRITERS;
	return s;
}

/* Give one registration back. EAGAIN: none is left, all have been claimed. */
static inline struct evfd_step evfd_word_leave(struct evfd_word w)
{
	struct evfd_step s = { .next = w };

	if (evfd_word_asleep(w) == 0)
		return evfd_word_refuse(w, EVFD_EAGAIN);
	s.next.ctl -= EVFD_ASLEEP_ONE;
	return s;
}

/* Somebody who was claimed leaves without taking: claim another in his place. */
static inline struct evfd_step evfd_word_pass(struct evfd_word w)
{
	struct evfd_step s = { .next = w };

	if (w.count > 0)
		evfd_word_claim(&s, 1);
	return s;
}

static inline struct evfd_word evfd_word_with_watched(struct evfd_word w,
						      bool watched)
{
	if (watched)
		w.ctl |= EVFD_WORD_WATCHED;
	else
		w.ctl &= ~(uint64_t)EVFD_WORD_WATCHED;
	return w;
}

#endif
