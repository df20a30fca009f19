/* SPDX-License-Identifier: MIT */
/* Ways to get the native interface wrong, over inproc. */
#include "broken.h"

static int peek_takes(struct evfd_registry *r, evfd_t h, uint64_t *v)
{
	int error = evfd_peek(r, h, v);

	if (!error && *v)
		evfd_swap(r, h, *v - 1, NULL);
	return error;
}

static int cancel_forgets(struct evfd_registry *r, evfd_t h)
{
	return 0;
}

static int close_forgets(struct evfd_registry *r, evfd_t h)
{
	return 0;
}

static int stale_is_fine(struct evfd_registry *r, evfd_t h, uint64_t *v)
{
	int error = evfd_peek(r, h, v);

	*v = error ? 0 : *v;
	return 0;
}

/* The value is gone before it is delivered. */
static int fault_loses(struct evfd_registry *r, evfd_t h, evfd_put_fn *put,
		       void *ctx, uint64_t deadline_ns)
{
	uint64_t v;
	int error = evfd_read(r, h, &v, deadline_ns);

	return error ? error : put(ctx, v);
}

static int timeout_is_again(struct evfd_registry *r, evfd_t h, uint64_t *v,
			    uint64_t deadline_ns)
{
	int error = evfd_read(r, h, v, deadline_ns);

	return error == EVFD_ETIMEDOUT ? EVFD_EAGAIN : error;
}

static int post_wraps(struct evfd_registry *r, evfd_t h, uint64_t value)
{
	uint64_t count;

	if (evfd_peek(r, h, &count) || count <= EVFD_MAX - value)
		return evfd_post(r, h, value);
	return evfd_swap(r, h, count + value, NULL);
}

static int take_takes_less(struct evfd_registry *r, evfd_t h, uint64_t min,
			   uint64_t max, uint64_t *taken, uint64_t deadline_ns)
{
	return evfd_take(r, h, min ? 1 : 0, max, taken, deadline_ns);
}

static int any_takes_from_all(struct evfd_registry *r, struct evfd_any *set,
			      uint32_t n, uint64_t *v, uint64_t deadline_ns)
{
	int index = evfd_wait_any(r, set, n, v, deadline_ns);

	for (uint32_t i = 0; index >= 0 && i < n; i++)
		evfd_swap(r, set[i].handle, 0, NULL);
	return index;
}

static int quota_is_ignored(struct evfd_registry *r, uint64_t initial,
			    uint32_t flags, struct evfd_owner *owner,
			    const char *label, evfd_t *h)
{
	return evfd_create(r, initial, flags, NULL, label, h);
}

static int stat_is_empty(struct evfd_registry *r, evfd_t h, struct evfd_stat *st)
{
	*st = (struct evfd_stat){ 0 };
	return 0;
}

static int snapshot_consumes(struct evfd_registry *r, evfd_t h,
			     struct evfd_snapshot *s)
{
	uint64_t v;
	int error = evfd_snapshot(r, h, s);

	evfd_read(r, h, &v, EVFD_NOWAIT);
	return error;
}

static int rights_are_ignored(struct evfd_registry *r, evfd_t h, uint64_t *v,
			      uint64_t deadline_ns)
{
	return evfd_read(r, h & ~(EVFD_NO_READ | EVFD_NO_WRITE), v, deadline_ns);
}

static int watch_forgets(struct evfd_registry *r, evfd_t h, struct evfd_watch *w)
{
	return evfd_readiness(r, h);
}

static uint64_t herd(struct conf_task *t)
{
	return conf_target_inproc.native->sleeps(t) + 1;
}

static int anyone_reads(struct evfd_system *s, uint64_t pid, uint32_t id,
			uint64_t *value)
{
	return evfd_veridian_read(s, 0, id, value);
}

static int64_t seed_flags_accepted(struct evfd_system *s, uint64_t pid,
				   uint32_t initial, uint32_t flags)
{
	return evfd_veridian_create(s, pid, initial, flags & 0x80801);
}

static int64_t node_returns_length(struct evfd_process *p, int fd, void *buf,
				   size_t n)
{
	int64_t result = evfd_veridian_node_read(p, fd, buf, n);

	return result == 8 ? (int64_t)n : result;
}

#define APPLY(field, function)                                                     \
	static void apply_##function(struct conf_target *t, struct conf_native *n) \
	{                                                                          \
		n->field = function;                                               \
	}
APPLY(peek, peek_takes)
APPLY(cancel, cancel_forgets)
APPLY(close, close_forgets)
APPLY(peek, stale_is_fine)
APPLY(read_put, fault_loses)
APPLY(read, timeout_is_again)
APPLY(post, post_wraps)
APPLY(take, take_takes_less)
APPLY(wait_any, any_takes_from_all)
APPLY(create, quota_is_ignored)
APPLY(stat, stat_is_empty)
APPLY(snapshot, snapshot_consumes)
APPLY(read, rights_are_ignored)
APPLY(watch_add, watch_forgets)
APPLY(sleeps, herd)
APPLY(veridian_read, anyone_reads)
APPLY(veridian_create, seed_flags_accepted)
APPLY(node_read, node_returns_length)

#define NATIVE(function, about, only)                                    \
	{                                                                \
		"native_" #function, about, only, NULL, apply_##function \
	}

const struct breakage broken_natives[] = {
	NATIVE(herd, "sleepers are woken in vain", "X1"),
	NATIVE(fault_loses, "a value is lost with its delivery", "X2"),
	NATIVE(timeout_is_again, "a deadline is EAGAIN", "X3"),
	NATIVE(cancel_forgets, "cancel does nothing", "X4_later_*"),
	NATIVE(close_forgets, "close does nothing", "X7_take_up_to_n"),
	NATIVE(stale_is_fine, "a stale handle is accepted", "X5"),
	NATIVE(post_wraps, "a post over the ceiling fails", "X6"),
	NATIVE(peek_takes, "peek takes 1", "X7_peek_*"),
	NATIVE(take_takes_less, "take gives less than asked", "X7_take_*"),
	NATIVE(any_takes_from_all, "wait_any empties the others", "X8"),
	NATIVE(quota_is_ignored, "owners have no quota", "X9"),
	NATIVE(stat_is_empty, "stat says nothing", "X10"),
	NATIVE(snapshot_consumes, "a snapshot reads", "X11"),
	NATIVE(rights_are_ignored, "a producer can read", "X12"),
	NATIVE(watch_forgets, "a watch is not called", "X13"),
	NATIVE(anyone_reads, "ids work for every process", "S11"),
	NATIVE(seed_flags_accepted, "unknown flags are ignored", "S2"),
	NATIVE(node_returns_length, "a vnode read returns the length", "S8"),
	{ 0 },
};
