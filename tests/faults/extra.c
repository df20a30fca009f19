/* SPDX-License-Identifier: MIT */
/*
 * Cases for points that no conformance case meets: memory for a second chunk of
 * a table, the rarer calls with structures, native calls that sleep.
 */
#include "conformance/conf.h"
#include "faults.h"

#define CHUNK 1024 /* numbers in a chunk of a table */
#define SECOND UINT64_C(1000000000)

/* ---- tables ------------------------------------------------------------------ */

static int copy_is_there(void *arg)
{
	const int *fd = arg;

	return sys(SYS_FCNTL, *fd, F_GETFD) == 0 ? 0 : 1;
}

/* A process with descriptors in two chunks forks. */
static int F_a_second_chunk_of_numbers(void)
{
	uint32_t limit = T->set_nofile(2 * CHUNK + 64);
	int e = conf_eventfd(0, 0), fds[6];

	fds[0] = (int)sys(SYS_DUP2, e, CHUNK);
	EQ(fds[0], CHUNK);
	EQ(conf_join(conf_fork(copy_is_there, &fds[0])), 0);
	CLOSE(fds[0], e);
	T->set_nofile(limit);
	return 0;
}

static int F_dup3_into_a_second_chunk(void)
{
	uint32_t limit = T->set_nofile(2 * CHUNK);
	int e = conf_eventfd(0, 0);

	EQ(sys(SYS_DUP3, e, CHUNK + 1, O_CLOEXEC), CHUNK + 1);
	CLOSE(CHUNK + 1, e);
	T->set_nofile(limit);
	return 0;
}

static int F_dupfd_into_a_second_chunk(void)
{
	uint32_t limit = T->set_nofile(2 * CHUNK);
	int e = conf_eventfd(0, 0);

	EQ(sys(SYS_FCNTL, e, F_DUPFD, CHUNK), CHUNK);
	CLOSE(CHUNK, e);
	T->set_nofile(limit);
	return 0;
}

/* The first chunk is full: everything that makes a number needs the second. */
static int F_no_number_left_in_the_first_chunk(void)
{
	uint32_t limit = T->set_nofile(2 * CHUNK);
	int e = conf_eventfd(0, 0), first = e + 1, fd;

	for (fd = first; fd < CHUNK; fd++)
		EQ(sys(SYS_DUP2, e, fd), fd);
	EQ(sys(SYS_DUP, e), CHUNK);
	EQ(sys(SYS_CLOSE_RANGE, first, CHUNK, 0), 0);
	CLOSE(e);
	T->set_nofile(limit);
	return 0;
}

/* The 32nd file needs a second chunk of files. */
static int F_a_second_chunk_of_files(void)
{
	int fds[32];

	for (int i = 0; i < 31; i++) {
		fds[i] = conf_epoll();
		OK(fds[i]);
	}
	fds[31] = T->open_plain();
	OK(fds[31]);
	EQ(conf_close_all(fds, 32), 0);
	return 0;
}

/* A pipe with its first file in one chunk and its second in another. */
static int F_a_pipe_across_chunks_of_files(void)
{
	int fds[30], ends[2];

	for (int i = 0; i < 30; i++) {
		fds[i] = conf_eventfd(0, 0);
		OK(fds[i]);
	}
	EQ(sys(SYS_PIPE2, ends, 0), 0);
	CLOSE(ends[0], ends[1]);
	EQ(conf_close_all(fds, 30), 0);
	return 0;
}

/* ---- structures in and out ------------------------------------------------------ */

static int F_limits_are_read_and_set(void)
{
	uint64_t before[2], after[2] = { 512, 1024 };

	EQ(sys(SYS_GETRLIMIT, 7, before), 0);
	EQ(sys(SYS_PRLIMIT64, 0, 7, after, NULL), 0);
	EQ(sys(SYS_PRLIMIT64, 0, 7, NULL, after), 0);
	EQ(after[0], 512);
	EQ(sys(SYS_SETRLIMIT, 7, before), 0);
	return 0;
}

