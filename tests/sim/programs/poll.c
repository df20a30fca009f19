/* SPDX-License-Identifier: MIT */
/* poll against edges; reads that fault; pipes. */
#include "../programs.h"
#include "world.h"

#include <string.h>

enum {
	E1,
	E2,
	READER,
	WRITER,
};

static void open_all(uint32_t e1, uint32_t flags)
{
	int32_t ends[2];

	open_world();
	sim_check_equal(eventfd(e1, flags), E1);
	sim_check_equal(eventfd(0, flags), E2);
	sim_check_equal(call(293, address(ends), 0, 0, 0), 0);
	sim_check(ends[0] == READER && ends[1] == WRITER);
}

THREAD(open_nonblock, open_all(0, NONBLOCK))
THREAD(open_blocking, open_all(0, 0))
THREAD(open_semaphore_2, open_all(2, SEMAPHORE | NONBLOCK))

static struct pollfd polled[SIM_THREADS][2];
static char into[SIM_THREADS][8];

static void poll_both(int fd, int other, int ms)
{
	struct pollfd *p = polled[sim_self()];

	p[0] = (struct pollfd){ .fd = fd, .events = IN };
	p[1] = (struct pollfd){ .fd = other, .events = IN };
	answer(poll(p, 2, ms));
}

static uint64_t set_of_both[SIM_THREADS];

static void select_both(void)
{
	uint64_t *set = &set_of_both[sim_self()];
	const uint64_t args[6] = { 2, address(set) };

	*set = 1u << E1 | 1u << E2;
	answer(evfd_syscall(process, 23, args));
}

static char filling[65536];

/* No room in the pipe. */
static void open_full_pipe(void)
{
	open_all(0, NONBLOCK);
	sim_check_equal(call(1, WRITER, address(filling), sizeof(filling), 0),
			sizeof(filling));
}

static char drained[SIM_THREADS][4096];

static void drain(void)
{
	answer(call(0, READER, address(drained[sim_self()]), 4096, 0));
}

THREAD(poll_forward, poll_both(E1, E2, -1))
THREAD(poll_backward, poll_both(E2, E1, -1))
THREAD(poll_deadline, poll_both(E1, E2, 10))
THREAD(poll_pipe, poll_both(READER, E1, -1))
THREAD(write_e1, fd_add(E1, 1))
THREAD(write_e2, fd_add(E2, 1))
THREAD(take_e1, fd_take(E1))
THREAD(close_e1, answer(close_fd(E1)))
THREAD(pipe_read, answer(call(0, READER, address(into[sim_self()]), 2, 0)))
THREAD(pipe_write, answer(call(1, WRITER, address("xy"), 2, 0)))
THREAD(close_writer, answer(close_fd(WRITER)))
THREAD(close_reader, answer(close_fd(READER)))

/* What poll reports was readable; who waits, waits for what is not. */
static void rest_polled(void)
{
	for (int i = 0; i < 2; i++) {
		if (sim_is_asleep(i))
			sim_check(!is_readable(E1) && !is_readable(E2));
		if (answers[i] == 1 || answers[i] == 2)
			sim_check_equal((polled[i][0].revents == IN) +
						(polled[i][1].revents == IN),
					answers[i]);
	}
	close_world();
}

static void rest_deadline(void)
{
	sim_check(answers[0] == 0 || answers[0] == 1 ||
		  answers[0] == EVFD_ERESTARTNOHAND);
	close_world();
}

/* The read was done in whole or faulted with nothing lost. */
static void rest_fault(void)
{
	uint64_t left = 0;

	while (is_readable(E1))
		left += take(E1);
	for (int i = 0; i < 2; i++)
		sim_check(answers[i] == 8 || answers[i] == EVFD_EFAULT ||
			  answers[i] == EVFD_EAGAIN);
	sim_check_equal(left + taken[0] + taken[1], 2);
	close_world();
}

/* What one could not take has gone to the other, if he waits. */
static void rest_passed_on(void)
{
	if (sim_is_asleep(0) || sim_is_asleep(1))
		sim_check(!is_readable(E1));
	close_world();
}

static int is_whole(const char *bytes)
{
	return memcmp(bytes, "xy", 2) == 0;
}

static void rest_piped(void)
{
	sim_check(answers[0] == 2 && is_whole(into[0]));
	close_world();
}

static void rest_two_readers(void)
{
	sim_check(answers[0] == 2 && answers[1] == 2);
	sim_check(is_whole(into[0]) && is_whole(into[1]));
	close_world();
}

/* The end of the writer is the end of every reader. */
static void rest_writer_gone(void)
{
	sim_check(answers[0] == 0 || (answers[0] == 2 && is_whole(into[0])));
	sim_check(answers[1] == 0 || answers[1] == 2 || answers[1] == EVFD_EBADF);
	close_world();
}

static void rest_reader_gone(void)
{
	sim_check(answers[0] == 2 || answers[0] == EVFD_EPIPE);
	close_world();
}

/* 4096 bytes were taken: both fit. */
static void rest_room(void)
{
	sim_check_equal(answers[0], 2);
	sim_check_equal(answers[1], 2);
	sim_check_equal(answers[2], 4096);
	close_world();
}

