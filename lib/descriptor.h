/* SPDX-License-Identifier: MIT */
/* How the calls tell a counter's descriptor what they have done. */
#ifndef EVFD_LIB_DESCRIPTOR_H
#define EVFD_LIB_DESCRIPTOR_H

#include "core.h"

#define EVFD_LIB_CHUNKS (EVFD_SLOTS_MAX / EVFD_CHUNK_SLOTS + 1)

struct descriptor;

/* By slot; chunks and what they point to are never freed. Bit 0 of an entry is set
 * while the counter is a member of a set (set.h). */
extern struct descriptor **evfd_lib_descriptors[EVFD_LIB_CHUNKS] EVFD_LIB_HIDDEN;

static inline uint32_t evfd_lib_slot(evfd_t h)
{
	return (uint32_t)h & EVFD_SLOT_MASK;
}

/* As below, by scalars: no caller's frame is left to return through, see descriptor.c. */
int evfd_lib_descriptor_follow_it(struct descriptor *d, evfd_t h, uint64_t before,
				  uint64_t after, bool is_edge) EVFD_LIB_HIDDEN;

/* The count that an operation left behind. A cancelled counter becomes readable. */
static inline uint64_t evfd_lib_count_after(const struct evfd_request *rq,
					    const struct evfd_outcome *out)
{
	switch (rq->op) {
	case EVFD_OP_READ:
	case EVFD_OP_TAKE:
		return out->before - out->value;
	case EVFD_OP_ADD:
	case EVFD_OP_POST:
		return rq->max < UINT64_MAX - out->before ? out->before + rq->max :
							    EVFD_SATURATED;
	case EVFD_OP_CANCEL:
		return 1;
	default:
		return rq->max;
	}
}

/*
 * The operation *rq on the counter of h has succeeded with *out: let its descriptor, if
 * there is one, follow. Never sleeps, waits for nobody. Returns 0. Context: any.
 */
static inline int evfd_lib_descriptor_follow(evfd_t h,
					     const struct evfd_request *rq,
					     const struct evfd_outcome *out)
{
	uint32_t slot = evfd_lib_slot(h);
	struct descriptor **chunk =
		load_acq(&evfd_lib_descriptors[slot / EVFD_CHUNK_SLOTS]);
	struct descriptor *d =
		chunk ? load_acq(&chunk[slot % EVFD_CHUNK_SLOTS]) : NULL;
	bool is_read = rq->op == EVFD_OP_READ || rq->op == EVFD_OP_TAKE;

	if (!d)
		return 0;
	return evfd_lib_descriptor_follow_it(
		d, h, rq->op == EVFD_OP_CANCEL ? 0 : out->before,
		evfd_lib_count_after(rq, out),
		!is_read && !(out->flags & EVFD_WORD_TRANSITION));
}

/* The same after a read of which nothing else is known. */
void evfd_lib_descriptor_follow_read(evfd_t h);

/* The counter of h has been closed: so is its descriptor. */
void evfd_lib_descriptor_end(evfd_t h);

/*
 * Set or clear bit 0 of h's entry, held. Clearing cannot fail. Returns 0 or EVFD_ENOMEM.
 */
int evfd_lib_descriptor_mark(evfd_t h, bool is_member);

/*
 * Meet the operations on h: those that come before are in the readiness that is
 * returned, those that come after see what the caller published before. Returns
 * that or EVFD_EBADF. Context: thread.
 */
int evfd_lib_meet(evfd_t h);

/* No descriptor is made meanwhile, and no set gets members or loses them. Context:
 * thread. */
void evfd_lib_descriptors_hold(void);
void evfd_lib_descriptors_let_go(void);

/* Held, and with no other thread in the process: close all of them. */
void evfd_lib_descriptors_forget(void);

#endif
