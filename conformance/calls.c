/* SPDX-License-Identifier: MIT */
/* System calls as the cases like to spell them. */
#include "conf.h"

int64_t conf_syscall(uint64_t nr, const uint64_t args[6])
{
	return T->syscall(nr, args);
}

int conf_eventfd(uint32_t initial, uint32_t flags)
{
	return (int)sys(SYS_EVENTFD2, initial, flags);
}

int conf_eventfd_at(uint64_t count, uint32_t flags)
{
	int fd = conf_eventfd(0, flags | EFD_NONBLOCK);
	int64_t error;

	if (fd < 0)
		return fd;
	error = conf_write(fd, count);
	if (error >= 0)
		return fd;
	sys(SYS_CLOSE, fd);
	return (int)error;
}

int64_t conf_read(int fd, uint64_t *value)
{
	return sys(SYS_READ, fd, value, sizeof(*value));
}

int64_t conf_write(int fd, uint64_t value)
{
	return sys(SYS_WRITE, fd, &value, sizeof(value));
}

int64_t conf_poll(int fd, int events)
{
	struct pollfd p = { fd, (int16_t)events, 0x7fff };
	int64_t n = sys(SYS_POLL, &p, 1, 0);

	if (n < 0)
		return n;
	return n == (p.revents != 0) ? p.revents : 0x10000 + n;
}

int conf_epoll(void)
{
	return (int)sys(SYS_EPOLL_CREATE1, 0);
}

int64_t conf_ctl(int ep, int op, int fd, uint32_t events)
{
	struct epoll_event ev = { events, (uint64_t)fd };

	return sys(SYS_EPOLL_CTL, ep, op, fd, &ev);
}

int64_t conf_epoll_now(int ep)
{
	struct epoll_event ev = { 0, 0 };
	int64_t n = sys(SYS_EPOLL_WAIT, ep, &ev, 1, 0);

	return n < 0 ? n : n * (int64_t)ev.events;
}

int conf_close_all(const int *fds, size_t n)
{
	int first_error = 0;

	for (size_t i = 0; i < n; i++) {
		int64_t error = sys(SYS_CLOSE, fds[i]);

		if (error < 0 && !first_error)
			first_error = (int)error;
	}
	return first_error;
}
