/* SPDX-License-Identifier: MIT */
/* Epolls: edges against harvests, MOD, DEL, closing, and each other. */
#include "../programs.h"
#include "world.h"

#include "vfs/node.h"

/* Descriptors of every program here: an epoll, and eventfds that it may watch. */
enum {
	EP,
	E1,
	E2,
	EP2,
};

static void open_files(uint32_t e1, uint32_t e2)
{
	open_world();
	sim_check_equal(epoll_create(), EP);
	sim_check_equal(eventfd(e1, NONBLOCK), E1);
	sim_check_equal(eventfd(e2, NONBLOCK), E2);
	sim_check_equal(epoll_create(), EP2);
}

/* E1 and E2 watched by EP. */
static void open_watched(uint32_t e1, uint32_t e2, uint32_t interest)
{
	open_files(e1, e2);
	sim_check_equal(epoll_ctl(EP, CTL_ADD, E1, interest), 0);
	sim_check_equal(epoll_ctl(EP, CTL_ADD, E2, interest), 0);
}

THREAD(open_plain, open_files(0, 0))
THREAD(open_level, open_watched(0, 0, IN))
THREAD(open_edge, open_watched(0, 0, IN | ET))
THREAD(open_oneshot, open_watched(0, 0, IN | ONESHOT))
THREAD(open_level_ready, open_watched(1, 1, IN))
THREAD(open_edge_ready, open_watched(1, 1, IN | ET))

static void open_both_watch(void)
{
	open_files(0, 0);
	sim_check_equal(epoll_ctl(EP, CTL_ADD, E1, IN | EXCLUSIVE), 0);
	sim_check_equal(epoll_ctl(EP2, CTL_ADD, E1, IN | EXCLUSIVE), 0);
}

/* EP2 watches EP, which watches E1. */
static void open_nested(void)
{
	open_files(0, 0);
	sim_check_equal(epoll_ctl(EP, CTL_ADD, E1, IN), 0);
	sim_check_equal(epoll_ctl(EP2, CTL_ADD, EP, IN), 0);
}

static void open_not_wanted(void)
{
	open_files(1, 0);
	sim_check_equal(epoll_ctl(EP, CTL_ADD, E1, 0), 0);
}

/* E1 is ready, and has been told already. */
static void open_told(uint32_t interest)
{
	struct event ev[2];

	open_files(1, 0);
	sim_check_equal(epoll_ctl(EP, CTL_ADD, E1, interest), 0);
	sim_check_equal(epoll_wait(EP, ev, 2, 0), 1);
}

THREAD(open_edge_told, open_told(IN | ET))

static void open_oneshot_told(void)
{
	open_told(IN | ONESHOT);
	sim_check_equal(take(E1), 1);
}

/* 4 and 5 are the ends of a pipe, whose reader EP watches. */
static void open_pipe(void)
{
	int32_t ends[2];

	open_files(0, 0);
	sim_check_equal(call(293, address(ends), 0, 0, 0), 0);
	sim_check(ends[0] == 4 && ends[1] == 5);
	sim_check_equal(epoll_ctl(EP, CTL_ADD, 4, IN | ET), 0);
}

/* The counter behind E1, for handlers, who make no system calls. */
static evfd_t counter;

static void open_for_handler(uint32_t interest)
{
	struct evfd_file *f;

	open_watched(0, 0, interest);
	f = evfd_fd_get(process, E1);
	counter = evfd_eventfd_handle(f);
	evfd_file_put(f);
}

THREAD(open_level_for_handler, open_for_handler(IN))
THREAD(open_edge_for_handler, open_for_handler(IN | ET))
THREAD(post, answer(evfd_post(evfd_system_registry(the_system), counter, 1)))

/* E1 is only of EP and of descriptor 4. */
static void open_dup(void)
{
	open_watched(0, 0, IN);
	sim_check_equal(call(32, E1, 0, 0, 0), 4);
}

