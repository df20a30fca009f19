/* SPDX-License-Identifier: MIT */
/*
 * S1 to S11: what VeridianOS's eventfd documents, by id and through a
 * descriptor. The cases named test_ are twins of its own seven tests; where
 * those lean on the 30 s after which a blocking call gives up, the twins move
 * a stopped clock.
 */
#include "conf.h"
#include "native.h"

#define HOST 0u /* process ids: the host's, one that is not ours */
#define OTHER 8u

#define SEED_MAX 4096u

static int64_t create(uint32_t initial, uint32_t flags)
{
	return N->veridian_create(N->system(), N->pid(), initial, flags);
}

static int read_id(int64_t id, uint64_t *v)
{
	return N->veridian_read(N->system(), N->pid(), (uint32_t)id, v);
}

static int write_id(int64_t id, uint64_t v)
{
	return N->veridian_write(N->system(), N->pid(), (uint32_t)id, v);
}

static int close_id(int64_t id)
{
	return N->veridian_close(N->system(), N->pid(), (uint32_t)id);
}

static int readable(int64_t id)
{
	return N->veridian_is_readable(N->system(), N->pid(), (uint32_t)id);
}

static int writable(int64_t id)
{
	return N->veridian_is_writable(N->system(), N->pid(), (uint32_t)id);
}

/* A read or write by id in a task of its own. */
struct by_id {
	int64_t id;
	uint64_t value;
	int result;
	struct conf_task *task;
};

static int task_reads(void *arg)
{
	struct by_id *c = arg;

	c->result = read_id(c->id, &c->value);
	return 0;
}

static int task_writes(void *arg)
{
	struct by_id *c = arg;

	c->result = write_id(c->id, c->value);
	return 0;
}

/* Check that a call sleeps just short of 30 s, then gives up. */
static int gives_up_after_30s(conf_fn *fn, struct by_id *c)
{
	N->clock_stop(true);
	c->task = conf_spawn(fn, c);
	TRUE(conf_until_blocked(c->task));
	N->clock_advance(EVFD_VERIDIAN_BLOCK_NS - 1);
	TRUE(conf_until_blocked(c->task));
	N->clock_advance(1);
	EQ(conf_join(c->task), 0);
	EQ(c->result, -EAGAIN);
	N->clock_stop(false);
	return 0;
}

static int empty_gives_up(int64_t id)
{
	struct by_id c = { .id = id };

	return gives_up_after_30s(task_reads, &c);
}

/* ---- the seven twins ---------------------------------------------------- */

static int S4_test_eventfd_create_and_read(void)
{
	int64_t id = create(42, 0);
	uint64_t v;

	TRUE(id > 0);
	EQ(read_id(id, &v), 0);
	EQ(v, 42);
	EQ(empty_gives_up(id), 0);
	EQ(close_id(id), 0);
	return 0;
}

static int S4_test_eventfd_semaphore_mode(void)
{
	int64_t id = create(3, EFD_SEMAPHORE);
	uint64_t v;

	for (int i = 0; i < 3; i++) {
		EQ(read_id(id, &v), 0);
		EQ(v, 1);
	}
	EQ(empty_gives_up(id), 0);
	EQ(close_id(id), 0);
	return 0;
}

static int S5_test_eventfd_write_accumulates(void)
{
	int64_t id = create(0, 0);
	uint64_t v;

	EQ(write_id(id, 10), 0);
	EQ(write_id(id, 20), 0);
	EQ(read_id(id, &v), 0);
	EQ(v, 30);
	EQ(close_id(id), 0);
	return 0;
}

static int S6_test_eventfd_close(void)
{
	int64_t id = create(0, 0);
	uint64_t v;

	EQ(close_id(id), 0);
	EQ(read_id(id, &v), -EBADF);
	EQ(close_id(id), -EBADF);
	return 0;
}

static int S4_test_eventfd_nonblock_on_empty(void)
{
	int64_t id = create(0, EFD_NONBLOCK);
	uint64_t v;

	EQ(read_id(id, &v), -EAGAIN);
	EQ(close_id(id), 0);
	return 0;
}

