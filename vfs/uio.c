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

/* n bytes, all of the piece in hand, into our memory or out of it. */
static inline int move(struct evfd_uio *u, unsigned char *ours, uint64_t n,
		       bool is_in)
{
	uint64_t at = u->piece->base + u->skip;
	void *theirs = (void *)(uintptr_t)at;
	int result = 0;

	if (u->is_ours)
		memcpy(is_in ? ours : theirs, is_in ? theirs : ours, n);
	else if (is_in)
		result = evfd_port_copy_in(ours, at, n);
	else
		result = evfd_port_copy_out(at, ours, n);
	if (result < 0)
		return EVFD_EFAULT;
	pass(u, n);
	return 0;
}

static int move_all(struct evfd_uio *u, unsigned char *ours, size_t n, bool is_in)
{
	struct evfd_uio at = *u;

	pass(&at, 0);
	while (n > 0) {
		uint64_t now = evfd_uio_piece(&at);

		now = now < n ? now : n;
		if (move(&at, ours, now, is_in) < 0)
			return EVFD_EFAULT;
		ours += now;
		n -= now;
	}
	*u = at;
	return 0;
}

/* Nearly always there is one piece, and it is enough. */
static inline int move_any(struct evfd_uio *u, unsigned char *ours, size_t n,
			   bool is_in)
{
	return n - 1 < evfd_uio_piece(u) ? move(u, ours, n, is_in) :
					   move_all(u, ours, n, is_in);
}

int evfd_uio_put(struct evfd_uio *u, const void *from, size_t n)
{
	return move_any(u, (unsigned char *)(uintptr_t)from, n, false);
}

int evfd_uio_get(struct evfd_uio *u, void *to, size_t n)
{
	return move_any(u, to, n, true);
}
