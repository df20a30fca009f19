/* SPDX-License-Identifier: MIT */
/* System calls at their edges: what is refused, what is the host's, what an epoll
 * and a pipe are to calls that are not about them. */
#include <evfd/veridian.h>

#include "world.h"

enum {
	FSTAT = 5,
	LSEEK = 8,
	MMAP = 9,
	IOCTL = 16,
	PIPE2 = 293,
	SELECT = 23,
	FCNTL = 72,
	FTRUNCATE = 77,
	SETRLIMIT = 160,
	OPENAT = 257,
	NEWFSTATAT = 262,
	SPLICE = 275,
	FALLOCATE = 285,
	PRLIMIT = 302,
	CLOSE_RANGE = 436,
};

static const char *const slash = "/x", *const dot = "x", *const none = "";

static void open_pipe(int fds[2])
{
	assert_int_equal(call(PIPE2, address(fds), 0, 0, 0), 0);
}

static void test_an_epoll_as_a_file(void **state)
{
	uint64_t ep = (uint64_t)epoll_create(), other = (uint64_t)epoll_create();
	struct evfd_kstat st;

	(void)state;
	assert_int_equal(call(LSEEK, ep, 5, 0, 0), 0);
	assert_int_equal(call(FSTAT, ep, address(&st), 0, 0), 0);
	assert_int_equal(st.mode, 0600);
	assert_int_equal(st.size, 0);
	assert_int_equal(call(0, ep, address(&st), 8, 0), EVFD_EINVAL);
	assert_int_equal(call(IOCTL, ep, 0x541b, 0, 0), EVFD_EINVAL);
	assert_int_equal(close_fd((int)other), 0);
}

static void test_a_pipe_as_a_file(void **state)
{
	struct evfd_kstat st;
	int fds[2];

	(void)state;
	open_pipe(fds);
	assert_int_equal(call(FSTAT, (uint64_t)fds[0], address(&st), 0, 0), 0);
	assert_int_equal(st.mode, 0010600);
	assert_int_equal(call(LSEEK, (uint64_t)fds[0], 0, 0, 0), EVFD_ESPIPE);
	assert_int_equal(call(IOCTL, (uint64_t)fds[0], 0x5401, 0, 0), EVFD_ENOTTY);
	assert_int_equal(call(FCNTL, (uint64_t)fds[0], 1032, 0, 0), 65536);
	assert_int_equal(call(FALLOCATE, (uint64_t)fds[1], 0, 0, 8), EVFD_ESPIPE);
}

static void test_fcntl(void **state)
{
	uint64_t fd = (uint64_t)eventfd(0, 0);

	(void)state;
	assert_int_equal(call(FCNTL, fd, 8, 1, 0), 0);	/* F_SETOWN */
	assert_int_equal(call(FCNTL, fd, 9, 0, 0), 0);	/* F_GETOWN */
	assert_int_equal(call(FCNTL, fd, 10, 1, 0), 0); /* F_SETSIG */
	assert_int_equal(call(FCNTL, fd, 11, 0, 0), 0);
	assert_int_equal(call(FCNTL, fd, 1032, 0, 0), EVFD_EBADF);
	assert_int_equal(call(FCNTL, 500, 2, 1, 0), EVFD_EBADF); /* F_SETFD */
}

static void test_fallocate_and_mmap(void **state)
{
	uint64_t fd = (uint64_t)eventfd(0, 0);

	(void)state;
	assert_int_equal(call(FALLOCATE, fd, 0x80, 0, 8), -95); /* EOPNOTSUPP */
	assert_int_equal(inproc_syscall(MMAP, 0, 4096, 3, 0x22, UINT64_MAX, 0),
			 EVFD_ENOSYS);
	assert_int_equal(inproc_syscall(SPLICE, 500, 0, 501, 0, 0, 0), 0);
}

static void test_paths(void **state)
{
	uint64_t fd = (uint64_t)eventfd(0, 0), here = (uint64_t)-100;
	struct evfd_kstat st;

	(void)state;
	assert_int_equal(call(OPENAT, fd, address(none), 0, 0), EVFD_ENOENT);
	assert_int_equal(call(OPENAT, fd, address(slash), 0, 0), EVFD_ENOSYS);
	assert_int_equal(call(OPENAT, here, address(dot), 0, 0), EVFD_ENOSYS);
	assert_int_equal(call(OPENAT, 500, address(dot), 0, 0), EVFD_EBADF);
	assert_int_equal(call(NEWFSTATAT, fd, address(none), address(&st), 8),
			 EVFD_EINVAL);
	assert_int_equal(call(NEWFSTATAT, here, address(none), address(&st), 0x1000),
			 EVFD_ENOSYS);
	assert_int_equal(call(NEWFSTATAT, fd, 0, address(&st), 0x1000), 0);
	assert_int_equal(call(NEWFSTATAT, fd, address(none), address(&st), 0),
			 EVFD_ENOENT);
}

