/* SPDX-License-Identifier: MIT */
/* C17 to C26: writing. */
#include "conf.h"

static int C17_a_write_adds_and_returns_8(void)
{
	int e = conf_eventfd(0, EFD_NONBLOCK);

	EQ(conf_write(e, 10), 8);
	EQ(conf_write(e, 20), 8);
	EQ(conf_write(e, UINT64_C(1) << 40), 8);
	HOLDS(e, (UINT64_C(1) << 40) + 30);
	CLOSE(e);
	return 0;
}

static int C17_a_write_adds_to_a_semaphore(void)
{
	int e = conf_eventfd(0, EFD_NONBLOCK | EFD_SEMAPHORE);
	uint64_t v;

	EQ(conf_write(e, 2), 8);
	EQ(conf_write(e, 1), 8);
	for (int i = 0; i < 3; i++) {
		EQ(conf_read(e, &v), 8);
		EQ(v, 1);
	}
	HOLDS(e, 0);
	CLOSE(e);
	return 0;
}

static int C17_the_buffer_need_not_be_aligned(void)
{
	int e = conf_eventfd(0, EFD_NONBLOCK);
	const uint64_t v = UINT64_C(0x0102030405060708);
	unsigned char bytes[24] = { 0 };

	for (int at = 0; at < 8; at++) {
		__builtin_memcpy(bytes + at, &v, 8);
		EQ(sys(SYS_WRITE, e, bytes + at, 8), 8);
		HOLDS(e, v);
	}
	CLOSE(e);
	return 0;
}

static int C18_a_size_other_than_8_is_EINVAL(void)
{
	static const uint64_t sizes[] = { 0, 1, 2, 3, 4, 5, 6, 7, 9, 15, 16, 64 };
	uint64_t v[8] = { 1 };
	int e = conf_eventfd(5, EFD_NONBLOCK), blocking = conf_eventfd(0, 0);

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		EQ(sys(SYS_WRITE, e, v, sizes[i]), -EINVAL);
		EQ(sys(SYS_WRITE, blocking, v, sizes[i]), -EINVAL);
	}
	HOLDS(e, 5);
	EQ(conf_poll(blocking, POLLIN), 0);
	CLOSE(e, blocking);
	return 0;
}

static int C18_the_size_is_checked_before_room(void)
{
	int e = conf_eventfd_at(MAX, 0);
	uint64_t v[2] = { 1, 1 };

	EQ(sys(SYS_WRITE, e, v, 4), -EINVAL);
	EQ(sys(SYS_WRITE, e, v, 16), -EINVAL);
	EQ(sys(SYS_FCNTL, e, F_SETFL, 0), 0);
	EQ(sys(SYS_WRITE, e, v, 4), -EINVAL);
	EQ(sys(SYS_FCNTL, e, F_SETFL, O_NONBLOCK), 0);
	HOLDS(e, MAX);
	CLOSE(e);
	return 0;
}

static int C19_the_value_of_all_ones_is_EINVAL(void)
{
	int e = conf_eventfd(0, EFD_NONBLOCK), full = conf_eventfd_at(MAX, 0);
	int blocking = conf_eventfd(0, 0);

	EQ(conf_write(e, FULL_RANGE), -EINVAL);
	EQ(conf_write(full, FULL_RANGE), -EINVAL);
	EQ(conf_write(blocking, FULL_RANGE), -EINVAL);
	HOLDS(e, 0);
	HOLDS(full, MAX);
	CLOSE(e, full, blocking);
	return 0;
}

static int C20_the_ceiling_is_reached_exactly(void)
{
	int e = conf_eventfd(0, EFD_NONBLOCK);

	EQ(conf_write(e, MAX), 8);
	HOLDS(e, MAX);
	EQ(conf_write(e, MAX - 1), 8);
	EQ(conf_write(e, 2), -EAGAIN);
	EQ(conf_write(e, 1), 8);
	EQ(conf_write(e, 1), -EAGAIN);
	HOLDS(e, MAX);
	EQ(conf_write(e, UINT64_C(1) << 63), 8);
	EQ(conf_write(e, (UINT64_C(1) << 63) - 1), -EAGAIN);
	EQ(conf_write(e, (UINT64_C(1) << 63) - 2), 8);
	HOLDS(e, MAX);
	CLOSE(e);
	return 0;
}

