/* SPDX-License-Identifier: MIT */
/*
 * libevfd: event counters for applications. One thread wakes another, or a loop
 * is woken, at the price of one atomic instruction when nobody sleeps.
 *
 * A counter holds a 64-bit count. A write adds to it; a read takes all of it, or 1
 * from a counter made with EVFD_SEMAPHORE. Reads sleep while there is nothing,
 * writes while their value does not fit under EVFD_MAX. evfd_descriptor() gives a
 * counter a real descriptor to wait for with poll, select, epoll or io_uring.
 *
 * Handles are numbers, not pointers. One that was closed is EBADF for ever, also
 * when its place has been given to another counter.
 *
 * Results: 0, or -1 with errno set, unless a call says otherwise. Errors of all
 * calls by handle: EBADF, the handle is stale, forged or EVFD_NONE; EPERM, it
 * was restricted. A call that fails has changed nothing but errno, one that
 * succeeds does not touch errno.
 *
 * Context: any thread. The calls marked [signal] may also be called by a signal
 * handler, whatever it interrupted, and with any lock held: they never sleep and
 * never wait for another thread.
 *
 * Ordering: what a thread did before a write, post or swap is visible to the thread
 * whose read or take got it.
 *
 * A child made by fork() has private copies of all counters, and none of their
 * descriptors: there evfd_descriptor() makes others. See evfd(7) for other forks.
 */
#ifndef EVFD_H
#define EVFD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#ifdef __GNUC__
#define EVFD_API __attribute__((__visibility__("default")))
#else
#define EVFD_API
#endif