static void test_limits(void **state)
{
	uint64_t crossed[2] = { 20, 10 }, huge[2] = { 10, (1u << 20) + 1 };
	struct world *w = *state;

	assert_int_equal(call(SETRLIMIT, 16, address(crossed), 0, 0), EVFD_EINVAL);
	assert_int_equal(call(SETRLIMIT, 0, address(crossed), 0, 0), EVFD_ENOSYS);
	assert_int_equal(call(SETRLIMIT, 7, address(crossed), 0, 0), EVFD_EINVAL);
	assert_int_equal(call(SETRLIMIT, 7, address(huge), 0, 0), EVFD_EPERM);
	assert_int_equal(call(SETRLIMIT, 7, 0, 0, 0), EVFD_EFAULT);
	assert_int_equal(call(97, 7, 0, 0, 0), EVFD_EFAULT);
	assert_int_equal(call(PRLIMIT, 101, 7, 0, 0), EVFD_ENOSYS);
	assert_int_equal(call(PRLIMIT, 100, 7, 0, address(crossed)), 0);
	assert_int_equal(crossed[0], 1024);
	evfd_process_set_limit(inproc_evfd(w->process), UINT32_MAX);
	assert_int_equal(evfd_process_limit(inproc_evfd(w->process)), 1u << 20);
}

static void test_close_range(void **state)
{
	int fd = eventfd(0, 0);

	(void)state;
	assert_int_equal(call(CLOSE_RANGE, 0, 99, 2, 0), EVFD_ENOSYS); /* UNSHARE */
	assert_int_equal(call(CLOSE_RANGE, 0, 99, 4, 0), 0); /* CLOEXEC */
	assert_int_equal(call(FCNTL, (uint64_t)fd, 1, 0, 0), 1);
}

/* Times beyond what there is are as long as there is; one ready ends them. */
static void test_times_without_end(void **state)
{
	uint64_t in = UINT64_C(1) << eventfd(1, 0), want = in;
	int64_t time[2] = { INT64_MAX, INT64_MAX };

	(void)state;
	assert_int_equal(inproc_syscall(SELECT, 64, address(&in), 0, 0,
					address(time), 0),
			 1);
	assert_int_equal(in, want);
	assert_true(time[0] > 0);
}

static void test_times_that_are_none(void **state)
{
	const int64_t bad[4][2] = { { -1, 0 }, { 0, -1 }, { 0, 1000000000 }, { 0 } };
	int64_t late[2] = { INT64_MAX, 999999999 };
	struct pollfd p = { eventfd(1, 0), IN, 0 };

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(call(271, address(&p), 1, address(bad[i]), 0),
				 EVFD_EINVAL);
		if (i < 2)
			assert_int_equal(inproc_syscall(SELECT, 0, 0, 0, 0,
							address(bad[i]), 0),
					 EVFD_EINVAL);
	}
	assert_int_equal(call(271, address(&p), 1, address(late), 0), 1);
	assert_int_equal(inproc_syscall(270, UINT64_MAX, 0, 0, 0, 0, 0),
			 EVFD_EINVAL);
}

static void test_numbers_out_of_range(void **state)
{
	uint64_t fd = (uint64_t)eventfd(0, 0);
	struct world *w = *state;

	assert_int_equal(call(FCNTL, 1 << 20, 1, 0, 0), EVFD_EBADF);
	assert_int_equal(call(FCNTL, 1 << 20, 2, 1, 0), EVFD_EBADF);
	assert_int_equal(call(1000000, 0, 0, 0, 0), EVFD_ENOSYS);
	for (uint64_t type = 0; type <= 4; type += 4)
		assert_int_equal(inproc_syscall(MMAP, 0, 4096, 3, type, fd, 0),
				 EVFD_EINVAL);
	evfd_process_set_limit(inproc_evfd(w->process), 0);
	assert_int_equal(call(FCNTL, fd, 0, 0, 0), EVFD_EMFILE);
	assert_int_equal(call(FCNTL, fd, 0, 1, 0), EVFD_EINVAL);
}

/* More than one call moves is left for the next. */
static void test_pieces_beyond_the_most(void **state)
{
	uint64_t value = 0, fd = (uint64_t)eventfd(5, 0);
	const uint64_t pieces[4] = { address(&value), 0x7fffffff,
				     address(&value), 0x7fffffff };

	(void)state;
	assert_int_equal(call(19, fd, address(pieces), 2, 0), 8);
	assert_int_equal(value, 5);
}