static int C21_over_the_ceiling_is_again(void)
{
	int e = conf_eventfd_at(MAX - 5, 0);

	EQ(conf_write(e, 6), -EAGAIN);
	EQ(conf_write(e, MAX), -EAGAIN);
	EQ(conf_write(e, 5), 8);
	HOLDS(e, MAX);
	CLOSE(e);
	return 0;
}

static int C21_over_the_ceiling_sleeps_if_blocking(void)
{
	int e = conf_eventfd_at(MAX, 0);
	struct call writer;
	uint64_t v, five = 5;

	EQ(sys(SYS_FCNTL, e, F_SETFL, 0), 0);
	start(&writer, SYS_WRITE, e, &five, 8);
	BLOCKS(&writer);
	EQ(conf_read(e, &v), 8);
	EQ(v, MAX);
	RETURNS(&writer, 8);
	EQ(conf_read(e, &v), 8);
	EQ(v, 5);
	CLOSE(e);
	return 0;
}

static int C21_a_writer_waits_for_room_for_its_own_value(void)
{
	int e = conf_eventfd_at(MAX, EFD_SEMAPHORE);
	struct call writer;
	uint64_t v, three = 3;

	EQ(sys(SYS_FCNTL, e, F_SETFL, 0), 0);
	start(&writer, SYS_WRITE, e, &three, 8);
	for (int i = 0; i < 2; i++) {
		BLOCKS(&writer);
		EQ(conf_read(e, &v), 8);
		EQ(conf_poll(e, POLLOUT), POLLOUT);
	}
	BLOCKS(&writer);
	EQ(conf_read(e, &v), 8);
	RETURNS(&writer, 8);
	EQ(conf_poll(e, POLLOUT), 0);
	CLOSE(e);
	return 0;
}

static int C22_a_refused_write_changes_nothing(void)
{
	int e = conf_eventfd_at(MAX - 1, 0), ep = conf_epoll();

	EQ(conf_add(ep, e, EPOLLIN | EPOLLOUT | EPOLLET), 0);
	EQ(conf_epoll_now(ep), EPOLLIN | EPOLLOUT);
	EQ(conf_write(e, 2), -EAGAIN);
	EQ(conf_write(e, FULL_RANGE), -EINVAL);
	EQ(conf_epoll_now(ep), 0);
	EQ(conf_poll(e, POLLIN | POLLOUT), POLLIN | POLLOUT);
	HOLDS(e, MAX - 1);
	CLOSE(e, ep);
	return 0;
}

static int C22_a_refused_write_leaves_room_for_a_smaller_one(void)
{
	int e = conf_eventfd_at(MAX - 1, 0);

	EQ(conf_write(e, 2), -EAGAIN);
	EQ(conf_poll(e, POLLOUT), POLLOUT);
	EQ(conf_write(e, 1), 8);
	EQ(conf_poll(e, POLLOUT), 0);
	CLOSE(e);
	return 0;
}

static int C23_a_write_of_0_always_succeeds(void)
{
	static const uint64_t counts[] = { 0, 1, MAX - 1, MAX };

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		int e = conf_eventfd_at(counts[i], 0);

		EQ(conf_write(e, 0), 8);
		EQ(sys(SYS_FCNTL, e, F_SETFL, 0), 0);
		EQ(conf_write(e, 0), 8);
		EQ(sys(SYS_FCNTL, e, F_SETFL, O_NONBLOCK), 0);
		HOLDS(e, counts[i]);
		CLOSE(e);
	}
	return 0;
}

