/* SPDX-License-Identifier: MIT */
/* A host's own vnode: ten bytes that can be read, and positions in them. */
#include "world.h"

#define LSEEK 8
#define PREAD 17

static const char bytes[10] = "0123456789";
static int released;

static int64_t bytes_read(struct evfd_file *f, struct evfd_uio *u, int64_t pos)
{
	size_t n = evfd_uio_left(u);

	(void)f;
	if (pos >= (int64_t)sizeof(bytes))
		return 0;
	if (n > sizeof(bytes) - (size_t)pos)
		n = sizeof(bytes) - (size_t)pos;
	return evfd_uio_put(u, bytes + pos, n) ? EVFD_EFAULT : (int64_t)n;
}

static int bytes_stat(struct evfd_file *f, struct evfd_kstat *st)
{
	(void)f;
	st->size = sizeof(bytes);
	return 0;
}

static void bytes_release(struct evfd_vnode *v)
{
	(void)v;
	released++;
}

static const struct evfd_vnode_ops ops = {
	.name = "bytes",
	.read = bytes_read,
	.stat = bytes_stat,
	.release = bytes_release,
	.traits = EVFD_VNODE_SEEKABLE,
};
static struct evfd_vnode node = { .ops = &ops };

static uint64_t open_bytes(void **state)
{
	struct world *w = *state;
	struct evfd_file *f = evfd_file_open(w->system, &node, 0);

	released = 0;
	return (uint64_t)evfd_fd_install(inproc_evfd(w->process), f, false);
}

static int64_t seek(uint64_t fd, int64_t offset, uint64_t whence)
{
	return call(LSEEK, fd, (uint64_t)offset, whence, 0);
}

static char read_one(uint64_t fd)
{
	char c = '-';

	call(0, fd, address(&c), 1, 0);
	return c;
}

static void test_positions(void **state)
{
	uint64_t fd = open_bytes(state);

	assert_int_equal(read_one(fd), '0');
	assert_int_equal(seek(fd, 4, 0), 4);
	assert_int_equal(read_one(fd), '4');
	assert_int_equal(seek(fd, -2, 1), 3);
	assert_int_equal(read_one(fd), '3');
	assert_int_equal(seek(fd, -1, 2), 9);
	assert_int_equal(read_one(fd), '9');
	assert_int_equal(read_one(fd), '-');
}

/* A duplicate has the same position; a read at a place has none. */
static void test_shared(void **state)
{
	uint64_t fd = open_bytes(state), twin = (uint64_t)call(32, fd, 0, 0, 0);
	char c = '-';

	assert_int_equal(seek(fd, 5, 0), 5);
	assert_int_equal(call(PREAD, fd, address(&c), 1, 8), 1);
	assert_int_equal(c, '8');
	assert_int_equal(read_one(twin), '5');
	assert_int_equal(read_one(fd), '6');
}

static void test_refusals(void **state)
{
	uint64_t fd = open_bytes(state);

	assert_int_equal(seek(fd, 7, 0), 7);
	assert_int_equal(seek(fd, -1, 0), EVFD_EINVAL);
	assert_int_equal(seek(fd, -8, 1), EVFD_EINVAL);
	assert_int_equal(seek(fd, -11, 2), EVFD_EINVAL);
	assert_int_equal(seek(fd, INT64_MAX, 1), EVFD_EINVAL);
	assert_int_equal(seek(fd, INT64_MIN, 1), EVFD_EINVAL);
	assert_int_equal(seek(fd, 0, 5), EVFD_EINVAL);
	assert_int_equal(read_one(fd), '7');
}

/* Calls that the host makes for files with positions, and addresses that no program
 * has. */
