/* SPDX-License-Identifier: MIT */
/* C74 to C85: what a descriptor is, and the other calls on it. */
#include "conf.h"

#define MANY 20000u

static int C74_duplicates_share_one_object(void)
{
	int e = conf_eventfd(1, EFD_NONBLOCK), d[4];

	d[0] = (int)sys(SYS_DUP, e);
	d[1] = (int)sys(SYS_DUP2, e, 40);
	d[2] = (int)sys(SYS_DUP3, e, 41, 0);
	d[3] = (int)sys(SYS_FCNTL, e, F_DUPFD, 42);
	EQ(d[0], e + 1);
	EQ(d[1], 40);
	EQ(d[2], 41);
	EQ(d[3], 42);
	for (int i = 0; i < 4; i++) {
		EQ(conf_write(d[i], 2), 8);
		HOLDS(e, i ? 2 : 3);
	}
	EQ(conf_write(e, 9), 8);
	EQ(conf_poll(d[3], POLLIN), POLLIN);
	HOLDS(d[2], 9);
	CLOSE(e, d[0], d[1], d[2], d[3]);
	return 0;
}

static int C74_close_on_exec_is_per_number(void)
{
	int e = conf_eventfd(0, EFD_CLOEXEC), a, b, c;

	a = (int)sys(SYS_DUP, e);
	b = (int)sys(SYS_DUP3, e, 40, O_CLOEXEC);
	c = (int)sys(SYS_FCNTL, e, F_DUPFD_CLOEXEC, 0);
	EQ(sys(SYS_FCNTL, a, F_GETFD), 0);
	EQ(sys(SYS_FCNTL, b, F_GETFD), FD_CLOEXEC);
	EQ(sys(SYS_FCNTL, c, F_GETFD), FD_CLOEXEC);
	EQ(c, a + 1);
	EQ(sys(SYS_FCNTL, e, F_SETFD, 0), 0);
	EQ(sys(SYS_FCNTL, e, F_GETFD), 0);
	EQ(sys(SYS_FCNTL, b, F_GETFD), FD_CLOEXEC);
	EQ(sys(SYS_FCNTL, a, F_SETFD, 0xffffffffu), 0);
	EQ(sys(SYS_FCNTL, a, F_GETFD), FD_CLOEXEC);
	CLOSE(e, a, b, c);
	return 0;
}

static int C74_dup2_onto_another_closes_it(void)
{
	int e = conf_eventfd(1, EFD_NONBLOCK), f = conf_eventfd(5, EFD_NONBLOCK);
	int ep = conf_epoll();

	EQ(conf_add(ep, f, EPOLLIN), 0);
	EQ(sys(SYS_DUP2, e, f), f);
	EQ(conf_epoll_now(ep), 0);
	HOLDS(f, 1);
	HOLDS(e, 0);
	CLOSE(e, f, ep);
	return 0;
}

static int C74_dup_errors(void)
{
	int e = conf_eventfd(0, EFD_CLOEXEC), closed = (int)sys(SYS_DUP, e);

	CLOSE(closed);
	EQ(sys(SYS_DUP, closed), -EBADF);
	EQ(sys(SYS_DUP2, closed, 50), -EBADF);
	EQ(sys(SYS_DUP2, closed, closed), -EBADF);
	EQ(sys(SYS_DUP2, e, e), e);
	EQ(sys(SYS_FCNTL, e, F_GETFD), FD_CLOEXEC);
	EQ(sys(SYS_DUP3, e, e, 0), -EINVAL);
	EQ(sys(SYS_DUP3, e, 50, O_NONBLOCK), -EINVAL);
	EQ(sys(SYS_DUP2, e, -1), -EBADF);
	EQ(sys(SYS_DUP2, e, 0x7fffffff), -EBADF);
	EQ(sys(SYS_FCNTL, e, F_DUPFD, -1), -EINVAL);
	EQ(sys(SYS_FCNTL, e, F_DUPFD, 0x7fffffff), -EINVAL);
	CLOSE(e);
	return 0;
}

