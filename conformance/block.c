/* SPDX-License-Identifier: MIT */
/* C27 to C38: semaphores, sleeping, waking, and what must be conserved. */
#include "conf.h"

#define WRITERS 165u
#define MIXED 20u

/* ---- C27 to C29: semaphore arithmetic ----------------------------------- */

static int C27_n_units_give_n_reads(void)
{
	uint64_t n = conf_times(100000), v;
	int e = conf_eventfd((uint32_t)n, EFD_SEMAPHORE | EFD_NONBLOCK);

	for (uint64_t i = 0; i < n; i++) {
		EQ(conf_read(e, &v), 8);
		EQ(v, 1);
	}
	EQ(conf_read(e, &v), -EAGAIN);
	CLOSE(e);
	return 0;
}

static int C27_units_written_singly_give_as_many_reads(void)
{
	uint64_t n = conf_times(100000), v;
	int e = conf_eventfd(0, EFD_SEMAPHORE | EFD_NONBLOCK);

	for (uint64_t i = 0; i < n; i++)
		EQ(conf_write(e, 1), 8);
	for (uint64_t i = 0; i < n; i++)
		EQ(conf_read(e, &v), 8);
	EQ(conf_read(e, &v), -EAGAIN);
	CLOSE(e);
	return 0;
}

static int C28_initial_units_and_written_ones_mix(void)
{
	int e = conf_eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK);
	uint64_t v, taken = 0;

	EQ(conf_write(e, 3), 8);
	EQ(conf_read(e, &v), 8);
	EQ(conf_write(e, 4), 8);
	while (conf_read(e, &v) == 8)
		taken += v;
	EQ(taken, 8);
	CLOSE(e);
	return 0;
}

static int C29_one_read_at_the_ceiling_frees_one(void)
{
	int e = conf_eventfd_at(MAX, EFD_SEMAPHORE);
	uint64_t v;

	for (int i = 0; i < 5; i++) {
		EQ(conf_write(e, 1), -EAGAIN);
		EQ(conf_read(e, &v), 8);
		EQ(v, 1);
		EQ(conf_write(e, 2), -EAGAIN);
		EQ(conf_write(e, 1), 8);
	}
	CLOSE(e);
	return 0;
}

/* ---- C30 to C32: who wakes ---------------------------------------------- */

static int C30_a_write_wakes_a_reader(void)
{
	int e = conf_eventfd(0, 0);

	for (int i = 0; i < 20; i++) {
		struct call reader;
		uint64_t v;

		start(&reader, SYS_READ, e, &v, 8);
		BLOCKS(&reader);
		EQ(conf_write(e, 1), 8);
		RETURNS(&reader, 8);
		EQ(v, 1);
	}
	CLOSE(e);
	return 0;
}

static int C30_a_nonblocking_write_wakes_a_reader(void)
{
	int e = conf_eventfd(0, 0);
	struct call reader;
	uint64_t v;

	start(&reader, SYS_READ, e, &v, 8);
	BLOCKS(&reader);
	EQ(sys(SYS_FCNTL, e, F_SETFL, O_NONBLOCK), 0);
	EQ(conf_write(e, 1), 8);
	RETURNS(&reader, 8);
	EQ(v, 1);
	CLOSE(e);
	return 0;
}

static int C30_a_nonblocking_read_wakes_a_writer(void)
{
	int e = conf_eventfd_at(MAX, 0);
	struct call writer;
	uint64_t v, one = 1;

	EQ(sys(SYS_FCNTL, e, F_SETFL, 0), 0);
	start(&writer, SYS_WRITE, e, &one, 8);
	BLOCKS(&writer);
	EQ(sys(SYS_FCNTL, e, F_SETFL, O_NONBLOCK), 0);
	EQ(conf_read(e, &v), 8);
	RETURNS(&writer, 8);
	HOLDS(e, 1);
	CLOSE(e);
	return 0;
}

