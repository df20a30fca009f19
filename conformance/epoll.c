/* SPDX-License-Identifier: MIT */
/* C50 to C64: epoll, level-triggered; its errors and its limits. */
#include "conf.h"

static int C50_no_event_at_0(void)
{
	int e = conf_eventfd(0, EFD_NONBLOCK), ep = conf_epoll();

	EQ(conf_add(ep, e, EPOLLIN), 0);
	EQ(conf_epoll_now(ep), 0);
	EQ(conf_write(e, 1), 8);
	EQ(conf_epoll_now(ep), EPOLLIN);
	HOLDS(e, 1);
	EQ(conf_epoll_now(ep), 0);
	CLOSE(e, ep);
	return 0;
}

static int C50_a_write_wakes_epoll_wait(void)
{
	int e = conf_eventfd(0, EFD_NONBLOCK), ep = conf_epoll();

	EQ(conf_add(ep, e, EPOLLIN), 0);
	for (int i = 0; i < 10; i++) {
		struct epoll_event ev = { 0, 0 };
		struct call waiter;

		start(&waiter, SYS_EPOLL_WAIT, ep, &ev, 1, FOREVER);
		BLOCKS(&waiter);
		EQ(conf_write(e, 1), 8);
		RETURNS(&waiter, 1);
		EQ(ev.events, EPOLLIN);
		EQ(ev.data, e);
		HOLDS(e, 1);
	}
	CLOSE(e, ep);
	return 0;
}

static int C51_out_at_once_when_fresh(void)
{
	int e = conf_eventfd(0, 0), ep = conf_epoll();

	EQ(conf_add(ep, e, EPOLLOUT), 0);
	EQ(conf_epoll_now(ep), EPOLLOUT);
	EQ(conf_mod(ep, e, EPOLLIN | EPOLLOUT), 0);
	EQ(conf_epoll_now(ep), EPOLLOUT);
	CLOSE(e, ep);
	return 0;
}

static int C51_in_the_order_they_became_ready(void)
{
	static const int order[] = { 2, 0, 3, 1 };
	struct epoll_event ev[8];
	int e[4], ep = conf_epoll();

	for (int i = 0; i < 4; i++) {
		e[i] = conf_eventfd(0, EFD_NONBLOCK);
		EQ(conf_add(ep, e[i], EPOLLIN), 0);
	}
	for (int i = 0; i < 4; i++)
		EQ(conf_write(e[order[i]], 1), 8);
	EQ(conf_write(e[order[1]], 1), 8);
	EQ(sys(SYS_EPOLL_WAIT, ep, ev, 8, 0), 4);
	for (int i = 0; i < 4; i++)
		EQ(ev[i].data, e[order[i]]);
	CLOSE(e[0], e[1], e[2], e[3], ep);
	return 0;
}

static int C51_fairly_when_there_is_room_for_one(void)
{
	int e[4], ep = conf_epoll();
	struct epoll_event ev;

	for (int i = 0; i < 4; i++) {
		e[i] = conf_eventfd(1, 0);
		EQ(conf_add(ep, e[i], EPOLLIN), 0);
	}
	for (int round = 0; round < 3; round++) {
		uint64_t seen = 0;

		for (int i = 0; i < 4; i++) {
			EQ(sys(SYS_EPOLL_WAIT, ep, &ev, 1, 0), 1);
			seen |= UINT64_C(1) << ev.data;
		}
		for (int i = 0; i < 4; i++)
			EQ(seen >> e[i] & 1, 1);
	}
	CLOSE(e[0], e[1], e[2], e[3], ep);
	return 0;
}

static int C52_both_in_between_and_out_after_a_read(void)
{
	int e = conf_eventfd(0, EFD_NONBLOCK), ep = conf_epoll();

	EQ(conf_add(ep, e, EPOLLIN | EPOLLOUT), 0);
	EQ(conf_epoll_now(ep), EPOLLOUT);
	EQ(conf_write(e, MAX - 1), 8);
	EQ(conf_epoll_now(ep), EPOLLIN | EPOLLOUT);
	EQ(conf_write(e, 1), 8);
	EQ(conf_epoll_now(ep), EPOLLIN);
	HOLDS(e, MAX);
	EQ(conf_epoll_now(ep), EPOLLOUT);
	CLOSE(e, ep);
	return 0;
}