/* ---- C75, C76: processes and lifetime ----------------------------------- */

static int child_answers(void *arg)
{
	const int *fds = arg; /* request, answer */
	uint64_t v;

	EQ(conf_read(fds[0], &v), 8);
	EQ(conf_write(fds[1], v + 1), 8);
	return 0;
}

static int C75_fork_shares_both_ways(void)
{
	int fds[] = { conf_eventfd(0, 0), conf_eventfd(0, 0) };
	struct conf_task *child = conf_fork(child_answers, fds);
	uint64_t v;

	TRUE(conf_until_blocked(child));
	EQ(conf_write(fds[0], 6), 8);
	EQ(conf_read(fds[1], &v), 8);
	EQ(v, 7);
	EQ(conf_join(child), 0);
	EQ(conf_close_all(fds, 2), 0);
	return 0;
}

static int child_sets_nonblock(void *arg)
{
	int e = *(int *)arg;

	EQ(sys(SYS_FCNTL, e, F_SETFL, O_NONBLOCK), 0);
	EQ(sys(SYS_FCNTL, e, F_SETFD, FD_CLOEXEC), 0);
	EQ(sys(SYS_CLOSE, e), 0);
	return 0;
}

static int C75_a_child_shares_status_flags_not_numbers(void)
{
	int e = conf_eventfd(0, 0);

	EQ(conf_join(conf_fork(child_sets_nonblock, &e)), 0);
	EQ(sys(SYS_FCNTL, e, F_GETFL), O_RDWR | O_NONBLOCK);
	EQ(sys(SYS_FCNTL, e, F_GETFD), 0);
	EQ(conf_write(e, 1), 8);
	HOLDS(e, 1);
	CLOSE(e);
	return 0;
}

/* After exec: which of two numbers are open, as a result. */
static int program_looks(uint64_t packed)
{
	int result = 0;

	for (int i = 0; i < 2; i++)
		if (sys(SYS_FCNTL, packed >> 16 * i & 0xffff, F_GETFD) >= 0)
			result |= 1 << i;
	return result;
}

static int program_writes(uint64_t fd)
{
	return conf_write((int)fd, 33) == 8 ? 0 : 1;
}

const struct conf_program conf_programs[] = {
	{ "looks", program_looks },
	{ "writes", program_writes },
	{ 0 },
};

static int child_execs(void *arg)
{
	const int *fds = arg;

	return T->exec("looks", (uint64_t)fds[0] | (uint64_t)fds[1] << 16);
}

static int C75_exec_closes_only_close_on_exec(void)
{
	int fds[] = { conf_eventfd(0, 0), conf_eventfd(0, EFD_CLOEXEC) };

	EQ(conf_join(conf_fork(child_execs, fds)), 1);
	EQ(sys(SYS_FCNTL, fds[0], F_SETFD, FD_CLOEXEC), 0);
	EQ(sys(SYS_FCNTL, fds[1], F_SETFD, 0), 0);
	EQ(conf_join(conf_fork(child_execs, fds)), 2);
	EQ(conf_close_all(fds, 2), 0);
	return 0;
}

static int child_execs_writer(void *arg)
{
	return T->exec("writes", (uint64_t) * (int *)arg);
}

static int C75_a_descriptor_works_across_exec(void)
{
	int e = conf_eventfd(0, EFD_NONBLOCK);

	EQ(conf_join(conf_fork(child_execs_writer, &e)), 0);
	HOLDS(e, 33);
	CLOSE(e);
	return 0;
}

static int C76_it_lives_until_the_last_reference(void)
{
	int e = conf_eventfd(0, EFD_NONBLOCK), other = (int)sys(SYS_DUP, e);
	int ep = conf_epoll();

	EQ(conf_add(ep, e, EPOLLIN), 0);
	CLOSE(e);
	EQ(conf_write(other, 3), 8);
	EQ(conf_epoll_now(ep), EPOLLIN);
	HOLDS(other, 3);
	EQ(conf_write(other, 3), 8);
	CLOSE(other);
	EQ(conf_epoll_now(ep), 0);
	CLOSE(ep);
	return 0;
}

