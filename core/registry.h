/* SPDX-License-Identifier: MIT */
/*
 * From handles to objects, and how long an object's slot is one object. Knows
 * nothing of counts.
 */
#ifndef EVFD_CORE_REGISTRY_H
#define EVFD_CORE_REGISTRY_H

#include "atomic.h"
#include "counter.h"

/* Guarded by the registry's lock. */
struct evfd_name {
	struct evfd_owner *owner;
	char label[EVFD_LABEL_SIZE];
};

/* Atomic; 32-bit machines align 8 bytes less. */
struct evfd_statistics {
	_Alignas(8) uint64_t reads, posts, wakes, agains, overflows;
};

/* Slots. Never moves, lives as long as the registry. So do the arrays beside the
 * objects, which are made when the first object of the chunk needs one. */
struct evfd_chunk {
	struct evfd_object objects[EVFD_CHUNK_SLOTS];
	struct evfd_name (*names)[EVFD_CHUNK_SLOTS];
	struct evfd_statistics (*statistics)[EVFD_CHUNK_SLOTS];
};

/* A handle taken apart. Resolved does not mean open: the word's generation,
 * compared by every operation, tells that. */
struct evfd_ref {
	struct evfd_object *object;
	struct evfd_chunk *chunk;
	uint32_t generation;
	uint32_t slot;
};

#define EVFD_SLOT_MASK 0x3fffffffu
/* In every handle: generations of open objects are odd. */
#define EVFD_HANDLE_OPEN (UINT64_C(1) << EVFD_GENERATION_SHIFT)

/* Is this the word of the object that h is a handle of? */
static inline bool evfd_is_word_of(struct evfd_word w, evfd_t h)
{
	return (w.ctl ^ h) >> EVFD_GENERATION_SHIFT == 0;
}

/* False for a handle that no object of this registry can have had. */
static inline bool evfd_resolve(const struct evfd_registry *r, evfd_t h,
				struct evfd_ref *ref)
{
	uint32_t slot = (uint32_t)h & EVFD_SLOT_MASK;
	struct evfd_chunk *chunk;

	if (!(h & EVFD_HANDLE_OPEN) || slot >= r->capacity)
		return false;
	chunk = load_acq(&r->chunks[slot / EVFD_CHUNK_SLOTS]); /* G2, pairs with G1 */
	if (!chunk)
		return false;
	*ref = (struct evfd_ref){
		.object = &chunk->objects[slot % EVFD_CHUNK_SLOTS],
		.chunk = chunk,
		.generation = (uint32_t)(h >> EVFD_GENERATION_SHIFT),
		.slot = slot,
	};
	return true;
}

/* With the registry's lock held. NULL: no owner, and the label is empty. */
static inline struct evfd_name *evfd_name_of(const struct evfd_ref *ref)
{
	struct evfd_chunk *c = ref->chunk;

	return c->names ? &(*c->names)[ref->slot % EVFD_CHUNK_SLOTS] : NULL;
}

/* Of an object in whose word COUNTED was read. */
static inline struct evfd_statistics *evfd_statistics_of(const struct evfd_ref *ref)
{
	return &(*ref->chunk->statistics)[ref->slot % EVFD_CHUNK_SLOTS];
}

/*
 * Pin: the slot is not given to another object until unpinned. Taking one does not
 * mean that the object is open; the next operation tells. Thread context.
 */
void evfd_pin(struct evfd_ref *ref);
void evfd_unpin(struct evfd_registry *r, struct evfd_ref *ref);

/* Keeps slots from being opened and released; for looking beside the word. Thread
 * context. */
void evfd_registry_lock(struct evfd_registry *r);
void evfd_registry_unlock(struct evfd_registry *r);

/* At most EVFD_LABEL_SIZE - 1 bytes of `from` (may be NULL), padded with zeros. */
void evfd_copy_label(char *to, const char *from);

/* The object of ref has just been closed by the caller: uncharge it, and free the
 * slot now or when the last pin goes. */
void evfd_registry_release(struct evfd_registry *r, struct evfd_ref *ref);

#endif