static int C30_a_read_wakes_all_writers_that_fit(void)
{
	int e = conf_eventfd_at(MAX, 0);
	struct call writers[8];
	uint64_t v, values[8];

	EQ(sys(SYS_FCNTL, e, F_SETFL, 0), 0);
	for (int i = 0; i < 8; i++) {
		values[i] = UINT64_C(1) << i;
		start(&writers[i], SYS_WRITE, e, &values[i], 8);
		BLOCKS(&writers[i]);
	}
	EQ(conf_read(e, &v), 8);
	for (int i = 0; i < 8; i++)
		RETURNS(&writers[i], 8);
	EQ(conf_read(e, &v), 8);
	EQ(v, 255);
	CLOSE(e);
	return 0;
}

static int C30_a_post_of_n_wakes_n_semaphore_readers(void)
{
	int e = conf_eventfd(0, EFD_SEMAPHORE);
	struct call readers[8];
	uint64_t v[8];

	for (int i = 0; i < 8; i++) {
		start(&readers[i], SYS_READ, e, &v[i], 8);
		BLOCKS(&readers[i]);
	}
	EQ(conf_write(e, 8), 8);
	for (int i = 0; i < 8; i++) {
		RETURNS(&readers[i], 8);
		EQ(v[i], 1);
	}
	EQ(conf_poll(e, POLLIN), 0);
	CLOSE(e);
	return 0;
}

static uint32_t count_ended(struct call *calls, uint32_t n)
{
	uint32_t ended = 0;

	for (uint32_t i = 0; i < n; i++)
		ended += T->has_ended(calls[i].task);
	return ended;
}

/* Until `ended` of the n have ended and all others sleep. */
static void until_settled(struct call *calls, uint32_t n, uint32_t ended)
{
	while (count_ended(calls, n) < ended)
		T->yield();
	for (uint32_t i = 0; i < n; i++)
		while (!T->has_ended(calls[i].task) && !T->is_blocked(calls[i].task))
			T->yield();
}

static int C30_a_post_of_n_wakes_no_more_than_n(void)
{
	int e = conf_eventfd(0, EFD_SEMAPHORE);
	struct call readers[5];
	uint64_t v[5];

	for (int i = 0; i < 5; i++) {
		start(&readers[i], SYS_READ, e, &v[i], 8);
		BLOCKS(&readers[i]);
	}
	EQ(conf_write(e, 3), 8);
	until_settled(readers, 5, 3);
	EQ(count_ended(readers, 5), 3);
	EQ(conf_poll(e, POLLIN), 0);
	EQ(conf_write(e, 2), 8);
	for (int i = 0; i < 5; i++)
		RETURNS(&readers[i], 8);
	EQ(conf_poll(e, POLLIN), 0);
	CLOSE(e);
	return 0;
}

/* Readers, and a poller that a wake of one thread might pick instead. */
static int C30_a_poller_does_not_take_a_readers_wake(void)
{
	int e = conf_eventfd(0, EFD_SEMAPHORE);
	struct pollfd p = { e, POLLIN, 0 };
	struct call readers[2], poller;
	uint64_t v[2];

	start(&poller, SYS_POLL, &p, 1, FOREVER);
	BLOCKS(&poller);
	for (int i = 0; i < 2; i++) {
		start(&readers[i], SYS_READ, e, &v[i], 8);
		BLOCKS(&readers[i]);
	}
	EQ(conf_write(e, 2), 8);
	RETURNS(&readers[0], 8);
	RETURNS(&readers[1], 8);
	EQ(conf_write(e, 1), 8);
	RETURNS(&poller, 1);
	CLOSE(e);
	return 0;
}

static int C31_a_writer_that_does_not_fit_sleeps_on(void)
{
	int e = conf_eventfd_at(MAX, EFD_SEMAPHORE);
	uint64_t v, one = 1, four = 4;
	struct call small, big;

	EQ(sys(SYS_FCNTL, e, F_SETFL, 0), 0);
	start(&big, SYS_WRITE, e, &four, 8);
	BLOCKS(&big);
	start(&small, SYS_WRITE, e, &one, 8);
	BLOCKS(&small);
	EQ(conf_read(e, &v), 8);
	RETURNS(&small, 8);
	BLOCKS(&big);
	for (int i = 0; i < 3; i++) {
		EQ(conf_read(e, &v), 8);
		BLOCKS(&big);
	}
	EQ(conf_read(e, &v), 8);
	RETURNS(&big, 8);
	EQ(conf_poll(e, POLLOUT), 0);
	CLOSE(e);
	return 0;
}

