/* SPDX-License-Identifier: MIT */
/*
 * What the calls by handle of core.h are made of, for a layer that follows every
 * change of a counter with one of its own and so must know what happened.
 */
#ifndef EVFD_CORE_CALLS_H
#define EVFD_CORE_CALLS_H

#include "registry.h"

/*
 * Apply one request to the counter of h, sleeping until deadline_ns if it does not
 * fit. forbidden: the EVFD_NO_ bits of a handle that lacks the right. how: must
 * the edge have been delivered when the call returns? *out is complete only
 * on success. Amounts are not checked here but for what word.h refuses.
 */
int evfd_call(struct evfd_registry *r, evfd_t h, uint64_t forbidden,
	      const struct evfd_request *rq, uint64_t deadline_ns,
	      enum evfd_notify how, struct evfd_outcome *out);

#endif
