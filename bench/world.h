/* SPDX-License-Identifier: MIT */
/* The same system calls, of the kernel that this runs on and of vfs/ in this process. */
#ifndef EVFD_BENCH_WORLD_H
#define EVFD_BENCH_WORLD_H

#include <stdint.h>

struct world {
	const char *name;
	/* A negative error, or the result. */
	int64_t (*call)(long number, uint64_t a0, uint64_t a1, uint64_t a2,
			uint64_t a3);
	uint32_t descriptors; /* that may be open besides our own */
};

/* Set up both; ours first. For the calling thread only. */
void world_begin(struct world worlds[2]);

/* These die if the call fails. */
int world_eventfd(const struct world *w);
int world_epoll(const struct world *w);
void world_watch(const struct world *w, int epoll, int fd);
void world_close(const struct world *w, int fd);
static inline void world_write(const struct world *w, int fd, uint64_t value);
static inline uint64_t world_read(const struct world *w, int fd);
/* Events that are there now, at most one; waits for none. */
static inline int world_wait(const struct world *w, int epoll);

#include <sys/epoll.h>
#include <sys/syscall.h>

#include "harness.h"

static inline void world_write(const struct world *w, int fd, uint64_t value)
{
	bench_need(w->call(SYS_write, (uint64_t)fd, (uintptr_t)&value,
			   sizeof(value), 0) == sizeof(value),
		   "write");
}

static inline uint64_t world_read(const struct world *w, int fd)
{
	uint64_t value;

	bench_need(w->call(SYS_read, (uint64_t)fd, (uintptr_t)&value,
			   sizeof(value), 0) == sizeof(value),
		   "read");
	return value;
}

static inline int world_wait(const struct world *w, int epoll)
{
	struct epoll_event e;

	return (int)w->call(SYS_epoll_wait, (uint64_t)epoll, (uintptr_t)&e, 1, 0);
}

#endif