static int C52_a_read_at_the_ceiling_wakes_for_OUT(void)
{
	int e = conf_eventfd_at(MAX, EFD_SEMAPHORE), ep = conf_epoll();
	struct epoll_event ev;
	struct call waiter;
	uint64_t v;

	EQ(conf_add(ep, e, EPOLLOUT), 0);
	start(&waiter, SYS_EPOLL_WAIT, ep, &ev, 1, FOREVER);
	BLOCKS(&waiter);
	EQ(conf_read(e, &v), 8);
	RETURNS(&waiter, 1);
	EQ(ev.events, EPOLLOUT);
	CLOSE(e, ep);
	return 0;
}

static int C53_reported_until_drained(void)
{
	int e = conf_eventfd(3, EFD_SEMAPHORE), ep = conf_epoll();
	uint64_t v;

	EQ(conf_add(ep, e, EPOLLIN), 0);
	for (int i = 0; i < 3; i++) {
		EQ(conf_epoll_now(ep), EPOLLIN);
		EQ(conf_epoll_now(ep), EPOLLIN);
		EQ(conf_read(e, &v), 8);
	}
	EQ(conf_epoll_now(ep), 0);
	CLOSE(e, ep);
	return 0;
}

static int C54_interest_of_0_then_IN(void)
{
	int e = conf_eventfd(0, 0), ep = conf_epoll();

	EQ(conf_add(ep, e, 0), 0);
	EQ(conf_write(e, 1), 8);
	EQ(conf_epoll_now(ep), 0);
	EQ(conf_mod(ep, e, EPOLLIN), 0);
	EQ(conf_epoll_now(ep), EPOLLIN);
	EQ(conf_mod(ep, e, 0), 0);
	EQ(conf_epoll_now(ep), 0);
	CLOSE(e, ep);
	return 0;
}

static int C54_MOD_replaces_the_data(void)
{
	int e = conf_eventfd(1, 0), ep = conf_epoll();
	struct epoll_event ev = { EPOLLIN, FULL_RANGE };

	EQ(sys(SYS_EPOLL_CTL, ep, EPOLL_CTL_ADD, e, &ev), 0);
	EQ(sys(SYS_EPOLL_WAIT, ep, &ev, 1, 0), 1);
	EQ(ev.data, FULL_RANGE);
	ev.data = UINT64_C(0x123456789abcdef0);
	EQ(sys(SYS_EPOLL_CTL, ep, EPOLL_CTL_MOD, e, &ev), 0);
	ev.data = 0;
	EQ(sys(SYS_EPOLL_WAIT, ep, &ev, 1, 0), 1);
	EQ(ev.data, UINT64_C(0x123456789abcdef0));
	CLOSE(e, ep);
	return 0;
}

static int C55_MOD_wakes_a_waiter(void)
{
	int e = conf_eventfd(1, 0), ep = conf_epoll();
	struct epoll_event ev;
	struct call waiter;

	EQ(conf_add(ep, e, 0), 0);
	start(&waiter, SYS_EPOLL_WAIT, ep, &ev, 1, FOREVER);
	BLOCKS(&waiter);
	EQ(conf_mod(ep, e, EPOLLIN), 0);
	RETURNS(&waiter, 1);
	EQ(ev.events, EPOLLIN);
	CLOSE(e, ep);
	return 0;
}

static int C55_ADD_of_a_ready_object_wakes_a_waiter(void)
{
	int e = conf_eventfd(1, 0), ep = conf_epoll();
	struct epoll_event ev;
	struct call waiter;

	start(&waiter, SYS_EPOLL_WAIT, ep, &ev, 1, FOREVER);
	BLOCKS(&waiter);
	EQ(conf_add(ep, e, EPOLLIN | EPOLLET), 0);
	RETURNS(&waiter, 1);
	EQ(ev.data, e);
	CLOSE(e, ep);
	return 0;
}

/* ---- C56 to C58: close -------------------------------------------------- */

static int C56_the_last_close_removes_it(void)
{
	int e = conf_eventfd(1, 0), ep = conf_epoll(), again;

	EQ(conf_add(ep, e, EPOLLIN), 0);
	EQ(conf_epoll_now(ep), EPOLLIN);
	CLOSE(e);
	EQ(conf_epoll_now(ep), 0);
	again = conf_eventfd(0, 0);
	EQ(again, e);
	EQ(conf_mod(ep, again, EPOLLIN), -ENOENT);
	EQ(conf_add(ep, again, EPOLLIN), 0);
	EQ(conf_epoll_now(ep), 0);
	CLOSE(again, ep);
	return 0;
}