static int F_paths_and_stat(void)
{
	static const unsigned char path[] = "x", none[] = "";
	unsigned char stat[144];
	int e = conf_eventfd(0, 0);

	EQ(sys(SYS_NEWFSTATAT, e, none, stat, 0x1000), 0);
	EQ(sys(SYS_NEWFSTATAT, e, path, stat, 0), -ENOTDIR);
	EQ(sys(SYS_MKDIRAT, e, path, 0), -ENOTDIR);
	CLOSE(e);
	return 0;
}

static int F_a_writev_of_many_pieces(void)
{
	struct iovec pieces[9];
	uint64_t one = 1, sum;
	int e = conf_eventfd(0, 0);

	for (int i = 0; i < 9; i++)
		pieces[i] = (struct iovec)PIECE(&one, 8);
	EQ(sys(SYS_WRITEV, e, pieces, 9), 72);
	EQ(conf_read(e, &sum), 8);
	EQ(sum, 9);
	CLOSE(e);
	return 0;
}

/* ---- many at once ----------------------------------------------------------------- */

#define MANY 20

static int F_select_of_many(void)
{
	uint64_t in = 0, out[1];
	struct timespec now = { 0, 0 };
	int fds[MANY];

	for (int i = 0; i < MANY; i++) {
		fds[i] = conf_eventfd(1, 0);
		in |= UINT64_C(1) << fds[i];
	}
	out[0] = in;
	EQ(sys(SYS_SELECT, 64, out, NULL, NULL, &now), MANY);
	EQ(out[0], in);
	EQ(sys(SYS_PSELECT6, 64, out, NULL, NULL, &now, NULL), MANY);
	EQ(out[0], in);
	EQ(conf_close_all(fds, MANY), 0);
	return 0;
}

static int F_ppoll_of_many(void)
{
	struct pollfd fds[MANY];
	struct timespec now = { 0, 0 };
	int e = conf_eventfd(1, 0);

	for (int i = 0; i < MANY; i++)
		fds[i] = (struct pollfd){ e, POLLIN, 0 };
	EQ(sys(SYS_PPOLL, fds, MANY, &now, NULL, 8), MANY);
	CLOSE(e);
	return 0;
}

static int F_an_epoll_of_many(void)
{
	struct epoll_event events[MANY];
	int ep = conf_epoll(), fds[MANY];

	for (int i = 0; i < MANY; i++) {
		fds[i] = conf_eventfd(1, 0);
		EQ(conf_add(ep, fds[i], EPOLLIN | EPOLLET), 0);
	}
	EQ(sys(SYS_EPOLL_WAIT, ep, events, MANY, 0), MANY);
	EQ(conf_epoll_now(ep), 0);
	CLOSE(ep);
	EQ(conf_close_all(fds, MANY), 0);
	return 0;
}

static int F_epoll_pwait_ends_at_its_deadline(void)
{
	struct epoll_event ev;
	uint64_t mask = 0;
	int ep = conf_epoll();

	EQ(sys(SYS_EPOLL_PWAIT, ep, &ev, 1, 1, &mask, 8), 0);
	CLOSE(ep);
	return 0;
}

static int F_epoll_pwait_reports_under_another_mask(void)
{
	int e = conf_eventfd(1, 0), ep = conf_epoll();
	struct epoll_event ev;
	uint64_t mask = CONF_SIGNAL;

	EQ(conf_add(ep, e, EPOLLIN), 0);
	EQ(sys(SYS_EPOLL_PWAIT, ep, &ev, 1, FOREVER, &mask, 8), 1);
	CLOSE(e, ep);
	return 0;
}

/* A fault leaves a one-shot armed and an edge to be told. */
static int F_events_survive(uint32_t flags)
{
	int e = conf_eventfd(1, 0), ep = conf_epoll();

	EQ(conf_add(ep, e, EPOLLIN | flags), 0);
	EQ(conf_epoll_now(ep), EPOLLIN);
	EQ(conf_epoll_now(ep), 0);
	EQ(conf_mod(ep, e, EPOLLIN | flags), 0);
	EQ(conf_epoll_now(ep), EPOLLIN);
	CLOSE(e, ep);
	return 0;
}