static void test_hosts_business(void **state)
{
	uint64_t fd = open_bytes(state);

	assert_int_equal(call(285, fd, 0, 0, 8), EVFD_ENOSYS); /* fallocate */
	assert_int_equal(call(74, fd, 0, 0, 0), EVFD_ENOSYS);  /* fsync */
	assert_int_equal(call(72, fd, 9999, 0, 0), EVFD_ENOSYS);
	assert_int_equal(seek(fd, 0, 3), EVFD_EINVAL); /* SEEK_DATA */
	assert_int_equal(call(PREAD, fd, UINT64_MAX - 7, 8, 0), EVFD_EFAULT);
}

static void test_vectors_at_positions(void **state)
{
	uint64_t fd = open_bytes(state);
	char a[2], b[2];
	const uint64_t pieces[4] = { address(a), 2, address(b), 2 };

	assert_int_equal(call(295, fd, address(pieces), 2, 3), 4); /* preadv */
	assert_memory_equal(a, "34", 2);
	assert_memory_equal(b, "56", 2);
	assert_int_equal(call(295, fd, address(pieces), 2, UINT64_MAX),
			 EVFD_EINVAL);
	assert_int_equal(call(295, fd, address(pieces), 0, 0), 0);
	assert_int_equal(call(296, fd, address(pieces), 2, 0), EVFD_EBADF);
	assert_int_equal(read_one(fd), '0');
}

/* Without a size the end is at 0. */
static void test_end_without_a_size(void **state)
{
	static const struct evfd_vnode_ops sizeless_ops = {
		.traits = EVFD_VNODE_SEEKABLE
	};
	static struct evfd_vnode sizeless = { .ops = &sizeless_ops };
	struct world *w = *state;
	struct evfd_file *f = evfd_file_open(w->system, &sizeless, 0);
	int fd = evfd_fd_install(inproc_evfd(w->process), f, false);
	char text[64];

	assert_int_equal(seek((uint64_t)fd, 3, 2), 3);
	/* Nor has it lines of its own; what does not fit is cut off. */
	assert_int_equal(
		evfd_process_fdinfo(inproc_evfd(w->process), fd, text, 4), 4);
	assert_memory_equal(text, "pos:", 4);
}

static uint32_t asked;

static int keep_flags(struct evfd_file *f, uint32_t flags)
{
	(void)f;
	asked = flags;
	return flags & NONBLOCK ? EVFD_EPERM : 0;
}

/* The vnode decides which flags F_SETFL may set. */
static void test_flags_are_asked_for(void **state)
{
	static const struct evfd_vnode_ops choosy_ops = { .setfl = keep_flags };
	static struct evfd_vnode choosy = { .ops = &choosy_ops };
	struct world *w = *state;
	struct evfd_file *f = evfd_file_open(w->system, &choosy, 2);
	uint64_t fd = (uint64_t)evfd_fd_install(inproc_evfd(w->process), f, false);

	assert_int_equal(call(72, fd, 4, 0x4000, 0), 0); /* O_DIRECT */
	assert_int_equal(asked, 0x4000);
	assert_int_equal(call(72, fd, 3, 0, 0), 0x4002);
	assert_int_equal(call(72, fd, 4, NONBLOCK, 0), EVFD_EPERM);
	assert_int_equal(call(72, fd, 3, 0, 0), 0x4002);
}

static void test_release(void **state)
{
	uint64_t fd = open_bytes(state), twin = (uint64_t)call(32, fd, 0, 0, 0);

	assert_int_equal(call(3, fd, 0, 0, 0), 0);
	assert_int_equal(released, 0);
	assert_int_equal(call(3, twin, 0, 0, 0), 0);
	assert_int_equal(released, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(test_positions),
		WORLD_TEST(test_shared),
		WORLD_TEST(test_refusals),
		WORLD_TEST(test_hosts_business),
		WORLD_TEST(test_vectors_at_positions),
		WORLD_TEST(test_end_without_a_size),
		WORLD_TEST(test_flags_are_asked_for),
		WORLD_TEST(test_release),
	};

	return cmocka_run_group_tests_name("vnode", tests, NULL, NULL);
}
