/* SPDX-License-Identifier: MIT */
/*
 * Theory
 *
 * state: bit 0 held, bit 1 somebody sleeps for it, bits 8.. edges queued.
 *
 * Whoever holds the list owes delivery of every edge that is queued on it: it
 * lets go with a compare-and-swap that succeeds only while no edge is queued.
 * So an edge is either queued on a held list, and its holder delivers it, or
 * finds the list free, and its maker becomes the holder:
 *
 *	holder				maker of an edge, any context
 *	delivers
 *					W1 state |= HELD | edge
 *	W2 CAS state: HELD -> 0		   was HELD: done
 *	   fails, an edge is queued
 *	   takes it, delivers, W2 again
 *
 * If W2 comes first, W1 finds the list free and the maker delivers itself.
 * There is no third order. W1 releases and W2 acquires (both do both), so
 * what came before the edge is visible to the callbacks.
 *
 * A maker in thread context that finds the list held also waits for it, so
 * that the edge has been delivered when its call returns.
 *
 * Edges queued by several makers are delivered as one: all had happened when
 * the callback runs, and the callback asks for the readiness of that moment.
 */
#include "watch.h"
#include "atomic.h"

#define HELD 1u
#define SLEEPERS 2u
#define EDGES_SHIFT 8
#define UNMASKED (EVFD_ERR | EVFD_HUP)

static bool wants(const struct evfd_watch *w, uint32_t events)
{
	return events & (w->events | UNMASKED);
}

/* Returns how many of the watches woke somebody. */
static uint32_t deliver(struct evfd_watchlist *l, uint32_t events)
{
	bool is_exclusive_served = false;
	struct evfd_watch *w = l->head, *next;
	uint32_t woken = 0;

	if (!w)
		return 0;
	do {
		bool is_for_one = w->exclusive && !(events & UNMASKED);

		next = w->next;
		if (!wants(w, events) || (is_for_one && is_exclusive_served))
			continue;
		if (w->notify(w, events)) {
			is_exclusive_served |= is_for_one;
			woken++;
		}
	} while ((w = next) != l->head);
	return woken;
}

/* Take the list, leaving `queue` on it for evfd_watchlist_unlock() to deliver. */
static void lock_queueing(struct evfd_watchlist *l, uint32_t queue)
{
	uint32_t take = HELD;
	uint32_t seen = load_rlx(&l->state); /* the CAS below decides */

	for (;;) {
		if (!(seen & HELD)) {
			if (cas_ar(&l->state, &seen, seen | take | queue))
				return;
			continue;
		}
		if (seen & SLEEPERS || cas_ar(&l->state, &seen, seen | SLEEPERS)) {
			evfd_port_wait_short(&l->state, seen | SLEEPERS);
			take = HELD | SLEEPERS; /* others may sleep still */
			seen = load_rlx(&l->state);
		}
	}
}

void evfd_watchlist_lock(struct evfd_watchlist *l)
{
	lock_queueing(l, 0);
}

/* Let go; returns how many watches woke somebody of what had to be delivered. */
static uint32_t unlock_delivering(struct evfd_watchlist *l)
{
	uint32_t seen = load_rlx(&l->state); /* the CAS acquires */
	uint32_t woken = 0;

	for (;;) {
		uint32_t edges = seen >> EDGES_SHIFT;

		if (!edges) {
			if (cas_ar(&l->state, &seen, 0)) /* W2 */
				break;
		} else if (cas_ar(&l->state, &seen, seen & (HELD | SLEEPERS))) {
			woken += deliver(l, edges);
			seen = load_rlx(&l->state);
		}
	}
	if (seen & SLEEPERS)
		evfd_port_wake(&l->state, 1);
	return woken;
}

void evfd_watchlist_unlock(struct evfd_watchlist *l)
{
	unlock_delivering(l);
}

uint32_t evfd_watchlist_notify(struct evfd_watchlist *l, uint32_t events,
			       enum evfd_notify how)
{
	uint32_t queue = events << EDGES_SHIFT;

	if (how == EVFD_NOTIFY_THREAD)
		lock_queueing(l, queue);
	else if (or_ar(&l->state, HELD | queue) & HELD) /* W1 */
		return 0;
	return unlock_delivering(l);
}

void evfd_watchlist_insert(struct evfd_watchlist *l, struct evfd_watch *w)
{
	if (!l->head) {
		w->next = w->prev = w;
		l->head = w;
		return;
	}
	/* Before the head of a circle is its tail, where exclusive ones go. */
	w->next = l->head;
	w->prev = l->head->prev;
	w->prev->next = w;
	w->next->prev = w;
	if (!w->exclusive)
		l->head = w;
}

bool evfd_watchlist_remove(struct evfd_watchlist *l, struct evfd_watch *w)
{
	if (!w->next)
		return false;
	if (w->next == w) {
		l->head = NULL;
	} else {
		w->next->prev = w->prev;
		w->prev->next = w->next;
		if (l->head == w)
			l->head = w->next;
	}
	w->next = w->prev = NULL;
	return true;
}

void evfd_watchlist_clear(struct evfd_watchlist *l, uint32_t events)
{
	while (l->head) {
		struct evfd_watch *w = l->head;

		evfd_watchlist_remove(l, w);
		w->notify(w, events);
	}
}
