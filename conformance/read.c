/* SPDX-License-Identifier: MIT */
/* C7 to C16: reading. */
#include "conf.h"

static int C7_a_read_returns_the_value_and_zeroes(void)
{
	static const uint64_t values[] = {
		1,	 2,  255, 256, UINT64_C(1) << 32, UINT64_C(1) << 63,
		MAX - 1, MAX
	};

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		int e = conf_eventfd_at(values[i], 0);

		OK(e);
		HOLDS(e, values[i]);
		CLOSE(e);
	}
	return 0;
}

static int C7_reads_take_what_was_written_since(void)
{
	int e = conf_eventfd(0, EFD_NONBLOCK);

	for (uint64_t i = 1; i < 50; i++) {
		EQ(conf_write(e, i), 8);
		EQ(conf_write(e, i), 8);
		HOLDS(e, 2 * i);
	}
	CLOSE(e);
	return 0;
}

static int C8_a_semaphore_read_takes_1(void)
{
	int e = conf_eventfd(3, EFD_SEMAPHORE | EFD_NONBLOCK);
	uint64_t v;

	for (int i = 0; i < 3; i++) {
		EQ(conf_poll(e, POLLIN), POLLIN);
		EQ(conf_read(e, &v), 8);
		EQ(v, 1);
	}
	EQ(conf_read(e, &v), -EAGAIN);
	EQ(conf_poll(e, POLLIN), 0);
	CLOSE(e);
	return 0;
}

static int C8_a_semaphore_keeps_the_rest(void)
{
	int e = conf_eventfd_at(MAX, EFD_SEMAPHORE);
	uint64_t v;

	EQ(conf_poll(e, POLLIN | POLLOUT), POLLIN);
	EQ(conf_read(e, &v), 8);
	EQ(v, 1);
	EQ(conf_poll(e, POLLIN | POLLOUT), POLLIN | POLLOUT);
	EQ(conf_write(e, 2), -EAGAIN);
	EQ(conf_write(e, 1), 8);
	CLOSE(e);
	return 0;
}

static int C9_a_read_returns_8_whatever_the_length(void)
{
	static const uint64_t lengths[] = { 8, 9, 12, 16, 64, 4096 };
	unsigned char *buffer = conf_shared_buffer();

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		int e = conf_eventfd(5, EFD_NONBLOCK);

		for (size_t k = 0; k < 4096; k++)
			buffer[k] = 0xa5;
		EQ(sys(SYS_READ, e, buffer, lengths[i]), 8);
		EQ(*(uint64_t *)(void *)buffer, 5);
		for (size_t k = 8; k < 4096; k++)
			EQ(buffer[k], 0xa5);
		EQ(sys(SYS_READ, e, buffer, lengths[i]), -EAGAIN);
		CLOSE(e);
	}
	return 0;
}

static int C9_the_value_is_in_host_byte_order(void)
{
	const uint64_t v = UINT64_C(0x0102030405060708);
	const unsigned char *expected = (const void *)&v;
	int e = conf_eventfd_at(v, 0);
	unsigned char bytes[8];

	EQ(sys(SYS_READ, e, bytes, 8), 8);
	for (int i = 0; i < 8; i++)
		EQ(bytes[i], expected[i]);
	CLOSE(e);
	return 0;
}

static int C9_the_buffer_need_not_be_aligned(void)
{
	int e = conf_eventfd(0x01020304, EFD_NONBLOCK);
	unsigned char bytes[24] = { 0 };

	for (int at = 1; at < 8; at++) {
		uint64_t v;

		EQ(conf_write(e, 1), 8);
		EQ(sys(SYS_READ, e, bytes + at, 8), 8);
		__builtin_memcpy(&v, bytes + at, 8);
		EQ(v, at == 1 ? 0x01020305 : 1);
	}
	CLOSE(e);
	return 0;
}

static int C10_a_short_buffer_is_EINVAL(void)
{
	int full = conf_eventfd(9, EFD_NONBLOCK);
	int empty = conf_eventfd(0, EFD_NONBLOCK), blocking = conf_eventfd(0, 0);
	uint64_t v;

	for (uint64_t length = 0; length < 8; length++) {
		EQ(sys(SYS_READ, full, &v, length), -EINVAL);
		EQ(sys(SYS_READ, empty, &v, length), -EINVAL);
		EQ(sys(SYS_READ, blocking, &v, length), -EINVAL);
	}
	HOLDS(full, 9);
	HOLDS(empty, 0);
	CLOSE(full, empty, blocking);
	return 0;
}

static int C11_empty_and_nonblocking_is_again(void)
{
	int counter = conf_eventfd(0, EFD_NONBLOCK);
	int semaphore = conf_eventfd(0, EFD_NONBLOCK | EFD_SEMAPHORE);
	uint64_t v = 77;

	for (int i = 0; i < 10; i++) {
		EQ(conf_read(counter, &v), -EAGAIN);
		EQ(conf_read(semaphore, &v), -EAGAIN);
	}
	EQ(v, 77);
	EQ(conf_write(semaphore, 1), 8);
	HOLDS(semaphore, 1);
	HOLDS(counter, 0);
	CLOSE(counter, semaphore);
	return 0;
}