static int child_holds_on(void *arg)
{
	const int *fds = arg; /* held, go */
	uint64_t v;

	EQ(conf_read(fds[1], &v), 8);
	return 0;
}

static int C76_a_childs_copy_is_a_reference(void)
{
	int fds[] = { conf_eventfd(1, 0), conf_eventfd(0, 0) };
	int ep = conf_epoll();
	struct conf_task *child;

	EQ(conf_add(ep, fds[0], EPOLLIN), 0);
	child = conf_fork(child_holds_on, fds);
	TRUE(conf_until_blocked(child));
	CLOSE(fds[0]);
	EQ(conf_epoll_now(ep), EPOLLIN);
	EQ(conf_write(fds[1], 1), 8);
	EQ(conf_join(child), 0);
	EQ(conf_epoll_now(ep), 0);
	CLOSE(fds[1], ep);
	return 0;
}

static int C76_a_sleeping_call_is_a_reference(void)
{
	int e = conf_eventfd(0, 0), ep = conf_epoll();
	struct pollfd p = { e, POLLIN, 0 };
	struct call poller;

	EQ(conf_add(ep, e, EPOLLIN), 0);
	start(&poller, SYS_POLL, &p, 1, 20);
	CLOSE(e);
	TRUE(conf_finish(&poller) >= 0);
	EQ(conf_epoll_now(ep), 0);
	CLOSE(ep);
	return 0;
}

static int C76_close_range_closes(void)
{
	int a = conf_eventfd(0, 0), b = conf_eventfd(0, 0);
	int c = conf_eventfd(0, 0);
	uint64_t v;

	EQ(sys(SYS_CLOSE_RANGE, b, c, 0), 0);
	EQ(conf_read(b, &v), -EBADF);
	EQ(conf_read(c, &v), -EBADF);
	EQ(sys(SYS_CLOSE_RANGE, c, b, 0), -EINVAL);
	EQ(sys(SYS_CLOSE_RANGE, a, a, 0xff00), -EINVAL);
	EQ(conf_write(a, 1), 8);
	CLOSE(a);
	return 0;
}

/* ---- C77 to C81: calls that mean nothing here --------------------------- */

static int C77_lseek_returns_0(void)
{
	int e = conf_eventfd(5, EFD_NONBLOCK);

	for (int whence = 0; whence < 3; whence++) {
		EQ(sys(SYS_LSEEK, e, 0, whence), 0);
		EQ(sys(SYS_LSEEK, e, 100, whence), 0);
		EQ(sys(SYS_LSEEK, e, -100, whence), 0);
	}
	EQ(sys(SYS_LSEEK, e, 0, 99), -EINVAL);
	HOLDS(e, 5);
	EQ(sys(SYS_LSEEK, e, 0, 1), 0);
	CLOSE(e);
	return 0;
}

static int C78_ftruncate_and_sync_are_EINVAL(void)
{
	int e = conf_eventfd(5, EFD_NONBLOCK);

	EQ(sys(SYS_FTRUNCATE, e, 0), -EINVAL);
	EQ(sys(SYS_FTRUNCATE, e, -1), -EINVAL);
	EQ(sys(SYS_FSYNC, e), -EINVAL);
	EQ(sys(SYS_FDATASYNC, e), -EINVAL);
	HOLDS(e, 5);
	CLOSE(e);
	return 0;
}

static int C79_mmap_and_fallocate_are_ENODEV(void)
{
	int e = conf_eventfd(5, EFD_NONBLOCK);

	EQ(sys(SYS_MMAP, NULL, 4096, 1, 1, e, 0), -ENODEV);
	EQ(sys(SYS_MMAP, NULL, 4096, 3, 2, e, 0), -ENODEV);
	EQ(sys(SYS_FALLOCATE, e, 0, 0, 8), -ENODEV);
	HOLDS(e, 5);
	CLOSE(e);
	return 0;
}

