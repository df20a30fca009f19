/* SPDX-License-Identifier: MIT */
/*
 * The calls that change or look at a count: the core's, and after each that succeeded
 * a descriptor may have to follow. What is quiet and has no descriptor folds into the
 * call (built as one unit with core/, see meson.build); a request and its outcome
 * are written down only for the others. Edges are left with whoever holds a watch list
 * (EVFD_NOTIFY_ANY): no call here waits for another thread's, and those that do not
 * sleep may interrupt any.
 */
#include <errno.h>

#include "descriptor.h"
#include "library.h"

#define ALWAYS_INLINE inline __attribute__((__always_inline__))
#define LAST __attribute__((__noinline__, __cold__))

/* The rights that an operation needs, as the bits that forbid it. */
static ALWAYS_INLINE uint64_t forbidden(enum evfd_op op)
{
	if (op == EVFD_OP_READ || op == EVFD_OP_TAKE)
		return EVFD_NO_READ;
	if (op == EVFD_OP_ADD || op == EVFD_OP_POST)
		return EVFD_NO_WRITE;
	return EVFD_NO_READ | EVFD_NO_WRITE;
}

/* Where a call jumps to, so that it has no frame of its own. */
static LAST int apply_general(evfd_t h, enum evfd_op op, uint64_t min,
			      uint64_t max, uint64_t deadline, uint64_t *value)
{
	const struct evfd_request rq = { .op = op, .min = min, .max = max };
	struct evfd_outcome out;
	int result = evfd_core_call(evfd_lib_registry(), h, forbidden(op), &rq,
				    deadline, EVFD_NOTIFY_ANY, &out);

	if (result < 0)
		return evfd_lib_error(result);
	if (value)
		*value = out.value;
	return evfd_lib_descriptor_follow(h, &rq, &out);
}

/* Small once the operation is a constant, which compilers see only afterwards. */
static ALWAYS_INLINE int apply(evfd_t h, enum evfd_op op, uint64_t min,
			       uint64_t max, uint64_t deadline, uint64_t *value)
{
	const struct evfd_request rq = { .op = op, .min = min, .max = max };
	struct evfd_outcome out;
	struct evfd_word before;
	struct evfd_step s;
	int result = evfd_call_quiet(evfd_lib_registry(), h, forbidden(op), op,
				     min, max, deadline, NULL, NULL, &before, &s);

	if (result > 0)
		return apply_general(h, op, min, max, deadline, value);
	if (result == EVFD_EAGAIN) {
		errno = EAGAIN;
		return -1;
	}
	if (result < 0)
		return evfd_lib_error(result);
	if (value)
		*value = s.value;
	out = evfd_outcome_make(before, &s, 0);
	return evfd_lib_descriptor_follow(h, &rq, &out);
}

/* ---- read ------------------------------------------------------------------- */

int evfd_read_until(evfd_t h, uint64_t *value, uint64_t deadline)
{
	return apply(h, EVFD_OP_READ, 0, 0, deadline, value);
}

int evfd_read(evfd_t h, uint64_t *value)
{
	return apply(h, EVFD_OP_READ, 0, 0, EVFD_FOREVER, value);
}

int evfd_tryread(evfd_t h, uint64_t *value)
{
	return apply(h, EVFD_OP_READ, 0, 0, EVFD_NOWAIT, value);
}

int evfd_take_until(evfd_t h, uint64_t min, uint64_t max, uint64_t *taken,
		    uint64_t deadline)
{
	if (min < 1 || min > max || max > EVFD_MAX)
		return evfd_lib_result(EVFD_EINVAL);
	return apply(h, EVFD_OP_TAKE, min, max, deadline, taken);
}

int evfd_take(evfd_t h, uint64_t min, uint64_t max, uint64_t *taken)
{
	return evfd_take_until(h, min, max, taken, EVFD_FOREVER);
}

int evfd_trytake(evfd_t h, uint64_t min, uint64_t max, uint64_t *taken)
{
	return evfd_take_until(h, min, max, taken, EVFD_NOWAIT);
}

/* ---- write ------------------------------------------------------------------- */

int evfd_write_until(evfd_t h, uint64_t value, uint64_t deadline)
{
	return apply(h, EVFD_OP_ADD, 0, value, deadline, NULL);
}

int evfd_write(evfd_t h, uint64_t value)
{
	return apply(h, EVFD_OP_ADD, 0, value, EVFD_FOREVER, NULL);
}