static void rest_selected(void)
{
	for (int i = 0; i < 2; i++) {
		if (sim_is_asleep(i))
			sim_check(!is_readable(E1) && !is_readable(E2));
		else if (i == 0 || answers[i] != 8)
			sim_check(answers[i] == 1 || answers[i] == 2);
	}
	close_world();
}

static void rest_pipe_polled(void)
{
	sim_check(answers[0] >= 1);
	sim_check(polled[0][0].revents & (IN | HUP));
	close_world();
}

const struct sim_program poll_programs[] = {
	{
		.name = "poll-write",
		.what = "poll of two eventfds, a write to each",
		.holds = "it returns; nobody waits over what is ready",
		.setup = open_nonblock,
		.threads = { poll_forward, [1] = write_e1, write_e2 },
		.rest = rest_polled,
		.end = end_world,
	},
	{
		.name = "poll-poll",
		.what = "two polls of the same eventfds, a write",
		.holds = "both return",
		.setup = open_nonblock,
		.threads = { poll_forward, poll_backward, write_e1 },
		.rest = rest_polled,
		.end = end_world,
	},
	{
		.name = "poll-take",
		.what = "poll, a write, and who takes the value first",
		.holds = "nobody waits over what is ready",
		.setup = open_nonblock,
		.threads = { poll_forward, take_e1, write_e1 },
		.rest = rest_polled,
		.end = end_world,
		.may_sleep = 1,
	},
	{
		.name = "poll-spurious",
		.what = "poll that wakes for nothing, and a write",
		.holds = "nobody waits over what is ready",
		.setup = open_nonblock,
		.threads = { poll_forward, write_e1 },
		.rest = rest_polled,
		.end = end_world,
		.spurious = 1,
	},
	{
		.name = "poll-deadline",
		.what = "a deadline of poll against a write, signals too",
		.holds = "it returns 0, 1 or interrupted",
		.setup = open_nonblock,
		.threads = { poll_deadline, write_e1 },
		.rest = rest_deadline,
		.end = end_world,
		.interrupts = 1,
	},
	{
		.name = "select-write",
		.what = "two selects of the same eventfds, two writes",
		.holds = "both return",
		.setup = open_nonblock,
		.threads = { select_both, select_both, write_e1, write_e2 },
		.rest = rest_selected,
		.end = end_world,
	},
	{
		.name = "poll-close",
		.what = "poll of a number that closes, a write to the other",
		.holds = "it returns, no file is left",
		.setup = open_nonblock,
		.threads = { poll_forward, close_e1, [2] = write_e2 },
		.rest = close_world,
		.end = end_world,
	},
	{
		.name = "read-fault",
		.what = "two reads that fault at will",
		.holds = "a fault loses nothing",
		.setup = open_semaphore_2,
		.threads = { take_e1, take_e1 },
		.rest = rest_fault,
		.end = end_world,
		.copy_faults = 1,
	},
	{
		.name = "read-fault-asleep",
		.what = "two blocking reads that fault at will, a write",
		.holds = "what one could not take goes to the other",
		.setup = open_blocking,
		.threads = { take_e1, take_e1, write_e1 },
		.rest = rest_passed_on,
		.end = end_world,
		.may_sleep = 3,
		.copy_faults = 1,
	},
	{
		.name = "pipe",
		.what = "a read and a write of a pipe",
		.holds = "what was written is read",
		.setup = open_nonblock,
		.threads = { pipe_read, pipe_write },
		.rest = rest_piped,
		.end = end_world,
	},
	{
		.name = "pipe-readers",
		.what = "two reads and two writes of a pipe",
		.holds = "each gets what one wrote",
		.setup = open_nonblock,
		.threads = { pipe_read, pipe_read, pipe_write, [3] = pipe_write },
		.rest = rest_two_readers,
		.end = end_world,
	},
	{
		.name = "pipe-full",
		.what = "two writes without room, and a read that makes some",
		.holds = "both return",
		.setup = open_full_pipe,
		.threads = { pipe_write, pipe_write, drain },
		.rest = rest_room,
		.end = end_world,
	},
	{
		.name = "pipe-writer-closes",
		.what = "a read against a write and the close of the writer",
		.holds = "the reader ends",
		.setup = open_nonblock,
		.threads = { pipe_read, pipe_write, close_writer },
		.rest = rest_writer_gone,
		.end = end_world,
	},
	{
		.name = "pipe-readers-closed",
		.what = "two reads against the close of the writer",
		.holds = "both end",
		.setup = open_nonblock,
		.threads = { pipe_read, pipe_read, close_writer },
		.rest = rest_writer_gone,
		.end = end_world,
	},
	{
		.name = "pipe-reader-closes",
		.what = "a write against the close of the reader",
		.holds = "written, or EPIPE",
		.setup = open_nonblock,
		.threads = { pipe_write, [1] = close_reader },
		.rest = rest_reader_gone,
		.end = end_world,
	},
	{
		.name = "pipe-poll",
		.what = "poll of a pipe against a write and a close",
		.holds = "it returns",
		.setup = open_nonblock,
		.threads = { poll_pipe, pipe_write, close_writer },
		.rest = rest_pipe_polled,
		.end = end_world,
	},
	{ 0 },
};