static int C80_unknown_ioctls_are_ENOTTY(void)
{
	int e = conf_eventfd(5, EFD_NONBLOCK), n;

	EQ(sys(SYS_IOCTL, e, FIONREAD, &n), -ENOTTY);
	EQ(sys(SYS_IOCTL, e, TCGETS, &n), -ENOTTY);
	EQ(sys(SYS_IOCTL, e, 0, 0), -ENOTTY);
	EQ(sys(SYS_IOCTL, e, 0xffffffffu, 0), -ENOTTY);
	HOLDS(e, 5);
	CLOSE(e);
	return 0;
}

static int C80_FIONBIO_works(void)
{
	int e = conf_eventfd(0, 0), on = 1, off = 0;
	uint64_t v;

	EQ(sys(SYS_IOCTL, e, FIONBIO, &on), 0);
	EQ(sys(SYS_FCNTL, e, F_GETFL), O_RDWR | O_NONBLOCK);
	EQ(conf_read(e, &v), -EAGAIN);
	EQ(sys(SYS_IOCTL, e, FIONBIO, &off), 0);
	EQ(sys(SYS_FCNTL, e, F_GETFL), O_RDWR);
	EQ(sys(SYS_IOCTL, e, FIOCLEX, 0), 0);
	EQ(sys(SYS_FCNTL, e, F_GETFD), FD_CLOEXEC);
	EQ(sys(SYS_IOCTL, e, FIONCLEX, 0), 0);
	EQ(sys(SYS_FCNTL, e, F_GETFD), 0);
	CLOSE(e);
	return 0;
}

static int C81_splice_is_EINVAL(void)
{
	int e = conf_eventfd(5, EFD_NONBLOCK), pipe[2];

	EQ(sys(SYS_PIPE2, pipe, O_NONBLOCK), 0);
	EQ(sys(SYS_SPLICE, e, NULL, pipe[1], NULL, 8, 0), -EINVAL);
	EQ(sys(SYS_WRITE, pipe[1], "12345678", 8), 8);
	EQ(sys(SYS_SPLICE, pipe[0], NULL, e, NULL, 8, 0), -EINVAL);
	HOLDS(e, 5);
	CLOSE(e, pipe[0], pipe[1]);
	return 0;
}

static int C81_socket_calls_are_ENOTSOCK(void)
{
	static const uint64_t calls[] = {
		SYS_CONNECT,  SYS_ACCEPT,      SYS_SENDTO,	SYS_RECVFROM,
		SYS_SHUTDOWN, SYS_BIND,	       SYS_LISTEN,	SYS_ACCEPT4,
		SYS_SENDMSG,  SYS_GETSOCKNAME, SYS_GETPEERNAME, SYS_RECVMSG,
	};
	int e = conf_eventfd(5, EFD_NONBLOCK), value = 0, size = 4;
	uint64_t buffer[16] = { 0 };

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		EQ(sys(calls[i], e, buffer, 8, 0, 0, 0), -ENOTSOCK);
	EQ(sys(SYS_GETSOCKOPT, e, 1, 3, &value, &size), -ENOTSOCK);
	EQ(sys(SYS_SETSOCKOPT, e, 1, 3, &value, size), -ENOTSOCK);
	HOLDS(e, 5);
	CLOSE(e);
	return 0;
}

static int C81_it_is_no_directory(void)
{
	int e = conf_eventfd(5, EFD_NONBLOCK);

	EQ(sys(SYS_FCHDIR, e), -ENOTDIR);
	EQ(sys(SYS_OPENAT, e, "x", O_DIRECTORY), -ENOTDIR);
	EQ(sys(SYS_OPENAT, e, "x", 0), -ENOTDIR);
	HOLDS(e, 5);
	CLOSE(e);
	return 0;
}