static int one_of_two(uint32_t flags)
{
	int e = conf_eventfd(0, flags);
	struct call readers[2];
	uint64_t v[2];

	for (int i = 0; i < 2; i++) {
		start(&readers[i], SYS_READ, e, &v[i], 8);
		BLOCKS(&readers[i]);
	}
	EQ(conf_write(e, 1), 8);
	until_settled(readers, 2, 1);
	EQ(count_ended(readers, 2), 1);
	EQ(conf_write(e, 1), 8);
	for (int i = 0; i < 2; i++) {
		RETURNS(&readers[i], 8);
		EQ(v[i], 1);
	}
	EQ(conf_poll(e, POLLIN), 0);
	CLOSE(e);
	return 0;
}

static int C32_one_token_wakes_one_of_two_readers(void)
{
	return one_of_two(0);
}

static int C32_one_token_wakes_one_of_two_semaphore_readers(void)
{
	return one_of_two(EFD_SEMAPHORE);
}

/* ---- C33, C34: close and O_NONBLOCK meanwhile --------------------------- */

static int C33_close_wakes_no_reader(void)
{
	int e = conf_eventfd(0, 0), other = (int)sys(SYS_DUP, e);
	struct call reader;
	uint64_t v;

	start(&reader, SYS_READ, e, &v, 8);
	BLOCKS(&reader);
	CLOSE(e);
	BLOCKS(&reader);
	EQ(conf_write(other, 9), 8);
	RETURNS(&reader, 8);
	EQ(v, 9);
	start(&reader, SYS_READ, other, &v, 8);
	BLOCKS(&reader);
	EQ(conf_write(other, 2), 8);
	RETURNS(&reader, 8);
	EQ(v, 2);
	CLOSE(other);
	return 0;
}

static int C33_close_wakes_no_writer(void)
{
	int e = conf_eventfd_at(MAX, 0), other = (int)sys(SYS_DUP, e);
	struct call writer;
	uint64_t v, two = 2;

	EQ(sys(SYS_FCNTL, e, F_SETFL, 0), 0);
	start(&writer, SYS_WRITE, e, &two, 8);
	BLOCKS(&writer);
	CLOSE(e);
	BLOCKS(&writer);
	EQ(conf_read(other, &v), 8);
	EQ(v, MAX);
	RETURNS(&writer, 8);
	EQ(conf_read(other, &v), 8);
	EQ(v, 2);
	CLOSE(other);
	return 0;
}

static int C33_a_reused_number_is_not_the_sleepers(void)
{
	int e = conf_eventfd(0, 0), other = (int)sys(SYS_DUP, e), fresh;
	struct call reader;
	uint64_t v;

	start(&reader, SYS_READ, e, &v, 8);
	BLOCKS(&reader);
	CLOSE(e);
	fresh = conf_eventfd(0, EFD_NONBLOCK);
	EQ(fresh, e);
	EQ(conf_write(fresh, 5), 8);
	BLOCKS(&reader);
	EQ(conf_write(other, 1), 8);
	RETURNS(&reader, 8);
	EQ(v, 1);
	HOLDS(fresh, 5);
	CLOSE(fresh, other);
	return 0;
}

static int C34_nonblock_takes_effect_on_the_next_call(void)
{
	int e = conf_eventfd(0, 0), other = (int)sys(SYS_DUP, e);
	struct call reader;
	uint64_t v;

	EQ(sys(SYS_FCNTL, e, F_SETFL, O_NONBLOCK), 0);
	EQ(conf_read(e, &v), -EAGAIN);
	EQ(conf_read(other, &v), -EAGAIN);
	EQ(sys(SYS_FCNTL, other, F_GETFL), O_RDWR | O_NONBLOCK);
	EQ(sys(SYS_FCNTL, other, F_SETFL, 0), 0);
	EQ(sys(SYS_FCNTL, e, F_GETFL), O_RDWR);
	start(&reader, SYS_READ, e, &v, 8);
	BLOCKS(&reader);
	EQ(conf_write(e, 1), 8);
	RETURNS(&reader, 8);
	CLOSE(e, other);
	return 0;
}

