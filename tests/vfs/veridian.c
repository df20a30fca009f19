/* SPDX-License-Identifier: MIT */
/*
 * VeridianOS's eventfd: its seven tests under their own names (the two that lean on
 * the 30 s cap on a stopped clock), and what its text says beside them.
 */
#include "world.h"

#include <endian.h>

#include <evfd/veridian.h>

#define NS_PER_S UINT64_C(1000000000)

static struct evfd_system *veridian;

static int setup(void **state)
{
	static const struct evfd_config c = { .profile = EVFD_PROFILE_VERIDIAN };

	world_open(state, &c);
	veridian = ((struct world *)*state)->system;
	return 0;
}

#define SEED_TEST(f) cmocka_unit_test_setup_teardown(f, setup, world_teardown)

static uint32_t create(uint32_t initial, uint32_t flags)
{
	int64_t id = evfd_veridian_create(veridian, 0, initial, flags);

	assert_true(id > 0);
	return (uint32_t)id;
}

/* The value read, or the error as a huge number. */
static uint64_t read_id(uint32_t id)
{
	uint64_t value;
	int result = evfd_veridian_read(veridian, 0, id, &value);

	return result < 0 ? (uint64_t)result : value;
}

static void *read_in_thread(void *arg)
{
	return (void *)(intptr_t)read_id((uint32_t)(uintptr_t)arg);
}

/* A blocking read of an empty object: nothing for 30 s, then would-block. */
static void check_blocks_30_s(uint32_t id)
{
	struct inproc_thread *t;

	inproc_clock_stop(true);
	t = inproc_thread_start(NULL, read_in_thread, (void *)(uintptr_t)id);
	assert_true(inproc_until_blocked(t));
	inproc_clock_advance(30 * NS_PER_S - 1);
	assert_true(inproc_until_blocked(t));
	inproc_clock_advance(1);
	assert_int_equal((intptr_t)inproc_thread_join(t), EVFD_EAGAIN);
	inproc_clock_stop(false);
}

/* ---- VeridianOS itself  */

static void test_eventfd_create_and_read(void **state)
{
	uint32_t id = create(42, 0);

	(void)state;
	assert_int_equal(read_id(id), 42);
	check_blocks_30_s(id);
	evfd_veridian_close(veridian, 0, id);
}

static void test_eventfd_semaphore_mode(void **state)
{
	uint32_t id = create(3, SEMAPHORE);

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(read_id(id), 1);
	check_blocks_30_s(id);
	evfd_veridian_close(veridian, 0, id);
}

static void test_eventfd_write_accumulates(void **state)
{
	uint32_t id = create(0, 0);

	(void)state;
	assert_int_equal(evfd_veridian_write(veridian, 0, id, 10), 0);
	assert_int_equal(evfd_veridian_write(veridian, 0, id, 20), 0);
	assert_int_equal(read_id(id), 30);
	evfd_veridian_close(veridian, 0, id);
}

static void test_eventfd_close(void **state)
{
	uint32_t id = create(0, 0);

	(void)state;
	assert_int_equal(evfd_veridian_close(veridian, 0, id), 0);
	assert_int_equal(read_id(id), (uint64_t)EVFD_EBADF);
	assert_int_equal(evfd_veridian_close(veridian, 0, id), EVFD_EBADF);
	assert_int_equal(evfd_veridian_write(veridian, 0, id, 1), EVFD_EBADF);
	assert_int_equal(evfd_veridian_is_readable(veridian, 0, id), EVFD_EBADF);
}

static void test_eventfd_nonblock_on_empty(void **state)
{
	uint32_t id = create(0, NONBLOCK);

	(void)state;
	assert_int_equal(read_id(id), (uint64_t)EVFD_EAGAIN);
	evfd_veridian_close(veridian, 0, id);
}

static void test_eventfd_write_overflow(void **state)
{
	uint32_t id = create(0, NONBLOCK);

	(void)state;
	assert_int_equal(evfd_veridian_write(veridian, 0, id, UINT64_MAX - 2), 0);
	assert_int_equal(evfd_veridian_write(veridian, 0, id, 2), EVFD_EAGAIN);
	assert_int_equal(read_id(id), UINT64_MAX - 2);
	evfd_veridian_close(veridian, 0, id);
}

static void test_eventfd_write_max_rejected(void **state)
{
	uint32_t id = create(0, 0);

	(void)state;
	assert_int_equal(evfd_veridian_write(veridian, 0, id, UINT64_MAX),
			 EVFD_EINVAL);
	evfd_veridian_close(veridian, 0, id);
}

/* ---- ids and owners ------------------------------------------------------------------- */

static void test_limit_spends_no_id(void **state)
{
	static uint32_t ids[4096];

	(void)state;
	for (int i = 0; i < 4096; i++) {
		ids[i] = create(0, 0);
		assert_true(i == 0 || ids[i] == ids[i - 1] + 1);
	}
	for (int i = 0; i < 10; i++)
		assert_int_equal(evfd_veridian_create(veridian, 0, 0, 0),
				 EVFD_ENOMEM);
	assert_int_equal(evfd_veridian_create(veridian, 0, 0, 2), EVFD_EINVAL);
	evfd_veridian_close(veridian, 0, ids[7]);
	assert_int_equal(read_id(ids[7]), (uint64_t)EVFD_EBADF);
	ids[7] = create(0, 0);
	assert_int_equal(ids[7], ids[4095] + 1);
	for (int i = 0; i < 4096; i++)
		assert_int_equal(evfd_veridian_close(veridian, 0, ids[i]), 0);
}

