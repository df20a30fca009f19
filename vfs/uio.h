/* SPDX-License-Identifier: MIT */
/* A program's buffers for one call; evfd/vfs.h has what vnodes may do with it. */
#ifndef EVFD_VFS_UIO_H
#define EVFD_VFS_UIO_H

#include <evfd/vfs.h>

/* struct iovec. */
struct evfd_iovec {
	uint64_t base;
	uint64_t len;
};

#define EVFD_IOVECS_MAX 1024u
/* What one call moves at most; Linux's number. */
#define EVFD_UIO_MAX UINT64_C(0x7ffff000)

struct evfd_uio {
	const struct evfd_iovec *piece; /* the one in hand */
	uint64_t skip;			/* of it, already moved */
	uint64_t left;			/* in all pieces */
	bool is_ours; /* addresses of the host, not of a program */
};

/* One buffer; *v is the caller's and outlives *u. */
void evfd_uio_init(struct evfd_uio *u, struct evfd_iovec *v, uint64_t base,
		   uint64_t len);

/* Bytes left in the piece in hand: 0 only if the first piece is empty. */
static inline uint64_t evfd_uio_piece(const struct evfd_uio *u)
{
	uint64_t n = u->piece->len - u->skip;

	return n < u->left ? n : u->left;
}

/* Count n bytes as moved. n <= evfd_uio_left(). */
void evfd_uio_skip(struct evfd_uio *u, uint64_t n);

/*
 * Could a program own these bytes? Only the half of the address space that no
 * program has is excluded, so that calls can refuse it as early as Linux does;
 * whether the rest is mapped shows when it is copied.
 */
static inline bool evfd_is_user_range(uint64_t base, uint64_t len)
{
	return len <= INT64_MAX && base <= (uint64_t)INT64_MAX - len;
}

#endif