/* ---- C82 to C84: stat, flags, text -------------------------------------- */

static int C82_stat_is_of_no_file_type(void)
{
	int e = conf_eventfd(5, EFD_NONBLOCK);
	struct kstat st;

	EQ(sys(SYS_FSTAT, e, &st), 0);
	EQ(st.size, 0);
	EQ(st.mode & 0777, 0600);
	EQ(st.mode & S_IFMT, 0);
	TRUE(st.nlink > 0);
	EQ(conf_write(e, 1000), 8);
	EQ(sys(SYS_FSTAT, e, &st), 0);
	EQ(st.size, 0);
	HOLDS(e, 1005);
	CLOSE(e);
	return 0;
}

static int C83_which_status_flags_stick(void)
{
	uint32_t stick = O_NONBLOCK | O_APPEND | O_NOATIME;
	int e = conf_eventfd(0, 0);

	EQ(sys(SYS_FCNTL, e, F_SETFL, stick), 0);
	EQ(sys(SYS_FCNTL, e, F_GETFL), O_RDWR | stick);
	EQ(sys(SYS_FCNTL, e, F_SETFL, O_DIRECT), -EINVAL);
	EQ(sys(SYS_FCNTL, e, F_GETFL), O_RDWR | stick);
	EQ(sys(SYS_FCNTL, e, F_SETFL, 0), 0);
	EQ(sys(SYS_FCNTL, e, F_GETFL), O_RDWR);
	CLOSE(e);
	return 0;
}

static int C83_access_mode_and_others_are_ignored(void)
{
	int e = conf_eventfd(0, EFD_NONBLOCK);

	EQ(sys(SYS_FCNTL, e, F_SETFL, O_NONBLOCK | 1), 0);
	EQ(sys(SYS_FCNTL, e, F_GETFL), O_RDWR | O_NONBLOCK);
	EQ(sys(SYS_FCNTL, e, F_SETFL, O_NONBLOCK | O_CLOEXEC | 0x240), 0);
	EQ(sys(SYS_FCNTL, e, F_GETFL), O_RDWR | O_NONBLOCK);
	EQ(sys(SYS_FCNTL, e, F_GETFD), 0);
	EQ(conf_write(e, 1), 8);
	HOLDS(e, 1);
	CLOSE(e);
	return 0;
}

static int C83_fcntl_errors(void)
{
	int e = conf_eventfd(0, 0);

	EQ(sys(SYS_FCNTL, e, 9999, 0), -EINVAL);
	CLOSE(e);
	EQ(sys(SYS_FCNTL, e, F_GETFL), -EBADF);
	EQ(sys(SYS_FCNTL, e, F_SETFL, O_NONBLOCK), -EBADF);
	return 0;
}

/* The number behind "<field>:", in that base; UINT64_MAX - 2 if absent. */
static uint64_t field_of(int fd, const char *field, uint32_t base)
{
	static char text[1024];
	int64_t n = T->fdinfo(fd, text, sizeof(text) - 1);
	const char *at;

	if (n < 0)
		return UINT64_MAX - 2;
	text[n] = '\0';
	at = conf_find(text, field);
	if (!at)
		return UINT64_MAX - 2;
	at += conf_length(field);
	while (*at == ':' || *at == ' ' || *at == '\t')
		at++;
	return conf_number(at, base);
}

static int C84_the_count_in_hexadecimal(void)
{
	static const uint64_t counts[] = {
		0, 1, 10, 255, UINT64_C(0xdeadbeefcafe), MAX
	};

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		int e = conf_eventfd_at(counts[i], 0);

		EQ(field_of(e, "eventfd-count", 16), counts[i]);
		HOLDS(e, counts[i]);
		CLOSE(e);
	}
	return 0;
}