static int sleeps_until_written(uint32_t flags, uint64_t written, uint64_t received)
{
	int e = conf_eventfd(0, flags);
	struct call reader;
	uint64_t v = 0;

	start(&reader, SYS_READ, e, &v, 8);
	BLOCKS(&reader);
	EQ(conf_poll(e, POLLIN), 0);
	BLOCKS(&reader);
	EQ(conf_write(e, written), 8);
	RETURNS(&reader, 8);
	EQ(v, received);
	CLOSE(e);
	return 0;
}

static int C12_blocking_read_sleeps(void)
{
	return sleeps_until_written(0, 6, 6);
}

static int C12_blocking_semaphore_read_sleeps(void)
{
	return sleeps_until_written(EFD_SEMAPHORE, 6, 1);
}

static int C12_a_read_after_write_and_read_sleeps_again(void)
{
	int e = conf_eventfd(0, 0);
	struct call reader;
	uint64_t v;

	EQ(conf_write(e, 1), 8);
	EQ(conf_read(e, &v), 8);
	for (int i = 0; i < 3; i++) {
		start(&reader, SYS_READ, e, &v, 8);
		BLOCKS(&reader);
		EQ(conf_write(e, 2), 8);
		RETURNS(&reader, 8);
		EQ(v, 2);
	}
	CLOSE(e);
	return 0;
}

static int C12_a_read_with_a_value_does_not_sleep(void)
{
	int e = conf_eventfd(1, 0);
	uint64_t v;

	EQ(conf_read(e, &v), 8);
	EQ(v, 1);
	CLOSE(e);
	return 0;
}

static int C13_a_bad_address_is_EFAULT(void)
{
	unsigned char *bad[] = { NULL, T->fence, T->fence - 4, T->readonly };
	int e = conf_eventfd(0, EFD_NONBLOCK);
	uint64_t v;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		EQ(conf_write(e, 3), 8);
		EQ(sys(SYS_READ, e, bad[i], 8), -EFAULT);
		conf_read(e, &v);
		HOLDS(e, 0);
		EQ(conf_poll(e, POLLIN | POLLOUT), POLLOUT);
	}
	EQ(conf_write(e, 3), 8);
	EQ(sys(SYS_READ, e, T->fence - 8, 8), 8);
	CLOSE(e);
	return 0;
}

static int C13_empty_comes_before_a_bad_address(void)
{
	int e = conf_eventfd(0, EFD_NONBLOCK);

	EQ(sys(SYS_READ, e, T->fence, 8), -EAGAIN);
	CLOSE(e);
	return 0;
}

static int C14_a_closed_descriptor_is_EBADF(void)
{
	int e = conf_eventfd(1, 0);
	uint64_t v = 5;

	CLOSE(e);
	EQ(conf_read(e, &v), -EBADF);
	EQ(sys(SYS_READ, e, &v, 0), -EBADF);
	EQ(sys(SYS_CLOSE, e), -EBADF);
	EQ(conf_read(-1, &v), -EBADF);
	EQ(conf_read(1 << 30, &v), -EBADF);
	EQ(v, 5);
	return 0;
}

static int C15_pread_is_ESPIPE(void)
{
	int e = conf_eventfd(4, EFD_NONBLOCK);
	uint64_t v;
	struct iovec iov = PIECE(&v, 8);

	EQ(sys(SYS_PREAD64, e, &v, 8, 0), -ESPIPE);
	EQ(sys(SYS_PREAD64, e, &v, 8, 8), -ESPIPE);
	EQ(sys(SYS_PREADV, e, &iov, 1, 0, 0), -ESPIPE);
	HOLDS(e, 4);
	CLOSE(e);
	return 0;
}

static int C16_readv_splits_one_value(void)
{
	for (uint64_t first = 0; first <= 8; first++) {
		int e = conf_eventfd_at(UINT64_C(0x1122334455667788), 0);
		unsigned char a[8] = { 0 }, b[8] = { 0 };
		struct iovec iov[] = { PIECE(a, first), PIECE(b, 8 - first) };
		uint64_t v;

		EQ(sys(SYS_READV, e, iov, 2), 8);
		__builtin_memcpy(&v, a, first);
		__builtin_memcpy((unsigned char *)&v + first, b, 8 - first);
		EQ(v, UINT64_C(0x1122334455667788));
		HOLDS(e, 0);
		CLOSE(e);
	}
	return 0;
}