static int F_a_one_shot_survives(void)
{
	return F_events_survive(EPOLLONESHOT);
}

static int F_an_edge_survives(void)
{
	return F_events_survive(EPOLLET);
}

/* ---- pipes -------------------------------------------------------------------------- */

static int F_a_pipe_moves_bytes(void)
{
	unsigned char in[100] = { 1 }, out[100];
	int ends[2], used;

	EQ(sys(SYS_PIPE, ends), 0);
	EQ(sys(SYS_WRITE, ends[1], in, 100), 100);
	EQ(sys(SYS_IOCTL, ends[0], FIONREAD, &used), 0);
	EQ(used, 100);
	EQ(sys(SYS_READ, ends[0], out, 100), 100);
	EQ(out[0], 1);
	CLOSE(ends[0], ends[1]);
	return 0;
}

static int F_a_pipe_reader_sleeps(void)
{
	struct call reader;
	uint64_t value = 0;
	int ends[2];

	EQ(sys(SYS_PIPE, ends), 0);
	start(&reader, SYS_READ, ends[0], &value, 8);
	BLOCKS(&reader);
	EQ(conf_write(ends[1], 7), 8);
	RETURNS(&reader, 8);
	EQ(value, 7);
	CLOSE(ends[0], ends[1]);
	return 0;
}

static int F_a_pipe_writer_sleeps(void)
{
	unsigned char *many = conf_shared_buffer();
	struct call writer;
	int ends[2];

	EQ(sys(SYS_PIPE, ends), 0);
	for (int i = 0; i < 16; i++)
		EQ(sys(SYS_WRITE, ends[1], many, 4096), 4096);
	start(&writer, SYS_WRITE, ends[1], many, 4096);
	BLOCKS(&writer);
	for (int i = 0; i < 17; i++)
		EQ(sys(SYS_READ, ends[0], many, 4096), 4096);
	RETURNS(&writer, 4096);
	CLOSE(ends[0], ends[1]);
	return 0;
}

/* ---- native calls that sleep ------------------------------------------------------------ */

struct sleeper {
	evfd_t h;
	uint64_t value, until;
	int fd;
	int64_t result;
};

static int keep(void *ctx, uint64_t value)
{
	*(uint64_t *)ctx = value;
	return 0;
}

static int sleep_in_read_put(void *arg)
{
	struct sleeper *s = arg;

	s->result = N->read_put(N->registry(), s->h, keep, &s->value, s->until);
	return 0;
}

static int sleep_in_take(void *arg)
{
	struct sleeper *s = arg;

	s->result = N->take(N->registry(), s->h, 2, 2, &s->value, s->until);
	return 0;
}

/* Asleep, with a deadline, until 2 units come. */
static int wakes_with_2(int (*fn)(void *arg))
{
	struct sleeper s = { .until = N->now() + 3600 * SECOND };
	struct conf_task *t;

	EQ(N->create(N->registry(), 0, 0, NULL, NULL, &s.h), 0);
	t = conf_spawn(fn, &s);
	TRUE(conf_until_blocked(t));
	EQ(N->post(N->registry(), s.h, 2), 0);
	EQ(conf_join(t), 0);
	EQ(s.result, 0);
	EQ(s.value, 2);
	EQ(N->close(N->registry(), s.h), 0);
	return 0;
}

static int F_a_read_put_that_sleeps(void)
{
	return wakes_with_2(sleep_in_read_put);
}

static int F_a_take_that_sleeps(void)
{
	return wakes_with_2(sleep_in_take);
}

static int sleep_in_node_read(void *arg)
{
	struct sleeper *s = arg;

	s->result = N->node_read(N->process(), s->fd, &s->value, 8);
	return 0;
}

