/* SPDX-License-Identifier: MIT */
/*
 * What the programs over vfs/ share: a system and a process, system calls by name,
 * and the check that nothing is left of them.
 */
#ifndef EVFD_TESTS_SIM_WORLD_H
#define EVFD_TESTS_SIM_WORLD_H

#include "port/sim/sim.h"
#include "tests/support/abi.h"

#include <evfd/vfs.h>

#define NOTHING 12345 /* the result of a call that has not returned */

extern struct evfd_system *the_system;
extern struct evfd_process *process;
/* Of each thread: the result of its last call, the sum it read, the events that its
 * last epoll_wait got, and how many all of them got. */
extern int64_t answers[SIM_THREADS];
extern uint64_t taken[SIM_THREADS];
extern struct event events[SIM_THREADS][2];
extern int64_t told[SIM_THREADS];

/* A thread that makes one call. */
#define THREAD(name, call_)    \
	static void name(void) \
	{                      \
		call_;         \
	}

void open_world(void);
void open_world_of(enum evfd_profile profile, uint32_t flags);
/* Close every descriptor, and interrupt whoever sleeps. */
void close_world(void);
/* When all threads have ended: nothing is left. */
void end_world(void);

int64_t call(uint64_t number, uint64_t a, uint64_t b, uint64_t c, uint64_t d);

static inline uint64_t address(const void *p)
{
	return (uint64_t)(uintptr_t)p;
}

int eventfd(uint32_t initial, uint32_t flags);
/* The value read, or the error as a huge number. */
uint64_t take(int fd);
int64_t add(int fd, uint64_t value);
int close_fd(int fd);
int epoll_create(void);
int epoll_ctl(int ep, int op, int fd, uint32_t interest);
/* ms < 0: for ever. */
int64_t epoll_wait(int ep, struct event *ev, int max, int ms);
int64_t poll(struct pollfd *fds, uint32_t n, int ms);
bool is_readable(int fd);

/* As the calls; the result is noted for the calling thread. */
void answer(int64_t result);
void fd_take(int fd);
void fd_add(int fd, uint64_t value);
void fd_wait(int ep, int max, int ms);

#endif
