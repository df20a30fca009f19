/* SPDX-License-Identifier: MIT */
/*
 * A counter in an io_uring: a multishot poll, which completes for every edge. For each
 * completion read the counter until EAGAIN; if evfd_uring_has_ended() says so, start
 * anew. Needs Linux 5.13.
 */
#ifndef EVFD_URING_H
#define EVFD_URING_H

#include <errno.h>
#include <evfd.h>
#include <liburing.h>
#include <poll.h>

/* Queue the poll; it starts with the next submit. 0, or -1 with errno: EBUSY the
 * submission queue is full, else as evfd_descriptor(). */
static inline int evfd_uring_start(struct io_uring *ring, evfd_t h, void *data)
{
	int fd = evfd_descriptor(h, 0);
	struct io_uring_sqe *sqe = fd < 0 ? NULL : io_uring_get_sqe(ring);

	if (fd < 0)
		return -1;
	if (!sqe) {
		errno = EBUSY;
		return -1;
	}
	io_uring_prep_poll_multishot(sqe, fd, POLLIN);
	io_uring_sqe_set_data(sqe, data);
	return 0;
}

static inline bool evfd_uring_has_ended(const struct io_uring_cqe *cqe)
{
	return !(cqe->flags & IORING_CQE_F_MORE);
}

#endif
