/* SPDX-License-Identifier: MIT */
/*
 * A list of watches and the delivery of edges to it. Knows neither counters
 * nor who subscribes; anything with readiness may own one.
 *
 * Delivery never waits when asked not to (`EVFD_NOTIFY_ANY`): the edge is then
 * left with whoever holds the list, who delivers it before letting go. So an
 * interrupt that hits the middle of a delivery, or a callback that causes
 * another edge of the same list, queues the edge and loses nothing.
 */
#ifndef EVFD_CORE_WATCH_H
#define EVFD_CORE_WATCH_H

#include <evfd/core.h>

struct evfd_watchlist {
	struct evfd_watch *head; /* circular; shared first, then exclusive */
	uint32_t state; /* lock, contention and edges not yet delivered */
};

/* Take and release the list, to change it. Releasing delivers, still holding it,
 * what was queued meanwhile. Thread context. */
void evfd_watchlist_lock(struct evfd_watchlist *l);
void evfd_watchlist_unlock(struct evfd_watchlist *l);

/* With the list locked. */
void evfd_watchlist_insert(struct evfd_watchlist *l, struct evfd_watch *w);
/* Returns false if w was not on the list. */
bool evfd_watchlist_remove(struct evfd_watchlist *l, struct evfd_watch *w);
/* Take every watch off, calling each with `events` as it leaves. */
void evfd_watchlist_clear(struct evfd_watchlist *l, uint32_t events);
static inline bool evfd_watchlist_is_empty(const struct evfd_watchlist *l)
{
	return !l->head;
}

enum evfd_notify {
	EVFD_NOTIFY_THREAD, /* has been delivered when the call returns; may sleep */
	EVFD_NOTIFY_ANY, /* any context; delivered now, or by the present holder */
};

/*
 * Tell the watches of `events` (EVFD_IN, EVFD_OUT, EVFD_ERR, EVFD_HUP). Returns how
 * many woke somebody, as far as this call delivered.
 */
uint32_t evfd_watchlist_notify(struct evfd_watchlist *l, uint32_t events,
			       enum evfd_notify how);

#endif
