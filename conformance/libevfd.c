/* SPDX-License-Identifier: MIT */
/* The calls of <evfd.h>, each form of them by its deadline. */
#include <evfd.h>

#include <errno.h>

#include "libevfd.h"

const size_t libevfd_sizes[3] = {
	sizeof(struct evfd_owner),
	sizeof(struct evfd_stat),
	sizeof(struct evfd_snapshot),
};

static int result_of(int result)
{
	return result < 0 ? -errno : result;
}

int libevfd_create(struct evfd_registry *r, uint64_t initial, uint32_t flags,
		   struct evfd_owner *owner, const char *label, uint64_t *h)
{
	evfd_t made = owner ? evfd_create_owned(initial, flags, label, owner) :
			      evfd_create(initial, flags, label);

	(void)r;
	if (made == EVFD_NONE)
		return -errno;
	*h = made;
	return 0;
}

int libevfd_close(struct evfd_registry *r, uint64_t h)
{
	(void)r;
	return result_of(evfd_close(h));
}

int libevfd_read(struct evfd_registry *r, uint64_t h, uint64_t *value,
		 uint64_t deadline_ns)
{
	(void)r;
	if (deadline_ns == EVFD_NOWAIT)
		return result_of(evfd_tryread(h, value));
	if (deadline_ns == EVFD_FOREVER)
		return result_of(evfd_read(h, value));
	return result_of(evfd_read_until(h, value, deadline_ns));
}

int libevfd_take(struct evfd_registry *r, uint64_t h, uint64_t min,
		 uint64_t max, uint64_t *taken, uint64_t deadline_ns)
{
	(void)r;
	if (deadline_ns == EVFD_NOWAIT)
		return result_of(evfd_trytake(h, min, max, taken));
	if (deadline_ns == EVFD_FOREVER)
		return result_of(evfd_take(h, min, max, taken));
	return result_of(evfd_take_until(h, min, max, taken, deadline_ns));
}

int libevfd_write(struct evfd_registry *r, uint64_t h, uint64_t value,
		  uint64_t deadline_ns)
{
	(void)r;
	if (deadline_ns == EVFD_NOWAIT)
		return result_of(evfd_trywrite(h, value));
	if (deadline_ns == EVFD_FOREVER)
		return result_of(evfd_write(h, value));
	return result_of(evfd_write_until(h, value, deadline_ns));
}

int libevfd_post(struct evfd_registry *r, uint64_t h, uint64_t value)
{
	(void)r;
	return result_of(evfd_post(h, value));
}

int libevfd_peek(struct evfd_registry *r, uint64_t h, uint64_t *value)
{
	(void)r;
	return result_of(evfd_peek(h, value));
}

int libevfd_swap(struct evfd_registry *r, uint64_t h, uint64_t value, uint64_t *old)
{
	(void)r;
	return result_of(value ? evfd_swap(h, value, old) : evfd_reset(h, old));
}

int libevfd_cancel(struct evfd_registry *r, uint64_t h)
{
	(void)r;
	return result_of(evfd_cancel(h));
}

int libevfd_readiness(struct evfd_registry *r, uint64_t h)
{
	(void)r;
	return result_of(evfd_readiness(h));
}

int libevfd_stat(struct evfd_registry *r, uint64_t h, struct evfd_stat *st)
{
	(void)r;
	return result_of(evfd_stat(h, st));
}

int libevfd_snapshot(struct evfd_registry *r, uint64_t h, struct evfd_snapshot *s)
{
	(void)r;
	return result_of(evfd_snapshot(h, s));
}

int libevfd_restore(struct evfd_registry *r, const struct evfd_snapshot *s,
		    struct evfd_owner *owner)
{
	(void)r;
	return result_of(evfd_restore(s, owner));
}

uint32_t libevfd_live(struct evfd_registry *r)
{
	(void)r;
	return evfd_live();
}

int libevfd_wait_any(const uint64_t *set, uint32_t n, uint64_t *value,
		     uint64_t deadline_ns)
{
	if (deadline_ns == EVFD_FOREVER)
		return result_of(evfd_wait_any(set, n, value));
	return result_of(evfd_wait_any_until(set, n, value, deadline_ns));
}

int libevfd_descriptor(uint64_t h, uint32_t flags)
{
	return result_of(evfd_descriptor(h, flags));
}

int libevfd_arm(uint64_t h)
{
	return result_of(evfd_arm(h));
}

int libevfd_disarm(uint64_t h)
{
	return result_of(evfd_disarm(h));
}
