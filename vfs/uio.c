/* SPDX-License-Identifier: MIT */
/*
 * Moving bytes between a vnode and the pieces of a program's buffer. A piece
 * that has been used up is left at once, with the empty ones behind it; an empty
 * piece is in hand only if it is the first. (Linux's iterators do the same,
 * and eventfd's writev shows it.)
 */
#include "uio.h"
#include <evfd/port.h>

void *memcpy(void *to, const void *from, size_t n);

void evfd_uio_init(struct evfd_uio *u, struct evfd_iovec *v, uint64_t base,
		   uint64_t len)
{
	v->base = base;
	v->len = len < EVFD_UIO_MAX ? len : EVFD_UIO_MAX;
	*u = (struct evfd_uio){ .piece = v, .left = v->len };
}

size_t evfd_uio_left(const struct evfd_uio *u)
{
	return u->left;
}

uint64_t evfd_uio_piece(const struct evfd_uio *u)
{
	uint64_t n = u->piece->len - u->skip;

	return n < u->left ? n : u->left;
}

/* n bytes of the piece in hand have been moved. */
static void pass(struct evfd_uio *u, uint64_t n)
{
	u->skip += n;
	u->left -= n;
	while (u->left > 0 && u->skip == u->piece->len) {
		u->piece++;
		u->skip = 0;
	}
}

void evfd_uio_skip(struct evfd_uio *u, uint64_t n)
{
	while (n > 0) {
		uint64_t now = evfd_uio_piece(u);

		now = now < n ? now : n;
		pass(u, now);
		n -= now;
	}
}

int evfd_uio_put(struct evfd_uio *u, const void *from, size_t n)
{
	const unsigned char *ours = from;
	struct evfd_uio at = *u;

	pass(&at, 0);
	while (n > 0) {
		uint64_t to = at.piece->base + at.skip;
		uint64_t now = evfd_uio_piece(&at);

		now = now < n ? now : n;
		if (at.is_ours)
			memcpy((void *)(uintptr_t)to, ours, now);
		else if (evfd_port_copy_out(to, ours, now) < 0)
			return EVFD_EFAULT;
		pass(&at, now);
		ours += now;
		n -= now;
	}
	*u = at;
	return 0;
}

int evfd_uio_get(struct evfd_uio *u, void *to, size_t n)
{
	unsigned char *ours = to;
	struct evfd_uio at = *u;

	pass(&at, 0);
	while (n > 0) {
		uint64_t from = at.piece->base + at.skip;
		uint64_t now = evfd_uio_piece(&at);

		now = now < n ? now : n;
		if (at.is_ours)
			memcpy(ours, (const void *)(uintptr_t)from, now);
		else if (evfd_port_copy_in(ours, from, now) < 0)
			return EVFD_EFAULT;
		pass(&at, now);
		ours += now;
		n -= now;
	}
	*u = at;
	return 0;
}
