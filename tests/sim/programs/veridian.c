/* SPDX-License-Identifier: MIT */
/* The seed's calls by id: an id against its closing, and against its descriptor. */
#include "../programs.h"
#include "world.h"

#include <evfd/veridian.h>

static uint32_t id;
static int fd;

static void open_id(void)
{
	open_world_of(EVFD_PROFILE_VERIDIAN, 0);
	id = (uint32_t)evfd_veridian_create(the_system, 1, 0, 0);
	sim_check(id > 0);
}

static void open_installed(void)
{
	open_id();
	fd = evfd_veridian_install(process, id);
	sim_check_equal(fd, 0);
	sim_check_equal(epoll_create(), 1);
	sim_check_equal(epoll_ctl(1, 1, fd, IN), 0);
}

static void read_id(void)
{
	uint64_t value = 0;

	answer(evfd_veridian_read(the_system, 1, id, &value));
	taken[sim_self()] = value;
}

static void read_next_id(void)
{
	uint64_t value = 0;

	answer(evfd_veridian_read(the_system, 1, id + 1, &value));
	taken[sim_self()] = value;
}

static void reuse_id(void)
{
	answer(evfd_veridian_close(the_system, 1, id));
	evfd_veridian_create(the_system, 1, 5, 0);
}

THREAD(write_id, answer(evfd_veridian_write(the_system, 1, id, 1)))
THREAD(close_id, answer(evfd_veridian_close(the_system, 1, id)))
THREAD(install, answer(evfd_veridian_install(process, id)))
THREAD(close_installed, answer(close_fd(fd)))
THREAD(wait_installed, fd_wait(1, 1, 10))

static void close_ids(void)
{
	for (uint32_t i = 0; i < 4; i++)
		evfd_veridian_close(the_system, 0, id + i);
	close_world();
}

/* Read, too late, or closed: S4, S6. */
static void rest_read(void)
{
	sim_check((answers[0] == 0 && taken[0] == 1) ||
		  answers[0] == EVFD_EAGAIN || answers[0] == EVFD_EBADF);
	close_ids();
}

/* The next id may be read; the former one never has its value. */
static void rest_reused(void)
{
	sim_check_equal(answers[1], 0);
	sim_check(answers[0] == EVFD_EAGAIN || answers[0] == EVFD_EBADF);
	sim_check((answers[2] == 0 && taken[2] == 5) || answers[2] == EVFD_EBADF);
	close_ids();
}

static void rest_one_close(void)
{
	sim_check_equal(answers[0] + answers[1], EVFD_EBADF);
	close_ids();
}

static void rest_installed(void)
{
	sim_check(answers[0] >= 0 || answers[0] == EVFD_EBADF);
	sim_check_equal(answers[1], 0);
	close_ids();
}

/* The counter is gone by its id or with its descriptor, and once only. */
static void rest_both_closed(void)
{
	sim_check(answers[0] == 0 || answers[0] == EVFD_EBADF);
	sim_check_equal(answers[1], 0);
	sim_check_equal(evfd_veridian_is_readable(the_system, 0, id), EVFD_EBADF);
	close_ids();
}

/* A closed id hangs up whoever watches its descriptor. */
static void rest_hung_up(void)
{
	sim_check(answers[0] == 1 || answers[0] == 0);
	if (answers[0] == 1)
		sim_check(events[0][0].events & HUP);
	close_ids();
}

const struct sim_program veridian_programs[] = {
	{
		.name = "id-close",
		.what = "a read by id against a write and the close",
		.holds = "its value, or closed",
		.setup = open_id,
		.threads = { read_id, write_id, close_id },
		.rest = rest_read,
		.end = end_world,
	},
	{
		.name = "id-reuse",
		.what = "a read by id while its slot has the next tenant",
		.holds = "never the next one's value",
		.setup = open_id,
		.threads = { read_id, reuse_id, read_next_id },
		.rest = rest_reused,
		.end = end_world,
	},
	{
		.name = "id-closes",
		.what = "two closes by id",
		.holds = "one succeeds",
		.setup = open_id,
		.threads = { close_id, close_id, read_id },
		.rest = rest_one_close,
		.end = end_world,
	},
	{
		.name = "id-install",
		.what = "installing an id against its close",
		.holds = "EBADF, or a descriptor; nothing is left",
		.setup = open_id,
		.threads = { install, close_id },
		.rest = rest_installed,
		.end = end_world,
	},
	{
		.name = "id-both-closes",
		.what = "close by id against close of its watched descriptor",
		.holds = "closed once, nothing is left",
		.setup = open_installed,
		.threads = { close_id, close_installed },
		.rest = rest_both_closed,
		.end = end_world,
	},
	{
		.name = "id-hangup",
		.what = "close by id against a waiter on its descriptor",
		.holds = "the waiter is told of the end, or its deadline came",
		.setup = open_installed,
		.threads = { wait_installed, close_id },
		.rest = rest_hung_up,
		.end = end_world,
	},
	{ 0 },
};
