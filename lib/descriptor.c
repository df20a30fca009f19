/* SPDX-License-Identifier: MIT */
/*
 * Theory
 *
 * A counter's descriptor is a doorbell (doorbell.h): something of the system's that is
 * kept in the state that the counter is in. The count decides, the doorbell
 * follows: DOWN (not readable) at 0, UP between, FULL (not writable) from EVFD_MAX
 * on; a cancelled counter is UP. Two places cannot change in one step, so the
 * question is who sets it when, if many threads change the count at once.
 *
 * Exact. Whoever changed the count sets the doorbell, without a lock, and looks again:
 *
 *	F1 CAS	the count
 *	F2	state = what that demands
 *	F3	set the doorbell to state (a system call)
 *	F4	does the count now demand another? F3 again, with that
 *
 *  D1  Once no thread is between F1 and the end of F4, the doorbell is in the state
 *	that the count demands. Take the last system call of all, by T. Had the demand
 *	changed after T's F4 looked, the thread that changed it would make a call
 *	of its own after that, and T's were not the last. So T's F4 looked at the final
 *	demand, and ended because the doorbell was set to it. (The doorbell's own
 *	lock in the kernel orders the calls, and what came before them.) Setting
 *	takes several calls only to FULL or from it: the last of them that empties
 *	the doorbell is followed by its thread's F4, which sets anew.
 *  D2  Every write's F3 is a ring after its F1: for an edge-triggered watcher there is
 *	an edge after every write, which then finds what was written. Unneeded
 *	edges happen, as with any descriptor, and find nothing.
 *  D3  Nobody waits: there is no lock, and F3 is repeated only if another thread got
 *	on meanwhile. A signal handler may run between any two steps, and do all
 *	of them. A thread that is stopped between F1 and F4 delays what it has to
 *	set itself, and whoever changes the count after it sets the doorbell too.
 *  D4  While other threads are between F1 and F4 the doorbell may be early or late. Who
 *	sleeps on it is woken, who polls without sleeping may be told of a moment ago;
 *	evfd_readiness() is always exact.
 *
 * F3 is left out where the operation demands nothing new and is no write. A counter
 * with EVFD_TRANSITION leaves it out for writes, too: then only those who change the
 * state set it, D1 holds as it is, and there is no D2.
 *
 * Meeting. Who makes or arms a descriptor must not miss an operation that does not
 * know of it yet. He publishes first (G1: the table, A1: is_armed), and then meets the
 * operations where they all pass, in the counter's word (G2, A2: a CAS replaces it by
 * itself). An operation whose CAS comes before that is in the readiness that the
 * meeting returns; the CAS of one that comes after acquires what was published.
 *
 * Armed. The doorbell is rung only for a loop that said it would sleep.
 *
 *	loop					writer
 *	A1 is_armed = 1				K1 CAS	the count, from 0
 *	A2 meet. Anything there?		K2 is_armed? was = swap(is_armed, 0)
 *	   disarm, go on			K3 if was: ring
 *	A3 sleep
 *
 * K1 before A2: A2 finds the count. A2 before K1: K2 finds 1, and rings. Writers that
 * find the count above 0 leave it to the one that found 0. A ring may be late,
 * when its writer was stopped before K3: the loop knows how many are owed to it, and
 * hushes the doorbell only then; or, with EVFD_EDGE, never.
 *
 * Lifetime. Descriptors are type-stable, like slots, and change owners through a pool.
 * Between F1 and F4 a thread pins one, and the number of the system's descriptor
 * is closed, and may be another file, only after the last has left.
 *
 *	the end of the counter			follower
 *	E1 CAS	table: it -> none		P1 pins += 2
 *	E2 handle = none			P2 handle is mine? use it
 *	E3 pins += 1 (closed)			P3 pins -= 2; was 3: E4
 *	E4 CAS pins: 1 -> 0, close, to pool
 *
 * P1 before E3: E4 is P3's business, after the use. P1 after E3: P2 sees what E2 left
 * or a later handle, and none is given twice. E1 makes sure that one thread ends it:
 * the one that closed the counter, or one that makes a descriptor for the next
 * counter in that slot and finds the former's still there.
 *
 * Cost. A processor may have forgotten where to return to when a system call has come
 * back, and then each frame between it and the program costs some 7 ns. So the calls
 * end in evfd_lib_descriptor_follow_it() by a jump, for which it is given numbers and
 * nothing of their frames, and what is below folds into it (lib/meson.build).
 */
#include "core/cell.h"
#include "descriptor.h"
#include "doorbell.h"
#include "library.h"
#include "set.h"

#define CLOSED 1u
#define PIN 2u

