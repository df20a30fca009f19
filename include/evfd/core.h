/* SPDX-License-Identifier: MIT */
/*
 * Event counters: the contract of core/.
 *
 * A counter is a 64-bit count that a write adds to and a read drains
 * (counter mode) or takes 1 from (semaphore mode). Threads may sleep until a
 * read or a write fits; watchers are told of every change.
 *
 * Context, unless a call says otherwise: any thread. Calls that take a
 * deadline sleep only if it is not EVFD_NOWAIT. evfd_post(), evfd_peek(),
 * evfd_readiness() and every evfd_read() or evfd_write() with EVFD_NOWAIT on an
 * object without watchers may also be called from an interrupt or signal
 * handler and with any lock held.
 *
 * Errors common to all calls by handle: EVFD_EBADF, the handle is stale,
 * forged or EVFD_NONE; EVFD_EPERM, the handle lacks the right. A call that fails
 * has changed nothing.
 *
 * Ordering: what a thread did before a write, post or swap is visible to the
 * thread whose read, take, or watch callback saw it.
 */
#ifndef EVFD_CORE_H
#define EVFD_CORE_H

#include <evfd/port.h>
#include <evfd/types.h>

/* ---- registry: where counters live ------------------------------------ */

struct evfd_object;

/* Slots come in chunks of this many; nothing smaller is ever allocated. */
#define EVFD_CHUNK_SLOTS 256u
/* The most slots that a registry can be configured to. */
#define EVFD_SLOTS_MAX (1u << 20)
#define EVFD_SLOTS_DEFAULT 4096u
#define EVFD_LABEL_SIZE 16u

struct evfd_chunk;

/* One independent set of counters. The caller owns the memory; the fields are
 * private to core/. */
struct evfd_registry {
	struct evfd_chunk **chunks; /* published once, never freed before fini */
	uint32_t limit;		    /* counters that may be open at once */
	uint32_t capacity;	    /* slots that `chunks` has room for */
	uint32_t used;		    /* slots ever handed out; guarded by lock */
	uint32_t live;		    /* objects open now; guarded by lock */
	uint32_t retired;	    /* slots whose generations are spent */
	uint32_t free;		    /* head of the free list, slot + 1 */
	uint32_t free_tail;
	uint32_t lock;
};

/*
 * Prepare *r for at most `limit` live counters (0: EVFD_SLOTS_DEFAULT).
 * Returns 0; EVFD_EINVAL limit over EVFD_SLOTS_MAX; EVFD_ENOMEM.
 */
int evfd_registry_init(struct evfd_registry *r, uint32_t limit);

/* Give all memory back. EVFD_EBUSY while any counter is open or any thread
 * is still leaving one. No call on r may be in progress or follow. */
int evfd_registry_fini(struct evfd_registry *r);

/* Open counters now. */
uint32_t evfd_registry_live(struct evfd_registry *r);

/*
 * Whoever is charged for a counter: a process, a user, a tenant. Owned by the
 * caller; outlives the counters that name it.
 */
struct evfd_owner {
	uint64_t id;	/* the caller's; shown in evfd_stat */
	uint32_t limit; /* most counters at once; 0: no limit of its own */
	uint32_t live;	/* private */
};

/* ---- create and close -------------------------------------------------- */

#define EVFD_SEMAPHORE 0x01u /* a read takes 1 */
#define EVFD_COUNTED 0x02u   /* keep statistics: a locked add more a call */
#define EVFD_TRANSITION \
	0x04u /* watchers: edges on 0 -> n and full -> room only */
#define EVFD_CREATE_FLAGS 0x07u

/*
 * Make a counter. label may be NULL; at most EVFD_LABEL_SIZE - 1 bytes of it
 * are kept. owner may be NULL. It takes 64 bytes of a chunk; from the first one in
 * that chunk on that has an owner or a label, 24 more; with EVFD_COUNTED, 40 more.
 *
 * Returns 0 and *h; EVFD_EINVAL unknown flag, or initial over EVFD_MAX;
 * EVFD_EMFILE the owner's limit; EVFD_ENFILE the registry's; EVFD_ENOMEM.
 * Thread context.
 */
