/* SPDX-License-Identifier: MIT */
/*
 * The calls by handle: find the object, check the right, apply the request, keep
 * the statistics.
 *
 * What evfd_call_quiet() leaves is for evfd_call(), which first tries without
 * sleeping; only a call that must sleep pins the slot.
 */
#include "calls.h"

#define NEEDS_BOTH (EVFD_NO_READ | EVFD_NO_WRITE)
/* What the quiet path leaves, so that nothing of it is in the way there. */
#define NOT_INLINE __attribute__((__noinline__))

static void keep_statistics(struct evfd_statistics *n, enum evfd_op op,
			    int result, const struct evfd_outcome *out)
{
	/* Relaxed: numbers to look at, which order nothing. */
	if (result == EVFD_EAGAIN)
		add_rlx(&n->agains, 1);
	if (result < 0)
		return;
	if (op == EVFD_OP_READ || op == EVFD_OP_TAKE)
		add_rlx(&n->reads, 1);
	if (op == EVFD_OP_ADD || op == EVFD_OP_POST)
		add_rlx(&n->posts, 1);
	if (op == EVFD_OP_POST && out->did_saturate)
		add_rlx(&n->overflows, 1);
	if (out->woken)
		add_rlx(&n->wakes, out->woken);
}

static int apply_sleeping(struct evfd_registry *r, struct evfd_ref *ref,
			  const struct evfd_request *rq, uint64_t deadline_ns,
			  enum evfd_notify how, struct evfd_outcome *out)
{
	int result;

	evfd_pin(ref);
	result = evfd_counter_apply(ref->object, ref->generation, rq,
				    deadline_ns, how, out);
	evfd_unpin(r, ref);
	return result;
}

int evfd_call(struct evfd_registry *r, evfd_t h, uint64_t forbidden,
	      const struct evfd_request *rq, uint64_t deadline_ns,
	      enum evfd_notify how, struct evfd_outcome *out)
{
	struct evfd_ref ref;
	struct evfd_word w;
	int result;

	if (h & forbidden)
		return evfd_call_look(r, h, &ref, &w) < 0 ? EVFD_EBADF : EVFD_EPERM;
	if (!evfd_resolve(r, h, &ref))
		return EVFD_EBADF;
	out->flags = 0;
	result = evfd_counter_apply(ref.object, ref.generation, rq, EVFD_NOWAIT,
				    how, out);
	if (result == EVFD_EAGAIN && deadline_ns != EVFD_NOWAIT)
		result = apply_sleeping(r, &ref, rq, deadline_ns, how, out);
	if (out->flags & EVFD_WORD_COUNTED)
		keep_statistics(evfd_statistics_of(&ref), rq->op, result, out);
	return result;
}

static NOT_INLINE int call_general(struct evfd_registry *r, evfd_t h,
				   uint64_t forbidden, enum evfd_op op,
				   uint64_t min, uint64_t max,
				   uint64_t deadline_ns, uint64_t *value)
{
	const struct evfd_request rq = { .op = op, .min = min, .max = max };
	struct evfd_outcome out;
	int result = evfd_call(
		r, h, forbidden, &rq, deadline_ns,
		op == EVFD_OP_POST ? EVFD_NOTIFY_ANY : EVFD_NOTIFY_THREAD, &out);

	if (result == 0 && value)
		*value = out.value;
	return result;
}

/* Folds around a constant operation. */
static inline int call(struct evfd_registry *r, evfd_t h, uint64_t forbidden,
		       enum evfd_op op, uint64_t min, uint64_t max,
		       uint64_t deadline_ns, uint64_t *value)
{
	struct evfd_word before;
	struct evfd_step s;
	int result = evfd_call_quiet(r, h, forbidden, op, min, max, deadline_ns,
				     NULL, NULL, &before, &s);

	if (result > 0)
		return call_general(r, h, forbidden, op, min, max, deadline_ns,
				    value);
	if (result == 0 && value)
		*value = s.value;
	return result;
}

int evfd_read(struct evfd_registry *r, evfd_t h, uint64_t *value,
	      uint64_t deadline_ns)
{
	return call(r, h, EVFD_NO_READ, EVFD_OP_READ, 0, 0, deadline_ns, value);
}

static NOT_INLINE int read_put_general(struct evfd_registry *r, evfd_t h,
				       evfd_put_fn *put, void *ctx,
				       uint64_t deadline_ns)
{
	struct evfd_request rq = { .op = EVFD_OP_READ, .put = put, .ctx = ctx };
	struct evfd_outcome out;

	return evfd_call(r, h, EVFD_NO_READ, &rq, deadline_ns,
			 EVFD_NOTIFY_THREAD, &out);
}

int evfd_read_put(struct evfd_registry *r, evfd_t h, evfd_put_fn *put,
		  void *ctx, uint64_t deadline_ns)
{
	struct evfd_word before;
	struct evfd_step s;
	int result = evfd_call_quiet(r, h, EVFD_NO_READ, EVFD_OP_READ, 0, 0,
				     deadline_ns, put, ctx, &before, &s);

	return result > 0 ? read_put_general(r, h, put, ctx, deadline_ns) : result;
}

int evfd_take(struct evfd_registry *r, evfd_t h, uint64_t min, uint64_t max,
	      uint64_t *taken, uint64_t deadline_ns)
{
	if (min < 1 || min > max || max > EVFD_MAX)
		return EVFD_EINVAL;
	return call(r, h, EVFD_NO_READ, EVFD_OP_TAKE, min, max, deadline_ns, taken);
}