int evfd_trywrite(evfd_t h, uint64_t value)
{
	return apply(h, EVFD_OP_ADD, 0, value, EVFD_NOWAIT, NULL);
}

int evfd_post(evfd_t h, uint64_t value)
{
	return apply(h, EVFD_OP_POST, 0, value, EVFD_NOWAIT, NULL);
}

/* ---- both ----------------------------------------------------------------------- */

int evfd_swap(evfd_t h, uint64_t value, uint64_t *old)
{
	return apply(h, EVFD_OP_SWAP, 0, value, EVFD_NOWAIT, old);
}

int evfd_reset(evfd_t h, uint64_t *old)
{
	return evfd_swap(h, 0, old);
}

int evfd_cancel(evfd_t h)
{
	return apply(h, EVFD_OP_CANCEL, 0, 0, EVFD_NOWAIT, NULL);
}

/* ---- look ------------------------------------------------------------------------ */

int evfd_peek(evfd_t h, uint64_t *value)
{
	struct evfd_ref ref;
	struct evfd_word w;
	int result = evfd_call_look(evfd_lib_registry(), h, &ref, &w);

	if (result == 0 && !value)
		result = EVFD_EINVAL;
	if (result == 0)
		*value = w.count;
	return evfd_lib_result(result);
}

static LAST int readiness_slowly(evfd_t h)
{
	return evfd_lib_result(evfd_core_readiness(evfd_lib_registry(), h));
}

int evfd_readiness(evfd_t h)
{
	struct evfd_word w;

	if (!evfd_call_look_quick(evfd_lib_registry(), h, &w))
		return readiness_slowly(h);
	return (int)evfd_word_readiness(w);
}

/* ---- many ------------------------------------------------------------------------ */

/* From i on, the first that may have something. Most have nothing, which one comparison
 * tells. */
static ALWAYS_INLINE unsigned skip_empty(const struct evfd_registry *r,
					 const evfd_t *set, unsigned i, unsigned n)
{
	struct evfd_ref ref;

	while (i < n && evfd_resolve(r, set[i], &ref) &&
	       evfd_cell_is_empty_quick(&ref.object->word, set[i]))
		i++;
	return i;
}

int evfd_scan(const evfd_t *set, unsigned n, unsigned events, unsigned *ready)
{
	struct evfd_registry *r = evfd_lib_registry();
	bool is_empty_enough = events & EVFD_OUT;
	int found = 0;

	if (n > EVFD_SLOTS_MAX || events & ~(EVFD_IN | EVFD_OUT | EVFD_ERR) ||
	    (n > 0 && (!set || !ready)))
		return evfd_lib_error(EVFD_EINVAL);
	for (unsigned i = 0; i < n; i++) {
		int now;

		if (!is_empty_enough)
			i = skip_empty(r, set, i, n);
		if (i == n)
			break;
		now = evfd_core_readiness(r, set[i]);
		if (now < 0 || (unsigned)now & (events | EVFD_ERR))
			ready[found++] = i;
	}
	return found;
}

/* ---- any of many --------------------------------------------------------------------- */

/* So many are waited for without asking for memory. */
#define FEW 16u

static int wait_any_of(struct evfd_registry *r, struct evfd_any *items,
		       const evfd_t *set, unsigned n, uint64_t *value,
		       uint64_t deadline)
{
	uint64_t taken;
	int result;

	for (unsigned i = 0; i < n; i++)
		items[i].handle = set[i];
	result = evfd_core_wait_any(r, items, n, &taken, deadline);
	if (result < 0)
		return result;
	evfd_lib_descriptor_follow_read(set[result]);
	if (value)
		*value = taken;
	return result;
}

int evfd_wait_any_until(const evfd_t *set, unsigned n, uint64_t *value,
			uint64_t deadline)
{
	struct evfd_registry *r = evfd_lib_registry();
	struct evfd_any few[FEW], *items = few;
	int result;

	if (!set || n == 0 || n > EVFD_SLOTS_MAX)
		return evfd_lib_result(EVFD_EINVAL);
	if (n > FEW)
		items = evfd_port_alloc(n * sizeof(*items));
	if (!items)
		return evfd_lib_result(EVFD_ENOMEM);
	result = wait_any_of(r, items, set, n, value, deadline);
	if (items != few)
		evfd_port_free(items, n * sizeof(*items));
	return evfd_lib_result(result);
}

int evfd_wait_any(const evfd_t *set, unsigned n, uint64_t *value)
{
	return evfd_wait_any_until(set, n, value, EVFD_FOREVER);
}