int evfd_create(struct evfd_registry *r, uint64_t initial, uint32_t flags,
		struct evfd_owner *owner, const char *label, evfd_t *h);

/*
 * End the counter: sleepers and later calls get EVFD_EBADF, watches are taken
 * off after one callback with EVFD_HUP. Needs both rights. Returns 0. Thread
 * context; does not wait for the sleepers to run.
 */
int evfd_close(struct evfd_registry *r, evfd_t h);

/*
 * A handle to the same counter with fewer rights. Rights only shrink. This is
 * protection from mistakes, not from an adversary in the same address space.
 */
#define EVFD_NO_READ (UINT64_C(1) << 31)
#define EVFD_NO_WRITE (UINT64_C(1) << 30)
static inline evfd_t evfd_restrict(evfd_t h, uint64_t without)
{
	return h | (without & (EVFD_NO_READ | EVFD_NO_WRITE));
}

/* ---- count ------------------------------------------------------------- */

/*
 * Take the whole count (semaphore mode: 1) into *value.
 * Returns 0; EVFD_EAGAIN, EVFD_ETIMEDOUT still 0; EVFD_EINTR; EVFD_ECANCELED;
 * EVFD_ENOMEM 2^24 - 1 threads already sleep here.
 */
int evfd_read(struct evfd_registry *r, evfd_t h, uint64_t *value,
	      uint64_t deadline_ns);

/*
 * The same, delivering the value through put(ctx, value) before it is taken:
 * if put fails (EVFD_EFAULT), its error is returned and nothing was taken. put
 * may run several times, last with the value that was taken; it runs with
 * nothing held and may sleep. Thread context.
 */
typedef int evfd_put_fn(void *ctx, uint64_t value);
int evfd_read_put(struct evfd_registry *r, evfd_t h, evfd_put_fn *put,
		  void *ctx, uint64_t deadline_ns);

/*
 * Take between min and max units, as many as there are, in either mode.
 * min == max takes exactly that many or none. Returns 0 and *taken;
 * EVFD_EINVAL unless 1 <= min <= max <= EVFD_MAX; else as evfd_read().
 */
int evfd_take(struct evfd_registry *r, evfd_t h, uint64_t min, uint64_t max,
	      uint64_t *taken, uint64_t deadline_ns);

/*
 * Add value, once it fits under EVFD_MAX. 0 fits up to EVFD_MAX; it makes nothing
 * readable, and watchers are told of it as of any write.
 * Returns 0; EVFD_EINVAL value is UINT64_MAX; EVFD_EAGAIN, EVFD_ETIMEDOUT it
 * does not fit; EVFD_EINTR; EVFD_ECANCELED.
 */
int evfd_write(struct evfd_registry *r, evfd_t h, uint64_t value,
	       uint64_t deadline_ns);

/*
 * Add value, or saturate: never sleeps, never fails on an open counter that is
 * not cancelled. Context: any, a watch callback of the same counter included
 * (its edge is then delivered when that callback returns).
 */
int evfd_post(struct evfd_registry *r, evfd_t h, uint64_t value);

/* The count, untouched. Needs no right. Returns 0. Context: any. */
int evfd_peek(struct evfd_registry *r, evfd_t h, uint64_t *value);

/*
 * Replace the count and store the former in *old (may be NULL); wakes whoever
 * can now go on. Reset is a swap with 0. Needs both rights. Returns 0;
 * EVFD_EINVAL value over EVFD_MAX; EVFD_ECANCELED. Context as evfd_write().
 */
int evfd_swap(struct evfd_registry *r, evfd_t h, uint64_t value, uint64_t *old);

/*
 * End all waiting: sleepers wake with EVFD_ECANCELED, watchers get EVFD_ERR,
 * later calls but peek, readiness, stat and close fail with EVFD_ECANCELED.
 * Cannot be undone. Returns 0, also when already cancelled. Needs both rights.
 */
int evfd_cancel(struct evfd_registry *r, evfd_t h);

/* EVFD_IN, EVFD_OUT, EVFD_ERR as they are now, or an error. Context: any. */
int evfd_readiness(struct evfd_registry *r, evfd_t h);

/* ---- watch ------------------------------------------------------------- */

