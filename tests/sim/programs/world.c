/* SPDX-License-Identifier: MIT */
#include "world.h"

#include <string.h>

struct evfd_system *the_system;
struct evfd_process *process;
int64_t answers[SIM_THREADS];
uint64_t taken[SIM_THREADS];
struct event events[SIM_THREADS][2];
int64_t told[SIM_THREADS];

void open_world_of(enum evfd_profile profile, uint32_t flags)
{
	const struct evfd_config config = {
		.profile = profile,
		.max_eventfds = 8,
		.flags = flags,
	};

	for (int i = 0; i < SIM_THREADS; i++)
		answers[i] = NOTHING;
	memset(taken, 0, sizeof(taken));
	memset(told, 0, sizeof(told));
	memset(events, 0, sizeof(events));
	the_system = evfd_system_create(&config);
	sim_check(the_system);
	process = evfd_process_create(the_system, 1);
	sim_check(process);
}

void open_world(void)
{
	open_world_of(EVFD_PROFILE_LINUX, 0);
}

void close_world(void)
{
	sim_interrupt_sleepers();
	for (int fd = 0; fd < 16; fd++)
		close_fd(fd);
}

void end_world(void)
{
	struct evfd_census census;

	evfd_process_destroy(process);
	evfd_system_census(the_system, &census);
	sim_check_equal(census.files, 0);
	sim_check_equal(census.eventfds, 0);
	sim_check_equal(census.epolls, 0);
	sim_check_equal(census.epoll_items, 0);
	sim_check_equal(census.processes, 0);
	sim_check_equal(evfd_system_destroy(the_system), 0);
}

int64_t call(uint64_t number, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	const uint64_t args[6] = { a, b, c, d, 0, 0 };

	return evfd_syscall(process, number, args);
}

int eventfd(uint32_t initial, uint32_t flags)
{
	return (int)call(290, initial, flags, 0, 0);
}

uint64_t take(int fd)
{
	uint64_t value = 0;
	int64_t n = call(0, (uint64_t)fd, address(&value), 8, 0);

	return n == 8 ? value : (uint64_t)n;
}

int64_t add(int fd, uint64_t value)
{
	return call(1, (uint64_t)fd, address(&value), 8, 0);
}

int close_fd(int fd)
{
	return (int)call(3, (uint64_t)fd, 0, 0, 0);
}

int epoll_create(void)
{
	return (int)call(291, 0, 0, 0, 0);
}

int epoll_ctl(int ep, int op, int fd, uint32_t interest)
{
	struct event ev = { interest, (uint64_t)fd };

	return (int)call(233, (uint64_t)ep, (uint64_t)op, (uint64_t)fd,
			 address(&ev));
}

int64_t epoll_wait(int ep, struct event *ev, int max, int ms)
{
	return call(232, (uint64_t)ep, address(ev), (uint64_t)max, (uint64_t)ms);
}

int64_t poll(struct pollfd *fds, uint32_t n, int ms)
{
	return call(7, address(fds), n, (uint64_t)ms, 0);
}

bool is_readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = IN };

	return poll(&p, 1, 0) == 1;
}

void answer(int64_t result)
{
	answers[sim_self()] = result;
}

void fd_take(int fd)
{
	uint64_t value = take(fd);
	bool is_error = (int64_t)value < 0;

	answer(is_error ? (int64_t)value : 8);
	if (!is_error)
		taken[sim_self()] += value;
}

void fd_add(int fd, uint64_t value)
{
	answer(add(fd, value));
}

void fd_wait(int ep, int max, int ms)
{
	int t = sim_self();

	answer(epoll_wait(ep, events[t], max, ms));
	if (answers[t] > 0)
		told[t] += answers[t];
}
