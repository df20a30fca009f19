/* SPDX-License-Identifier: MIT */
/*
 * What the calls by handle of core.h are made of, for a layer that follows every
 * change of a counter with one of its own and so must know what happened.
 */
#ifndef EVFD_CORE_CALLS_H
#define EVFD_CORE_CALLS_H

#include "cell.h"
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

/*
 * The same for a word that is quiet, from which a step owes nobody anything and
 * changes the count only (I8): find, load, compare and swap, and that is all.
 * Around a constant operation the transition folds to one addition. *before and *s,
 * complete on success, tell what was done. Returns 0 or an error; or 1 with nothing
 * done: it takes evfd_call().
 */
static inline int evfd_call_quiet(const struct evfd_registry *r, evfd_t h,
				  uint64_t forbidden, enum evfd_op op,
				  uint64_t min, uint64_t max, uint64_t deadline_ns,
				  evfd_put_fn *put, void *ctx,
				  struct evfd_word *before, struct evfd_step *s)
{
	struct evfd_ref ref;

	if (op == EVFD_OP_CANCEL || h & forbidden || !evfd_resolve(r, h, &ref))
		return 1;
	if (!evfd_cell_load_quick(&ref.object->word, h, before) ||
	    !evfd_word_is_quiet(*before))
		return 1;
	*s = evfd_word_apply(evfd_word_quiet(*before), op, min, max);
	if (s->result == 0 && put)
		s->result = put(ctx, s->value);
	if (s->result < 0)
		return s->result == EVFD_EAGAIN && deadline_ns != EVFD_NOWAIT ?
			       1 :
			       s->result;
	return evfd_cell_cas_quick(&ref.object->word, *before, s->next.count) ?
		       0 :
		       1;
}

/* The word of an open counter, if that is quick to tell; else it takes the other. */
static inline bool evfd_call_look_quick(const struct evfd_registry *r, evfd_t h,
					struct evfd_word *w)
{
	struct evfd_ref ref;

	return evfd_resolve(r, h, &ref) &&
	       evfd_cell_load_quick(&ref.object->word, h, w);
}

/* The same of any; or EVFD_EBADF. */
int evfd_call_look(const struct evfd_registry *r, evfd_t h,
		   struct evfd_ref *ref, struct evfd_word *w);

#endif