static int C56_the_last_close_leaves_the_ready_list(void)
{
	int e = conf_eventfd(0, 0), f = conf_eventfd(0, 0), ep = conf_epoll();
	struct epoll_event ev[4];

	EQ(conf_add(ep, e, EPOLLIN | EPOLLET), 0);
	EQ(conf_add(ep, f, EPOLLIN | EPOLLET), 0);
	EQ(conf_write(e, 1), 8);
	EQ(conf_write(f, 1), 8);
	CLOSE(e);
	EQ(sys(SYS_EPOLL_WAIT, ep, ev, 4, 0), 1);
	EQ(ev[0].data, f);
	CLOSE(f, ep);
	return 0;
}

static int C56_with_a_duplicate_it_stays(void)
{
	int e = conf_eventfd(0, 0), other = (int)sys(SYS_DUP, e);
	int ep = conf_epoll();
	struct epoll_event ev;

	EQ(conf_add(ep, e, EPOLLIN), 0);
	CLOSE(e);
	EQ(conf_write(other, 1), 8);
	EQ(sys(SYS_EPOLL_WAIT, ep, &ev, 1, 0), 1);
	EQ(ev.data, e);
	EQ(conf_ctl(ep, EPOLL_CTL_DEL, e, 0), -EBADF);
	EQ(conf_ctl(ep, EPOLL_CTL_DEL, other, 0), -ENOENT);
	EQ(conf_epoll_now(ep), EPOLLIN);
	CLOSE(other);
	EQ(conf_epoll_now(ep), 0);
	CLOSE(ep);
	return 0;
}

static int C56_original_and_duplicate_both_report(void)
{
	int e = conf_eventfd(0, 0), other = (int)sys(SYS_DUP, e);
	int ep = conf_epoll();
	struct epoll_event ev[4];

	EQ(conf_add(ep, e, EPOLLIN), 0);
	EQ(conf_add(ep, other, EPOLLIN), 0);
	EQ(conf_write(e, 1), 8);
	EQ(sys(SYS_EPOLL_WAIT, ep, ev, 4, 0), 2);
	EQ(ev[0].data + ev[1].data, e + other);
	CLOSE(e);
	EQ(sys(SYS_EPOLL_WAIT, ep, ev, 4, 0), 2);
	CLOSE(other);
	EQ(sys(SYS_EPOLL_WAIT, ep, ev, 4, 0), 0);
	CLOSE(ep);
	return 0;
}

static int C57_bits_are_those_of_the_wait(void)
{
	int e = conf_eventfd(0, EFD_NONBLOCK), ep = conf_epoll();

	EQ(conf_add(ep, e, EPOLLIN | EPOLLOUT | EPOLLET), 0);
	EQ(conf_write(e, MAX), 8);
	EQ(conf_epoll_now(ep), EPOLLIN);
	HOLDS(e, MAX);
	EQ(conf_epoll_now(ep), EPOLLOUT);
	EQ(conf_write(e, 1), 8);
	HOLDS(e, 1);
	EQ(conf_mod(ep, e, EPOLLIN | EPOLLET), 0);
	EQ(conf_write(e, 1), 8);
	HOLDS(e, 1);
	EQ(conf_epoll_now(ep), 0);
	CLOSE(e, ep);
	return 0;
}

static int C58_close_wakes_nobody(void)
{
	int e = conf_eventfd(0, 0), f = conf_eventfd(0, 0), ep = conf_epoll();
	struct pollfd p[] = { { f, POLLIN, 0 }, { e, POLLIN, 0 } };
	struct epoll_event ev;
	struct call waiter, poller;

	EQ(conf_add(ep, e, EPOLLIN), 0);
	EQ(conf_add(ep, f, EPOLLIN), 0);
	start(&waiter, SYS_EPOLL_WAIT, ep, &ev, 1, FOREVER);
	start(&poller, SYS_POLL, p, 2, FOREVER);
	BLOCKS(&waiter);
	BLOCKS(&poller);
	CLOSE(e);
	BLOCKS(&waiter);
	BLOCKS(&poller);
	EQ(conf_write(f, 1), 8);
	RETURNS(&waiter, 1);
	EQ(ev.data, f);
	TRUE(conf_finish(&poller) >= 1); /* it may find e closed: NVAL */
	EQ(p[0].revents, POLLIN);
	CLOSE(f, ep);
	return 0;
}

static int C58_DEL_stops_reports(void)
{
	int e = conf_eventfd(1, 0), ep = conf_epoll();

	EQ(conf_add(ep, e, EPOLLIN), 0);
	EQ(conf_write(e, 1), 8);
	EQ(sys(SYS_EPOLL_CTL, ep, EPOLL_CTL_DEL, e, NULL), 0);
	EQ(conf_epoll_now(ep), 0);
	EQ(conf_add(ep, e, EPOLLIN), 0);
	EQ(conf_epoll_now(ep), EPOLLIN);
	CLOSE(e, ep);
	return 0;
}