int evfd_write(struct evfd_registry *r, evfd_t h, uint64_t value,
	       uint64_t deadline_ns)
{
	return call(r, h, EVFD_NO_WRITE, EVFD_OP_ADD, 0, value, deadline_ns, NULL);
}

int evfd_post(struct evfd_registry *r, evfd_t h, uint64_t value)
{
	return call(r, h, EVFD_NO_WRITE, EVFD_OP_POST, 0, value, EVFD_NOWAIT, NULL);
}

int evfd_swap(struct evfd_registry *r, evfd_t h, uint64_t value, uint64_t *old)
{
	return call(r, h, NEEDS_BOTH, EVFD_OP_SWAP, 0, value, EVFD_NOWAIT, old);
}

int evfd_cancel(struct evfd_registry *r, evfd_t h)
{
	return call(r, h, NEEDS_BOTH, EVFD_OP_CANCEL, 0, 0, EVFD_NOWAIT, NULL);
}

int evfd_close(struct evfd_registry *r, evfd_t h)
{
	struct evfd_request rq = { .op = EVFD_OP_CLOSE };
	struct evfd_outcome out;
	struct evfd_ref ref;
	int result = evfd_call(r, h, NEEDS_BOTH, &rq, EVFD_NOWAIT,
			       EVFD_NOTIFY_THREAD, &out);

	/* Ours is the one close that succeeded: the slot waits for us. */
	if (result == 0 && evfd_resolve(r, h, &ref))
		evfd_registry_release(r, &ref);
	return result;
}

/* ---- looking ------------------------------------------------------------- */

int evfd_call_look(const struct evfd_registry *r, evfd_t h,
		   struct evfd_ref *ref, struct evfd_word *w)
{
	if (!evfd_resolve(r, h, ref))
		return EVFD_EBADF;
	*w = evfd_cell_load(&ref->object->word);
	return evfd_is_word_of(*w, h) ? 0 : EVFD_EBADF;
}

int evfd_peek(struct evfd_registry *r, evfd_t h, uint64_t *value)
{
	struct evfd_ref ref;
	struct evfd_word w;
	int result = evfd_call_look(r, h, &ref, &w);

	if (result == 0)
		*value = w.count;
	return result;
}

static NOT_INLINE int readiness_general(const struct evfd_registry *r, evfd_t h)
{
	struct evfd_ref ref;
	struct evfd_word w;
	int result = evfd_call_look(r, h, &ref, &w);

	return result < 0 ? result : (int)evfd_word_readiness(w);
}

int evfd_readiness(struct evfd_registry *r, evfd_t h)
{
	struct evfd_word w;

	if (!evfd_call_look_quick(r, h, &w))
		return readiness_general(r, h);
	return (int)evfd_word_readiness(w);
}

/*
 * What lies beside the word belongs to the object only if the generation is still
 * the same after it was copied: the lock, which creation holds, makes sure.
 */
int evfd_stat(struct evfd_registry *r, evfd_t h, struct evfd_stat *st)
{
	struct evfd_ref ref;
	const struct evfd_name *name;
	const struct evfd_statistics *n;
	struct evfd_word w;
	int result;

	evfd_registry_lock(r);
	result = evfd_call_look(r, h, &ref, &w);
	if (result == 0) {
		*st = (struct evfd_stat){
			.count = w.count,
			.id = ref.slot,
			.flags = evfd_word_flags(w) & EVFD_CREATE_FLAGS,
			.is_cancelled = w.ctl & EVFD_WORD_CANCELLED,
			.waiting_readers =
				evfd_counter_waiting(ref.object, w, EVFD_READERS),
			.waiting_writers =
				evfd_counter_waiting(ref.object, w, EVFD_WRITERS),
		};
		name = evfd_name_of(&ref);
		if (name && name->owner)
			st->owner_id = name->owner->id;
		evfd_copy_label(st->label, name ? name->label : NULL);
	}
	if (result == 0 && st->flags & EVFD_COUNTED) {
		n = evfd_statistics_of(&ref);
		st->reads = load_rlx(&n->reads);
		st->posts = load_rlx(&n->posts);
		st->wakes = load_rlx(&n->wakes);
		st->agains = load_rlx(&n->agains);
		st->overflows = load_rlx(&n->overflows);
	}
	evfd_registry_unlock(r);
	return result;
}

int evfd_snapshot(struct evfd_registry *r, evfd_t h, struct evfd_snapshot *s)
{
	struct evfd_stat st;
	int result = evfd_stat(r, h, &st);

	if (result < 0)
		return result;
	s->handle = h & ~NEEDS_BOTH;
	s->count = st.count;
	s->flags = st.flags;
	s->is_cancelled = st.is_cancelled;
	evfd_copy_label(s->label, st.label);
	return 0;
}

/* ---- watching -------------------------------------------------------------- */

int evfd_watch_change(struct evfd_registry *r, evfd_t h, struct evfd_watch *w,
		      uint32_t events)
{
	struct evfd_ref ref;

	if (!evfd_resolve(r, h, &ref))
		return EVFD_EBADF;
	return evfd_counter_watch(ref.object, ref.generation, w, events);
}

int evfd_watch_add(struct evfd_registry *r, evfd_t h, struct evfd_watch *w)
{
	return evfd_watch_change(r, h, w, w->events);
}

void evfd_watch_remove(struct evfd_registry *r, evfd_t h, struct evfd_watch *w)
{
	struct evfd_ref ref;

	if (evfd_resolve(r, h, &ref))
		evfd_counter_unwatch(ref.object, w);
}