/*
 * A subscription. The caller owns the memory from evfd_watch_add() until
 * evfd_watch_remove() has returned or the callback has seen EVFD_HUP.
 *
 * notify runs for every edge: each successful read (EVFD_OUT) and write
 * (EVFD_IN), whether or not the counter was ready before. `events` is a hint of
 * what happened; what is ready now is for evfd_readiness() to say. It runs on
 * the thread that made the edge, or on one that was just delivering another
 * edge of the same counter, in any context; it must not sleep and must not add
 * or remove watches of that counter. It returns true if it woke somebody, which
 * for an exclusive watch ends the search for one.
 */
struct evfd_watch {
	struct evfd_watch *next, *prev; /* private; next NULL: not on a list */
	bool (*notify)(struct evfd_watch *w, uint32_t events);
	uint32_t events; /* EVFD_IN and EVFD_OUT wanted; ERR, HUP come anyway */
	uint32_t exclusive; /* one of the exclusive watches is enough */
};

/*
 * Subscribe. Fill in notify, events and exclusive first. Returns the readiness
 * (>= 0) at the moment of subscribing: an edge before it is in the returned
 * bits, one after it reaches the callback. Thread context.
 */
int evfd_watch_add(struct evfd_registry *r, evfd_t h, struct evfd_watch *w);

/*
 * Change what a subscription wants; it keeps its place among the others, and no
 * edge is lost: the return value is as above. (A watch that is on no list is
 * subscribed.) Thread context.
 */
int evfd_watch_change(struct evfd_registry *r, evfd_t h, struct evfd_watch *w,
		      uint32_t events);

/* Unsubscribe. When it returns, notify is not running and will not run again.
 * Harmless if w is no longer on the list. Thread context. */
void evfd_watch_remove(struct evfd_registry *r, evfd_t h, struct evfd_watch *w);

/* ---- wait for any ------------------------------------------------------- */

struct evfd_any {
	evfd_t handle;
	struct evfd_watch watch; /* private */
	void *waiter;		 /* private */
};

/*
 * Sleep until one of n counters can be read, and read it: no value is taken
 * from any other. Lower indices go first when several are ready. Returns the
 * index (>= 0) and *value; EVFD_EINVAL n is 0 or over 2^20, or set is NULL; an
 * error of evfd_read() on any of the counters ends the wait. Thread context.
 */
int evfd_wait_any(struct evfd_registry *r, struct evfd_any *set, uint32_t n,
		  uint64_t *value, uint64_t deadline_ns);

/* ---- look, save, restore ------------------------------------------------ */

struct evfd_stat {
	uint64_t count;
	uint64_t owner_id; /* 0 without owner */
	uint32_t id;	   /* unique among the registry's open counters */
	uint32_t flags;	   /* those given to evfd_create() */
	bool is_cancelled;
	uint32_t waiting_readers; /* asleep, and nothing for them yet */
	uint32_t waiting_writers;
	char label[EVFD_LABEL_SIZE];
	/* Kept only with EVFD_COUNTED, else 0. Failed calls count only where named. */
	uint64_t reads;	    /* values taken */
	uint64_t posts;	    /* successful writes and posts */
	uint64_t wakes;	    /* sleepers woken, pollers among them */
	uint64_t agains;    /* calls answered EVFD_EAGAIN */
	uint64_t overflows; /* posts that saturated */
};

/* Describe the counter without disturbing it. Needs no right. Returns 0. */
int evfd_stat(struct evfd_registry *r, evfd_t h, struct evfd_stat *st);

struct evfd_snapshot {
	evfd_t handle;
	uint64_t count;
	uint32_t flags;
	bool is_cancelled;
	char label[EVFD_LABEL_SIZE];
};

/* Copy value, mode and identity; nothing is consumed. Returns 0. */
int evfd_snapshot(struct evfd_registry *r, evfd_t h, struct evfd_snapshot *s);

/*
 * Make the counter again under its old handle, in a registry where that slot is
 * free and has not reached that generation. Returns 0; EVFD_EEXIST the slot is
 * in use or the handle would be one that was already closed; EVFD_EINVAL the
 * snapshot is malformed; else as evfd_create(). Thread context.
 */
int evfd_restore(struct evfd_registry *r, const struct evfd_snapshot *s,
		 struct evfd_owner *owner);

#endif
