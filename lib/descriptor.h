/* SPDX-License-Identifier: MIT */
/* How the calls tell a counter's descriptor what they have done. */
#ifndef EVFD_LIB_DESCRIPTOR_H
#define EVFD_LIB_DESCRIPTOR_H

#include "core.h"

/*
 * The operation *rq on the counter of h has succeeded with *out, and the word that it
 * applied to was WATCHED: let the descriptor, if there is one, follow. Never
 * sleeps, waits for nobody. Context: any.
 */
void evfd_lib_descriptor_follow(evfd_t h, const struct evfd_request *rq,
				const struct evfd_outcome *out);

/* The same after a read of which nothing else is known. */
void evfd_lib_descriptor_follow_read(evfd_t h);

#endif
