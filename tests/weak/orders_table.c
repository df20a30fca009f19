/* SPDX-License-Identifier: MIT */
/*
 * What needs which order: of core/ all, of vfs/ what a program is known to need.
 * `weak-wait --suggest` prints rows for what is not here; a row without a program says why the order is kept though nothing breaks: core/atomic.h
 * has one strength for what changes a place, and where it is in the way of nobody
 * a weaker one is not worth a name.
 */
#include "orders.h"

#include <stddef.h>

#define KEPT NULL

#define LOCK "taking a lock hands nothing on"
#define UNLOCK "letting a lock go learns nothing"
#define FAIL "what a failing swap finds is tried again, and then acquired"
#define WAKE "only permission to look again; the word has the order"
#define ANY "the reads of the counters, or its own later swap, have the order"
#define PINS                                                                 \
	"who touches a slot by its pin touches atomics only; what is plain " \
	"is under the lock"
#define FINI \
	"no call may be under way then: the contract of evfd_registry_fini()"
#define SLEEPERS \
	"only tells that somebody sleeps; whoever gets the lock acquires then"
#define OWN "by the holder, who acquired when it took the list"
#define EDGES "the swap that then takes the edges acquires"

const struct weak_order weak_orders[] = {
	{ "core/any.c ring swap bell", "no acquire", KEPT, ANY },
	{ "core/any.c ring swap bell", "no release", "data-any", NULL },
	{ "core/any.c wait_any swap bell", "no acquire", "data-any", NULL },
	{ "core/any.c wait_any swap bell", "no release", KEPT, ANY },
	{ "core/cell.h evfd_cell_cas cas cell", "no acquire", "data-again", NULL },
	{ "core/cell.h evfd_cell_cas cas cell", "no acquire on failure", KEPT, FAIL },
	{ "core/cell.h evfd_cell_cas cas cell", "no release", "data-write", NULL },
	{ "core/cell_load.h evfd_halves_load load &cell->count", "no acquire",
	  "data-cell", NULL },
	{ "core/cell_load.h evfd_halves_load load &cell->ctl", "no acquire",
	  "data-forged", NULL },
	{ "core/cell_lock.c enter cas lock", "no acquire", "data-write", NULL },
	{ "core/cell_lock.c enter cas lock", "no acquire on failure", KEPT, FAIL },
	{ "core/cell_lock.c enter cas lock", "no release", KEPT, LOCK },
	{ "core/cell_lock.c leave store lock_of(cell)", "no release",
	  "data-write", NULL },
	{ "core/counter.c ring_bell add &o->bells[side]", "no acquire", KEPT, WAKE },
	{ "core/counter.c ring_bell add &o->bells[side]", "no release", KEPT, WAKE },
	{ "core/counter.c sleep_on_bell load &o->bells[side]", "no acquire",
	  KEPT, WAKE },
	{ "core/counter.c sleep_on_bell load &o->bells[side] 2", "no acquire",
	  KEPT, WAKE },
	{ "core/counter.c stop_waiting add &o->debt", "no acquire", KEPT, WAKE },
	{ "core/counter.c stop_waiting add &o->debt", "no release", KEPT, WAKE },
	{ "core/counter.c take_one cas n", "no acquire", "deadline-write", NULL },
	{ "core/counter.c take_one cas n", "no acquire on failure", KEPT, FAIL },
	{ "core/counter.c take_one cas n", "no release", KEPT, WAKE },
	{ "core/counter.c wake_readers add &o->tokens", "no acquire", KEPT, WAKE },
	{ "core/counter.c wake_readers add &o->tokens", "no release",
	  "deadline-write", NULL },
	{ "core/mutex.c evfd_mutex_lock cas m", "no acquire", "data-mutex", NULL },
	{ "core/mutex.c evfd_mutex_lock cas m", "no acquire on failure", KEPT, FAIL },
	{ "core/mutex.c evfd_mutex_lock cas m", "no release", KEPT, LOCK },
	{ "core/mutex.c evfd_mutex_lock swap m", "no acquire", "data-mutex", NULL },
	{ "core/mutex.c evfd_mutex_lock swap m", "no release", KEPT, LOCK },
	{ "core/mutex.c evfd_mutex_unlock swap m", "no acquire", KEPT, UNLOCK },
	{ "core/mutex.c evfd_mutex_unlock swap m", "no release", "data-mutex", NULL },
	{ "core/registry.c evfd_pin add &ref->object->pins", "no acquire", KEPT,
	  PINS },
	{ "core/registry.c evfd_pin add &ref->object->pins", "no release", KEPT,
	  PINS },
	{ "core/registry.c evfd_registry_fini load &object_at(r, i)->pins",
	  "no acquire", KEPT, FINI },
	{ "core/registry.c evfd_registry_release add &o->pins", "no acquire",
	  KEPT, PINS },
	{ "core/registry.c evfd_registry_release add &o->pins", "no release",
	  KEPT, PINS },
	{ "core/registry.c evfd_unpin sub &ref->object->pins", "no acquire",
	  KEPT, PINS },
	{ "core/registry.c evfd_unpin sub &ref->object->pins", "no release",
	  KEPT, PINS },
	{ "core/registry.c grow_to store chunk", "no release", "data-forged", NULL },
	{ "core/registry.c reclaim cas &ref->object->pins", "no acquire", KEPT,
	  PINS },
	{ "core/registry.c reclaim cas &ref->object->pins",
	  "no acquire on failure", KEPT, PINS },
	{ "core/registry.c reclaim cas &ref->object->pins", "no release", KEPT,
	  PINS },
	{ "core/registry.h evfd_resolve load &r->chunks[slot / 256u]",
	  "no acquire", "data-forged", NULL },
	{ "core/watch.c evfd_watchlist_notify or &l->state", "no acquire", KEPT,
	  EDGES },
	{ "core/watch.c evfd_watchlist_notify or &l->state", "no release",
	  "data-queued", NULL },
	{ "core/watch.c lock_queueing cas &l->state", "no acquire",
	  "data-unwatch", NULL },
	{ "core/watch.c lock_queueing cas &l->state", "no acquire on failure",
	  KEPT, FAIL },
	{ "core/watch.c lock_queueing cas &l->state", "no release", KEPT, LOCK },
	{ "core/watch.c lock_queueing cas &l->state 2", "no acquire", KEPT,
	  SLEEPERS },
	{ "core/watch.c lock_queueing cas &l->state 2", "no acquire on failure",
	  KEPT, SLEEPERS },
	{ "core/watch.c lock_queueing cas &l->state 2", "no release", KEPT,
	  SLEEPERS },
	{ "core/watch.c unlock_delivering cas &l->state", "no acquire", KEPT,
	  UNLOCK },
	{ "core/watch.c unlock_delivering cas &l->state",
	  "no acquire on failure", KEPT, FAIL },
	{ "core/watch.c unlock_delivering cas &l->state", "no release",
	  "data-any", NULL },
	{ "core/watch.c unlock_delivering cas &l->state 2", "no acquire",
	  "data-queued", NULL },
	{ "core/watch.c unlock_delivering cas &l->state 2",
	  "no acquire on failure", KEPT, FAIL },
	{ "core/watch.c unlock_delivering cas &l->state 2", "no release", KEPT, OWN },
	{ "vfs/epoll.c on_edge or &item->state", "no acquire",
	  "edge-same-source", NULL },
	{ "vfs/epoll.c on_edge or &item->state", "no release", "oneshot-read", NULL },
	{ "vfs/epoll.c push cas &ep->incoming", "no release", "data-epoll", NULL },
	{ "vfs/epoll.c report swap &item->state", "no acquire", "oneshot-read",
	  NULL },
	{ "vfs/epoll.c report swap &item->state", "no release",
	  "edge-same-source", NULL },
	{ "vfs/epoll.c take_incoming swap &ep->incoming", "no acquire",
	  "data-epoll", NULL },
	{ "vfs/epoll.c unpin sub &ep->refs", "no acquire", "ends-meet", NULL },
	{ "vfs/epoll.c unpin sub &ep->refs", "no release", "ends-meet", NULL },
	{ "vfs/fdtable.c find_slot load &p->chunks[fd / 1024u]", "no acquire",
	  "data-first-number", NULL },
	{ "vfs/fdtable.c have_chunk store c", "no release", "data-first-number",
	  NULL },
	{ "vfs/file.c evfd_file_drop sub &f->refs", "no acquire",
	  "lookups-reuse", NULL },
	{ "vfs/file.c evfd_file_drop sub &f->refs", "no release",
	  "lookups-reuse", NULL },
	{ "vfs/pipe.c close_end sub &p->refs", "no acquire", "data-pipe-ends", NULL },
	{ "vfs/pipe.c close_end sub &p->refs", "no release", "data-pipe-ends", NULL },
	{ "vfs/poll.c ring swap bell", "no release", "data-poll", NULL },
	{ "vfs/poll.c wait_for_any swap &w->bell", "no acquire", "data-poll", NULL },
	{ NULL, NULL, NULL, NULL },
};
