/* SPDX-License-Identifier: MIT */
/*
 * Theory
 *
 * Slots are type-stable: a chunk, once published, stays until the registry ends,
 * so a stale handle reads a word that is still a word and finds another generation
 * in it. Odd generations are open objects, even ones free slots. A slot is
 * retired when its generations are spent, so that no handle ever comes back.
 *
 * Who may touch what: the words belong to counter.c; the free list, names, the
 * numbers of live objects and their owners' to `lock`. Nothing on the path of a read
 * or write takes it.
 *
 * Reuse. Threads in a slow path pin the slot, because they use tokens, which
 * have no generation. pins is 2 a thread, plus 1 once the object is closed.
 *
 *	closer				last to leave
 *	P1 pins += 1 (closed)		P3 pins -= 2
 *	P2 CAS pins: 1 -> 0		P4 CAS pins: 1 -> 0
 *
 * Whoever's CAS succeeds frees the slot; P1 and P3 are one order, so the later of
 * the two sees pins == 1 and tries, and only one CAS can succeed. A thread that
 * pins through a stale handle only delays that: it becomes the last to leave. If
 * it pins a slot that is free or reused it finds another generation and leaves.
 *
 * The free list is a queue: slots take turns, and generations are spent evenly.
 *
 * Ordering. G1: a chunk is published by release and loaded by acquire (G2). O1: an
 * object's other fields are set before the CAS that makes its generation odd,
 * which releases; every operation starts by acquiring the word. So the pointer to a
 * chunk's statistics, set once, is there for whoever has read COUNTED.
 */
#include "registry.h"
#include "cell.h"
#include "mutex.h"

#define CLOSED 1u
#define PIN 2u
/* The last generation that an open object may have. */
#define GENERATION_LAST (UINT32_MAX - 2)

_Static_assert(sizeof(struct evfd_chunk) <= (EVFD_CHUNK_SLOTS + 1) * 64 &&
		       sizeof(struct evfd_name) <= 24 &&
		       sizeof(struct evfd_statistics) == 40,
	       "an object costs a line; 24 bytes if named, 40 if counted");

static struct evfd_object *object_at(const struct evfd_registry *r, uint32_t slot)
{
	return &r->chunks[slot / EVFD_CHUNK_SLOTS]->objects[slot % EVFD_CHUNK_SLOTS];
}

/* The generation that a slot has reached. */
static uint32_t generation_at(const struct evfd_registry *r, uint32_t slot)
{
	return evfd_word_generation(evfd_cell_load(&object_at(r, slot)->word));
}

void evfd_registry_lock(struct evfd_registry *r)
{
	evfd_mutex_lock(&r->lock);
}

void evfd_registry_unlock(struct evfd_registry *r)
{
	evfd_mutex_unlock(&r->lock);
}

static size_t directory_size(const struct evfd_registry *r)
{
	return r->capacity / EVFD_CHUNK_SLOTS * sizeof(struct evfd_chunk *);
}

int evfd_registry_init(struct evfd_registry *r, uint32_t limit)
{
	struct evfd_registry fresh = { .limit = limit };

	if (limit == 0)
		fresh.limit = EVFD_SLOTS_DEFAULT;
	if (fresh.limit > EVFD_SLOTS_MAX)
		return EVFD_EINVAL;
	/* One chunk to spare for closed objects that threads are still leaving. */
	fresh.capacity = (fresh.limit + EVFD_CHUNK_SLOTS - 1) /
				 EVFD_CHUNK_SLOTS * EVFD_CHUNK_SLOTS +
			 EVFD_CHUNK_SLOTS;
	fresh.chunks = evfd_port_alloc(directory_size(&fresh));
	if (!fresh.chunks)
		return EVFD_ENOMEM;
	*r = fresh;
	return 0;
}

