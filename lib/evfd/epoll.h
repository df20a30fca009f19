/* SPDX-License-Identifier: MIT */
/*
 * Counters in a plain epoll. An event's data.u64 is the handle: on EPOLLIN call
 * evfd_tryread() on it. Level- and edge-triggered.
 */
#ifndef EVFD_EPOLL_H
#define EVFD_EPOLL_H

#include <evfd.h>
#include <sys/epoll.h>

/* events: EPOLLIN and the like. 0, or -1 with errno. */
static inline int evfd_epoll_add(int epfd, evfd_t h, uint32_t events)
{
	struct epoll_event e;
	int fd = evfd_descriptor(h, 0);

	e.events = events;
	e.data.u64 = h;
	return fd < 0 ? -1 : epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &e);
}

/* Closing the counter removes it as well. */
static inline int evfd_epoll_remove(int epfd, evfd_t h)
{
	int fd = evfd_descriptor(h, 0);

	return fd < 0 ? -1 : epoll_ctl(epfd, EPOLL_CTL_DEL, fd, NULL);
}

#endif