static int C24_a_write_of_0_makes_nothing_readable(void)
{
	int e = conf_eventfd(0, EFD_NONBLOCK), ep = conf_epoll();
	uint64_t v;

	EQ(conf_add(ep, e, EPOLLIN), 0);
	EQ(conf_write(e, 0), 8);
	EQ(conf_poll(e, POLLIN), 0);
	EQ(conf_epoll_now(ep), 0);
	EQ(conf_read(e, &v), -EAGAIN);
	CLOSE(e, ep);
	return 0;
}

static int C24_a_write_of_0_ends_no_sleep(void)
{
	int e = conf_eventfd(0, 0), s = conf_eventfd(0, EFD_SEMAPHORE);
	struct call reader, taker;
	uint64_t v, w;

	start(&reader, SYS_READ, e, &v, 8);
	start(&taker, SYS_READ, s, &w, 8);
	BLOCKS(&reader);
	BLOCKS(&taker);
	EQ(conf_write(e, 0), 8);
	EQ(conf_write(s, 0), 8);
	BLOCKS(&reader);
	BLOCKS(&taker);
	EQ(conf_write(e, 4), 8);
	EQ(conf_write(s, 1), 8);
	RETURNS(&reader, 8);
	RETURNS(&taker, 8);
	EQ(v, 4);
	EQ(w, 1);
	CLOSE(e, s);
	return 0;
}

static int C25_a_bad_address_is_EFAULT(void)
{
	unsigned char *bad[] = { NULL, T->fence, T->fence - 4 };
	int e = conf_eventfd(6, EFD_NONBLOCK), full = conf_eventfd_at(MAX, 0);

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		EQ(sys(SYS_WRITE, e, bad[i], 8), -EFAULT);
		EQ(sys(SYS_WRITE, full, bad[i], 8), -EFAULT);
	}
	EQ(sys(SYS_WRITE, e, T->readonly, 8), 8);
	HOLDS(e, 6);
	HOLDS(full, MAX);
	CLOSE(e, full);
	return 0;
}

static int C25_a_closed_descriptor_is_EBADF(void)
{
	int e = conf_eventfd(0, 0);

	CLOSE(e);
	EQ(conf_write(e, 1), -EBADF);
	EQ(conf_write(-1, 1), -EBADF);
	EQ(sys(SYS_WRITE, e, NULL, 3), -EBADF);
	return 0;
}

static int C25_pwrite_is_ESPIPE(void)
{
	int e = conf_eventfd(2, EFD_NONBLOCK);
	uint64_t v = 1;
	struct iovec iov = PIECE(&v, 8);

	EQ(sys(SYS_PWRITE64, e, &v, 8, 0), -ESPIPE);
	EQ(sys(SYS_PWRITE64, e, &v, 8, 16), -ESPIPE);
	EQ(sys(SYS_PWRITEV, e, &iov, 1, 0, 0), -ESPIPE);
	HOLDS(e, 2);
	CLOSE(e);
	return 0;
}

static int C26_each_piece_of_writev_is_an_add(void)
{
	int e = conf_eventfd(0, EFD_NONBLOCK);
	uint64_t v[] = { 1, 2, 4, 8 };
	struct iovec iov[4];

	for (int i = 0; i < 4; i++)
		iov[i] = (struct iovec)PIECE(&v[i], 8);
	EQ(sys(SYS_WRITEV, e, iov, 4), 32);
	HOLDS(e, 15);
	CLOSE(e);
	return 0;
}

static int C26_a_piece_of_another_size_is_EINVAL(void)
{
	int e = conf_eventfd(1, EFD_NONBLOCK);
	uint64_t v[2] = { 1, 1 };
	struct iovec halves[] = { PIECE(v, 4), PIECE((char *)v + 4, 4) };
	struct iovec both[] = { PIECE(v, 16) };

	EQ(sys(SYS_WRITEV, e, halves, 2), -EINVAL);
	EQ(sys(SYS_WRITEV, e, both, 1), -EINVAL);
	HOLDS(e, 1);
	CLOSE(e);
	return 0;
}

