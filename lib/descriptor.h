/* SPDX-License-Identifier: MIT */
/* How the calls tell a counter's descriptor what they have done. */
#ifndef EVFD_LIB_DESCRIPTOR_H
#define EVFD_LIB_DESCRIPTOR_H

#include "core.h"

#define EVFD_LIB_CHUNKS (EVFD_SLOTS_MAX / EVFD_CHUNK_SLOTS + 1)

struct descriptor;

/* By slot; chunks and what they point to are never freed. */
extern struct descriptor **evfd_lib_descriptors[EVFD_LIB_CHUNKS];

static inline uint32_t evfd_lib_slot(evfd_t h)
{
	return (uint32_t)h & EVFD_SLOT_MASK;
}

void evfd_lib_descriptor_follow_it(evfd_t h, struct descriptor *d,
				   const struct evfd_request *rq,
				   const struct evfd_outcome *out);

/*
 * The operation *rq on the counter of h has succeeded with *out: let its descriptor, if
 * there is one, follow. Never sleeps, waits for nobody. Context: any.
 */
static inline void evfd_lib_descriptor_follow(evfd_t h,
					      const struct evfd_request *rq,
					      const struct evfd_outcome *out)
{
	uint32_t slot = evfd_lib_slot(h);
	struct descriptor **chunk =
		load_acq(&evfd_lib_descriptors[slot / EVFD_CHUNK_SLOTS]);
	struct descriptor *d =
		chunk ? load_acq(&chunk[slot % EVFD_CHUNK_SLOTS]) : NULL;

	if (d)
		evfd_lib_descriptor_follow_it(h, d, rq, out);
}

/* The same after a read of which nothing else is known. */
void evfd_lib_descriptor_follow_read(evfd_t h);

/* The counter of h has been closed: so is its descriptor. */
void evfd_lib_descriptor_end(evfd_t h);

/* No descriptor is made meanwhile. Context: thread. */
void evfd_lib_descriptors_hold(void);
void evfd_lib_descriptors_let_go(void);

/* Held, and with no other thread in the process: close all of them. */
void evfd_lib_descriptors_forget(void);

#endif