static int C16_readv_splits_into_single_bytes(void)
{
	const uint64_t v = UINT64_C(0x1122334455667788);
	const unsigned char *expected = (const void *)&v;
	int e = conf_eventfd_at(v, 0);
	unsigned char bytes[16] = { 0 };
	struct iovec iov[16];

	for (int i = 0; i < 16; i++)
		iov[i] = (struct iovec)PIECE(&bytes[15 - i], 1);
	EQ(sys(SYS_READV, e, iov, 16), 8);
	EQ(bytes[15], expected[0]);
	EQ(bytes[8], expected[7]);
	EQ(bytes[7], 0);
	HOLDS(e, 0);
	CLOSE(e);
	return 0;
}

static int C16_readv_takes_one_value_a_call(void)
{
	int e = conf_eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK);
	uint64_t v[2] = { 9, 9 };
	struct iovec iov[] = { PIECE(&v[0], 8), PIECE(&v[1], 8) };

	EQ(sys(SYS_READV, e, iov, 2), 8);
	EQ(v[0], 1);
	EQ(v[1], 9);
	HOLDS(e, 1);
	CLOSE(e);
	return 0;
}

static int C16_readv_under_8_bytes_is_EINVAL(void)
{
	int e = conf_eventfd(2, EFD_NONBLOCK);
	uint64_t v[2];
	struct iovec iov[] = { PIECE(&v[0], 4), PIECE(&v[1], 3) };

	EQ(sys(SYS_READV, e, iov, 2), -EINVAL);
	HOLDS(e, 2);
	CLOSE(e);
	return 0;
}

static int C16_a_blocking_readv_sleeps_once(void)
{
	int e = conf_eventfd(0, 0);
	uint64_t v[2] = { 9, 9 };
	struct iovec iov[] = { PIECE(&v[0], 8), PIECE(&v[1], 8) };
	struct call reader;

	start(&reader, SYS_READV, e, iov, 2);
	BLOCKS(&reader);
	EQ(conf_write(e, 4), 8);
	RETURNS(&reader, 8);
	EQ(v[0], 4);
	EQ(v[1], 9);
	CLOSE(e);
	return 0;
}

const struct conf_case conf_read_cases[] = {
	CASE(C7_a_read_returns_the_value_and_zeroes, 0,
	     "in counter mode a read returns the whole value and leaves 0"),
	CASE(C7_reads_take_what_was_written_since, 0,
	     "a read returns the sum of the writes since the last one"),
	CASE(C8_a_semaphore_read_takes_1, 0,
	     "in semaphore mode a read returns 1 and subtracts 1"),
	CASE(C8_a_semaphore_keeps_the_rest, 0,
	     "a semaphore read at the ceiling makes room for exactly 1"),
	CASE(C9_a_read_returns_8_whatever_the_length, 0,
	     "a read into a longer buffer returns 8 and touches 8 bytes"),
	CASE(C9_the_value_is_in_host_byte_order, 0,
	     "the 8 bytes are the value in the host's byte order"),
	CASE(C9_the_buffer_need_not_be_aligned, 0, "a read stores at any address"),
	CASE(C10_a_short_buffer_is_EINVAL, 0,
	     "0 to 7 bytes are EINVAL before would-block and consume nothing"),
	CASE(C11_empty_and_nonblocking_is_again, 0,
	     "an empty non-blocking eventfd is EAGAIN and stores nothing"),
	CASE(C12_blocking_read_sleeps, 0,
	     "a blocking read of an empty eventfd sleeps until a write"),
	CASE(C12_blocking_semaphore_read_sleeps, 0, "so it does in semaphore mode"),
	CASE(C12_a_read_after_write_and_read_sleeps_again, 0,
	     "an earlier write that was read does not end a later sleep"),
	CASE(C12_a_read_with_a_value_does_not_sleep, 0,
	     "a blocking read with a value there returns it"),
	CASE(C13_a_bad_address_is_EFAULT,
	     CONF_FAULTS, "a read to null, unmapped, half mapped or read-only memory is EFAULT"),
	CASE(C13_empty_comes_before_a_bad_address, CONF_FAULTS,
	     "an empty eventfd is EAGAIN whatever the address"),
	CASE(C14_a_closed_descriptor_is_EBADF, 0,
	     "reads of closed, negative and huge numbers are EBADF"),
	CASE(C15_pread_is_ESPIPE, 0,
	     "pread and preadv are ESPIPE and consume nothing"),
	CASE(C16_readv_splits_one_value, 0,
	     "readv lays one value over two pieces, split anywhere"),
	CASE(C16_readv_splits_into_single_bytes, 0,
	     "readv lays one value over eight pieces of a byte"),
	CASE(C16_readv_takes_one_value_a_call, 0,
	     "readv with room for two values takes one and returns 8"),
	CASE(C16_readv_under_8_bytes_is_EINVAL, 0,
	     "readv with pieces of less than 8 bytes together is EINVAL"),
	CASE(C16_a_blocking_readv_sleeps_once, 0,
	     "readv returns with one value; it does not sleep for a second"),
	{ 0 },
};
