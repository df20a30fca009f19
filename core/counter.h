/* SPDX-License-Identifier: MIT */
/*
 * One event counter in memory: apply transitions to its word, wake whom they
 * claimed, tell the watches. Knows no handles: the caller names the generation
 * that it means, and answers for the memory. An object that is embedded in
 * something else (an epoll instance has one) keeps generation
 * EVFD_EMBEDDED for life.
 */
#ifndef EVFD_CORE_COUNTER_H
#define EVFD_CORE_COUNTER_H

#include "watch.h"
#include "word.h"

#define EVFD_EMBEDDED 1u

/* What to do: an operation of word.h with its amounts. */
struct evfd_request {
	enum evfd_op op;
	uint64_t min, max;
	evfd_put_fn *put; /* deliver the value before it is taken; may be NULL */
	void *ctx;
};

/* 64 bytes; one cache line. */
struct evfd_object {
	_Alignas(64) struct evfd_word word;
	uint32_t tokens;    /* wakes owed to readers; slept on */
	uint32_t debt;	    /* of them, owed to readers who have left */
	uint32_t bells[2];  /* rings for choosy sleepers, by side; slept on */
	uint32_t choosy[2]; /* how many of those sleep: for statistics */
	uint32_t pins;	    /* threads in a slow path, times 2; bit 0: closed */
	uint32_t next_free; /* slot + 1; registry's */
	struct evfd_watchlist watches;
};

/* What happened. */
struct evfd_outcome {
	uint64_t value;	 /* taken, or replaced */
	uint64_t before; /* the count that it applied to */
	uint32_t flags;	 /* EVFD_WORD_ flags of the word that it applied to */
	uint32_t woken;	 /* sleepers, and watches that woke somebody */
	bool did_saturate;
};

static inline struct evfd_outcome evfd_outcome_make(struct evfd_word before,
						    const struct evfd_step *s,
						    uint32_t woken)
{
	return (struct evfd_outcome){
		.value = s->value,
		.before = before.count,
		.flags = evfd_word_flags(before),
		.woken = woken,
		.did_saturate = s->next.count == EVFD_SATURATED,
	};
}

/* Make an embedded counter; its memory is otherwise zero. */
void evfd_counter_init(struct evfd_object *o, uint64_t count, uint32_t flags);

/*
 * Apply one request: once if deadline_ns is EVFD_NOWAIT, else sleeping until
 * it fits. Errors as in core.h. how: may delivering the edge sleep?
 * A thread that may sleep keeps *o in existence until the call returns.
 */
int evfd_counter_apply(struct evfd_object *o, uint32_t generation,
		       const struct evfd_request *rq, uint64_t deadline_ns,
		       enum evfd_notify how, struct evfd_outcome *out);

/* Readiness now, EVFD_EBADF if the generation is another. */
int evfd_counter_readiness(const struct evfd_object *o, uint32_t generation);

/* Threads asleep on that side, w being the word: a number to look at. */
uint32_t evfd_counter_waiting(const struct evfd_object *o, struct evfd_word w,
			      enum evfd_side side);

/* As evfd_watch_add() and, for one that is subscribed already, evfd_watch_change();
 * and as evfd_watch_remove(). */
int evfd_counter_watch(struct evfd_object *o, uint32_t generation,
		       struct evfd_watch *w, uint32_t events);
void evfd_counter_unwatch(struct evfd_object *o, struct evfd_watch *w);

#endif
