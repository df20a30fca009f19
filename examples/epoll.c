/* SPDX-License-Identifier: MIT */
/* A counter in a plain epoll, edge-triggered: one read an event. */
#include <evfd/epoll.h>
#include <unistd.h>

#include "producer.h"

int main(void)
{
	evfd_t counter = evfd_create(0, 0, "epoll");
	uint64_t value, received = 0;
	struct epoll_event event;
	int ep = epoll_create1(EPOLL_CLOEXEC);

	if (evfd_epoll_add(ep, counter, EPOLLIN | EPOLLET) < 0)
		return 1;
	if (producer_start(&counter))
		return 1;
	while (received < UNITS) {
		if (epoll_wait(ep, &event, 1, -1) != 1)
			return 1;
		if (evfd_tryread(event.data.u64, &value) == 0)
			received += value;
	}
	evfd_epoll_remove(ep, counter);
	close(ep);
	return producer_end(counter, received);
}