static int S5_test_eventfd_write_overflow(void)
{
	int64_t id = create(0, EFD_NONBLOCK);
	uint64_t v;

	EQ(write_id(id, FULL_RANGE - 2), 0);
	EQ(write_id(id, 2), -EAGAIN);
	EQ(read_id(id, &v), 0);
	EQ(v, FULL_RANGE - 2);
	EQ(close_id(id), 0);
	return 0;
}

static int S5_test_eventfd_write_max_rejected(void)
{
	int64_t id = create(0, 0);

	EQ(write_id(id, FULL_RANGE), -EINVAL);
	EQ(close_id(id), 0);
	return 0;
}

/* ---- S1 to S3 ----------------------------------------------------------- */

static int S1_the_six_calls_by_id(void)
{
	int64_t id = create(0xffffffffu, 0);
	uint64_t v;

	TRUE(id > 0 && id <= 0xffffffff);
	EQ(readable(id), 1);
	EQ(writable(id), 1);
	EQ(read_id(id, &v), 0);
	EQ(v, 0xffffffffu);
	EQ(write_id(id, 1), 0);
	EQ(close_id(id), 0);
	return 0;
}

static int S2_the_three_flags(void)
{
	static const uint32_t flags[] = { 0, 0x1, 0x800, 0x80000, 0x80801 };

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		int64_t id = create(2, flags[i]);
		uint64_t v;

		TRUE(id > 0);
		EQ(read_id(id, &v), 0);
		EQ(v, flags[i] & 1 ? 1 : 2);
		EQ(close_id(id), 0);
	}
	return 0;
}

static int S2_other_flags_are_refused(void)
{
	for (uint32_t bit = 0; bit < 32; bit++)
		if (!(1u << bit & 0x80801u))
			EQ(create(0, 1u << bit), -EINVAL);
	return 0;
}

static int S3_at_most_4096(void)
{
	static int64_t ids[SEED_MAX];
	int64_t last = 0;

	for (uint32_t i = 0; i < SEED_MAX; i++) {
		ids[i] = create(0, 0);
		TRUE(ids[i] > last);
		last = ids[i];
	}
	for (int i = 0; i < 100; i++)
		EQ(create(0, 0), -ENOMEM);
	EQ(close_id(ids[100]), 0);
	ids[100] = create(0, 0);
	TRUE(ids[100] > last);
	EQ(create(0, 0), -ENOMEM);
	for (uint32_t i = 0; i < SEED_MAX; i++)
		EQ(close_id(ids[i]), 0);
	return 0;
}

static int S3_a_refused_create_spends_nothing(void)
{
	static int64_t ids[SEED_MAX];

	for (uint32_t i = 0; i < 2 * SEED_MAX; i++)
		EQ(create(0, 2), -EINVAL);
	for (uint32_t i = 0; i < SEED_MAX; i++) {
		ids[i] = create(0, 0);
		TRUE(ids[i] > 0);
	}
	for (uint32_t i = 0; i < SEED_MAX; i++)
		EQ(close_id(ids[i]), 0);
	return 0;
}

static int S3_ids_grow_and_are_not_reused(void)
{
	int64_t keep = create(5, 0), last = keep;
	uint32_t n = conf_times(100000);
	uint64_t v;

	for (uint32_t i = 0; i < n; i++) {
		int64_t id = create(0, EFD_NONBLOCK);

		TRUE(id > last);
		last = id;
		EQ(close_id(id), 0);
		EQ(read_id(id, &v), -EBADF);
	}
	EQ(read_id(keep, &v), 0);
	EQ(v, 5);
	EQ(close_id(keep), 0);
	return 0;
}

/* ---- S4, S5: sleeping at most 30 s -------------------------------------- */

static int S4_a_read_sleeps_until_a_write(void)
{
	struct by_id reader = { .id = create(0, 0) };

	reader.task = conf_spawn(task_reads, &reader);
	TRUE(conf_until_blocked(reader.task));
	EQ(write_id(reader.id, 9), 0);
	EQ(conf_join(reader.task), 0);
	EQ(reader.result, 0);
	EQ(reader.value, 9);
	EQ(close_id(reader.id), 0);
	return 0;
}