enum state {
	DOWN,
	UP,
	FULL
};

struct descriptor {
	struct descriptor *next; /* in the pool */
	evfd_t handle;		 /* without restrictions */
	uint32_t flags;
	uint32_t pins;
	uint32_t is_armed; /* the next writer is to ring */
	/* The loop's own. */
	bool was_armed;
	uint64_t owed; /* rings that are on their way, or unheard */
	struct evfd_doorbell bell;
};

struct descriptor **evfd_lib_descriptors[EVFD_LIB_CHUNKS];
static struct descriptor *pool; /* pushed to by anyone, popped from under lock */
static uint32_t lock;		/* making descriptors */

static evfd_t identity(evfd_t h)
{
	return h & ~(EVFD_NO_READ | EVFD_NO_WRITE);
}

/* Where the table points for the slot of a handle that was found open. */
static struct descriptor **entry_of(evfd_t h)
{
	uint32_t slot = evfd_lib_slot(h);
	struct descriptor **chunk =
		load_acq(&evfd_lib_descriptors[slot / EVFD_CHUNK_SLOTS]);

	return chunk ? &chunk[slot % EVFD_CHUNK_SLOTS] : NULL;
}

/* An entry that is seen: the descriptor, and whether the counter is a member. */
static struct descriptor *descriptor_in(const struct descriptor *seen)
{
	return (struct descriptor *)((uintptr_t)seen & ~(uintptr_t)1);
}

static bool is_member_in(const struct descriptor *seen)
{
	return (uintptr_t)seen & 1;
}

static struct descriptor *entry_with(const struct descriptor *d, bool is_member)
{
	return (struct descriptor *)((uintptr_t)d | is_member);
}

/* ---- lifetime -------------------------------------------------------------- */

static void pool_push(struct descriptor *d)
{
	struct descriptor *head = load_acq(&pool);

	do
		store_rlx(&d->next, head); /* published by the CAS */
	while (!cas_ar(&pool, &head, d));
}

/* With the lock held: nobody else pops, so head->next cannot have changed. */
static struct descriptor *pool_pop(void)
{
	struct descriptor *head = load_acq(&pool);

	while (head && !cas_ar(&pool, &head, load_rlx(&head->next)))
		;
	return head ? head : evfd_port_alloc(sizeof(*head));
}

/* E4 */
static void reclaim(struct descriptor *d)
{
	uint32_t closed = CLOSED;

	if (!cas_ar(&d->pins, &closed, 0))
		return;
	evfd_lib_doorbell_close(&d->bell);
	pool_push(d);
}

static void unpin(struct descriptor *d)
{
	if (sub_ar(&d->pins, PIN) == PIN + CLOSED) /* P3 */
		reclaim(d);
}

/* Pin d, if it is still that of h. */
static bool hold(struct descriptor *d, evfd_t h)
{
	add_ar(&d->pins, PIN);			 /* P1 */
	if (load_acq(&d->handle) == identity(h)) /* P2 */
		return true;
	unpin(d);
	return false;
}

/* The descriptor of h, pinned, or NULL. */
static struct descriptor *pin(evfd_t h)
{
	struct descriptor **entry = entry_of(h);
	struct descriptor *d = entry ? descriptor_in(load_acq(entry)) : NULL;

	return d && hold(d, h) ? d : NULL;
}

/* d, which the caller knows not to be anybody else's by now. */
static void end(struct descriptor **entry, struct descriptor *d)
{
	struct descriptor *seen = load_acq(entry);

	do
		if (descriptor_in(seen) != d)
			return;
	while (!cas_ar(entry, &seen, entry_with(NULL, is_member_in(seen)))); /* E1 */
	store_rel(&d->handle, EVFD_NONE);  /* E2 */
	if (add_ar(&d->pins, CLOSED) == 0) /* E3 */
		reclaim(d);
}

void evfd_lib_descriptor_end(evfd_t h)
{
	struct descriptor *d = pin(h);

	if (!d)
		return;
	end(entry_of(h), d);
	unpin(d);
}

void evfd_lib_descriptors_forget(void)
{
	for (uint32_t i = 0; i < EVFD_LIB_CHUNKS * EVFD_CHUNK_SLOTS; i++) {
		struct descriptor **chunk =
			evfd_lib_descriptors[i / EVFD_CHUNK_SLOTS];
		struct descriptor **entry, *d;

		if (!chunk) {
			i |= EVFD_CHUNK_SLOTS - 1; /* to the next */
			continue;
		}
		entry = &chunk[i % EVFD_CHUNK_SLOTS];
		d = descriptor_in(*entry);
		if (!d)
			continue;
		d->pins = 0; /* who had pinned it is not here */
		end(entry, d);
	}
}