THREAD(wait_one, fd_wait(EP, 1, -1))
THREAD(wait_two, fd_wait(EP, 2, -1))
THREAD(wait_deadline, fd_wait(EP, 1, 10))
THREAD(look, fd_wait(EP, 2, 0))
THREAD(wait_outer, fd_wait(EP2, 1, -1))
THREAD(write_e1, fd_add(E1, 1))
THREAD(write_e2, fd_add(E2, 1))
THREAD(write_dup, fd_add(4, 1))
THREAD(read_e1, fd_take(E1))
THREAD(read_e2, fd_take(E2))
THREAD(pipe_wait, fd_wait(EP, 1, -1))
THREAD(pipe_write, answer(call(1, 5, address("x"), 1, 0)))
THREAD(pipe_close, answer(close_fd(5)))
THREAD(mod_edge, answer(epoll_ctl(EP, CTL_MOD, E1, IN | ET)))
THREAD(mod_oneshot, answer(epoll_ctl(EP, CTL_MOD, E1, IN | ONESHOT)))
THREAD(mod_out, answer(epoll_ctl(EP, CTL_MOD, E1, OUT | ET)))
THREAD(add_level, answer(epoll_ctl(EP, CTL_ADD, E1, IN)))
THREAD(add_edge, answer(epoll_ctl(EP, CTL_ADD, E1, IN | ET)))
THREAD(del, answer(epoll_ctl(EP, CTL_DEL, E1, 0)))
THREAD(close_e1, answer(close_fd(E1)))
THREAD(close_epoll, answer(close_fd(EP)))
THREAD(close_outer, answer(close_fd(EP2)))
THREAD(nest_inner, answer(epoll_ctl(EP, CTL_ADD, EP2, IN)))
THREAD(nest_outer, answer(epoll_ctl(EP2, CTL_ADD, EP, IN)))

/* Wait, take what is there, until both values are in. */
static void drain(void)
{
	while (taken[sim_self()] < 2) {
		fd_wait(EP, 1, -1);
		sim_check_equal(answers[sim_self()], 1);
		fd_take((int)events[sim_self()][0].data);
	}
}

static void wait_twice(void)
{
	fd_wait(EP, 1, -1);
	sim_check_equal(answers[sim_self()], 1);
	fd_wait(EP, 1, -1);
}

static void mod_twice(void)
{
	answer(epoll_ctl(EP, CTL_MOD, E1, IN | ONESHOT) |
	       epoll_ctl(EP, CTL_MOD, E1, IN | ONESHOT));
}

/* ---- what must hold at rest ------------------------------------------------------------- */

/* Nobody waits on EP over a level-triggered descriptor that is readable. */
static void check_level(void)
{
	bool is_ready = is_readable(E1) || is_readable(E2);

	for (int i = 0; i < 2; i++) {
		if (sim_is_asleep(i))
			sim_check(!is_ready);
		if (told[i])
			sim_check(events[i][0].data == E1 ||
				  events[i][0].data == E2);
	}
}

/* What EP has to tell now, without waiting. */
static int64_t left_on(int ep)
{
	struct event ev[2];

	return epoll_wait(ep, ev, 2, 0);
}

static void rest_level(void)
{
	check_level();
	close_world();
}

static void rest_drained(void)
{
	sim_check_equal(taken[0], 2);
	sim_check_equal(left_on(EP), 0);
	close_world();
}

/* One edge each of E1 and E2: told once each, or left. */
static void rest_edges(void)
{
	sim_check(!sim_is_asleep(0) && !sim_is_asleep(1));
	sim_check_equal(told[0] + told[1] + left_on(EP), 2);
	if (told[0] == 1 && told[1] == 1)
		sim_check(events[0][0].data != events[1][0].data);
	close_world();
}

/* The writes to E1 are one event or two; none is left for those who sleep. */
static void rest_one_source(void)
{
	sim_check(told[0] + told[1] >= 1);
	if (sim_is_asleep(0) || sim_is_asleep(1))
		sim_check_equal(left_on(EP), 0);
	close_world();
}

/* Ready at ADD or MOD is an edge: the waiter has it, or has left before. */
static void rest_armed(void)
{
	sim_check_equal(answers[2], 0);
	sim_check_equal(answers[0], 1);
	close_world();
}

/* A handler's post is told, or left for the next. */
static void rest_posted(void)
{
	sim_check_equal(answers[1], 0);
	sim_check(told[0] + told[2] + left_on(EP) >= 1);
	close_world();
}