static int S4_through_a_descriptor_too(void)
{
	int64_t id = create(0, 0);
	int fd = N->veridian_install(N->process(), (uint32_t)id);
	struct call reader;
	uint64_t v;

	OK(fd);
	N->clock_stop(true);
	start(&reader, SYS_READ, fd, &v, 8);
	BLOCKS(&reader);
	N->clock_advance(EVFD_VERIDIAN_BLOCK_NS);
	RETURNS(&reader, -EAGAIN);
	N->clock_stop(false);
	CLOSE(fd);
	return 0;
}

static int S5_a_write_that_does_not_fit_gives_up_after_30s(void)
{
	struct by_id writer = { .id = create(0, 0), .value = 2 };
	uint64_t v;

	EQ(write_id(writer.id, MAX), 0);
	EQ(gives_up_after_30s(task_writes, &writer), 0);
	EQ(read_id(writer.id, &v), 0);
	EQ(v, MAX);
	EQ(close_id(writer.id), 0);
	return 0;
}

static int S5_a_write_sleeps_until_a_read(void)
{
	struct by_id writer = { .id = create(0, 0), .value = 2 };
	uint64_t v;

	EQ(write_id(writer.id, MAX), 0);
	writer.task = conf_spawn(task_writes, &writer);
	TRUE(conf_until_blocked(writer.task));
	EQ(read_id(writer.id, &v), 0);
	EQ(conf_join(writer.task), 0);
	EQ(writer.result, 0);
	EQ(read_id(writer.id, &v), 0);
	EQ(v, 2);
	EQ(close_id(writer.id), 0);
	return 0;
}

static int S5_the_exact_fit_is_accepted(void)
{
	int64_t id = create(0, EFD_NONBLOCK);
	uint64_t v;

	EQ(write_id(id, MAX - 1), 0);
	EQ(write_id(id, 1), 0);
	EQ(write_id(id, 1), -EAGAIN);
	EQ(write_id(id, 0), 0);
	EQ(read_id(id, &v), 0);
	EQ(v, MAX);
	EQ(close_id(id), 0);
	return 0;
}

/* ---- S6, S7 ------------------------------------------------------------- */

static int S6_a_closed_id_is_a_bad_descriptor(void)
{
	int64_t id = create(3, 0);
	uint64_t v;

	EQ(close_id(id), 0);
	EQ(read_id(id, &v), -EBADF);
	EQ(write_id(id, 1), -EBADF);
	EQ(readable(id), -EBADF);
	EQ(writable(id), -EBADF);
	EQ(close_id(id), -EBADF);
	EQ(N->veridian_install(N->process(), (uint32_t)id), -EBADF);
	EQ(close_id(0), -EBADF);
	EQ(close_id(0xffffffff), -EBADF);
	return 0;
}

static int S7_readable_and_writable(void)
{
	static const uint64_t counts[] = { 0, 1, MAX - 1, MAX };

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		int64_t id = create(0, EFD_NONBLOCK);
		uint64_t v = 0;

		EQ(write_id(id, counts[i]), 0);
		for (int k = 0; k < 3; k++) {
			EQ(readable(id), counts[i] > 0);
			EQ(writable(id), counts[i] < MAX);
		}
		EQ(read_id(id, &v), counts[i] ? 0 : -EAGAIN);
		EQ(v, counts[i]);
		EQ(close_id(id), 0);
	}
	return 0;
}

/* ---- S8: the vnode ------------------------------------------------------ */

static int installed(uint32_t initial, uint32_t flags, int64_t *id)
{
	*id = create(initial, flags);
	return N->veridian_install(N->process(), (uint32_t)*id);
}

static int S8_read_and_write_need_8_bytes(void)
{
	unsigned char bytes[32] = { 5 };
	int64_t id;
	int fd = installed(0, EFD_NONBLOCK, &id);
	struct evfd_process *p = N->process();

	for (size_t n = 0; n < 8; n++) {
		EQ(N->node_read(p, fd, bytes, n), -EINVAL);
		EQ(N->node_write(p, fd, bytes, n), -EINVAL);
	}
	EQ(N->node_write(p, fd, bytes, 8), 8);
	bytes[8] = 99;
	EQ(N->node_write(p, fd, bytes, 16), 8);
	EQ(N->node_read(p, fd, bytes, 32), 8);
	EQ(bytes[0], 10);
	EQ(bytes[8], 99);
	EQ(N->node_read(p, fd, bytes, 8), -EAGAIN);
	CLOSE(fd);
	return 0;
}