void evfd_lib_descriptors_hold(void)
{
	evfd_core_mutex_lock(&lock);
}

void evfd_lib_descriptors_let_go(void)
{
	evfd_core_mutex_unlock(&lock);
}

/* ---- meeting ------------------------------------------------------------------ */

int evfd_lib_meet(evfd_t h)
{
	struct evfd_ref ref;
	struct evfd_word w;

	if (!evfd_resolve(evfd_lib_registry(), h, &ref))
		return EVFD_EBADF;
	w = evfd_cell_load(&ref.object->word);
	do {
		if (evfd_word_generation(w) != ref.generation)
			return EVFD_EBADF;
	} while (!evfd_cell_cas(&ref.object->word, &w, w));
	return (int)evfd_word_readiness(w);
}

/* ---- exact -------------------------------------------------------------------- */

static enum state state_at(uint64_t count)
{
	if (count == 0)
		return DOWN;
	return count < EVFD_MAX ? UP : FULL;
}

/* What the counter demands now. One that has ended demands nothing: `otherwise`. */
static enum state demanded(evfd_t h, enum state otherwise)
{
	int ready = evfd_core_readiness(evfd_lib_registry(), h);

	if (ready < 0)
		return otherwise;
	if (!(ready & EVFD_OUT))
		return FULL;
	return ready & (EVFD_IN | EVFD_ERR) ? UP : DOWN;
}

static void set(struct evfd_doorbell *b, enum state state)
{
	switch (state) {
	case DOWN:
		evfd_lib_doorbell_hush(b);
		break;
	case UP:
		evfd_lib_doorbell_ring(b);
		break;
	case FULL:
		evfd_lib_doorbell_jam(b);
		break;
	}
}

/* F3 and F4 */
static inline void mirror(struct descriptor *d, evfd_t h, enum state now)
{
	enum state state;

	do {
		state = now;
		set(&d->bell, state);
		now = demanded(h, state);
	} while (now != state);
}

static void follow_exact(struct descriptor *d, evfd_t h, enum state before,
			 enum state after, bool is_edge)
{
	if (after == before && !is_edge)
		return;
	if (!hold(d, h))
		return;
	if (after == DOWN && before == DOWN)
		evfd_lib_doorbell_touch(&d->bell); /* a write of 0 */
	else
		mirror(d, h, after);
	unpin(d);
}

/* ---- armed ---------------------------------------------------------------------- */

/* Only the operation that brought something to a loop that had nothing. */
static void kick(struct descriptor *d, evfd_t h, enum state before, enum state after)
{
	if (after == DOWN || before != DOWN)
		return;
	if (!hold(d, h))
		return;
	if (swap_ar(&d->is_armed, 0))		  /* K2 */
		evfd_lib_doorbell_ring(&d->bell); /* K3 */
	unpin(d);
}

/* Loop: nobody is to ring from now on; who was about to, owes it. */
static void disarm(struct descriptor *d)
{
	if (!d->was_armed)
		return;
	d->was_armed = false;
	if (!load_acq(&d->is_armed) || !swap_ar(&d->is_armed, 0))
		d->owed++;
}

static void hear(struct descriptor *d)
{
	uint64_t heard;

	if (!d->owed || d->flags & EVFD_EDGE)
		return;
	heard = evfd_lib_doorbell_hush(&d->bell);
	d->owed -= heard < d->owed ? heard : d->owed;
}

static int arm(struct descriptor *d, evfd_t h)
{
	int ready;

	disarm(d);
	hear(d);
	d->was_armed = true;
	store_rel(&d->is_armed, 1); /* A1 */
	ready = evfd_lib_meet(h);   /* A2 */
	if (ready >= 0 && !(ready & (EVFD_IN | EVFD_ERR)))
		return 0;
	disarm(d);
	return ready < 0 ? ready : 1;
}

/* The armed descriptor of h, pinned; else *error tells why not. */
static struct descriptor *pin_armed(evfd_t h, int *error)
{
	struct descriptor *d;

	*error = evfd_core_readiness(evfd_lib_registry(), h);
	if (*error < 0)
		return NULL;
	*error = EVFD_EINVAL;
	d = pin(h);
	if (d && d->flags & EVFD_ARMED)
		return d;
	if (d)
		unpin(d);
	return NULL;
}

int evfd_arm(evfd_t h)
{
	int result;
	struct descriptor *d = pin_armed(h, &result);

	if (d) {
		result = arm(d, h);
		unpin(d);
	}
	return evfd_lib_result(result);
}

