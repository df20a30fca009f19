/* SPDX-License-Identifier: MIT */
/*
 * What core/ and vfs/ promise about other memory: plain data that one thread wrote
 * before a call is there for the thread that a call of its own told. This file is
 * compiled like core/, so data that is not ordered is a race, and a failure.
 */
#include "tests/sim/programs/counters.h"
#undef THREAD
#undef NOTHING
#include "tests/sim/programs/world.h"
#include "weak.h"

#include "core/cell.h"
#include "core/mutex.h"

#include <string.h>

static uint64_t data, more_data;

static void open_data_with(uint32_t flags)
{
	data = more_data = 0;
	open_counter(0, flags);
}

THREAD(open_data, open_data_with(0))
THREAD(open_data_semaphore, open_data_with(EVFD_SEMAPHORE))
THREAD(open_counted, open_data_with(EVFD_COUNTED | EVFD_SEMAPHORE))

/* ---- through the word -------------------------------------------------------------- */

static void tell_b(void)
{
	data = 1;
	thread_write(1, 1, EVFD_NOWAIT);
}

THREAD(take_c, thread_read(2, EVFD_NOWAIT))

static void tell_c(void)
{
	more_data = 1;
	thread_post(2, 1);
}

static void tell_by_swap_b(void)
{
	uint64_t old;

	data = 1;
	results[1] = evfd_swap(&registry, counter, 1, &old);
	put += results[1] == 0;
}

static void hear(int t, uint64_t deadline_ns)
{
	thread_read(t, deadline_ns);
	if (results[t] == 0)
		sim_check_equal(data, 1);
}

static void hear_none(int t)
{
	thread_read(t, t == 0 ? EVFD_FOREVER : EVFD_NOWAIT);
}

static void hear_a(void)
{
	hear(0, EVFD_FOREVER);
}

static void hear_by_deadline_a(void)
{
	hear(0, SIM_DEADLINE);
}

/* Takes exactly two: both have told. */
static void hear_both_a(void)
{
	uint64_t taken_ = 0;

	results[0] = evfd_take(&registry, counter, 2, 2, &taken_, EVFD_FOREVER);
	got[0] += taken_;
	if (results[0] == 0)
		sim_check_equal(data + more_data, 2);
}

static void hear_any_a(void)
{
	struct evfd_any set[1] = { { .handle = counter } };
	uint64_t value = 0;

	results[0] = evfd_wait_any(&registry, set, 1, &value, EVFD_FOREVER);
	got[0] += value;
	if (results[0] == 0)
		sim_check_equal(data, 1);
}

/* b takes the unit that was there and puts another in its place, so the word is what
 * it was: who then takes it must not think that it is the first. */
static uint32_t has_taken;

static void open_one(void)
{
	open_data_with(0);
	has_taken = 0;
	thread_write(0, 1, EVFD_NOWAIT);
}

static void hear_second_a(void)
{
	hear_none(0);
	if (load_rlx(&has_taken))
		sim_check_equal(more_data, 1);
}

static void take_and_tell_b(void)
{
	hear_none(1);
	if (results[1] < 0)
		return;
	store_rlx(&has_taken, 1);
	more_data = 1;
	thread_write(1, 1, EVFD_NOWAIT);
}

/* ---- watches ------------------------------------------------------------------------- */

static struct subscriber {
	struct evfd_watch watch; /* first: the callback casts back */
	uint64_t heard;
} subscriber;

static bool on_edge(struct evfd_watch *w, uint32_t edges)
{
	struct subscriber *s = (struct subscriber *)w;

	if (edges & EVFD_IN) /* b's: nobody else adds */
		s->heard += data;
	if (edges & EVFD_HUP && other)
		evfd_post(&registry, other, 1);
	return false;
}

static void open_watched(void)
{
	open_data_with(EVFD_SEMAPHORE);
	other = EVFD_NONE;
	subscriber = (struct subscriber){
		.watch = { .notify = on_edge, .events = EVFD_IN },
	};
}