/* Who waits alone is told, however many watch exclusively. */
static void rest_told(void)
{
	sim_check_equal(told[0], 1);
	close_world();
}

/* A deadline at the same moment: told, or left for the next wait there. */
static void rest_exclusive_deadline(void)
{
	sim_check(told[0] + told[1] + left_on(EP) + left_on(EP2) >= 1);
	sim_check(told[0] || sim_is_asleep(1) || told[1]);
	close_world();
}

/* The file may have been closed before. */
static void rest_posted_or_closed(void)
{
	sim_check(answers[1] == 0 || answers[1] == EVFD_EBADF);
	close_world();
}

static void rest_deadline(void)
{
	sim_check(answers[0] == 1 || answers[0] == 0);
	sim_check(answers[0] == 1 || left_on(EP) == 1);
	close_world();
}

static void rest_fault(void)
{
	sim_check(answers[0] == 1 || answers[0] == EVFD_EFAULT);
	/* Level: it is still there; nothing was lost. */
	sim_check_equal(left_on(EP), 2);
	close_world();
}

static void rest_fault_edge(void)
{
	sim_check_equal(told[0] + left_on(EP), 2);
	close_world();
}

/* It was told once at least; and twice if the MOD came after. */
static void rest_oneshot(void)
{
	sim_check_equal(answers[2], 0);
	sim_check(told[0] >= 1);
	close_world();
}

/* The value was taken before it was told, or not: then the last write is told. */
static void rest_oneshot_read(void)
{
	sim_check(told[0] == 1 || !is_readable(E1));
	close_world();
}

/* Two MODs and a write: one event to three, and the last MOD left none behind. */
static void rest_oneshot_mods(void)
{
	sim_check_equal(answers[2], 0);
	sim_check(told[0] + told[1] >= 1);
	if (sim_is_asleep(0) || sim_is_asleep(1))
		sim_check_equal(left_on(EP), 0);
	close_world();
}

/* Somebody has been told of E1, and who sleeps watches with the other. */
static void rest_exclusive(void)
{
	sim_check(told[0] + told[1] >= 1);
	close_world();
}

static void rest_nested(void)
{
	sim_check_equal(answers[0], 1);
	sim_check_equal(events[0][0].data, EP);
	sim_check_equal(left_on(EP2), 1);
	close_world();
}

static void rest_nested_closed(void)
{
	sim_check(answers[0] == 1 || sim_is_asleep(0) || answers[0] == EVFD_EBADF);
	close_world();
}

static void rest_removed(void)
{
	sim_check(answers[2] == 0);
	for (int i = 0; i < 2; i++)
		sim_check(answers[i] == 0 || answers[i] == 1 || answers[i] == 8 ||
			  answers[i] == EVFD_EBADF || answers[i] == EVFD_ENOENT);
	sim_check_equal(left_on(EP), 0);
	close_world();
}

/* Closed or not, nobody is harmed. */
static void rest_closed(void)
{
	close_world();
}

static void rest_dup(void)
{
	/* The number is gone, the file is not: it still reports. */
	if (answers[2] == 8)
		sim_check_equal(answers[0], 1);
	close_world();
}

static void rest_one_nest(void)
{
	sim_check(answers[0] == 0 || answers[0] == EVFD_ELOOP);
	sim_check_equal(answers[0] + answers[1], EVFD_ELOOP);
	close_world();
}

static void rest_no_memory(void)
{
	sim_check(answers[0] == 0 || answers[0] == EVFD_ENOMEM);
	sim_check_equal(left_on(EP), answers[0] == 0);
	close_world();
}