static void test_select_without_memory(void **state)
{
	int64_t now[2] = { 0, 0 };
	uint64_t in = 0;

	(void)state;
	for (int i = 0; i < 20; i++)
		in |= UINT64_C(1) << eventfd(0, 0);
	inproc_fail_alloc(1);
	assert_int_equal(inproc_syscall(SELECT, 64, address(&in), 0, 0,
					address(now), 0),
			 EVFD_ENOMEM);
	assert_int_equal(
		inproc_syscall(SELECT, 64, address(&in), 0, 0, address(now), 0), 0);
}

/* Sets may be longer than any table: beyond its end nothing is looked at. */
static void test_select_beyond_the_table(void **state)
{
	static uint64_t in[4096 / 64];
	int64_t now[2] = { 0, 0 };
	int fd = eventfd(1, 0);

	(void)state;
	memset(in, 0, sizeof(in));
	in[fd / 64] = UINT64_C(1) << fd % 64;
	in[4000 / 64] = 1;
	assert_int_equal(inproc_syscall(SELECT, 4096, address(in), 0, 0,
					address(now), 0),
			 1);
	assert_int_equal(in[fd / 64], UINT64_C(1) << fd % 64);
}

/* One that cannot be watched is always ready. */
static const struct evfd_vnode_ops plain_ops = { .name = "plain" };

static void test_a_file_without_operations(void **state)
{
	static struct evfd_vnode plain = { &plain_ops };
	struct world *w = *state;
	struct evfd_file *f = evfd_file_open(w->system, &plain, 2);
	uint64_t fd = (uint64_t)evfd_fd_install(inproc_evfd(w->process), f, false);
	struct pollfd p = { (int)fd, IN | OUT, 0 };
	struct evfd_kstat st;
	char byte = 0;

	assert_int_equal(call(0, fd, address(&byte), 1, 0), EVFD_EINVAL);
	assert_int_equal(call(1, fd, address(&byte), 1, 0), EVFD_EINVAL);
	assert_int_equal(call(FSTAT, fd, address(&st), 0, 0), 0);
	assert_int_equal(st.mode, 0);
	assert_int_equal(call(FTRUNCATE, fd, 0, 0, 0), EVFD_EINVAL);
	assert_int_equal(call(IOCTL, fd, 1, 0, 0), EVFD_ENOTTY);
	assert_int_equal(poll(&p, 1, 0), 1);
	assert_int_equal(p.revents, IN | OUT);
	/* Asked for nothing that it has, it is no reason to wake. */
	p.events = 0;
	assert_int_equal(poll(&p, 1, 1), 0);
	assert_int_equal(epoll_ctl(epoll_create(), CTL_ADD, (int)fd, IN, 0),
			 EVFD_EPERM);
}

/* ---- systems ---------------------------------------------------------------- */

static int counted_setup(void **state)
{
	static const struct evfd_config c = { .flags = EVFD_CONFIG_COUNTED };

	return world_open(state, &c);
}

static void expect_totals(struct world *w, uint64_t reads, uint64_t writes)
{
	struct evfd_census c;

	evfd_system_census(w->system, &c);
	assert_int_equal(c.reads, reads);
	assert_int_equal(c.writes, writes);
}

/* Of the living and of the dead. */
static void test_census_counts(void **state)
{
	struct world *w = *state;
	int a = eventfd(0, 0), b = eventfd(0, 0), ep = epoll_create();

	assert_true(ep >= 0);
	assert_int_equal(add(a, 1), 8);
	assert_int_equal(add(b, 2), 8);
	assert_int_equal(take(b), 2);
	expect_totals(w, 1, 2);
	assert_int_equal(close_fd(b), 0);
	expect_totals(w, 1, 2);
	assert_int_equal(take(a), 1);
	expect_totals(w, 2, 2);
}

static void test_bad_configurations(void **state)
{
	const struct evfd_config flags = { .flags = 0x80 };
	const struct evfd_config profile = { .profile = (enum evfd_profile)7 };
	const struct evfd_config many = { .max_eventfds = EVFD_SLOTS_MAX + 1 };
	struct world *w = *state;
	char text[8];

	assert_null(evfd_system_create(&flags));
	assert_null(evfd_system_create(&profile));
	assert_null(evfd_system_create(&many));
	assert_int_equal(evfd_system_destroy(w->system), EVFD_EBUSY);
	assert_int_equal(evfd_process_fdinfo(inproc_evfd(w->process), 9, text, 8),
			 EVFD_EBADF);
}

static int one_file_setup(void **state)
{
	static const struct evfd_config c = { .max_files = 1 };

	return world_open(state, &c);
}