static int C34_nonblock_given_at_creation_can_be_taken_back(void)
{
	int e = conf_eventfd(0, EFD_NONBLOCK);
	struct call reader;
	uint64_t v;

	EQ(conf_read(e, &v), -EAGAIN);
	EQ(sys(SYS_FCNTL, e, F_SETFL, 0), 0);
	start(&reader, SYS_READ, e, &v, 8);
	BLOCKS(&reader);
	EQ(conf_write(e, 1), 8);
	RETURNS(&reader, 8);
	CLOSE(e);
	return 0;
}

static int C34_a_sleeping_call_is_not_disturbed(void)
{
	int e = conf_eventfd(0, 0);
	struct call reader;
	uint64_t v;

	start(&reader, SYS_READ, e, &v, 8);
	BLOCKS(&reader);
	EQ(sys(SYS_FCNTL, e, F_SETFL, O_NONBLOCK), 0);
	BLOCKS(&reader);
	EQ(conf_write(e, 0), 8);
	BLOCKS(&reader);
	EQ(conf_write(e, 3), 8);
	RETURNS(&reader, 8);
	EQ(v, 3);
	CLOSE(e);
	return 0;
}

static int C34_semaphore_mode_cannot_be_changed(void)
{
	static const uint32_t flags[] = { 0, O_NONBLOCK, O_NONBLOCK | 1,
					  O_NONBLOCK | 0x101000,
					  O_NONBLOCK | O_APPEND };

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		int s = conf_eventfd(2, EFD_SEMAPHORE);
		int c = conf_eventfd(2, 0);

		EQ(sys(SYS_FCNTL, s, F_SETFL, flags[i]), 0);
		EQ(sys(SYS_FCNTL, c, F_SETFL, flags[i]), 0);
		EQ(sys(SYS_FCNTL, s, F_SETFL, O_NONBLOCK), 0);
		EQ(sys(SYS_FCNTL, c, F_SETFL, O_NONBLOCK), 0);
		HOLDS(c, 2);
		for (int k = 0; k < 2; k++) {
			uint64_t v;

			EQ(conf_read(s, &v), 8);
			EQ(v, 1);
		}
		HOLDS(s, 0);
		CLOSE(s, c);
	}
	return 0;
}

/* ---- C35, C36: signals and death ---------------------------------------- */

static int C35_a_signal_interrupts_a_read(void)
{
	int e = conf_eventfd(0, 0);
	struct call reader;
	uint64_t v = 7;

	start(&reader, SYS_READ, e, &v, 8);
	BLOCKS(&reader);
	T->interrupt(reader.task, false);
	RETURNS(&reader, -EINTR);
	EQ(v, 7);
	EQ(conf_write(e, 1), 8);
	EQ(sys(SYS_FCNTL, e, F_SETFL, O_NONBLOCK), 0);
	HOLDS(e, 1);
	CLOSE(e);
	return 0;
}

static int C35_an_interrupted_write_added_nothing(void)
{
	int e = conf_eventfd_at(MAX - 3, 0);
	struct call writer;
	uint64_t ten = 10;

	EQ(sys(SYS_FCNTL, e, F_SETFL, 0), 0);
	start(&writer, SYS_WRITE, e, &ten, 8);
	BLOCKS(&writer);
	T->interrupt(writer.task, false);
	RETURNS(&writer, -EINTR);
	EQ(sys(SYS_FCNTL, e, F_SETFL, O_NONBLOCK), 0);
	EQ(conf_poll(e, POLLOUT), POLLOUT);
	HOLDS(e, MAX - 3);
	CLOSE(e);
	return 0;
}

/* Until its handler has run `n` times and it sleeps again. */
#define RESTARTED(c, n)                                \
	do {                                           \
		while (T->interrupts((c)->task) < (n)) \
			T->yield();                    \
		BLOCKS(c);                             \
	} while (0)

static int C35_a_restarted_read_sleeps_on(void)
{
	int e = conf_eventfd(0, 0);
	struct call reader;
	uint64_t v;

	start(&reader, SYS_READ, e, &v, 8);
	for (uint32_t i = 1; i <= 3; i++) {
		BLOCKS(&reader);
		T->interrupt(reader.task, true);
		RESTARTED(&reader, i);
	}
	EQ(conf_write(e, 5), 8);
	RETURNS(&reader, 8);
	EQ(v, 5);
	CLOSE(e);
	return 0;
}

