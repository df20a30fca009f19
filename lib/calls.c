/* SPDX-License-Identifier: MIT */
/*
 * The calls that change or look at a count. Each hands the core a request; if it
 * succeeded, a descriptor may have to follow. Edges are left with whoever holds a watch list (EVFD_NOTIFY_ANY): no call
 * here waits for another thread's, and those that do not sleep may interrupt any.
 */
#include "descriptor.h"
#include "library.h"

#define NEEDS_BOTH (EVFD_NO_READ | EVFD_NO_WRITE)

static int apply(evfd_t h, uint64_t forbidden, const struct evfd_request *rq,
		 uint64_t deadline, struct evfd_outcome *out)
{
	struct evfd_registry *r = evfd_lib_registry();
	int result;

	if (!r)
		return evfd_lib_result(EVFD_EBADF);
	result = evfd_core_call(r, h, forbidden, rq, deadline, EVFD_NOTIFY_ANY,
				out);
	if (result < 0)
		return evfd_lib_result(result);
	evfd_lib_descriptor_follow(h, rq, out);
	return 0;
}

/* A request that brings a value. */
static int fetch(evfd_t h, uint64_t forbidden, const struct evfd_request *rq,
		 uint64_t deadline, uint64_t *value)
{
	struct evfd_outcome out;
	int result = apply(h, forbidden, rq, deadline, &out);

	if (result == 0 && value)
		*value = out.value;
	return result;
}

/* ---- read ------------------------------------------------------------------- */

int evfd_read_until(evfd_t h, uint64_t *value, uint64_t deadline)
{
	const struct evfd_request rq = { .op = EVFD_OP_READ };

	return fetch(h, EVFD_NO_READ, &rq, deadline, value);
}

int evfd_read(evfd_t h, uint64_t *value)
{
	return evfd_read_until(h, value, EVFD_FOREVER);
}

int evfd_tryread(evfd_t h, uint64_t *value)
{
	return evfd_read_until(h, value, EVFD_NOWAIT);
}

int evfd_take_until(evfd_t h, uint64_t min, uint64_t max, uint64_t *taken,
		    uint64_t deadline)
{
	const struct evfd_request rq = { .op = EVFD_OP_TAKE, .min = min, .max = max };

	if (min < 1 || min > max || max > EVFD_MAX)
		return evfd_lib_result(EVFD_EINVAL);
	return fetch(h, EVFD_NO_READ, &rq, deadline, taken);
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
	const struct evfd_request rq = { .op = EVFD_OP_ADD, .max = value };
	struct evfd_outcome out;

	return apply(h, EVFD_NO_WRITE, &rq, deadline, &out);
}

int evfd_write(evfd_t h, uint64_t value)
{
	return evfd_write_until(h, value, EVFD_FOREVER);
}

int evfd_trywrite(evfd_t h, uint64_t value)
{
	return evfd_write_until(h, value, EVFD_NOWAIT);
}

int evfd_post(evfd_t h, uint64_t value)
{
	const struct evfd_request rq = { .op = EVFD_OP_POST, .max = value };
	struct evfd_outcome out;

	return apply(h, EVFD_NO_WRITE, &rq, EVFD_NOWAIT, &out);
}

/* ---- both ----------------------------------------------------------------------- */

int evfd_swap(evfd_t h, uint64_t value, uint64_t *old)
{
	const struct evfd_request rq = { .op = EVFD_OP_SWAP, .max = value };

	return fetch(h, NEEDS_BOTH, &rq, EVFD_NOWAIT, old);
}

int evfd_reset(evfd_t h, uint64_t *old)
{
	return evfd_swap(h, 0, old);
}

int evfd_cancel(evfd_t h)
{
	const struct evfd_request rq = { .op = EVFD_OP_CANCEL };
	struct evfd_outcome out;

	return apply(h, NEEDS_BOTH, &rq, EVFD_NOWAIT, &out);
}

/* ---- look ------------------------------------------------------------------------ */

int evfd_peek(evfd_t h, uint64_t *value)
{
	struct evfd_registry *r = evfd_lib_registry();
	uint64_t count;
	int result = r ? evfd_core_peek(r, h, &count) : EVFD_EBADF;

	if (result == 0 && !value)
		result = EVFD_EINVAL;
	if (result == 0)
		*value = count;
	return evfd_lib_result(result);
}

int evfd_readiness(evfd_t h)
{
	struct evfd_registry *r = evfd_lib_registry();

	return evfd_lib_result(r ? evfd_core_readiness(r, h) : EVFD_EBADF);
}

/* ---- any of many --------------------------------------------------------------------- */

/* So many are waited for without asking for memory. */
#define FEW 16u

static int wait_any(struct evfd_registry *r, struct evfd_any *items,
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
	if (!r)
		return evfd_lib_result(EVFD_EBADF);
	if (n > FEW)
		items = evfd_port_alloc(n * sizeof(*items));
	if (!items)
		return evfd_lib_result(EVFD_ENOMEM);
	result = wait_any(r, items, set, n, value, deadline);
	if (items != few)
		evfd_port_free(items, n * sizeof(*items));
	return evfd_lib_result(result);
}

int evfd_wait_any(const evfd_t *set, unsigned n, uint64_t *value)
{
	return evfd_wait_any_until(set, n, value, EVFD_FOREVER);
}
