/* SPDX-License-Identifier: MIT */
/* A counter in an io_uring. Exit status 77, skipped, where there is none. */
#include <evfd/uring.h>

#include "producer.h"

static struct io_uring ring;

/* One completion; what the counter held is added to *received. */
static int complete(evfd_t counter, uint64_t *received)
{
	struct io_uring_cqe *cqe;
	uint64_t value;
	bool has_ended;

	if (io_uring_wait_cqe(&ring, &cqe) < 0 || cqe->res < 0)
		return -1;
	has_ended = evfd_uring_has_ended(cqe);
	io_uring_cqe_seen(&ring, cqe);
	while (evfd_tryread(counter, &value) == 0)
		*received += value;
	if (has_ended && evfd_uring_start(&ring, counter, NULL) < 0)
		return -1;
	return has_ended ? io_uring_submit(&ring) : 0;
}

int main(void)
{
	evfd_t counter = evfd_create(0, 0, "uring");
	uint64_t received = 0;

	if (io_uring_queue_init(8, &ring, 0) < 0)
		return 77;
	if (evfd_uring_start(&ring, counter, NULL) < 0 ||
	    io_uring_submit(&ring) != 1 || producer_start(&counter))
		return 1;
	while (received < UNITS)
		if (complete(counter, &received) < 0)
			return 1;
	io_uring_queue_exit(&ring);
	return producer_end(counter, received);
}