static void test_owner(void **state)
{
	int64_t id = evfd_veridian_create(veridian, 5, 1, 0);
	uint64_t value;

	(void)state;
	assert_int_equal(evfd_veridian_read(veridian, 6, (uint32_t)id, &value),
			 EVFD_EBADF);
	assert_int_equal(evfd_veridian_close(veridian, 6, (uint32_t)id),
			 EVFD_EBADF);
	assert_int_equal(evfd_veridian_is_readable(veridian, 5, (uint32_t)id), 1);
	assert_int_equal(evfd_veridian_is_writable(veridian, 0, (uint32_t)id), 1);
	assert_int_equal(evfd_veridian_read(veridian, 5, (uint32_t)id, &value), 0);
	assert_int_equal(evfd_veridian_is_readable(veridian, 5, (uint32_t)id), 0);
	assert_int_equal(evfd_veridian_close(veridian, 5, (uint32_t)id), 0);
}

/* ---- as a vnode ---------------------------------------------------------------------------- */

/* Programs see values as VeridianOS's vnodes have them: little-endian. */
static void test_node(void **state)
{
	struct world *w = *state;
	struct evfd_process *p = inproc_evfd(w->process);
	int64_t id = evfd_veridian_create(veridian, 100, 5, NONBLOCK);
	int fd = evfd_veridian_install(p, (uint32_t)id);
	unsigned char bytes[12] = { 3, 1, 0, 0, 0, 0, 0, 0, 9, 9, 9, 9 };
	struct evfd_veridian_metadata m;

	assert_int_equal(fd, 0);
	assert_int_equal(evfd_veridian_node_poll(p, fd), 5);
	assert_int_equal(take(fd), htole64(5));
	assert_int_equal(evfd_veridian_node_poll(p, fd), 4);
	assert_int_equal(evfd_veridian_node_write(p, fd, bytes, 7), EVFD_EINVAL);
	assert_int_equal(evfd_veridian_node_write(p, fd, bytes, 12), 8);
	assert_int_equal(call(1, (uint64_t)fd, address(bytes), 12, 0), 8);
	assert_int_equal(evfd_veridian_node_read(p, fd, bytes, 7), EVFD_EINVAL);
	assert_int_equal(evfd_veridian_node_read(p, fd, bytes, 12), 8);
	assert_memory_equal(bytes, "\6\2\0\0\0\0\0\0\11\11\11\11", 12);
	assert_int_equal(evfd_veridian_node_read(p, fd, bytes, 8), EVFD_EAGAIN);
	assert_int_equal(evfd_veridian_node_metadata(p, fd, &m), 0);
	assert_true(m.is_char_device && m.permissions == 0666 && m.size == 0);
	assert_int_equal(evfd_veridian_node_readdir(p, fd), EVFD_ENOTDIR);
	assert_int_equal(evfd_veridian_node_truncate(p, fd, 0), EVFD_EPERM);
	assert_int_equal(evfd_veridian_node_mkdir(p, 9, "x"), EVFD_EBADF);
	/* The last close of the descriptor closes the object. */
	close_fd(fd);
	assert_int_equal(read_id((uint32_t)id), (uint64_t)EVFD_EBADF);
}

/* Closed by id under its descriptor and its watcher. */
static void test_closed_under_its_descriptor(void **state)
{
	struct world *w = *state;
	int64_t id = evfd_veridian_create(veridian, 100, 0, 0);
	int fd = evfd_veridian_install(inproc_evfd(w->process), (uint32_t)id);
	int ep = epoll_create();
	struct event ev;

	assert_int_equal(epoll_ctl(ep, CTL_ADD, fd, IN, 0), 0);
	assert_int_equal(evfd_veridian_close(veridian, 100, (uint32_t)id), 0);
	assert_int_equal(epoll_wait(ep, &ev, 1, 0), 1);
	assert_int_equal(ev.events, ERR | HUP);
	assert_int_equal(take(fd), (uint64_t)EVFD_EBADF);
	assert_int_equal(close_fd(fd), 0);
	assert_int_equal(epoll_wait(ep, &ev, 1, 0), 0);
}

static void test_system_call_330(void **state)
{
	struct world *w = *state;

	assert_int_equal(call(330, 3, SEMAPHORE, 0, 0), EVFD_ENOSYS);
	evfd_process_set_veridian(inproc_evfd(w->process), true);
	assert_int_equal(call(330, 3, SEMAPHORE | NONBLOCK, 0, 0), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(take(0), htole64(1));
	assert_int_equal(take(0), (uint64_t)EVFD_EAGAIN);
	assert_int_equal(call(330, 3, 4, 0, 0), EVFD_EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SEED_TEST(test_eventfd_create_and_read),
		SEED_TEST(test_eventfd_semaphore_mode),
		SEED_TEST(test_eventfd_write_accumulates),
		SEED_TEST(test_eventfd_close),
		SEED_TEST(test_eventfd_nonblock_on_empty),
		SEED_TEST(test_eventfd_write_overflow),
		SEED_TEST(test_eventfd_write_max_rejected),
		SEED_TEST(test_limit_spends_no_id),
		SEED_TEST(test_owner),
		SEED_TEST(test_node),
		SEED_TEST(test_closed_under_its_descriptor),
		SEED_TEST(test_system_call_330),
	};

	return cmocka_run_group_tests_name("veridian", tests, NULL, NULL);
}