static int C59_every_epoll_reports(void)
{
	int e = conf_eventfd(0, 0), ep[4];
	struct epoll_event ev[4];
	struct call waiters[4];

	for (int i = 0; i < 4; i++) {
		ep[i] = conf_epoll();
		EQ(conf_add(ep[i], e, EPOLLIN | EPOLLET), 0);
		start(&waiters[i], SYS_EPOLL_WAIT, ep[i], &ev[i], 1, FOREVER);
		BLOCKS(&waiters[i]);
	}
	EQ(conf_write(e, 1), 8);
	for (int i = 0; i < 4; i++)
		RETURNS(&waiters[i], 1);
	CLOSE(e, ep[0], ep[1], ep[2], ep[3]);
	return 0;
}

static int C59_every_waiter_of_one_epoll_can_be_served(void)
{
	int e[3], ep = conf_epoll();
	struct epoll_event ev[3];
	struct call waiters[3];
	uint64_t seen = 0;

	for (int i = 0; i < 3; i++) {
		e[i] = conf_eventfd(0, 0);
		EQ(conf_add(ep, e[i], EPOLLIN | EPOLLET), 0);
		start(&waiters[i], SYS_EPOLL_WAIT, ep, &ev[i], 1, FOREVER);
		BLOCKS(&waiters[i]);
	}
	for (int i = 0; i < 3; i++)
		EQ(conf_write(e[i], 1), 8);
	for (int i = 0; i < 3; i++) {
		RETURNS(&waiters[i], 1);
		seen |= UINT64_C(1) << ev[i].data;
	}
	EQ(seen, UINT64_C(7) << e[0]);
	CLOSE(e[0], e[1], e[2], ep);
	return 0;
}

static int C60_ADD_leaves_O_NONBLOCK_alone(void)
{
	int e = conf_eventfd(0, 0), n = conf_eventfd(0, EFD_NONBLOCK);
	int ep = conf_epoll();

	EQ(conf_add(ep, e, EPOLLIN | EPOLLET), 0);
	EQ(conf_add(ep, n, EPOLLIN | EPOLLET), 0);
	EQ(sys(SYS_FCNTL, e, F_GETFL), O_RDWR);
	EQ(sys(SYS_FCNTL, n, F_GETFL), O_RDWR | O_NONBLOCK);
	EQ(conf_ctl(ep, EPOLL_CTL_DEL, e, 0), 0);
	EQ(sys(SYS_FCNTL, e, F_GETFL), O_RDWR);
	CLOSE(e, n, ep);
	return 0;
}

/* ---- C61: nesting ------------------------------------------------------- */

#define DEPTH 5

static int C61_nests_to_depth_5(void)
{
	int e = conf_eventfd(0, EFD_NONBLOCK), ep[DEPTH], below = e;
	struct epoll_event ev;
	struct call waiter;

	for (int i = 0; i < DEPTH; i++) {
		ep[i] = conf_epoll();
		EQ(conf_add(ep[i], below, EPOLLIN), 0);
		below = ep[i];
	}
	EQ(conf_epoll_now(below), 0);
	start(&waiter, SYS_EPOLL_WAIT, below, &ev, 1, FOREVER);
	BLOCKS(&waiter);
	EQ(conf_write(e, 1), 8);
	RETURNS(&waiter, 1);
	EQ(ev.data, ep[DEPTH - 2]);
	for (int i = 0; i < DEPTH; i++)
		EQ(conf_poll(ep[i], POLLIN), POLLIN);
	HOLDS(e, 1);
	EQ(conf_epoll_now(below), 0);
	EQ(conf_poll(below, POLLIN), 0);
	CLOSE(e, ep[0], ep[1], ep[2], ep[3], ep[4]);
	return 0;
}

static int C61_deeper_than_5_is_refused(void)
{
	int ep[DEPTH + 1], n = DEPTH + 1;

	for (int i = 0; i < n; i++)
		ep[i] = conf_epoll();
	for (int i = 1; i < DEPTH; i++)
		EQ(conf_add(ep[i], ep[i - 1], EPOLLIN), 0);
	EQ(conf_add(ep[DEPTH], ep[DEPTH - 1], EPOLLIN), -ELOOP);
	EQ(conf_close_all(ep, (size_t)n), 0);
	return 0;
}