int evfd_registry_fini(struct evfd_registry *r)
{
	uint32_t i;

	evfd_registry_lock(r);
	for (i = 0; i < r->used; i++)
		if (r->live || load_acq(&object_at(r, i)->pins) != 0) {
			evfd_registry_unlock(r);
			return EVFD_EBUSY;
		}
	evfd_registry_unlock(r);
	for (i = 0; i < r->capacity / EVFD_CHUNK_SLOTS; i++) {
		struct evfd_chunk *c = r->chunks[i];

		if (c && c->names)
			evfd_port_free(c->names, sizeof(*c->names));
		if (c && c->statistics)
			evfd_port_free(c->statistics, sizeof(*c->statistics));
		if (c)
			evfd_port_free(c, sizeof(*c));
	}
	evfd_port_free(r->chunks, directory_size(r));
	r->chunks = NULL;
	r->capacity = 0;
	return 0;
}

uint32_t evfd_registry_live(struct evfd_registry *r)
{
	return load_rlx(&r->live); /* a number to look at, guards nothing */
}

/* ---- the free list, with the lock held ---------------------------------- */

static void free_push(struct evfd_registry *r, uint32_t slot)
{
	object_at(r, slot)->next_free = 0;
	if (r->free)
		object_at(r, r->free_tail - 1)->next_free = slot + 1;
	else
		r->free = slot + 1;
	r->free_tail = slot + 1;
}

static bool free_remove(struct evfd_registry *r, uint32_t slot)
{
	uint32_t before = 0, at = r->free;

	while (at && at != slot + 1) {
		before = at;
		at = object_at(r, at - 1)->next_free;
	}
	if (!at)
		return false;
	if (before)
		object_at(r, before - 1)->next_free = object_at(r, slot)->next_free;
	else
		r->free = object_at(r, slot)->next_free;
	if (r->free_tail == at)
		r->free_tail = before;
	return true;
}

/* Make slots exist up to and including `slot`; the ones before it are free. */
static int grow_to(struct evfd_registry *r, uint32_t slot)
{
	while (r->used <= slot) {
		struct evfd_chunk **chunk = &r->chunks[r->used / EVFD_CHUNK_SLOTS];

		if (!*chunk) {
			struct evfd_chunk *fresh = evfd_port_alloc(sizeof(*fresh));

			if (!fresh)
				return EVFD_ENOMEM;
			store_rel(chunk, fresh); /* G1 */
		}
		if (r->used++ < slot)
			free_push(r, r->used - 1);
	}
	return 0;
}

/* ---- creation -------------------------------------------------------------- */

void evfd_copy_label(char *to, const char *from)
{
	size_t i = 0;

	if (from)
		for (; i < EVFD_LABEL_SIZE - 1 && from[i]; i++)
			to[i] = from[i];
	for (; i < EVFD_LABEL_SIZE; i++)
		to[i] = '\0';
}

/* Take a slot that is free, and was never beyond this generation, off the list. */
static int take_slot(struct evfd_registry *r, uint32_t slot,
		     uint32_t generation, const struct evfd_owner *owner)
{
	if (owner && owner->limit && owner->live >= owner->limit)
		return EVFD_EMFILE;
	if (r->live >= r->limit || slot >= r->capacity)
		return EVFD_ENFILE;
	if (slot >= r->used)
		return grow_to(r, slot);
	if (generation_at(r, slot) >= generation || !free_remove(r, slot))
		return EVFD_EEXIST;
	return 0;
}