static int C35_a_restarted_write_adds_once(void)
{
	int e = conf_eventfd_at(MAX, 0);
	struct call writer;
	uint64_t v, ten = 10;

	EQ(sys(SYS_FCNTL, e, F_SETFL, 0), 0);
	start(&writer, SYS_WRITE, e, &ten, 8);
	for (uint32_t i = 1; i <= 3; i++) {
		BLOCKS(&writer);
		T->interrupt(writer.task, true);
		RESTARTED(&writer, i);
	}
	EQ(conf_read(e, &v), 8);
	EQ(v, MAX);
	RETURNS(&writer, 8);
	EQ(sys(SYS_FCNTL, e, F_SETFL, O_NONBLOCK), 0);
	HOLDS(e, 10);
	CLOSE(e);
	return 0;
}

static int C35_an_interrupted_reader_takes_no_wake_along(void)
{
	int e = conf_eventfd(0, EFD_SEMAPHORE);
	struct call readers[3];
	uint64_t v[3];

	for (int round = 0; round < 20; round++) {
		for (int i = 0; i < 3; i++) {
			start(&readers[i], SYS_READ, e, &v[i], 8);
			BLOCKS(&readers[i]);
		}
		T->interrupt(readers[1].task, false);
		RETURNS(&readers[1], -EINTR);
		EQ(conf_write(e, 2), 8);
		RETURNS(&readers[0], 8);
		RETURNS(&readers[2], 8);
		EQ(conf_poll(e, POLLIN), 0);
	}
	CLOSE(e);
	return 0;
}

/* A signal that races the write: whoever loses, no token does. */
static int C35_a_signal_that_races_a_write_loses_nothing(void)
{
	int e = conf_eventfd(0, 0);
	uint32_t rounds = conf_times(300);

	for (uint32_t i = 0; i < rounds; i++) {
		struct call reader;
		uint64_t v;
		int64_t result;

		EQ(sys(SYS_FCNTL, e, F_SETFL, 0), 0);
		start(&reader, SYS_READ, e, &v, 8);
		BLOCKS(&reader);
		T->interrupt(reader.task, false);
		EQ(conf_write(e, 1), 8);
		result = conf_finish(&reader);
		TRUE(result == 8 || result == -EINTR);
		EQ(sys(SYS_FCNTL, e, F_SETFL, O_NONBLOCK), 0);
		HOLDS(e, result == 8 ? 0 : 1);
	}
	CLOSE(e);
	return 0;
}

static int child_reads(void *arg)
{
	uint64_t v;

	return conf_read((int)(intptr_t)arg, &v) == 8 ? 0 : 1;
}

static int child_writes(void *arg)
{
	return conf_write((int)(intptr_t)arg, 10) == 8 ? 0 : 1;
}

static int C36_a_killed_reader_takes_nothing(void)
{
	static const uint32_t modes[] = { 0, EFD_SEMAPHORE };

	for (int i = 0; i < 2; i++) {
		int e = conf_eventfd(0, modes[i]);
		struct conf_task *child =
			conf_fork(child_reads, (void *)(intptr_t)e);

		TRUE(conf_until_blocked(child));
		T->kill(child);
		EQ(conf_join(child), CONF_KILLED);
		EQ(conf_write(e, 1), 8);
		EQ(sys(SYS_FCNTL, e, F_SETFL, O_NONBLOCK), 0);
		HOLDS(e, 1);
		CLOSE(e);
	}
	return 0;
}

static int C36_a_killed_writer_adds_nothing(void)
{
	int e = conf_eventfd_at(MAX, 0);
	struct conf_task *child;
	uint64_t v;

	EQ(sys(SYS_FCNTL, e, F_SETFL, 0), 0);
	child = conf_fork(child_writes, (void *)(intptr_t)e);
	TRUE(conf_until_blocked(child));
	T->kill(child);
	EQ(conf_join(child), CONF_KILLED);
	EQ(conf_read(e, &v), 8);
	EQ(v, MAX);
	EQ(sys(SYS_FCNTL, e, F_SETFL, O_NONBLOCK), 0);
	HOLDS(e, 0);
	CLOSE(e);
	return 0;
}