static int C61_a_loop_is_ELOOP(void)
{
	int a = conf_epoll(), b = conf_epoll(), c = conf_epoll();

	EQ(conf_add(a, b, EPOLLIN), 0);
	EQ(conf_add(b, c, EPOLLIN), 0);
	EQ(conf_add(c, a, EPOLLIN), -ELOOP);
	EQ(conf_add(b, a, EPOLLIN), -ELOOP);
	EQ(conf_ctl(a, EPOLL_CTL_DEL, b, 0), 0);
	EQ(conf_add(c, a, EPOLLIN), 0);
	EQ(conf_add(a, b, EPOLLIN), -ELOOP);
	CLOSE(a, b, c);
	return 0;
}

static int C61_adding_itself_is_EINVAL(void)
{
	int ep = conf_epoll(), other = (int)sys(SYS_DUP, ep);

	EQ(conf_add(ep, ep, EPOLLIN), -EINVAL);
	EQ(conf_add(ep, other, EPOLLIN), -EINVAL);
	CLOSE(ep, other);
	return 0;
}

static int C61_an_edge_passes_through_a_nested_epoll(void)
{
	int e = conf_eventfd(0, 0), inner = conf_epoll(), outer = conf_epoll();

	EQ(conf_add(inner, e, EPOLLIN | EPOLLET), 0);
	EQ(conf_add(outer, inner, EPOLLIN | EPOLLET), 0);
	for (int i = 0; i < 3; i++) {
		EQ(conf_write(e, 1), 8);
		EQ(conf_epoll_now(outer), EPOLLIN);
		EQ(conf_epoll_now(outer), 0);
		EQ(conf_epoll_now(inner), EPOLLIN);
		EQ(conf_epoll_now(inner), 0);
	}
	CLOSE(e, inner, outer);
	return 0;
}

static int C61_poll_and_select_watch_an_epoll(void)
{
	int e = conf_eventfd(0, 0), ep = conf_epoll();
	struct pollfd p = { ep, POLLIN | POLLOUT, 0 };
	struct call poller;

	EQ(conf_add(ep, e, EPOLLIN), 0);
	EQ(conf_poll(ep, POLLIN | POLLOUT), 0);
	start(&poller, SYS_POLL, &p, 1, FOREVER);
	BLOCKS(&poller);
	EQ(conf_write(e, 1), 8);
	RETURNS(&poller, 1);
	EQ(p.revents, POLLIN);
	CLOSE(e, ep);
	return 0;
}

/* ---- C62 to C64: errors, layout, masks ---------------------------------- */

static int C62_ctl_errors(void)
{
	int e = conf_eventfd(0, 0), ep = conf_epoll(), closed;

	closed = (int)sys(SYS_DUP, e);
	CLOSE(closed);
	EQ(conf_mod(ep, e, EPOLLIN), -ENOENT);
	EQ(conf_ctl(ep, EPOLL_CTL_DEL, e, 0), -ENOENT);
	EQ(conf_add(ep, e, EPOLLIN), 0);
	EQ(conf_add(ep, e, EPOLLIN), -EEXIST);
	EQ(conf_add(ep, closed, EPOLLIN), -EBADF);
	EQ(conf_add(closed, e, EPOLLIN), -EBADF);
	EQ(conf_add(e, ep, EPOLLIN), -EINVAL);
	EQ(conf_ctl(ep, 99, e, EPOLLIN), -EINVAL);
	EQ(conf_ctl(ep, 0, e, EPOLLIN), -EINVAL);
	CLOSE(e, ep);
	return 0;
}

static int C62_wait_errors(void)
{
	int e = conf_eventfd(1, 0), ep = conf_epoll();
	struct epoll_event ev;

	EQ(conf_add(ep, e, EPOLLIN), 0);
	EQ(sys(SYS_EPOLL_WAIT, ep, &ev, 0, 0), -EINVAL);
	EQ(sys(SYS_EPOLL_WAIT, ep, &ev, -1, 0), -EINVAL);
	EQ(sys(SYS_EPOLL_WAIT, ep, &ev, 0x7fffffff, 0), -EINVAL);
	EQ(sys(SYS_EPOLL_WAIT, e, &ev, 1, 0), -EINVAL);
	EQ(sys(SYS_EPOLL_WAIT, 1 << 20, &ev, 1, 0), -EBADF);
	EQ(conf_epoll_now(ep), EPOLLIN);
	CLOSE(e, ep);
	return 0;
}

static int C62_a_file_that_cannot_be_polled_is_EPERM(void)
{
	int ep = conf_epoll(), plain = T->open_plain();

	OK(plain);
	EQ(conf_add(ep, plain, EPOLLIN), -EPERM);
	EQ(conf_poll(plain, POLLIN | POLLOUT), POLLIN | POLLOUT);
	CLOSE(ep, plain);
	return 0;
}