static int sleep_in_node_write(void *arg)
{
	struct sleeper *s = arg;

	s->result = N->node_write(N->process(), s->fd, &s->value, 8);
	return 0;
}

static int F_a_node_read_that_sleeps(void)
{
	int64_t id = N->veridian_create(N->system(), N->pid(), 0, 0);
	struct sleeper s = { .fd = N->veridian_install(N->process(), (uint32_t)id) };
	struct conf_task *t = conf_spawn(sleep_in_node_read, &s);

	TRUE(conf_until_blocked(t));
	EQ(conf_write(s.fd, 3), 8);
	EQ(conf_join(t), 0);
	EQ(s.result, 8);
	CLOSE(s.fd);
	return 0;
}

static int F_a_node_write_that_sleeps(void)
{
	int64_t id = N->veridian_create(N->system(), N->pid(), 1, 0);
	struct sleeper s = { .fd = N->veridian_install(N->process(), (uint32_t)id),
			     .value = MAX };
	struct conf_task *t = conf_spawn(sleep_in_node_write, &s);
	uint64_t value;

	TRUE(conf_until_blocked(t));
	EQ(conf_read(s.fd, &value), 8);
	EQ(conf_join(t), 0);
	EQ(s.result, 8);
	CLOSE(s.fd);
	return 0;
}

static int F_a_write_of_30_seconds_that_sleeps(void)
{
	int e = conf_eventfd_at(MAX, 0);
	struct call writer;
	uint64_t value;

	EQ(sys(SYS_FCNTL, e, F_SETFL, 0), 0);
	start(&writer, SYS_WRITE, e, &(uint64_t){ 1 }, 8);
	BLOCKS(&writer);
	EQ(conf_read(e, &value), 8);
	RETURNS(&writer, 8);
	CLOSE(e);
	return 0;
}

const struct conf_case faults_extra_cases[] = {
	CASE(F_a_second_chunk_of_numbers, CONF_FORK, "dup2 and fork"),
	CASE(F_dup3_into_a_second_chunk, 0, "dup3"),
	CASE(F_dupfd_into_a_second_chunk, 0, "F_DUPFD"),
	CASE(F_no_number_left_in_the_first_chunk, 0, "dup"),
	CASE(F_a_second_chunk_of_files, CONF_PLAIN, "a plain file"),
	CASE(F_a_pipe_across_chunks_of_files, 0, "a pipe"),
	CASE(F_limits_are_read_and_set, 0, "limits"),
	CASE(F_paths_and_stat, 0, "calls with a path"),
	CASE(F_a_writev_of_many_pieces, 0, "writev"),
	CASE(F_select_of_many, 0, "select, pselect6"),
	CASE(F_ppoll_of_many, 0, "ppoll"),
	CASE(F_an_epoll_of_many, 0, "epoll_ctl, epoll_wait"),
	CASE(F_epoll_pwait_ends_at_its_deadline, 0, "epoll_pwait"),
	CASE(F_epoll_pwait_reports_under_another_mask, 0, "epoll_pwait"),
	CASE(F_a_one_shot_survives, 0, "epoll_wait"),
	CASE(F_an_edge_survives, 0, "epoll_wait"),
	CASE(F_a_pipe_moves_bytes, 0, "read and write of a pipe"),
	CASE(F_a_pipe_reader_sleeps, 0, "a read of a pipe"),
	CASE(F_a_pipe_writer_sleeps, 0, "a write of a pipe"),
	CASE(F_a_read_put_that_sleeps, CONF_NATIVE, "evfd_read_put()"),
	CASE(F_a_take_that_sleeps, CONF_NATIVE, "evfd_take()"),
	CASE(F_a_node_read_that_sleeps, CONF_VERIDIAN, "node_read"),
	CASE(F_a_node_write_that_sleeps, CONF_VERIDIAN, "node_write"),
	CASE(F_a_write_of_30_seconds_that_sleeps, CONF_VERIDIAN, "write"),
	{ 0 },
};