static int C36_the_next_sleeper_gets_the_wake(void)
{
	int e = conf_eventfd(0, EFD_SEMAPHORE);
	struct conf_task *child = conf_fork(child_reads, (void *)(intptr_t)e);
	struct call reader;
	uint64_t v;

	TRUE(conf_until_blocked(child));
	start(&reader, SYS_READ, e, &v, 8);
	BLOCKS(&reader);
	T->kill(child);
	EQ(conf_join(child), CONF_KILLED);
	BLOCKS(&reader);
	EQ(conf_write(e, 1), 8);
	RETURNS(&reader, 8);
	EQ(conf_poll(e, POLLIN), 0);
	CLOSE(e);
	return 0;
}

/* ---- C37, C38: ordering and conservation -------------------------------- */

struct handover {
	int there, back, ep;
	uint32_t rounds;
	uint64_t plain[16]; /* deliberately not atomic */
};

static int hand_over(void *arg)
{
	struct handover *h = arg;

	for (uint32_t round = 0; round < h->rounds; round++) {
		uint64_t v;

		for (int i = 0; i < 16; i++)
			h->plain[i] = round + 1;
		EQ(conf_write(h->there, 1), 8);
		EQ(conf_read(h->back, &v), 8);
	}
	return 0;
}

static int take_over(struct handover *h)
{
	struct conf_task *t = conf_spawn(hand_over, h);

	for (uint32_t round = 0; round < h->rounds; round++) {
		struct epoll_event ev;
		uint64_t v;

		if (h->ep >= 0)
			EQ(sys(SYS_EPOLL_WAIT, h->ep, &ev, 1, FOREVER), 1);
		else
			EQ(conf_read(h->there, &v), 8);
		for (int i = 0; i < 16; i++)
			EQ(h->plain[i], round + 1);
		EQ(conf_write(h->back, 1), 8);
	}
	EQ(conf_join(t), 0);
	return 0;
}

static int C37_memory_before_a_write_is_seen_after_the_read(void)
{
	struct handover h = {
		conf_eventfd(0, 0), conf_eventfd(0, 0), -1, conf_times(10000), { 0 }
	};

	EQ(take_over(&h), 0);
	CLOSE(h.there, h.back);
	return 0;
}

static int C37_memory_before_a_write_is_seen_after_the_event(void)
{
	struct handover h = { conf_eventfd(0, 0),
			      conf_eventfd(0, 0),
			      conf_epoll(),
			      conf_times(10000),
			      { 0 } };

	EQ(conf_add(h.ep, h.there, EPOLLIN | EPOLLET), 0);
	EQ(take_over(&h), 0);
	CLOSE(h.there, h.back, h.ep);
	return 0;
}

struct worker {
	int fd;
	uint32_t count;
	uint64_t sum;
	const uint64_t *stop;
};

static int write_many(void *arg)
{
	struct worker *w = arg;

	for (uint32_t i = 0; i < w->count; i++) {
		EQ(conf_write(w->fd, 1), 8);
		w->sum++;
	}
	return 0;
}

static int C38_165_writers_of_1000_add_up(void)
{
	static struct worker workers[WRITERS];
	static struct conf_task *tasks[WRITERS];
	int e = conf_eventfd(0, EFD_NONBLOCK);
	uint32_t each = conf_times(1000);

	for (uint32_t i = 0; i < WRITERS; i++) {
		workers[i] = (struct worker){ e, each, 0, NULL };
		tasks[i] = conf_spawn(write_many, &workers[i]);
	}
	for (uint32_t i = 0; i < WRITERS; i++)
		EQ(conf_join(tasks[i]), 0);
	HOLDS(e, (uint64_t)WRITERS * each);
	CLOSE(e);
	return 0;
}

/* Blocking semaphore reads: as many as all writers write together. */
static int take_many(void *arg)
{
	struct worker *w = arg;

	for (uint32_t i = 0; i < w->count; i++) {
		uint64_t v;

		EQ(conf_read(w->fd, &v), 8);
		EQ(v, 1);
		w->sum += v;
	}
	return 0;
}