static int C62_a_bad_address_is_EFAULT(void)
{
	int e = conf_eventfd(1, 0), ep = conf_epoll();

	EQ(sys(SYS_EPOLL_CTL, ep, EPOLL_CTL_ADD, e, NULL), -EFAULT);
	EQ(sys(SYS_EPOLL_CTL, ep, EPOLL_CTL_ADD, e, T->fence - 4), -EFAULT);
	EQ(conf_add(ep, e, EPOLLIN), 0);
	EQ(sys(SYS_EPOLL_WAIT, ep, T->fence, 1, 0), -EFAULT);
	EQ(conf_epoll_now(ep), EPOLLIN);
	CLOSE(e, ep);
	return 0;
}

static int C62_an_edge_is_not_lost_to_a_bad_address(void)
{
	int e = conf_eventfd(1, 0), ep = conf_epoll();

	EQ(conf_add(ep, e, EPOLLIN | EPOLLET), 0);
	EQ(sys(SYS_EPOLL_WAIT, ep, T->fence, 1, 0), -EFAULT);
	EQ(conf_epoll_now(ep), EPOLLIN);
	EQ(conf_epoll_now(ep), 0);
	CLOSE(e, ep);
	return 0;
}

static int C62_create_errors(void)
{
	int a = (int)sys(SYS_EPOLL_CREATE, 1), b;

	OK(a);
	EQ(sys(SYS_EPOLL_CREATE, 0), -EINVAL);
	EQ(sys(SYS_EPOLL_CREATE, -1), -EINVAL);
	EQ(sys(SYS_EPOLL_CREATE1, 1), -EINVAL);
	EQ(sys(SYS_EPOLL_CREATE1, 0x800), -EINVAL);
	b = (int)sys(SYS_EPOLL_CREATE1, EPOLL_CLOEXEC);
	EQ(b, a + 1);
	EQ(sys(SYS_FCNTL, b, F_GETFD), FD_CLOEXEC);
	EQ(sys(SYS_FCNTL, a, F_GETFD), 0);
	CLOSE(a, b);
	return 0;
}

static int C63_the_event_is_packed(void)
{
	int e = conf_eventfd(1, 0), f = conf_eventfd(1, 0), ep = conf_epoll();
	unsigned char bytes[25];

	__builtin_memset(bytes, 0xa5, 25);
	EQ(conf_add(ep, e, EPOLLIN), 0);
	EQ(conf_add(ep, f, EPOLLIN), 0);
	EQ(sys(SYS_EPOLL_WAIT, ep, bytes, 2, 0), 2);
	for (int i = 0; i < 2; i++) {
		uint32_t events;
		uint64_t data;

		__builtin_memcpy(&events, bytes + 12 * i, 4);
		__builtin_memcpy(&data, bytes + 12 * i + 4, 8);
		EQ(events, EPOLLIN);
		EQ(data, i ? f : e);
	}
	EQ(bytes[24], 0xa5);
	CLOSE(e, f, ep);
	return 0;
}

static int C64_pwait_and_pwait2_without_a_mask(void)
{
	int e = conf_eventfd(1, 0), ep = conf_epoll();
	struct timespec zero = { 0, 0 }, bad = { 0, 1000000000 };
	struct timespec negative = { -1, 0 };
	uint64_t set = 0;
	struct epoll_event ev;

	EQ(conf_add(ep, e, EPOLLIN), 0);
	EQ(sys(SYS_EPOLL_PWAIT, ep, &ev, 1, 0, NULL, 8), 1);
	EQ(sys(SYS_EPOLL_PWAIT2, ep, &ev, 1, &zero, NULL, 8), 1);
	EQ(sys(SYS_EPOLL_PWAIT2, ep, &ev, 1, NULL, NULL, 8), 1);
	EQ(sys(SYS_EPOLL_PWAIT2, ep, &ev, 1, &bad, NULL, 8), -EINVAL);
	EQ(sys(SYS_EPOLL_PWAIT2, ep, &ev, 1, &negative, NULL, 8), -EINVAL);
	EQ(sys(SYS_EPOLL_PWAIT, ep, &ev, 1, 0, &set, 4), -EINVAL);
	CLOSE(e, ep);
	return 0;
}

