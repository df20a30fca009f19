/* SPDX-License-Identifier: MIT */
/*
 * Things that one thread can wait on and another write to, all behind the same four
 * functions, so that programs that compare waiting are written once.
 */
#ifndef EVFD_BENCH_CHANNEL_H
#define EVFD_BENCH_CHANNEL_H

#include <stdbool.h>
#include <stdint.h>

struct channel {
	uint64_t handle; /* libevfd's */
	int fd[3];	 /* to write to, to read from, to wait for */
	void *line;	 /* what is kept in memory, a cache line of its own */
};

struct channel_ops {
	const char *name;
	void (*open)(struct channel *c, bool is_semaphore);
	void (*close)(struct channel *c);
	void (*write)(struct channel *c, uint64_t value);
	/* Sleeps until there is something; takes it. */
	uint64_t (*read)(struct channel *c);
};

/* libevfd, which looks again before it sleeps if that has paid, and libevfd forbidden to.
 * The policy is the process's: that of the one opened last. */
extern const struct channel_ops channel_evfd;
extern const struct channel_ops channel_evfd_parking;
extern const struct channel_ops channel_kernel;
extern const struct channel_ops channel_kernel_epoll; /* epoll_wait, then read */
/* libevfd's descriptor in armed mode: arm, epoll_wait, disarm, then read. */
extern const struct channel_ops channel_armed_epoll;
/* An edge and epoll_wait, no read: the least that wakes a loop. One at a time. */
extern const struct channel_ops channel_edge_epoll;
extern const struct channel_ops channel_pipe;	/* 8 bytes a write */
extern const struct channel_ops channel_socket; /* the same */
/* The two below hold 1 at a time: for writers that wait for an answer. */
extern const struct channel_ops channel_futex; /* the least that can sleep */
extern const struct channel_ops channel_spin;  /* the least that can wait */
/* Units; a write of n is n posts, a read takes 1. */
extern const struct channel_ops channel_sem;

#endif