static void open_subscribed(void)
{
	open_watched();
	subscriber.watch.events |= EVFD_OUT;
	results[0] = evfd_watch_add(&registry, counter, &subscriber.watch);
	thread_write(0, 1, EVFD_NOWAIT);
}

/* Whoever is subscribed and has been told, or told at once that it is ready, knows. */
static void subscribe_a(void)
{
	results[0] = evfd_watch_add(&registry, counter, &subscriber.watch);
	if (results[0] >= 0 && results[0] & EVFD_IN)
		sim_check_equal(data, 1);
}

static void subscribe_and_leave_a(void)
{
	subscribe_a();
	evfd_watch_remove(&registry, counter, &subscriber.watch);
	memset(&subscriber, 0xdf, sizeof(subscriber));
	subscriber.heard = 0xdf; /* it is ours again */
}

static void post_a(void)
{
	data = 1;
	thread_post(0, 1);
}

THREAD(take_b, thread_read(1, EVFD_NOWAIT))

static void check_heard(void)
{
	sim_check(subscriber.heard > 0);
	check_rest();
}

static void open_two_watched(void)
{
	open_watched();
	sim_check_equal(evfd_create(&registry, 0, 0, NULL, NULL, &other), 0);
	results[0] = evfd_watch_add(&registry, counter, &subscriber.watch);
}

/* The callback has seen HUP, and told: its memory is ours again. */
static void await_hangup_a(void)
{
	uint64_t value;

	sim_check_equal(evfd_read(&registry, other, &value, EVFD_FOREVER), 0);
	subscriber.watch.next = NULL;
	subscriber.watch.events = 0xdf;
	subscriber.heard = 0xdf;
}

static void close_other(void)
{
	evfd_close(&registry, other);
}

/* ---- slots ------------------------------------------------------------------------------ */

static struct evfd_owner owner;

static void open_unused(void)
{
	data = more_data = 0;
	owner = (struct evfd_owner){ .id = 7, .limit = 2 };
	open_registry();
	counter = (evfd_t)1 << 32;
}

static void create_a(void)
{
	evfd_t h;

	results[0] = evfd_create(&registry, 1, 0, &owner, "first", &h);
}

/* A chunk without names or statistics: the second of its counters needs both. */
static void open_plain(void)
{
	open_unused();
	sim_check_equal(evfd_create(&registry, 0, 0, NULL, NULL, &other), 0);
	counter = (evfd_t)1 << 32 | 1;
}

static void create_counted_a(void)
{
	evfd_t h;

	results[0] = evfd_create(&registry, 1, EVFD_COUNTED, &owner, "first", &h);
}

/* By a handle that nobody gave us. */
static void forge_b(void)
{
	uint64_t value = 0;

	results[1] = evfd_read(&registry, counter, &value, EVFD_NOWAIT);
	sim_check(results[1] == EVFD_EBADF || value == 1);
}

static void stat_c(void)
{
	struct evfd_stat st;

	results[2] = evfd_stat(&registry, counter, &st);
	if (results[2] == 0)
		sim_check_equal(strcmp(st.label, "first"), 0);
}

static void close_forged(void)
{
	sim_check_equal(evfd_close(&registry, counter), 0);
}

static void end_plain(void)
{
	sim_check_equal(evfd_close(&registry, other), 0);
	sim_check_equal(evfd_registry_fini(&registry), 0);
}

static void end_registry(void)
{
	sim_check_equal(evfd_registry_fini(&registry), 0);
}

static evfd_t fresh;

static void reuse_b(void)
{
	results[1] = evfd_close(&registry, counter);
	sim_check_equal(
		evfd_create(&registry, 0, EVFD_COUNTED, NULL, "next", &fresh), 0);
}

static void close_fresh(void)
{
	sim_check_equal(evfd_close(&registry, fresh), 0);
}

/* ---- the lock ------------------------------------------------------------------------------ */

static uint32_t mutex;

static void open_mutex(void)
{
	mutex = 0;
	data = 0;
}

static void count_locked(void)
{
	evfd_mutex_lock(&mutex);
	data++;
	evfd_mutex_unlock(&mutex);
}