static int C64_a_signal_interrupts_every_wait(void)
{
	static const bool restarts[] = { false, true };
	int e = conf_eventfd(0, 0), ep = conf_epoll();
	struct pollfd p = { e, POLLIN, 0 };
	uint64_t in[16] = { 0 };
	struct epoll_event ev;

	EQ(conf_add(ep, e, EPOLLIN), 0);
	for (int i = 0; i < 2; i++) {
		struct call c[4];

		in[0] = UINT64_C(1) << e;
		start(&c[0], SYS_EPOLL_WAIT, ep, &ev, 1, FOREVER);
		start(&c[1], SYS_EPOLL_PWAIT2, ep, &ev, 1, NULL, NULL, 8);
		start(&c[2], SYS_POLL, &p, 1, FOREVER);
		start(&c[3], SYS_SELECT, e + 1, in, NULL, NULL, NULL);
		for (int k = 0; k < 4; k++) {
			BLOCKS(&c[k]);
			T->interrupt(c[k].task, restarts[i]);
			RETURNS(&c[k], -EINTR);
		}
	}
	CLOSE(e, ep);
	return 0;
}

struct masked {
	uint64_t nr;
	int e, ep;
	int64_t result;
	bool was_held;
};

/* Wait with an empty mask while the signal is held back outside. */
static int wait_with_mask(void *arg)
{
	struct masked *m = arg;
	struct pollfd p = { m->e, POLLIN, 0 };
	struct timespec hour = { 3600, 0 };
	uint64_t set = 0, in[16] = { 0 };
	struct {
		uint64_t set, size;
	} sized = { (uint64_t)(uintptr_t)&set, 8 };
	struct epoll_event ev;

	in[0] = UINT64_C(1) << m->e;
	T->hold_signal(true);
	__atomic_store_n(conf_words(), 1, __ATOMIC_RELEASE);
	conf_until(conf_words(), 2);
	if (m->nr == SYS_EPOLL_PWAIT)
		m->result = sys(m->nr, m->ep, &ev, 1, FOREVER, &set, 8);
	else if (m->nr == SYS_EPOLL_PWAIT2)
		m->result = sys(m->nr, m->ep, &ev, 1, &hour, &set, 8);
	else if (m->nr == SYS_PPOLL)
		m->result = sys(m->nr, &p, 1, &hour, &set, 8);
	else
		m->result = sys(m->nr, m->e + 1, in, NULL, NULL, &hour, &sized);
	m->was_held = T->hold_signal(false);
	return 0;
}

static int C64_the_mask_is_swapped_for_the_wait(void)
{
	static const uint64_t calls[] = { SYS_EPOLL_PWAIT, SYS_EPOLL_PWAIT2,
					  SYS_PPOLL, SYS_PSELECT6 };
	int e = conf_eventfd(0, 0), ep = conf_epoll();

	EQ(conf_add(ep, e, EPOLLIN), 0);
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		struct masked m = { calls[i], e, ep, 0, false };
		struct conf_task *t;

		*conf_words() = 0;
		t = conf_spawn(wait_with_mask, &m);
		conf_until(conf_words(), 1);
		T->interrupt(t, false); /* held back, so not yet */
		EQ(T->interrupts(t), 0);
		__atomic_store_n(conf_words(), 2, __ATOMIC_RELEASE);
		EQ(conf_join(t), 0);
		EQ(m.result, -EINTR);
		EQ(m.was_held, true);
	}
	CLOSE(e, ep);
	return 0;
}

struct full_mask {
	int ep;
	struct epoll_event ev;
	int64_t result;
};

static int wait_under_full_mask(void *arg)
{
	struct full_mask *m = arg;
	uint64_t set = CONF_SIGNAL;

	m->result = sys(SYS_EPOLL_PWAIT, m->ep, &m->ev, 1, FOREVER, &set, 8);
	return 0;
}

static int C64_a_masked_signal_does_not_interrupt(void)
{
	int e = conf_eventfd(0, 0), ep = conf_epoll();
	struct full_mask m = { .ep = ep };
	struct conf_task *t;

	EQ(conf_add(ep, e, EPOLLIN), 0);
	t = conf_spawn(wait_under_full_mask, &m);
	TRUE(conf_until_blocked(t));
	T->interrupt(t, false);
	TRUE(conf_until_blocked(t));
	EQ(T->interrupts(t), 0);
	EQ(conf_write(e, 1), 8);
	EQ(conf_join(t), 0);
	EQ(m.result, 1);
	CLOSE(e, ep);
	return 0;
}