static int C84_the_id_is_unique(void)
{
	int e[8], other;
	uint64_t id[8];

	for (int i = 0; i < 8; i++) {
		e[i] = conf_eventfd(0, 0);
		id[i] = field_of(e[i], "eventfd-id", 10);
		TRUE(id[i] < UINT64_C(1) << 32);
		for (int k = 0; k < i; k++)
			TRUE(id[k] != id[i]);
	}
	other = (int)sys(SYS_DUP, e[3]);
	EQ(field_of(other, "eventfd-id", 10), id[3]);
	EQ(conf_close_all(e, 8), 0);
	CLOSE(other);
	return 0;
}

static int C84_the_mode(void)
{
	int e = conf_eventfd(3, 0), s = conf_eventfd(3, EFD_SEMAPHORE);

	EQ(field_of(e, "eventfd-semaphore", 10), 0);
	EQ(field_of(s, "eventfd-semaphore", 10), 1);
	EQ(field_of(s, "eventfd-count", 16), 3);
	CLOSE(e, s);
	return 0;
}

static int C84_the_descriptors_own_fields(void)
{
	int e = conf_eventfd(3, EFD_NONBLOCK);

	EQ(field_of(e, "pos", 10), 0);
	EQ(field_of(e, "flags", 10), 4002); /* digits of 04002 */
	CLOSE(e);
	return 0;
}

/* ---- C85: many ---------------------------------------------------------- */

/* Raise the limit to `want` numbers, or as near as the system lets us. */
static uint32_t raise_limit(uint32_t *want)
{
	uint32_t limit;

	while (!(limit = T->set_nofile(*want)) && *want > 64)
		*want -= 64;
	return limit;
}

static int C85_20000_are_alive_at_once(void)
{
	uint32_t want = MANY + 64, limit = raise_limit(&want);
	uint32_t n = conf_times(want - 64);
	int first = conf_eventfd(1, EFD_NONBLOCK), last = first;

	TRUE(limit > 0);
	OK(first);
	for (uint32_t i = 1; i < n; i++) {
		last = conf_eventfd(i + 1, EFD_NONBLOCK);
		EQ(last, first + (int)i);
	}
	for (uint32_t i = 0; i < n; i++)
		HOLDS(first + (int)i, i + 1);
	for (uint32_t i = 0; i < n; i++)
		CLOSE(first + (int)i);
	EQ(conf_eventfd(0, 0), first);
	CLOSE(first);
	TRUE(T->set_nofile(limit) > 0);
	return 0;
}

static int C85_100000_may_be_made_one_after_another(void)
{
	uint32_t n = conf_times(100000);
	int first = conf_eventfd(0, 0);

	for (uint32_t i = 0; i < n; i++) {
		int e = conf_eventfd(1, EFD_NONBLOCK);

		EQ(e, first + 1);
		CLOSE(e);
	}
	CLOSE(first);
	return 0;
}

static int C85_one_epoll_watches_a_thousand(void)
{
	static int e[1000];
	uint32_t n = conf_times(1000);
	int ep = conf_epoll();
	struct epoll_event ev;

	TRUE(n <= 1000);
	for (uint32_t i = 0; i < n; i++) {
		e[i] = conf_eventfd(0, EFD_NONBLOCK);
		EQ(conf_add(ep, e[i], EPOLLIN), 0);
	}
	for (uint32_t i = 0; i < n; i++) {
		EQ(conf_write(e[i], 1), 8);
		EQ(sys(SYS_EPOLL_WAIT, ep, &ev, 1, 0), 1);
		EQ(ev.data, e[i]);
		HOLDS(e[i], 1);
	}
	EQ(conf_close_all(e, n), 0);
	EQ(conf_epoll_now(ep), 0);
	CLOSE(ep);
	return 0;
}