int evfd_disarm(evfd_t h)
{
	int result;
	struct descriptor *d = pin_armed(h, &result);

	if (d) {
		disarm(d);
		hear(d);
		unpin(d);
		result = 0;
	}
	return evfd_lib_result(result);
}

/* ---- following --------------------------------------------------------------------- */

/*
 * Unpinned, d may be another counter's by now: then h has ended, and whatever is read
 * here does no harm, for hold() looks at the handle.
 */
int evfd_lib_descriptor_follow_it(struct descriptor *d, evfd_t h,
				  uint64_t before, uint64_t after, bool is_edge)
{
	if (is_member_in(d) && before == 0 && after > 0)
		evfd_lib_set_follow(h);
	d = descriptor_in(d);
	if (!d)
		return 0;
	if (!(load_rlx(&d->flags) & EVFD_ARMED)) /* F2 */
		follow_exact(d, h, state_at(before), state_at(after), is_edge);
	else if (load_acq(&d->is_armed)) /* K2 */
		kick(d, h, state_at(before), state_at(after));
	return 0;
}

void evfd_lib_descriptor_follow_read(evfd_t h)
{
	struct descriptor *d = pin(h);

	if (!d)
		return;
	if (!(d->flags & EVFD_ARMED))
		mirror(d, h, demanded(h, DOWN));
	unpin(d);
}

/* ---- making --------------------------------------------------------------------------- */

/* The entry for a slot, made if need be; NULL: no memory. */
static struct descriptor **make_entry(evfd_t h)
{
	struct descriptor ***chunk =
		&evfd_lib_descriptors[evfd_lib_slot(h) / EVFD_CHUNK_SLOTS];

	if (!*chunk) {
		struct descriptor **fresh =
			evfd_port_alloc(EVFD_CHUNK_SLOTS * sizeof(*fresh));

		if (!fresh)
			return NULL;
		store_rel(chunk, fresh);
	}
	return entry_of(h);
}

int evfd_lib_descriptor_mark(evfd_t h, bool is_member)
{
	struct descriptor **entry = make_entry(h), *seen;

	if (!entry)
		return EVFD_ENOMEM;
	seen = load_acq(entry);
	while (!cas_ar(entry, &seen, entry_with(descriptor_in(seen), is_member)))
		continue;
	return 0;
}

/* A descriptor that nobody can find yet. */
static int prepare(unsigned flags, struct descriptor **made)
{
	struct descriptor *d = pool_pop();
	int error;

	if (!d)
		return EVFD_ENOMEM;
	error = evfd_lib_doorbell_open(&d->bell);
	if (error) {
		pool_push(d);
		return error;
	}
	store_rlx(&d->flags, flags); /* published by G1, as is_armed is */
	store_rlx(&d->is_armed, 0);
	d->was_armed = false;
	d->owed = 0;
	*made = d;
	return 0;
}

/* With the lock held, for an open counter that has none. Returns the number. */
static int make(evfd_t h, unsigned flags)
{
	struct descriptor **entry = make_entry(h);
	struct descriptor *d, *former;
	int result, fd;

	if (!entry)
		return EVFD_ENOMEM;
	result = prepare(flags, &d);
	if (result)
		return result;
	former = descriptor_in(load_acq(entry));
	if (former) /* who closed its counter has yet to end it */
		end(entry, former);
	fd = d->bell.fd;
	store_rel(&d->handle, identity(h));
	add_ar(&d->pins, PIN);
	/* G1; bit 0 changes under the lock only. */
	store_rel(entry, entry_with(d, is_member_in(load_acq(entry))));
	result = evfd_lib_meet(h); /* G2 */
	if (result < 0)
		end(entry, d);
	else if (!(flags & EVFD_ARMED) && result != EVFD_OUT)
		mirror(d, h, demanded(h, DOWN));
	unpin(d);
	return result < 0 ? result : fd;
}

static int find_or_make(evfd_t h, unsigned flags)
{
	struct descriptor *d;
	int result;

	if (flags & ~(EVFD_ARMED | EVFD_EDGE) || flags == EVFD_EDGE)
		return EVFD_EINVAL;
	result = evfd_core_readiness(evfd_lib_registry(), h);
	if (result < 0)
		return result;
	d = pin(h);
	if (!d)
		return make(h, flags);
	result = d->flags == flags ? d->bell.fd : EVFD_EEXIST;
	unpin(d);
	return result;
}

int evfd_descriptor(evfd_t h, unsigned flags)
{
	int result;

	evfd_core_mutex_lock(&lock);
	result = find_or_make(h, flags);
	evfd_core_mutex_unlock(&lock);
	return evfd_lib_result(result);
}