/* Give the slot of h, which has been taken, to a new object; or back: EVFD_ENOMEM. */
static int open_slot(struct evfd_registry *r, evfd_t h, uint64_t count,
		     uint32_t flags, struct evfd_owner *owner, const char *label)
{
	uint32_t slot = (uint32_t)h, i = slot % EVFD_CHUNK_SLOTS;
	struct evfd_chunk *c = r->chunks[slot / EVFD_CHUNK_SLOTS];
	struct evfd_object *o = &c->objects[i];
	struct evfd_word w = evfd_cell_load(&o->word);
	struct evfd_word open = evfd_word_make(count, (uint32_t)(h >> 32), flags);
	bool is_named = owner || (label && *label);
	bool is_counted = flags & EVFD_COUNTED;

	if (is_named && !c->names)
		c->names = evfd_port_alloc(sizeof(*c->names));
	if (is_counted && !c->statistics)
		c->statistics = evfd_port_alloc(sizeof(*c->statistics));
	if ((is_named && !c->names) || (is_counted && !c->statistics)) {
		free_push(r, slot);
		return EVFD_ENOMEM;
	}
	if (c->names) {
		(*c->names)[i].owner = owner;
		evfd_copy_label((*c->names)[i].label, label);
	}
	if (is_counted) { /* overtaken calls may be counting */
		store_rlx(&(*c->statistics)[i].reads, 0);
		store_rlx(&(*c->statistics)[i].posts, 0);
		store_rlx(&(*c->statistics)[i].wakes, 0);
		store_rlx(&(*c->statistics)[i].agains, 0);
		store_rlx(&(*c->statistics)[i].overflows, 0);
	}
	if (owner)
		owner->live++;
	store_rlx(&r->live, r->live + 1);  /* written under the lock only */
	evfd_cell_cas(&o->word, &w, open); /* O1; nobody touches a closed word */
	return 0;
}

int evfd_create(struct evfd_registry *r, uint64_t initial, uint32_t flags,
		struct evfd_owner *owner, const char *label, evfd_t *h)
{
	evfd_t fresh;
	uint32_t slot;
	int error;

	if (flags & ~EVFD_CREATE_FLAGS || initial > EVFD_MAX)
		return EVFD_EINVAL;
	evfd_registry_lock(r);
	slot = r->free ? r->free - 1 : r->used;
	error = take_slot(r, slot, GENERATION_LAST, owner);
	if (!error) {
		fresh = (evfd_t)(generation_at(r, slot) + 1) << 32 | slot;
		error = open_slot(r, fresh, initial, flags, owner, label);
	}
	if (!error)
		*h = fresh;
	evfd_registry_unlock(r);
	return error;
}

int evfd_restore(struct evfd_registry *r, const struct evfd_snapshot *s,
		 struct evfd_owner *owner)
{
	uint32_t generation = (uint32_t)(s->handle >> 32);
	uint32_t flags = s->flags | (s->is_cancelled ? EVFD_WORD_CANCELLED : 0);
	int error;

	if (s->flags & ~EVFD_CREATE_FLAGS || !(generation & 1) ||
	    generation > GENERATION_LAST ||
	    s->handle & (EVFD_NO_READ | EVFD_NO_WRITE))
		return EVFD_EINVAL;
	evfd_registry_lock(r);
	error = take_slot(r, (uint32_t)s->handle, generation, owner);
	if (!error)
		error = open_slot(r, s->handle, s->count, flags, owner, s->label);
	evfd_registry_unlock(r);
	return error;
}

/* ---- pins and release ------------------------------------------------------- */

/* P2, P4: free the slot if nobody else has or will. */
static void reclaim(struct evfd_registry *r, struct evfd_ref *ref)
{
	uint32_t closed = CLOSED;

	if (!cas_ar(&ref->object->pins, &closed, 0))
		return;
	evfd_registry_lock(r);
	if (generation_at(r, ref->slot) > GENERATION_LAST)
		r->retired++;
	else
		free_push(r, ref->slot);
	evfd_registry_unlock(r);
}

void evfd_pin(struct evfd_ref *ref)
{
	add_ar(&ref->object->pins, PIN);
}

void evfd_unpin(struct evfd_registry *r, struct evfd_ref *ref)
{
	if (sub_ar(&ref->object->pins, PIN) == PIN + CLOSED) /* P3 */
		reclaim(r, ref);
}

void evfd_registry_release(struct evfd_registry *r, struct evfd_ref *ref)
{
	struct evfd_object *o = ref->object;
	struct evfd_name *name;

	evfd_registry_lock(r);
	name = evfd_name_of(ref);
	if (name && name->owner)
		name->owner->live--;
	store_rlx(&r->live, r->live - 1);
	evfd_registry_unlock(r);
	if (add_ar(&o->pins, CLOSED) == 0) /* P1 */
		reclaim(r, ref);
}