const struct conf_case conf_descriptor_cases[] = {
	CASE(C74_duplicates_share_one_object, 0,
	     "dup, dup2, dup3 and F_DUPFD give numbers for one object"),
	CASE(C74_close_on_exec_is_per_number, 0,
	     "close-on-exec belongs to the number and is dropped by dup"),
	CASE(C74_dup2_onto_another_closes_it, 0,
	     "dup2 closes what was under the number, watches included"),
	CASE(C74_dup_errors, 0, "the dup family's errors"),
	CASE(C75_fork_shares_both_ways, CONF_FORK,
	     "parent and child write to and read from each other"),
	CASE(C75_a_child_shares_status_flags_not_numbers,
	     CONF_FORK, "O_NONBLOCK set by a child holds for the parent; its close does not"),
	CASE(C75_exec_closes_only_close_on_exec, CONF_FORK | CONF_EXEC,
	     "exec closes the numbers that are close-on-exec and no others"),
	CASE(C75_a_descriptor_works_across_exec, CONF_FORK | CONF_EXEC,
	     "a program after exec writes to an inherited eventfd"),
	CASE(C76_it_lives_until_the_last_reference, 0,
	     "an object lives while one number is open, and not longer"),
	CASE(C76_a_childs_copy_is_a_reference, CONF_FORK,
	     "a child's number keeps the object, until the child ends"),
	CASE(C76_a_sleeping_call_is_a_reference, 0,
	     "a poll that sleeps keeps the object, not longer"),
	CASE(C76_close_range_closes, 0,
	     "close_range closes the numbers in its range and no others"),
	CASE(C77_lseek_returns_0, 0, "lseek is 0 whatever is asked"),
	CASE(C78_ftruncate_and_sync_are_EINVAL, 0,
	     "ftruncate, fsync and fdatasync are EINVAL"),
	CASE(C79_mmap_and_fallocate_are_ENODEV, 0, "mmap and fallocate are ENODEV"),
	CASE(C80_unknown_ioctls_are_ENOTTY, 0,
	     "FIONREAD, TCGETS and unknown requests are ENOTTY"),
	CASE(C80_FIONBIO_works, 0,
	     "FIONBIO sets O_NONBLOCK, FIOCLEX sets close-on-exec, and back"),
	CASE(C81_splice_is_EINVAL, 0, "splice from and to an eventfd is EINVAL"),
	CASE(C81_socket_calls_are_ENOTSOCK, 0, "fourteen socket calls are ENOTSOCK"),
	CASE(C81_it_is_no_directory, 0,
	     "fchdir and openat relative to it are ENOTDIR"),
	CASE(C82_stat_is_of_no_file_type, 0,
	     "fstat: size 0, mode 0600, no file type, never a regular file"),
	CASE(C83_which_status_flags_stick, 0,
	     "F_SETFL: NONBLOCK, APPEND and NOATIME stick, O_DIRECT is EINVAL"),
	CASE(C83_access_mode_and_others_are_ignored, 0,
	     "F_SETFL ignores the access mode, O_CREAT and O_CLOEXEC"),
	CASE(C83_fcntl_errors, 0,
	     "unknown fcntl commands are EINVAL, closed numbers EBADF"),
	CASE(C84_the_count_in_hexadecimal,
	     CONF_FDINFO, "eventfd-count is the count in hexadecimal; looking takes nothing"),
	CASE(C84_the_id_is_unique,
	     CONF_FDINFO, "eventfd-id differs between objects and agrees between duplicates"),
	CASE(C84_the_mode, CONF_FDINFO,
	     "eventfd-semaphore is 1 for a semaphore, else 0"),
	CASE(C84_the_descriptors_own_fields, CONF_FDINFO,
	     "pos is 0 and flags are those of F_GETFL in octal"),
	CASE(C85_20000_are_alive_at_once,
	     CONF_NOFILE, "20 000 objects (or as many as the system allows) at once, each with its count"),
	CASE(C85_100000_may_be_made_one_after_another, 0,
	     "100 000 objects made and closed in turn use one number"),
	CASE(C85_one_epoll_watches_a_thousand, 0,
	     "one epoll watches 1000 objects and names the one that is ready"),
	{ 0 },
};