static int C26_a_bad_later_piece_leaves_the_earlier(void)
{
	int e = conf_eventfd(0, EFD_NONBLOCK);
	uint64_t v[] = { 3, 1, 5 };
	struct iovec iov[] = { PIECE(&v[0], 8), PIECE(&v[1], 4), PIECE(&v[2], 8) };

	EQ(sys(SYS_WRITEV, e, iov, 3), 8);
	HOLDS(e, 3);
	CLOSE(e);
	return 0;
}

static int C26_a_later_piece_that_does_not_fit_stops_it(void)
{
	int e = conf_eventfd_at(MAX - 2, 0);
	uint64_t v[] = { 1, 5, 1 };
	struct iovec iov[] = { PIECE(&v[0], 8), PIECE(&v[1], 8), PIECE(&v[2], 8) };

	EQ(sys(SYS_WRITEV, e, iov, 3), 8);
	HOLDS(e, MAX - 1);
	EQ(conf_write(e, MAX), 8);
	EQ(sys(SYS_WRITEV, e, iov, 3), -EAGAIN);
	HOLDS(e, MAX);
	CLOSE(e);
	return 0;
}

const struct conf_case conf_write_cases[] = {
	CASE(C17_a_write_adds_and_returns_8, 0, "a write adds and returns 8"),
	CASE(C17_a_write_adds_to_a_semaphore, 0,
	     "a write of n to a semaphore adds n units"),
	CASE(C17_the_buffer_need_not_be_aligned, 0, "a write loads from any address"),
	CASE(C18_a_size_other_than_8_is_EINVAL, 0,
	     "0 to 7 bytes and more than 8 are EINVAL and add nothing"),
	CASE(C18_the_size_is_checked_before_room, 0,
	     "a wrong size is EINVAL at the ceiling too, blocking or not"),
	CASE(C19_the_value_of_all_ones_is_EINVAL, 0,
	     "2^64-1 is EINVAL at any count, blocking or not"),
	CASE(C20_the_ceiling_is_reached_exactly, 0,
	     "2^64-2 is accepted from 0, and so is each exact fit"),
	CASE(C21_over_the_ceiling_is_again, 0,
	     "a non-blocking write that does not fit is EAGAIN"),
	CASE(C21_over_the_ceiling_sleeps_if_blocking, 0,
	     "a blocking write that does not fit sleeps until a read"),
	CASE(C21_a_writer_waits_for_room_for_its_own_value, 0,
	     "a writer of 3 sleeps on while there is room for 1 and 2"),
	CASE(C22_a_refused_write_changes_nothing,
	     0, "after a refused write counter and readiness are as before, and it is no edge"),
	CASE(C22_a_refused_write_leaves_room_for_a_smaller_one, 0,
	     "POLLOUT stays after a refused write, and a smaller one fits"),
	CASE(C23_a_write_of_0_always_succeeds,
	     0, "a write of 0 succeeds at 0, 1, and at the ceiling, blocking or not"),
	CASE(C24_a_write_of_0_makes_nothing_readable, 0,
	     "after a write of 0 an empty eventfd is not readable"),
	CASE(C24_a_write_of_0_ends_no_sleep, 0,
	     "a reader asleep sleeps on through a write of 0"),
	CASE(C25_a_bad_address_is_EFAULT, CONF_FAULTS,
	     "a write from null, unmapped or half mapped memory is EFAULT"),
	CASE(C25_a_closed_descriptor_is_EBADF, 0,
	     "a write to a closed or negative number is EBADF"),
	CASE(C25_pwrite_is_ESPIPE, 0,
	     "pwrite and pwritev are ESPIPE and add nothing"),
	CASE(C26_each_piece_of_writev_is_an_add, 0,
	     "writev adds each piece of 8 bytes and returns the bytes of all"),
	CASE(C26_a_piece_of_another_size_is_EINVAL, 0,
	     "writev with a first piece of another size is EINVAL"),
	CASE(C26_a_bad_later_piece_leaves_the_earlier,
	     0, "writev stops before a piece of another size and returns what was added"),
	CASE(C26_a_later_piece_that_does_not_fit_stops_it,
	     0, "writev stops before a piece that does not fit; EAGAIN if it is the first"),
	{ 0 },
};