static int C38_20_and_20_on_a_semaphore_add_up(void)
{
	static struct worker workers[2 * MIXED];
	static struct conf_task *tasks[2 * MIXED];
	int e = conf_eventfd(0, EFD_SEMAPHORE);
	uint32_t each = conf_times(1000);

	for (uint32_t i = 0; i < 2 * MIXED; i++) {
		workers[i] = (struct worker){ e, each, 0, NULL };
		tasks[i] = conf_spawn(i % 2 ? write_many : take_many, &workers[i]);
	}
	for (uint32_t i = 0; i < 2 * MIXED; i++)
		EQ(conf_join(tasks[i]), 0);
	EQ(conf_poll(e, POLLIN), 0);
	CLOSE(e);
	return 0;
}

/* Blocking reads of a counter until a value carries the end mark. */
#define END_MARK (UINT64_C(1) << 40)

static int drain(void *arg)
{
	struct worker *w = arg;

	for (;;) {
		uint64_t v;

		EQ(conf_read(w->fd, &v), 8);
		w->sum += v % END_MARK;
		if (v >= END_MARK)
			return conf_write(w->fd, v - v % END_MARK) == 8 ? 0 : 1;
	}
}

static int C38_20_and_20_on_a_counter_add_up(void)
{
	static struct worker workers[2 * MIXED];
	static struct conf_task *tasks[2 * MIXED];
	int e = conf_eventfd(0, 0);
	uint32_t each = conf_times(1000);
	uint64_t read = 0, v;

	for (uint32_t i = 0; i < 2 * MIXED; i++) {
		workers[i] = (struct worker){ e, each, 0, NULL };
		tasks[i] = conf_spawn(i % 2 ? write_many : drain, &workers[i]);
	}
	for (uint32_t i = 1; i < 2 * MIXED; i += 2)
		EQ(conf_join(tasks[i]), 0);
	EQ(conf_write(e, END_MARK), 8);
	for (uint32_t i = 0; i < 2 * MIXED; i += 2) {
		EQ(conf_join(tasks[i]), 0);
		read += workers[i].sum;
	}
	EQ(read, (uint64_t)MIXED * each);
	EQ(conf_read(e, &v), 8);
	EQ(v, END_MARK);
	CLOSE(e);
	return 0;
}

/* Full against empty: writers sleep for room as readers sleep for values. */
static int write_huge(void *arg)
{
	struct worker *w = arg;

	for (uint32_t i = 0; i < w->count; i++)
		EQ(conf_write(w->fd, MAX / 2), 8);
	return 0;
}

static int read_huge(void *arg)
{
	struct worker *w = arg;

	while (w->sum < w->count) {
		uint64_t v;

		EQ(conf_read(w->fd, &v), 8);
		EQ(v % (MAX / 2), 0);
		w->sum += v / (MAX / 2);
	}
	return 0;
}

static int C38_sleeping_writers_and_readers_conserve(void)
{
	struct worker writers[4], reader;
	struct conf_task *tasks[4], *draining;
	int e = conf_eventfd(0, 0);
	uint32_t each = conf_times(1000);

	reader = (struct worker){ e, 4 * each, 0, NULL };
	draining = conf_spawn(read_huge, &reader);
	for (int i = 0; i < 4; i++) {
		writers[i] = (struct worker){ e, each, 0, NULL };
		tasks[i] = conf_spawn(write_huge, &writers[i]);
	}
	for (int i = 0; i < 4; i++)
		EQ(conf_join(tasks[i]), 0);
	EQ(conf_join(draining), 0);
	EQ(reader.sum, 4 * each);
	EQ(conf_poll(e, POLLIN), 0);
	CLOSE(e);
	return 0;
}