const struct sim_program epoll_programs[] = {
	{
		.name = "level-two-waiters",
		.what = "two waiters, a write to each of two eventfds",
		.holds = "nobody waits over what is ready",
		.setup = open_level,
		.threads = { wait_one, wait_one, write_e1, write_e2 },
		.rest = rest_level,
		.end = end_world,
	},
	{
		.name = "level-drain",
		.what = "one waits and reads until it has both values",
		.holds = "it gets both, nothing is left",
		.setup = open_level,
		.threads = { drain, [1] = write_e1, write_e2 },
		.rest = rest_drained,
		.end = end_world,
	},
	{
		.name = "level-one-event",
		.what = "two waiters, a write, and a read that takes it back",
		.holds = "nobody waits over what is ready",
		.setup = open_level,
		.threads = { wait_one, wait_one, read_e1, write_e1 },
		.rest = rest_level,
		.end = end_world,
		.may_sleep = 3,
	},
	{
		.name = "level-ready",
		.what = "two waiters with maxevents 1, two ready",
		.holds = "both return",
		.setup = open_level_ready,
		.threads = { wait_one, wait_one },
		.rest = rest_level,
		.end = end_world,
	},
	{
		.name = "edge-two-waiters",
		.what = "two waiters, an edge of each of two eventfds",
		.holds = "each edge told once",
		.setup = open_edge,
		.threads = { wait_one, wait_one, write_e1, write_e2 },
		.rest = rest_edges,
		.end = end_world,
	},
	{
		.name = "edge-drain",
		.what = "one waits for edges and reads, two writes",
		.holds = "no edge is lost",
		.setup = open_edge,
		.threads = { drain, [1] = write_e1, write_e2 },
		.rest = rest_drained,
		.end = end_world,
	},
	{
		.name = "edge-same-source",
		.what = "two waiters, two writes to one eventfd",
		.holds = "one is told at least, no edge is left",
		.setup = open_edge,
		.threads = { wait_one, wait_one, write_e1, write_e1 },
		.rest = rest_one_source,
		.end = end_world,
		.may_sleep = 3,
	},
	{
		.name = "edge-try",
		.what = "a look without waiting against two edges",
		.holds = "what it did not tell is left",
		.setup = open_edge,
		.threads = { look, [1] = write_e1, write_e2 },
		.rest = rest_fault_edge,
		.end = end_world,
	},
	{
		.name = "edge-add",
		.what = "adding against a write and a waiter",
		.holds = "the waiter is told",
		.setup = open_plain,
		.threads = { wait_one, write_e1, add_edge },
		.rest = rest_armed,
		.end = end_world,
	},
	{
		.name = "edge-deadline",
		.what = "a deadline against an edge",
		.holds = "told or left",
		.setup = open_edge,
		.threads = { wait_deadline, write_e1 },
		.rest = rest_deadline,
		.end = end_world,
	},
	{
		.name = "mod-wakes",
		.what = "MOD to IN of what is ready, while one waits",
		.holds = "the waiter is told",
		.setup = open_not_wanted,
		.threads = { wait_one, [1] = read_e2, [2] = mod_edge },
		.rest = rest_armed,
		.end = end_world,
	},
	{
		.name = "mod-again",
		.what = "MOD of what is ready and told, edge, while one waits",
		.holds = "the waiter is told again",
		.setup = open_edge_told,
		.threads = { wait_one, [1] = read_e2, [2] = mod_edge },
		.rest = rest_armed,
		.end = end_world,
	},
	{
		.name = "mod-arms",
		.what = "MOD of a one-shot that was told, against a write",
		.holds = "the waiter is told again",
		.setup = open_oneshot_told,
		.threads = { wait_one, write_e1, mod_oneshot },
		.rest = rest_armed,
		.end = end_world,
	},
	{
		.name = "mod-edge",
		.what = "MOD against a write and a waiter",
		.holds = "the waiter is told",
		.setup = open_edge,
		.threads = { wait_one, write_e1, mod_edge },
		.rest = rest_armed,
		.end = end_world,
	},
	{
		.name = "mod-other-interest",
		.what = "MOD from IN to OUT against a write and a waiter",
		.holds = "the waiter is told",
		.setup = open_edge,
		.threads = { wait_one, write_e1, mod_out },
		.rest = rest_armed,
		.end = end_world,
	},
	{
		.name = "oneshot-mod",
		.what = "a one-shot is written to, told, armed again",
		.holds = "nobody waits over an armed one that is ready",
		.setup = open_oneshot,
		.threads = { wait_twice, write_e1, mod_oneshot },
		.rest = rest_oneshot,
		.end = end_world,
		.may_sleep = 1,
	},
	{
		.name = "oneshot-read",
		.what = "a one-shot whose value is taken before it is told",
		.holds = "it is armed still, and told of the next write",
		.setup = open_oneshot,
		.threads = { wait_one, write_e1, read_e1, write_e1 },
		.rest = rest_oneshot_read,
		.end = end_world,
		.may_sleep = 1,
	},
	{
		.name = "oneshot-mods",
		.what = "two waiters, a write, two MODs",
		.holds = "nothing is left",
		.setup = open_oneshot,
		.threads = { wait_one, wait_one, mod_twice, write_e1 },
		.rest = rest_oneshot_mods,
		.end = end_world,
		.may_sleep = 3,
	},
	{
		.name = "exclusive-epolls",
		.what = "two epolls watch exclusively, a write, two waiters",
		.holds = "one at least is told",
		.setup = open_both_watch,
		.threads = { wait_one, wait_outer, write_e1 },
		.rest = rest_exclusive,
		.end = end_world,
		.may_sleep = 3,
	},
	{
		.name = "exclusive-alone",
		.what = "two epolls watch exclusively, one is waited for",
		.holds = "its waiter is told",
		.setup = open_both_watch,
		.threads = { wait_outer, write_e1 },
		.rest = rest_told,
		.end = end_world,
	},
	{
		.name = "exclusive-deadline",
		.what = "the deadline of an exclusive epoll's waiter, and a "
			"write",
		.holds = "told, or left",
		.setup = open_both_watch,
		.threads = { wait_deadline, wait_outer, write_e1 },
		.rest = rest_exclusive_deadline,
		.end = end_world,
		.may_sleep = 2,
	},
	{
		.name = "pipe-epoll",
		.what = "a write to a pipe whose reader is waited for",
		.holds = "the waiter is told",
		.setup = open_pipe,
		.threads = { pipe_wait, pipe_write },
		.rest = rest_told,
		.end = end_world,
	},
	{
		.name = "pipe-epoll-close",
		.what = "a pipe's writer closes while its reader is waited for",
		.holds = "the waiter is told",
		.setup = open_pipe,
		.threads = { pipe_wait, pipe_close },
		.rest = rest_told,
		.end = end_world,
	},
	{
		.name = "close-watched",
		.what = "a watched file closes while its events are told",
		.holds = "no file is left, nothing is told after",
		.setup = open_level_ready,
		.threads = { look, [1] = close_e1, [2] = write_e2 },
		.rest = rest_closed,
		.end = end_world,
	},
	{
		.name = "close-watched-write",
		.what = "a watched file closes against a write and a waiter",
		.holds = "no file is left",
		.setup = open_level,
		.threads = { wait_one, write_e1, close_e1, write_e2 },
		.rest = rest_closed,
		.end = end_world,
	},
	{
		.name = "close-dup",
		.what = "one of two numbers closes, a write to the other",
		.holds = "the waiter is told",
		.setup = open_dup,
		.threads = { wait_one, [1] = close_e1, write_dup },
		.rest = rest_dup,
		.end = end_world,
	},
	{
		.name = "ends-meet",
		.what = "a watched file and its epoll close together",
		.holds = "no file and no item is left",
		.setup = open_level,
		.threads = { close_epoll, close_e1 },
		.rest = rest_closed,
		.end = end_world,
	},
	{
		.name = "close-epoll-write",
		.what = "an epoll closes against a write to what it watches",
		.holds = "no file and no item is left",
		.setup = open_edge,
		.threads = { close_epoll, write_e1 },
		.rest = rest_closed,
		.end = end_world,
	},
	{
		.name = "close-epoll-waiter",
		.what = "an epoll's number closes under a waiter, and a write",
		.holds = "no file and no item is left",
		.setup = open_edge,
		.threads = { wait_deadline, write_e1, close_epoll },
		.rest = rest_closed,
		.end = end_world,
	},
	{
		.name = "del-write",
		.what = "DEL against a write and a look",
		.holds = "nothing is told after",
		.setup = open_edge,
		.threads = { look, write_e1, del },
		.rest = rest_removed,
		.end = end_world,
	},
	{
		.name = "del-close",
		.what = "DEL against the close of what is watched",
		.holds = "no file and no item is left",
		.setup = open_edge_ready,
		.threads = { del, [1] = close_e1 },
		.rest = rest_closed,
		.end = end_world,
	},
	{
		.name = "add-close",
		.what = "ADD against the close of what is added",
		.holds = "no file and no item is left",
		.setup = open_plain,
		.threads = { add_level, [1] = close_e1, write_e1 },
		.rest = rest_closed,
		.end = end_world,
	},
	{
		.name = "add-no-memory",
		.what = "ADD, memory refused at will, and a write",
		.holds = "ENOMEM and not added, or told",
		.setup = open_plain,
		.threads = { add_level, write_e1 },
		.rest = rest_no_memory,
		.end = end_world,
		.alloc_failures = 1,
	},
	{
		.name = "post-in-epoll-wait",
		.what = "a handler posts in epoll_wait, and a write",
		.holds = "the waiter is told",
		.setup = open_level_for_handler,
		.threads = { wait_one, post, write_e2 },
		.handler = { 0, SIM_INTERRUPTS(0) },
		.rest = rest_posted,
		.end = end_world,
	},
	{
		.name = "post-in-harvest",
		.what = "a handler posts in a look at edges; another waits",
		.holds = "told or left",
		.setup = open_edge_for_handler,
		.threads = { look, post, wait_one },
		.handler = { 0, SIM_INTERRUPTS(0) },
		.rest = rest_posted,
		.end = end_world,
		.may_sleep = 4,
	},
	{
		.name = "post-in-mod",
		.what = "a handler posts in MOD, while one waits",
		.holds = "the waiter is told",
		.setup = open_edge_for_handler,
		.threads = { mod_out, post, wait_one },
		.handler = { 0, SIM_INTERRUPTS(0) },
		.rest = rest_posted,
		.end = end_world,
	},
	{
		.name = "post-in-close-watched",
		.what = "a handler posts in the close of what is watched",
		.holds = "done or EBADF, no file and no item is left",
		.setup = open_edge_for_handler,
		.threads = { close_e1, post, look },
		.handler = { 0, SIM_INTERRUPTS(0) },
		.rest = rest_posted_or_closed,
		.end = end_world,
	},
	{
		.name = "nested",
		.what = "an epoll watched by one that is waited for, a write",
		.holds = "the waiter is told of the inner one",
		.setup = open_nested,
		.threads = { wait_outer, write_e1 },
		.rest = rest_nested,
		.end = end_world,
	},
	{
		.name = "nested-two-levels",
		.what = "one waits for the outer, one for the inner, a write",
		.holds = "both are told",
		.setup = open_nested,
		.threads = { wait_outer, wait_one, write_e1 },
		.rest = rest_nested,
		.end = end_world,
	},
	{
		.name = "nested-close",
		.what = "the inner epoll closes against a write and a waiter",
		.holds = "no file and no item is left",
		.setup = open_nested,
		.threads = { wait_outer, write_e1, close_epoll },
		.rest = rest_nested_closed,
		.end = end_world,
		.may_sleep = 1,
	},
	{
		.name = "nested-close-outer",
		.what = "outer and inner epoll close together",
		.holds = "no file and no item is left",
		.setup = open_nested,
		.threads = { close_outer, close_epoll, write_e1 },
		.rest = rest_closed,
		.end = end_world,
	},
	{
		.name = "nest-loop",
		.what = "two epolls are added to each other",
		.holds = "one gets ELOOP",
		.setup = open_plain,
		.threads = { nest_inner, nest_outer },
		.rest = rest_one_nest,
		.end = end_world,
	},
	{
		.name = "fault-level",
		.what = "epoll_wait faults at will, two ready",
		.holds = "nothing is lost",
		.setup = open_level_ready,
		.threads = { wait_one },
		.rest = rest_fault,
		.end = end_world,
		.copy_faults = 1,
	},
	{
		.name = "fault-edge",
		.what = "epoll_wait faults at will, two edges",
		.holds = "no edge is lost",
		.setup = open_edge_ready,
		.threads = { wait_two, [1] = write_e2 },
		.rest = rest_closed,
		.end = end_world,
		.copy_faults = 1,
	},
	{ 0 },
};