/* Room for one end of a pipe is none. */
static void test_half_a_pipe(void **state)
{
	struct world *w = *state;
	struct evfd_census c;
	int fds[2] = { -1, -1 };

	assert_int_equal(call(PIPE2, address(fds), 0, 0, 0), EVFD_ENFILE);
	assert_int_equal(fds[0], -1);
	evfd_system_census(w->system, &c);
	assert_int_equal(c.files, 0);
	assert_int_equal(eventfd(0, 0), 0);
	assert_int_equal(eventfd(0, 0), EVFD_ENFILE);
}

/* ---- VeridianOS's calls where they have nothing to act on ---------------------- */

static void test_ids_need_their_profile(void **state)
{
	struct world *w = *state;
	uint64_t value;

	assert_int_equal(evfd_veridian_create(w->system, 1, 0, 0), EVFD_ENOSYS);
	assert_int_equal(evfd_veridian_read(w->system, 1, 1, &value), EVFD_ENOSYS);
	assert_int_equal(evfd_veridian_close(w->system, 1, 1), EVFD_ENOSYS);
}

static void test_nodes_are_eventfds(void **state)
{
	struct world *w = *state;
	struct evfd_process *p = inproc_evfd(w->process);
	struct evfd_veridian_metadata m;
	int fds[2] = { epoll_create(), 77 };
	uint64_t value = 0;

	for (int i = 0; i < 2; i++) {
		assert_int_equal(evfd_veridian_node_read(p, fds[i], &value, 8),
				 EVFD_EBADF);
		assert_int_equal(evfd_veridian_node_write(p, fds[i], &value, 8),
				 EVFD_EBADF);
		assert_int_equal(evfd_veridian_node_poll(p, fds[i]), EVFD_EBADF);
		assert_int_equal(evfd_veridian_node_metadata(p, fds[i], &m),
				 EVFD_EBADF);
	}
}

static int veridian_setup(void **state)
{
	static const struct evfd_config c = { .profile = EVFD_PROFILE_VERIDIAN };

	return world_open(state, &c);
}

/* The counter may end before its descriptor. */
static void test_text_of_what_has_ended(void **state)
{
	struct world *w = *state;
	struct evfd_process *p = inproc_evfd(w->process);
	uint32_t id = (uint32_t)evfd_veridian_create(w->system, 100, 0, 0);
	int fd = evfd_veridian_install(p, id);
	char text[200];
	int64_t n = evfd_process_fdinfo(p, fd, text, sizeof(text));

	assert_int_equal(evfd_veridian_close(w->system, 100, id), 0);
	assert_true(evfd_process_fdinfo(p, fd, text, sizeof(text)) < n);
	assert_int_equal(call(FTRUNCATE, (uint64_t)fd, 0, 0, 0), EVFD_EPERM);
	assert_int_equal(close_fd(fd), 0);
}

/* The 4097th is refused, until one is closed. */
static void test_ids_run_out(void **state)
{
	struct world *w = *state;
	int64_t id = 0;

	for (int i = 0; i < 4096; i++) {
		id = evfd_veridian_create(w->system, 1, 0, 0);
		assert_true(id > 0);
	}
	assert_int_equal(evfd_veridian_create(w->system, 1, 0, 0), EVFD_ENOMEM);
	assert_int_equal(evfd_veridian_close(w->system, 1, (uint32_t)id), 0);
	assert_true(evfd_veridian_create(w->system, 1, 0, 0) > id);
	for (uint32_t i = 1; i <= (uint32_t)id + 1; i++)
		evfd_veridian_close(w->system, 1, i);
}

#define TEST_IN(f, setup) \
	cmocka_unit_test_setup_teardown(f, setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(test_an_epoll_as_a_file),
		WORLD_TEST(test_a_pipe_as_a_file),
		WORLD_TEST(test_fcntl),
		WORLD_TEST(test_fallocate_and_mmap),
		WORLD_TEST(test_paths),
		WORLD_TEST(test_limits),
		WORLD_TEST(test_close_range),
		WORLD_TEST(test_times_without_end),
		WORLD_TEST(test_times_that_are_none),
		WORLD_TEST(test_numbers_out_of_range),
		WORLD_TEST(test_pieces_beyond_the_most),
		WORLD_TEST(test_select_without_memory),
		WORLD_TEST(test_select_beyond_the_table),
		WORLD_TEST(test_a_file_without_operations),
		TEST_IN(test_census_counts, counted_setup),
		WORLD_TEST(test_bad_configurations),
		WORLD_TEST(test_ids_need_their_profile),
		WORLD_TEST(test_nodes_are_eventfds),
		TEST_IN(test_text_of_what_has_ended, veridian_setup),
		TEST_IN(test_ids_run_out, veridian_setup),
		TEST_IN(test_half_a_pipe, one_file_setup),
	};

	return cmocka_run_group_tests_name("calls", tests, NULL, NULL);
}