static void check_count(void)
{
	sim_check_equal(data, 3);
	sim_check_equal(mutex, 0);
}

/* ---- the cell, as its contract has it --------------------------------------------------- */

static struct evfd_word cell;

static void open_cell(void)
{
	data = 0;
	cell = (struct evfd_word){ 0 };
}

static void cell_look_a(void)
{
	if (evfd_cell_load(&cell).count == 1)
		sim_check_equal(data, 1);
}

static void cell_tell_b(void)
{
	struct evfd_word from = { 0 }, to = { .count = 1 };

	data = 1;
	sim_check(evfd_cell_cas(&cell, &from, to));
}

/* ---- descriptors ------------------------------------------------------------------------------ */

static int fd, ep;

static void open_fd(void)
{
	data = more_data = 0;
	open_world();
	fd = eventfd(0, 0);
	ep = epoll_create();
	sim_check_equal(epoll_ctl(ep, CTL_ADD, fd, IN), 0);
}

static void fd_tell_b(void)
{
	data = 1;
	fd_add(fd, 1);
}

/* The event is enough: nothing is read. */
static void fd_await_a(void)
{
	fd_wait(ep, 1, -1);
	if (told[0] > 0)
		sim_check_equal(data, 1);
}

static void fd_look_a(void)
{
	struct pollfd one = { .fd = fd, .events = IN };

	answer(poll(&one, 1, 0));
	if (answers[0] == 1)
		sim_check_equal(data, 1);
}

static void fd_poll_a(void)
{
	struct pollfd one = { .fd = fd, .events = IN };

	answer(poll(&one, 1, -1));
	if (answers[0] == 1)
		sim_check_equal(data, 1);
}

/* A pointer to what is at the other end of a number, and what is in it. */
static void fd_make_b(void)
{
	answer(eventfd(1, NONBLOCK));
}

static void fd_use_next_a(void)
{
	answer((int64_t)take(ep + 1));
}

/* The first number ever: nothing stands there yet. */
static void open_no_fd(void)
{
	data = more_data = 0;
	open_world();
}

static void fd_use_first_a(void)
{
	answer((int64_t)take(0));
}

static int ends[2];

static void open_pipe(void)
{
	open_world();
	sim_check_equal(call(22, address(ends), 0, 0, 0), 0);
}

THREAD(close_reader_a, answer(close_fd(ends[0])))
THREAD(close_writer_b, answer(close_fd(ends[1])))