static int S8_the_8_bytes_are_little_endian(void)
{
	static const unsigned char in[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	unsigned char out[8];
	int64_t id;
	int fd = installed(0, EFD_NONBLOCK, &id);
	uint64_t v;

	EQ(N->node_write(N->process(), fd, in, 8), 8);
	EQ(read_id(id, &v), 0);
	EQ(v, UINT64_C(0x0807060504030201));
	EQ(write_id(id, v), 0);
	EQ(N->node_read(N->process(), fd, out, 8), 8);
	for (int i = 0; i < 8; i++)
		EQ(out[i], in[i]);
	CLOSE(fd);
	return 0;
}

static int S8_errors_keep_their_meaning(void)
{
	uint64_t ones = FULL_RANGE, one = 1, max = MAX;
	int64_t id;
	int fd = installed(0, EFD_NONBLOCK, &id);
	struct evfd_process *p = N->process();

	EQ(N->node_write(p, fd, &ones, 8), -EINVAL);
	EQ(N->node_write(p, fd, &max, 8), 8);
	EQ(N->node_write(p, fd, &one, 8), -EAGAIN);
	EQ(close_id(id), 0);
	EQ(N->node_write(p, fd, &one, 8), -EBADF);
	EQ(N->node_read(p, fd, &one, 8), -EBADF);
	CLOSE(fd);
	return 0;
}

static int S8_readiness_bits(void)
{
	int64_t id;
	int fd = installed(0, EFD_NONBLOCK, &id);

	EQ(N->node_poll(N->process(), fd), 0x0004);
	EQ(write_id(id, 1), 0);
	EQ(N->node_poll(N->process(), fd), 0x0005);
	EQ(write_id(id, MAX - 1), 0);
	EQ(N->node_poll(N->process(), fd), 0x0001);
	CLOSE(fd);
	return 0;
}

static int S8_metadata(void)
{
	struct evfd_veridian_metadata m = { .size = 9, .uid = 9, .inode = 9 };
	int64_t id;
	int fd = installed(5, 0, &id);

	EQ(N->node_metadata(N->process(), fd, &m), 0);
	EQ(m.size, 0);
	EQ(m.is_char_device, 1);
	EQ(m.permissions, 0666);
	EQ(m.uid | m.gid, 0);
	EQ(m.created | m.modified | m.accessed | m.inode, 0);
	CLOSE(fd);
	return 0;
}

static int S8_it_is_no_directory(void)
{
	int64_t id;
	int fd = installed(5, EFD_NONBLOCK, &id);
	struct evfd_process *p = N->process();
	uint64_t v;

	EQ(N->node_readdir(p, fd), -ENOTDIR);
	EQ(N->node_lookup(p, fd, "x"), -ENOTDIR);
	EQ(N->node_create(p, fd, "x"), -ENOTDIR);
	EQ(N->node_mkdir(p, fd, "x"), -ENOTDIR);
	EQ(N->node_unlink(p, fd, "x"), -ENOTDIR);
	EQ(N->node_truncate(p, fd, 0), -EPERM);
	EQ(read_id(id, &v), 0);
	EQ(v, 5);
	CLOSE(fd);
	return 0;
}

static int S8_the_last_reference_closes_the_object(void)
{
	int64_t id;
	int fd = installed(5, 0, &id), other = (int)sys(SYS_DUP, fd);

	CLOSE(fd);
	EQ(readable(id), 1);
	CLOSE(other);
	EQ(readable(id), -EBADF);
	EQ(close_id(id), -EBADF);
	return 0;
}

/* ---- S9 to S11 ---------------------------------------------------------- */

/* What a program sees of a value: VeridianOS's vnodes are little-endian. */
static uint64_t seen(uint64_t value)
{
	unsigned char bytes[8];

	for (int i = 0; i < 8; i++)
		bytes[i] = (unsigned char)(value >> 8 * i);
	__builtin_memcpy(&value, bytes, 8);
	return value;
}

static int S9_plain_calls_work_on_it(void)
{
	int64_t id;
	int fd = installed(0, EFD_NONBLOCK, &id), ep = conf_epoll();
	uint64_t v;

	EQ(conf_add(ep, fd, EPOLLIN | EPOLLET), 0);
	EQ(conf_epoll_now(ep), 0);
	EQ(write_id(id, 2), 0);
	EQ(conf_epoll_now(ep), EPOLLIN);
	EQ(conf_write(fd, seen(3)), 8);
	EQ(conf_epoll_now(ep), EPOLLIN);
	EQ(conf_poll(fd, POLLIN | POLLOUT), POLLIN | POLLOUT);
	EQ(conf_read(fd, &v), 8);
	EQ(v, seen(5));
	EQ(conf_read(fd, &v), -EAGAIN);
	CLOSE(fd, ep);
	return 0;
}

static int S9_the_libc_call_works(void)
{
	int fd = conf_eventfd(6, EFD_NONBLOCK | EFD_CLOEXEC);
	uint64_t v[2] = { seen(4), 99 };

	OK(fd);
	EQ(sys(SYS_FCNTL, fd, F_GETFD), FD_CLOEXEC);
	EQ(sys(SYS_WRITE, fd, v, 16), 8);
	HOLDS(fd, seen(10));
	CLOSE(fd);
	return 0;
}

static int S9_stat_says_character_device(void)
{
	int fd = conf_eventfd(6, 0);
	struct kstat st;

	EQ(sys(SYS_FSTAT, fd, &st), 0);
	EQ(st.mode, 0020666);
	EQ(st.size, 0);
	CLOSE(fd);
	return 0;
}

static int S10_call_330_creates_for_who_asked(void)
{
	int fd;

	T->allow_330(true);
	fd = (int)sys(SYS_VERIDIAN_EVENTFD, 7, EFD_NONBLOCK);
	OK(fd);
	HOLDS(fd, seen(7));
	EQ(sys(SYS_VERIDIAN_EVENTFD, 0, 2), -EINVAL);
	CLOSE(fd);
	T->allow_330(false);
	return 0;
}

static int S10_call_330_is_unknown_to_others(void)
{
	EQ(sys(SYS_VERIDIAN_EVENTFD, 0, 0), -ENOSYS);
	T->allow_330(true);
	T->allow_330(false);
	EQ(sys(SYS_VERIDIAN_EVENTFD, 0, 1), -ENOSYS);
	return 0;
}

static int S11_only_the_owner_reaches_it(void)
{
	int64_t id = create(5, EFD_NONBLOCK);
	struct evfd_system *s = N->system();
	uint64_t v = 0;

	EQ(N->veridian_read(s, OTHER, (uint32_t)id, &v), -EBADF);
	EQ(N->veridian_write(s, OTHER, (uint32_t)id, 1), -EBADF);
	EQ(N->veridian_is_readable(s, OTHER, (uint32_t)id), -EBADF);
	EQ(N->veridian_is_writable(s, OTHER, (uint32_t)id), -EBADF);
	EQ(N->veridian_close(s, OTHER, (uint32_t)id), -EBADF);
	EQ(v, 0);
	EQ(read_id(id, &v), 0);
	EQ(v, 5);
	EQ(close_id(id), 0);
	return 0;
}

static int S11_the_host_reaches_every_object(void)
{
	int64_t id = create(5, EFD_NONBLOCK);
	struct evfd_system *s = N->system();
	uint64_t v;

	EQ(N->veridian_is_readable(s, HOST, (uint32_t)id), 1);
	EQ(N->veridian_write(s, HOST, (uint32_t)id, 1), 0);
	EQ(N->veridian_read(s, HOST, (uint32_t)id, &v), 0);
	EQ(v, 6);
	EQ(N->veridian_close(s, HOST, (uint32_t)id), 0);
	EQ(close_id(id), -EBADF);
	return 0;
}

#define VERIDIAN(name, sentence) CASE(name, CONF_VERIDIAN, sentence)

const struct conf_case conf_seed_cases[] = {
	VERIDIAN(S1_the_six_calls_by_id,
		 "create, read, write, close, is_readable, is_writable by id"),
	VERIDIAN(S2_the_three_flags, "flags 1, 0x800 and 0x80000 are accepted"),
	VERIDIAN(S2_other_flags_are_refused, "each other flag is invalid"),
	VERIDIAN(S3_at_most_4096,
		 "the 4097th is out of memory, until one is closed"),
	VERIDIAN(S3_a_refused_create_spends_nothing,
		 "8192 refused creates leave room for 4096"),
	VERIDIAN(S3_ids_grow_and_are_not_reused,
		 "100 000 ids in turn: each larger, none hits another object"),
	VERIDIAN(S4_test_eventfd_create_and_read,
		 "twin: 42 is read, then nothing within 30 s"),
	VERIDIAN(S4_test_eventfd_semaphore_mode,
		 "twin: three reads of 1, then nothing within 30 s"),
	VERIDIAN(S4_test_eventfd_nonblock_on_empty,
		 "twin: empty and non-blocking would block"),
	VERIDIAN(S4_a_read_sleeps_until_a_write, "a read sleeps until a write"),
	VERIDIAN(S4_through_a_descriptor_too,
		 "a plain read gives up after 30 s as well"),
	VERIDIAN(S5_test_eventfd_write_accumulates, "twin: 10 and 20 are 30"),
	VERIDIAN(S5_test_eventfd_write_overflow,
		 "twin: over the ceiling would block, the counter stays"),
	VERIDIAN(S5_test_eventfd_write_max_rejected, "twin: 2^64-1 is invalid"),
	VERIDIAN(S5_a_write_that_does_not_fit_gives_up_after_30s,
		 "a write over the ceiling sleeps 30 s, then would block"),
	VERIDIAN(S5_a_write_sleeps_until_a_read,
		 "a write over the ceiling sleeps until a read"),
	VERIDIAN(S5_the_exact_fit_is_accepted,
		 "the ceiling is 2^64-2; a write of 0 fits there"),
	VERIDIAN(S6_test_eventfd_close,
		 "twin: after close, read and close fail"),
	VERIDIAN(S6_a_closed_id_is_a_bad_descriptor,
		 "every call on a closed or made-up id is a bad descriptor"),
	VERIDIAN(S7_readable_and_writable, "readable above 0, writable below "
					   "2^64-2; asking takes nothing"),
	VERIDIAN(S8_read_and_write_need_8_bytes,
		 "vnode: fewer than 8 bytes are invalid, more are ignored"),
	VERIDIAN(S8_the_8_bytes_are_little_endian, "vnode: little-endian"),
	VERIDIAN(S8_errors_keep_their_meaning,
		 "vnode: would block, invalid argument and bad descriptor pass "
		 "through"),
	VERIDIAN(S8_readiness_bits, "vnode: readiness is 0x0001 and 0x0004"),
	VERIDIAN(S8_metadata,
		 "vnode: character device, 0666, everything else 0"),
	VERIDIAN(S8_it_is_no_directory, "vnode: directory calls are "
					"not-a-directory, truncate is denied"),
	VERIDIAN(S8_the_last_reference_closes_the_object,
		 "vnode: dropping the last reference closes the object"),
	VERIDIAN(S9_plain_calls_work_on_it,
		 "read, write, poll, epoll and close work on an installed id"),
	VERIDIAN(S9_the_libc_call_works, "eventfd2 works in VeridianOS's "
					 "profile, longer writes included"),
	VERIDIAN(S9_stat_says_character_device,
		 "fstat says character device, 0666, size 0"),
	CASE(S10_call_330_creates_for_who_asked, CONF_OPTIN_330,
	     "system call 330 creates for a process that asked for it"),
	CASE(S10_call_330_is_unknown_to_others, CONF_OPTIN_330,
	     "system call 330 is ENOSYS for every other process"),
	VERIDIAN(S11_only_the_owner_reaches_it,
		 "another process gets a bad descriptor, and changes nothing"),
	VERIDIAN(S11_the_host_reaches_every_object,
		 "process 0, the host, reaches every object"),
	{ 0 },
};
