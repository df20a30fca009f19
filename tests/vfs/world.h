/* SPDX-License-Identifier: MIT */
/*
 * For the tests of vfs/: a system and a process in port/inproc that the test's
 * thread is bound to, system calls by name, and a check that nothing is left.
 */
#ifndef EVFD_TESTS_VFS_WORLD_H
#define EVFD_TESTS_VFS_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "port/inproc/inproc.h"
#include "tests/support/abi.h"

#define MAX (UINT64_MAX - 1)

struct world {
	struct evfd_system *system;
	struct inproc_process *process;
	struct inproc_calls before;
};

static inline int world_open(void **state, const struct evfd_config *c)
{
	static struct world w;

	inproc_self();
	inproc_calls(&w.before);
	w.system = evfd_system_create(c);
	w.process = inproc_process_create(w.system, 100);
	inproc_bind(w.process);
	*state = &w;
	return 0;
}

static inline int world_setup(void **state)
{
	static const struct evfd_config c = { .max_eventfds = 32768 };

	return world_open(state, &c);
}

/* Whatever a test did, all is closed with its process and all memory returned. */
static inline int world_teardown(void **state)
{
	struct world *w = *state;
	struct evfd_census census;
	struct inproc_calls after;

	inproc_process_exit(w->process);
	evfd_system_census(w->system, &census);
	assert_int_equal(census.files, 0);
	assert_int_equal(census.eventfds, 0);
	assert_int_equal(census.epolls, 0);
	assert_int_equal(census.epoll_items, 0);
	assert_int_equal(census.processes, 0);
	assert_int_equal(evfd_system_destroy(w->system), 0);
	inproc_calls(&after);
	assert_int_equal(after.bytes, w->before.bytes);
	return 0;
}

#define WORLD_TEST(f) \
	cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

/* ---- system calls ------------------------------------------------------------ */

static inline uint64_t address(const void *p)
{
	return (uint64_t)(uintptr_t)p;
}

static inline int64_t call(uint64_t number, uint64_t a, uint64_t b, uint64_t c,
			   uint64_t d)
{
	return inproc_syscall(number, a, b, c, d, 0, 0);
}

static inline int eventfd(uint32_t initial, uint32_t flags)
{
	return (int)call(290, initial, flags, 0, 0);
}

/* The value read, or the error as a huge number. */
static inline uint64_t take(int fd)
{
	uint64_t value = 0;
	int64_t n = call(0, (uint64_t)fd, address(&value), 8, 0);

	return n == 8 ? value : (uint64_t)n;
}

static inline int add(int fd, uint64_t value)
{
	return (int)call(1, (uint64_t)fd, address(&value), 8, 0);
}

static inline int close_fd(int fd)
{
	return (int)call(3, (uint64_t)fd, 0, 0, 0);
}

static inline int epoll_create(void)
{
	return (int)call(291, 0, 0, 0, 0);
}

static inline int epoll_ctl(int ep, int op, int fd, uint32_t events, uint64_t data)
{
	struct event ev = { events, data };

	return (int)call(233, (uint64_t)ep, (uint64_t)op, (uint64_t)fd,
			 address(&ev));
}

static inline int epoll_wait(int ep, struct event *ev, int max, int ms)
{
	return (int)call(232, (uint64_t)ep, address(ev), (uint64_t)max,
			 (uint64_t)ms);
}

static inline int poll(struct pollfd *fds, uint32_t n, int ms)
{
	return (int)call(7, address(fds), n, (uint64_t)ms, 0);
}

#endif