const struct sim_program weak_programs[] = {
	{
		.name = "data-write",
		.what = "plain data, and a write that a sleeping read takes",
		.holds = "the data is there",
		.setup = open_data,
		.threads = { hear_a, tell_b },
		.rest = check_rest,
		.end = end_counter,
	},
	{
		.name = "data-deadline",
		.what = "the same with a deadline, twice over",
		.holds = "the data is there, or the deadline has passed",
		.setup = open_data_semaphore,
		.threads = { hear_by_deadline_a, tell_b },
		.rest = check_rest,
		.end = end_counter,
	},
	{
		.name = "data-swap",
		.what = "plain data, and a swap that a read takes",
		.holds = "the data is there",
		.setup = open_data,
		.threads = { hear_a, tell_by_swap_b },
		.rest = check_rest,
		.end = end_counter,
	},
	{
		.name = "data-take",
		.what = "data of two, and a taker of both their units",
		.holds = "all data is there",
		.setup = open_data_semaphore,
		.threads = { hear_both_a, tell_b, tell_c },
		.rest = check_rest,
		.end = end_counter,
	},
	{
		.name = "data-any",
		.what = "plain data, and a write that wait-any takes",
		.holds = "the data is there",
		.setup = open_data,
		.threads = { hear_any_a, tell_b },
		.rest = check_rest,
		.end = end_counter,
	},
	{
		.name = "data-again",
		.what = "one unit taken and put back, as if nothing had been",
		.holds = "who takes the second knows what came before it",
		.setup = open_one,
		.threads = { hear_second_a, take_and_tell_b },
		.rest = check_rest,
		.end = end_counter,
	},
	{
		.name = "data-watch",
		.what = "data and a write meet a new watch",
		.holds = "a callback and a subscription find it",
		.setup = open_watched,
		.threads = { subscribe_a, tell_b },
		.rest = check_rest,
		.end = end_counter,
	},
	{
		.name = "data-queued",
		.what = "data and a post meet the delivery of a read",
		.holds = "whoever delivers the post finds the data",
		.setup = open_subscribed,
		.threads = { post_a, take_b },
		.rest = check_heard,
		.end = end_counter,
	},
	{
		.name = "data-unwatch",
		.what = "a watch comes and goes meeting a write and a post",
		.holds = "its memory is free when it has gone",
		.setup = open_watched,
		.threads = { subscribe_and_leave_a, tell_b, take_c },
		.rest = check_rest,
		.end = end_counter,
	},
	{
		.name = "data-hangup",
		.what = "a watched counter is closed, the callback tells",
		.holds = "the watch's memory is free when it is told",
		.setup = open_two_watched,
		.threads = { await_hangup_a, close_b },
		.rest = close_other,
		.end = end_registry,
	},
	{
		.name = "data-mutex",
		.what = "three threads and a lock",
		.holds = "what it guards",
		.setup = open_mutex,
		.threads = { count_locked, count_locked, count_locked },
		.end = check_count,
	},
	{
		.name = "data-cell",
		.what = "plain data, a swap of a cell, and a load",
		.holds = "the data is there if the load tells",
		.setup = open_cell,
		.threads = { cell_look_a, cell_tell_b },
	},
	{
		.name = "data-forged",
		.what = "the first creation ever, a guessed handle, stat",
		.holds = "no slot is seen before it is one",
		.setup = open_unused,
		.threads = { create_a, forge_b, stat_c },
		.rest = close_forged,
		.end = end_registry,
	},
	{
		.name = "data-beside",
		.what = "the first name and numbers of a chunk, a guessed "
			"handle",
		.holds = "they are there for whoever finds the counter open",
		.setup = open_plain,
		.threads = { create_counted_a, forge_b, stat_c },
		.rest = close_forged,
		.end = end_plain,
	},
	{
		.name = "data-counted",
		.what = "a counted try, closing, and the slot's next tenant",
		.holds = "no race for its numbers",
		.setup = open_counted,
		.threads = { try_a, reuse_b },
		.rest = close_fresh,
		.end = end_registry,
	},
	{
		.name = "data-epoll",
		.what = "plain data, a write, and an epoll_wait that is told",
		.holds = "the data is there",
		.setup = open_fd,
		.threads = { fd_await_a, fd_tell_b },
		.rest = close_world,
		.end = end_world,
	},
	{
		.name = "data-poll",
		.what = "plain data, a write, and a poll that is told",
		.holds = "the data is there",
		.setup = open_fd,
		.threads = { fd_poll_a, fd_tell_b },
		.rest = close_world,
		.end = end_world,
	},
	{
		.name = "data-look",
		.what = "plain data, a write, and a poll that looks once",
		.holds = "the data is there if it is told",
		.setup = open_fd,
		.threads = { fd_look_a, fd_tell_b },
		.rest = close_world,
		.end = end_world,
	},
	{
		.name = "data-number",
		.what = "a number is used by chance while it is opened",
		.holds = "no file is seen before it is one",
		.setup = open_fd,
		.threads = { fd_use_next_a, fd_make_b },
		.rest = close_world,
		.end = end_world,
	},
	{
		.name = "data-first-number",
		.what = "the first number ever is used by chance while it is "
			"opened",
		.holds = "no slot is seen before it is one",
		.setup = open_no_fd,
		.threads = { fd_use_first_a, fd_make_b },
		.rest = close_world,
		.end = end_world,
	},
	{
		.name = "data-pipe-ends",
		.what = "both ends of a pipe close",
		.holds = "the last has its memory for itself",
		.setup = open_pipe,
		.threads = { close_reader_a, close_writer_b },
		.rest = close_world,
		.end = end_world,
	},
	{ 0 },
};