const struct conf_case conf_epoll_cases[] = {
	CASE(C50_no_event_at_0, 0, "level IN: no event at 0, one above"),
	CASE(C50_a_write_wakes_epoll_wait, 0,
	     "a write wakes a sleeping epoll_wait, every time"),
	CASE(C51_out_at_once_when_fresh, 0, "OUT is reported on a fresh eventfd"),
	CASE(C51_in_the_order_they_became_ready, 0,
	     "events come in the order in which the objects became ready"),
	CASE(C51_fairly_when_there_is_room_for_one, 0,
	     "with room for one event all ready objects take turns"),
	CASE(C52_both_in_between_and_out_after_a_read, 0,
	     "OUT, IN|OUT, IN at the ceiling, OUT again after a read"),
	CASE(C52_a_read_at_the_ceiling_wakes_for_OUT, 0,
	     "a semaphore read at the ceiling wakes who waits for OUT"),
	CASE(C53_reported_until_drained, 0,
	     "a level is reported on every wait until it is drained"),
	CASE(C54_interest_of_0_then_IN,
	     0, "no interest, no event; MOD to IN above 0 gives one; MOD to none ends it"),
	CASE(C54_MOD_replaces_the_data, 0,
	     "all 64 bits of the data come back, those of the last MOD"),
	CASE(C55_MOD_wakes_a_waiter, 0,
	     "MOD to a ready interest wakes a thread in epoll_wait"),
	CASE(C55_ADD_of_a_ready_object_wakes_a_waiter, 0,
	     "ADD of a ready object wakes a thread in epoll_wait"),
	CASE(C56_the_last_close_removes_it, 0,
	     "closing the last number takes the object out of the epoll"),
	CASE(C56_the_last_close_leaves_the_ready_list, 0,
	     "so it does for an object that was already ready"),
	CASE(C56_with_a_duplicate_it_stays, 0,
	     "with a duplicate open it goes on reporting, with the old data"),
	CASE(C56_original_and_duplicate_both_report,
	     0, "a number and its duplicate can both be registered and both report"),
	CASE(C57_bits_are_those_of_the_wait, 0,
	     "events carry the readiness at the time of the wait"),
	CASE(C58_close_wakes_nobody, 0,
	     "closing a watched number ends neither epoll_wait nor poll"),
	CASE(C58_DEL_stops_reports, 0,
	     "after DEL a ready object is not reported; ADD brings it back"),
	CASE(C59_every_epoll_reports, 0, "one write wakes waiters of four epolls"),
	CASE(C59_every_waiter_of_one_epoll_can_be_served, 0,
	     "three waiters of one epoll get one of three events each"),
	CASE(C60_ADD_leaves_O_NONBLOCK_alone, 0,
	     "epoll_ctl does not touch O_NONBLOCK"),
	CASE(C61_nests_to_depth_5, 0,
	     "five epolls in each other: a write wakes the outermost"),
	CASE(C61_deeper_than_5_is_refused, 0, "a sixth epoll around five is ELOOP"),
	CASE(C61_a_loop_is_ELOOP, 0, "epolls that would watch each other: ELOOP"),
	CASE(C61_adding_itself_is_EINVAL, 0,
	     "an epoll cannot watch itself, by duplicate neither"),
	CASE(C61_an_edge_passes_through_a_nested_epoll,
	     0, "each write is an edge for the outer epoll of two, both edge-triggered"),
	CASE(C61_poll_and_select_watch_an_epoll, 0,
	     "an epoll is POLLIN for poll while it has events"),
	CASE(C62_ctl_errors, 0,
	     "epoll_ctl: ENOENT, EEXIST, EBADF, EINVAL where they belong"),
	CASE(C62_wait_errors,
	     0, "epoll_wait: EINVAL for 0, negative and huge counts and for what is no epoll"),
	CASE(C62_a_file_that_cannot_be_polled_is_EPERM,
	     CONF_PLAIN, "ADD of a file that cannot be polled is EPERM; poll calls it ready"),
	CASE(C62_a_bad_address_is_EFAULT, CONF_FAULTS,
	     "epoll_ctl and epoll_wait with a bad address are EFAULT"),
	CASE(C62_an_edge_is_not_lost_to_a_bad_address,
	     CONF_FAULTS, "an edge that could not be delivered is delivered by the next wait"),
	CASE(C62_create_errors, 0,
	     "epoll_create of 0 and epoll_create1 of unknown flags are EINVAL"),
	CASE(C63_the_event_is_packed, 0, "struct epoll_event has 12 bytes"),
	CASE(C64_pwait_and_pwait2_without_a_mask,
	     0, "epoll_pwait and epoll_pwait2 wait; bad times and mask sizes are EINVAL"),
	CASE(C64_a_signal_interrupts_every_wait, CONF_SIGNALS,
	     "a caught signal ends every wait with EINTR, SA_RESTART or not"),
	CASE(C64_the_mask_is_swapped_for_the_wait,
	     CONF_SIGNALS, "a signal that the call's mask lets through ends it; the old mask is back"),
	CASE(C64_a_masked_signal_does_not_interrupt, CONF_SIGNALS,
	     "a signal in the call's mask does not end the wait"),
	{ 0 },
};