#ifdef __cplusplus
#define EVFD_ALIGNED(n) alignas(n)
extern "C" {
#else
#define EVFD_ALIGNED(n) _Alignas(n)
#endif

typedef uint64_t evfd_t;

#define EVFD_NONE ((evfd_t)0) /* never a handle */

/* The largest count that a write can reach. */
#define EVFD_MAX (UINT64_MAX - 1)
/* The count after a post that did not fit. */
#define EVFD_SATURATED UINT64_MAX

/* ---- create and close -------------------------------------------------- */

#define EVFD_SEMAPHORE 0x01u /* a read takes 1 */
#define EVFD_COUNTED 0x02u   /* keep statistics: a locked add more a call */
#define EVFD_TRANSITION \
	0x04u /* descriptor: an edge only when readiness changes */

#define EVFD_LABEL_SIZE 16u

/* Whoever is charged for counters. The caller's memory; outlives the counters. */
struct evfd_owner {
	uint64_t id;	/* the caller's; shown by evfd_stat() */
	uint32_t limit; /* most counters at once; 0: no limit of its own */
	uint32_t live;	/* the library's; start with 0 */
};

/*
 * Make a counter. Of label, which may be NULL, EVFD_LABEL_SIZE - 1 bytes are kept.
 * Returns its handle, or EVFD_NONE with errno: EINVAL unknown flag, or initial over
 * EVFD_MAX; EMFILE the owner's limit; ENFILE 2^20 counters are open; ENOMEM.
 */
EVFD_API evfd_t evfd_create(uint64_t initial, unsigned flags, const char *label);
EVFD_API evfd_t evfd_create_owned(uint64_t initial, unsigned flags,
				  const char *label, struct evfd_owner *owner);

/*
 * End the counter: whoever sleeps on it, and every later call, gets EBADF. Its
 * descriptor is closed, without waking those who wait for it. Needs both rights.
 */
EVFD_API int evfd_close(evfd_t h);

/* The same counter with fewer rights: a guard against mistakes, not adversaries. */
#define EVFD_NO_READ (UINT64_C(1) << 31)
#define EVFD_NO_WRITE (UINT64_C(1) << 30)
static inline evfd_t evfd_restrict(evfd_t h, uint64_t without)
{
	return h | (without & (EVFD_NO_READ | EVFD_NO_WRITE));
}

/* ---- deadlines ---------------------------------------------------------- */

/* Deadlines are absolute nanoseconds of CLOCK_MONOTONIC. */
#define EVFD_NOWAIT UINT64_C(0) /* EAGAIN in place of sleeping */
#define EVFD_FOREVER UINT64_MAX

/* ns from now. [signal] */
EVFD_API uint64_t evfd_after(uint64_t ns);

/* The deadline that an absolute time of CLOCK_MONOTONIC is, past if it is not after
 * 0. [signal] */
EVFD_API uint64_t evfd_deadline_at(int64_t s, int64_t ns);

/* The same; NULL: EVFD_FOREVER. Inline, as time_t is the caller's. [signal] */
static inline uint64_t evfd_deadline(const struct timespec *when)
{
	return when ? evfd_deadline_at(when->tv_sec, when->tv_nsec) : EVFD_FOREVER;
}

/* ---- count --------------------------------------------------------------- */

/*
 * Take the whole count (semaphore mode: 1) into *value, which may be NULL; sleep
 * while it is 0. Errors: EINTR a signal was caught (not every signal ends every
 * sleep: loop); ECANCELED; ENOMEM 2^24 - 1 threads already sleep here. try: EAGAIN
 * in place of sleeping [signal]. until: ETIMEDOUT when the deadline has passed.
 */
EVFD_API int evfd_read(evfd_t h, uint64_t *value);
EVFD_API int evfd_tryread(evfd_t h, uint64_t *value);
EVFD_API int evfd_read_until(evfd_t h, uint64_t *value, uint64_t deadline);

/*
 * Take between min and max units in either mode, as many as there are; sleep while
 * there are fewer than min. *taken may be NULL. Errors: EINVAL unless
 * 1 <= min <= max <= EVFD_MAX; else as evfd_read().
 */
EVFD_API int evfd_take(evfd_t h, uint64_t min, uint64_t max, uint64_t *taken);
EVFD_API int evfd_trytake(evfd_t h, uint64_t min, uint64_t max, uint64_t *taken);
EVFD_API int evfd_take_until(evfd_t h, uint64_t min, uint64_t max,
			     uint64_t *taken, uint64_t deadline);

/*
 * Add value; sleep while it does not fit under EVFD_MAX. 0 always fits and makes
 * nothing readable. Errors: EINVAL value is UINT64_MAX; else as evfd_read().
 */
EVFD_API int evfd_write(evfd_t h, uint64_t value);
EVFD_API int evfd_trywrite(evfd_t h, uint64_t value); /* [signal] */
EVFD_API int evfd_write_until(evfd_t h, uint64_t value, uint64_t deadline);

/* Add value, or saturate. Fails only with EBADF, EPERM, ECANCELED. [signal] */
EVFD_API int evfd_post(evfd_t h, uint64_t value);

/* The count, untouched. Needs no right. [signal] */
EVFD_API int evfd_peek(evfd_t h, uint64_t *value);

#define EVFD_IN 0x001u	/* count > 0 */
#define EVFD_OUT 0x004u /* count < EVFD_MAX */
#define EVFD_ERR 0x008u /* saturated, or cancelled */

/* EVFD_IN, EVFD_OUT, EVFD_ERR as they are now, or -1. [signal] */
EVFD_API int evfd_readiness(evfd_t h);

/*
 * Replace the count, storing the former in *old (may be NULL). Reset is a swap with
 * 0. Needs both rights. Errors: EINVAL value over EVFD_MAX; ECANCELED. [signal]
 */
EVFD_API int evfd_swap(evfd_t h, uint64_t value, uint64_t *old);
EVFD_API int evfd_reset(evfd_t h, uint64_t *old);

/*
 * End all waiting, for good: sleepers wake and later calls fail with ECANCELED, but
 * for peek, readiness, stat and close. The descriptor becomes readable. Needs both
 * rights; twice is once. [signal]
 */
EVFD_API int evfd_cancel(evfd_t h);

/*
 * Sleep until one of n counters can be read, and read that one; lower indices first.
 * Returns its index, and the value in *value (may be NULL). Errors: EINVAL n is 0 or
 * over 2^20, or set is NULL; ENOMEM; else those of evfd_read() on any of them.
 */
EVFD_API int evfd_wait_any(const evfd_t *set, unsigned n, uint64_t *value);
EVFD_API int evfd_wait_any_until(const evfd_t *set, unsigned n, uint64_t *value,
				 uint64_t deadline);

/*
 * Which of n counters have something of `events`, now: their indices, lowest first, go
 * into *ready, which has room for n. EVFD_ERR is always asked for, and who is not open
 * is one of them, for his next call to tell. Nothing is read, and nobody sleeps.
 * Returns how many. Errors: EINVAL n is over 2^20, unknown events, or n is not 0
 * and set or ready is NULL. [signal]
 */
EVFD_API int evfd_scan(const evfd_t *set, unsigned n, unsigned events,
		       unsigned *ready);

/*
 * May threads of this process look again for a moment before they sleep? At first they
 * may, and do where that has paid: for as long as a wake has been measured to take,
 * which costs that much of a processor's time; never with one processor. Forbidden,
 * they sleep at once and no call reads the clock. From the next sleep on. Returns
 * what it was. Never fails. [signal]
 */
EVFD_API bool evfd_allow_spin(bool is_allowed);

/* ---- a descriptor -------------------------------------------------------- */

#define EVFD_ARMED 0x01u /* readable only when a sleeping loop was called */
#define EVFD_EDGE 0x02u	 /* with it: the loop wants edges, and no quiet */

/*
 * The counter's descriptor, made by the first call; close-on-exec. It is to be waited
 * for, never read, written or closed: evfd_close() closes it. flags are those
 * of the first call.
 *
 * flags 0, exact: readable while the counter is, writable while it is (where the
 * system has eventfd), and every write is an edge, also without a read between.
 * With EVFD_TRANSITION, only a change of readiness is: nothing is lost for level-
 * triggered waiting, and writes to a counter that is not 0 cost no system call.
 *
 * EVFD_ARMED: for one loop that calls evfd_arm() before it sleeps. With EVFD_EDGE,
 * for one that waits edge-triggered: once called it stays readable, and each
 * further call is an edge. That saves the loop a system call.
 *
 * Returns the descriptor, or -1: EINVAL unknown flag, or EVFD_EDGE alone; EEXIST it was made with other
 * flags; EMFILE, ENFILE, ENOMEM.
 */
EVFD_API int evfd_descriptor(evfd_t h, unsigned flags);

/*
 * The loop is about to sleep. Returns 0: a write makes the descriptor readable from
 * now on; sleep, then call evfd_disarm(). 1: something is there already, do not
 * sleep. One thread at a time a counter. Errors: EINVAL no armed descriptor.
 */
EVFD_API int evfd_arm(evfd_t h);

/* The loop is awake: writes make no system call. Errors as evfd_arm(). */
EVFD_API int evfd_disarm(evfd_t h);

/* ---- many in one loop ----------------------------------------------------- */

/*
 * A set of counters for one loop, which is handed those that can be read or were
 * cancelled. While it is busy no call on either side enters the system; when it
 * sleeps, in evfd_set_wait() or outside on the set's one descriptor, the first
 * write that brings something wakes it.
 *
 * Any thread may add, remove and close counters at any time; one thread at a time
 * waits or arms. A child of fork() has a copy, in which all members are looked at anew.
 */
struct evfd_set;

struct evfd_ready {
	evfd_t handle; /* as it was added */
	void *data;
	unsigned readiness; /* as by evfd_readiness() */
};

/*
 * Make an empty set; flags is 0. It has a counter of its own, which evfd_live() counts.
 * Returns NULL with errno: EINVAL unknown flag; ENFILE, ENOMEM.
 */
EVFD_API struct evfd_set *evfd_set_create(unsigned flags);

/*
 * End the set: its members leave, its descriptor is closed, who waits gets EBADF. No
 * other call may follow. Errors of all calls on sets: EINVAL s is NULL; EBADF it was
 * closed, if its place has not been taken since.
 */
EVFD_API int evfd_set_close(struct evfd_set *s);

/*
 * Make the counter of h a member; data comes with its events. It may have a descriptor
 * as well. Closed, it leaves by itself. Needs no right. Errors: EBADF h is stale;
 * EEXIST it is a member, of this set or another; ENOMEM.
 */
EVFD_API int evfd_set_add(struct evfd_set *s, evfd_t h, void *data);

/*
 * The counter is a member no more. A call of evfd_set_wait() that is returning may hand
 * it out still. Errors: EBADF h is stale; EINVAL it is no member of s.
 */
EVFD_API int evfd_set_remove(struct evfd_set *s, evfd_t h);

/*
 * Sleep until some members have something; store up to max of them. Returns how many.
 * What was handed out and still has something is handed out again when
 * all others have had their turn, so reading is not required, only wise. Errors: EINVAL
 * ready is NULL, or max is 0; EINTR a signal was caught (not every signal ends every
 * sleep: loop). try: EAGAIN in place of sleeping. until: ETIMEDOUT when the
 * deadline has passed.
 */
EVFD_API int evfd_set_wait(struct evfd_set *s, struct evfd_ready *ready,
			   unsigned max);
EVFD_API int evfd_set_trywait(struct evfd_set *s, struct evfd_ready *ready,
			      unsigned max);
EVFD_API int evfd_set_wait_until(struct evfd_set *s, struct evfd_ready *ready,
				 unsigned max, uint64_t deadline);

/*
 * The set's descriptor, made by the first call; close-on-exec, and the set's to close.
 * It becomes readable, and with an edge, when something comes to a set that was armed;
 * the next wait, of any form, or arm quiets it. Returns it, or -1: EMFILE, ENFILE, ENOMEM.
 */
EVFD_API int evfd_set_descriptor(struct evfd_set *s);

/*
 * The loop is about to sleep on the descriptor. Returns 0: do. 1: a member has something
 * already, do not. Awake, the loop calls evfd_set_trywait(), which disarms.
 */
EVFD_API int evfd_set_arm(struct evfd_set *s);

/* ---- look, save, restore -------------------------------------------------- */

struct evfd_stat {
	uint64_t count;
	uint64_t owner_id; /* 0 without owner */
	uint32_t id;	   /* unique among open counters */
	uint32_t flags;	   /* those given to evfd_create() */
	bool is_cancelled;
	uint32_t waiting_readers; /* asleep, and nothing for them yet */
	uint32_t waiting_writers;
	char label[EVFD_LABEL_SIZE];
	/* With EVFD_COUNTED, else 0. */
	uint64_t reads;	    /* values taken */
	uint64_t posts;	    /* successful writes and posts */
	uint64_t wakes;	    /* sleepers woken by operations */
	uint64_t agains;    /* calls answered EAGAIN */
	uint64_t overflows; /* posts that saturated */
};

/* Describe the counter without disturbing it. Needs no right. */
EVFD_API int evfd_stat(evfd_t h, struct evfd_stat *st);

/* Counters that are open. */
EVFD_API unsigned evfd_live(void);

struct evfd_snapshot {
	evfd_t handle;
	uint64_t count;
	uint32_t flags;
	bool is_cancelled;
	char label[EVFD_LABEL_SIZE];
};

/* Copy value, mode and identity; nothing is consumed. */
EVFD_API int evfd_snapshot(evfd_t h, struct evfd_snapshot *s);

/*
 * Make the counter again under its old handle: in another process, or in this one
 * if that place is free and the handle a later one than any it has had. owner may be
 * NULL. Errors: EEXIST otherwise; EINVAL malformed; else as evfd_create().
 */
EVFD_API int evfd_restore(const struct evfd_snapshot *s, struct evfd_owner *owner);

/* ---- between processes ---------------------------------------------------- */

/*
 * A counter in memory that several processes map, MAP_SHARED and writable, each
 * wherever it likes. Fresh memory is zero, and that is what evfd_shared_init() wants.
 * The memory is the caller's to unmap when no thread of his process is in a call; there
 * is no close, evfd_shared_cancel() ends the waiting.
 *
 * Each process may be killed, or stopped, at any instruction: its call has then
 * happened or not, in one step, and nobody waits for it. If it was killed while waking
 * sleepers they may sleep up to a second longer. There is no lock, so the
 * calls marked [signal] are that here too.
 *
 * The calls do as those without shared_ in their names, for a pointer in place of a
 * handle, but for: all who sleep on one side are woken and look, whatever the value;
 * there are no labels, rights or statistics, no descriptor, no waiting for any of
 * many; no error EBADF, EPERM or ENOMEM, but EINVAL, no counter is there.
 *
 * A process that writes to the memory on its own account can falsify the count, wake
 * sleepers or keep them asleep, and keep calls busy for as long as it goes on. It
 * cannot make the others write elsewhere. It may be able to cut the file that
 * is mapped: see evfd_shared_attach(3).
 */
struct evfd_shared {
	EVFD_ALIGNED(64) uint64_t opaque[8];
};

/*
 * Make a counter in memory that is zero. Any number of processes may try: the first
 * makes it, also if another was killed while trying. flags: EVFD_SEMAPHORE or 0.
 * Errors: EEXIST there is a counter, untouched; EINVAL the memory is neither zero
 * nor a counter, or is not aligned, unknown flag, or initial over EVFD_MAX;
 * ENOTSUP the machine has no 16-byte compare-and-swap, or the system no futex.
 */
EVFD_API int evfd_shared_init(struct evfd_shared *s, uint64_t initial,
			      unsigned flags);

/*
 * The counter at memory, which size bytes were mapped of. Writes nothing. Returns
 * NULL with errno: EAGAIN the memory is zero, nobody has made it yet; EINVAL it is
 * misaligned, too small, or no counter of this version; ENOTSUP.
 */
EVFD_API struct evfd_shared *evfd_shared_attach(void *memory, size_t size);

EVFD_API int evfd_shared_read(struct evfd_shared *s, uint64_t *value);
EVFD_API int evfd_shared_tryread(struct evfd_shared *s, uint64_t *value); /* [signal] */
EVFD_API int evfd_shared_read_until(struct evfd_shared *s, uint64_t *value,
				    uint64_t deadline);

EVFD_API int evfd_shared_take(struct evfd_shared *s, uint64_t min, uint64_t max,
			      uint64_t *taken);
EVFD_API int evfd_shared_trytake(struct evfd_shared *s, uint64_t min,
				 uint64_t max, uint64_t *taken); /* [signal] */
EVFD_API int evfd_shared_take_until(struct evfd_shared *s, uint64_t min,
				    uint64_t max, uint64_t *taken,
				    uint64_t deadline);

EVFD_API int evfd_shared_write(struct evfd_shared *s, uint64_t value);
EVFD_API int evfd_shared_trywrite(struct evfd_shared *s, uint64_t value); /* [signal] */
EVFD_API int evfd_shared_write_until(struct evfd_shared *s, uint64_t value,
				     uint64_t deadline);

/* [signal], all of these. */
EVFD_API int evfd_shared_post(struct evfd_shared *s, uint64_t value);
EVFD_API int evfd_shared_peek(const struct evfd_shared *s, uint64_t *value);
EVFD_API int evfd_shared_readiness(const struct evfd_shared *s);
EVFD_API int evfd_shared_swap(struct evfd_shared *s, uint64_t value, uint64_t *old);
EVFD_API int evfd_shared_reset(struct evfd_shared *s, uint64_t *old);
EVFD_API int evfd_shared_cancel(struct evfd_shared *s);

#ifdef __cplusplus
}
#endif

#endif