const struct conf_case conf_block_cases[] = {
	CASE(C27_n_units_give_n_reads, 0,
	     "a semaphore of 100 000 gives as many reads of 1, then EAGAIN"),
	CASE(C27_units_written_singly_give_as_many_reads, 0,
	     "100 000 writes of 1 give as many reads, then EAGAIN"),
	CASE(C28_initial_units_and_written_ones_mix, 0,
	     "initial units, written ones and reads in between add up"),
	CASE(C29_one_read_at_the_ceiling_frees_one, 0,
	     "from the ceiling one semaphore read frees room for exactly 1"),
	CASE(C30_a_write_wakes_a_reader, 0, "a write wakes a sleeping reader"),
	CASE(C30_a_nonblocking_write_wakes_a_reader, 0,
	     "so does a write in non-blocking mode"),
	CASE(C30_a_nonblocking_read_wakes_a_writer, 0,
	     "a read in non-blocking mode wakes a sleeping writer"),
	CASE(C30_a_read_wakes_all_writers_that_fit, 0,
	     "one read that makes room wakes all eight writers that fit"),
	CASE(C30_a_post_of_n_wakes_n_semaphore_readers, 0,
	     "a write of 8 wakes eight semaphore readers"),
	CASE(C30_a_post_of_n_wakes_no_more_than_n, 0,
	     "a write of 3 lets three of five semaphore readers go"),
	CASE(C30_a_poller_does_not_take_a_readers_wake, 0,
	     "readers wake for their units although a poller slept first"),
	CASE(C31_a_writer_that_does_not_fit_sleeps_on,
	     0, "a read lets the small writer go; the big one sleeps until it fits"),
	CASE(C32_one_token_wakes_one_of_two_readers, 0,
	     "of two sleeping readers a write of 1 lets one go"),
	CASE(C32_one_token_wakes_one_of_two_semaphore_readers, 0,
	     "so it does in semaphore mode"),
	CASE(C33_close_wakes_no_reader,
	     0, "closing the number that a reader sleeps on wakes nobody; a write to a duplicate does"),
	CASE(C33_close_wakes_no_writer,
	     0, "closing the number that a writer sleeps on wakes nobody; a read of a duplicate does"),
	CASE(C33_a_reused_number_is_not_the_sleepers, 0,
	     "a sleeper stays with its object when its number is reused"),
	CASE(C34_nonblock_takes_effect_on_the_next_call,
	     0, "F_SETFL O_NONBLOCK rules the next call on every duplicate, both ways"),
	CASE(C34_nonblock_given_at_creation_can_be_taken_back, 0,
	     "EFD_NONBLOCK is only the flag's first value"),
	CASE(C34_a_sleeping_call_is_not_disturbed, 0,
	     "a reader asleep stays so when O_NONBLOCK is set"),
	CASE(C34_semaphore_mode_cannot_be_changed, 0,
	     "no F_SETFL turns a semaphore into a counter or back"),
	CASE(C35_a_signal_interrupts_a_read, CONF_SIGNALS,
	     "a caught signal ends a sleeping read with EINTR, nothing stored"),
	CASE(C35_an_interrupted_write_added_nothing,
	     CONF_SIGNALS, "a sleeping write that a signal ends returns EINTR, not 8, and added nothing"),
	CASE(C35_a_restarted_read_sleeps_on, CONF_SIGNALS,
	     "under SA_RESTART a read sleeps on after the handler"),
	CASE(C35_a_restarted_write_adds_once, CONF_SIGNALS,
	     "under SA_RESTART a write sleeps on and adds once"),
	CASE(C35_an_interrupted_reader_takes_no_wake_along,
	     CONF_SIGNALS, "when the middle one of three sleepers leaves, the others get their wakes"),
	CASE(C35_a_signal_that_races_a_write_loses_nothing,
	     CONF_SIGNALS, "after a signal and a write together, the value is read or still there"),
	CASE(C36_a_killed_reader_takes_nothing,
	     CONF_FORK, "a write after a sleeping reader was killed is there for the next"),
	CASE(C36_a_killed_writer_adds_nothing, CONF_FORK,
	     "a killed writer's value never arrives"),
	CASE(C36_the_next_sleeper_gets_the_wake, CONF_FORK,
	     "a wake after the first sleeper was killed reaches the second"),
	CASE(C37_memory_before_a_write_is_seen_after_the_read, 0,
	     "plain memory handed over by write and read"),
	CASE(C37_memory_before_a_write_is_seen_after_the_event,
	     0, "plain memory handed over by write and an epoll event, never read"),
	CASE(C38_165_writers_of_1000_add_up, 0,
	     "165 threads write 1 a thousand times each"),
	CASE(C38_20_and_20_on_a_semaphore_add_up, 0,
	     "20 writers and 20 sleeping semaphore readers meet exactly"),
	CASE(C38_20_and_20_on_a_counter_add_up, 0,
	     "20 writers and 20 sleeping counter readers: the sums agree"),
	CASE(C38_sleeping_writers_and_readers_conserve,
	     0, "writers that sleep for room and a reader that sleeps for values agree"),
	{ 0 },
};
