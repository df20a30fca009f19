/* SPDX-License-Identifier: MIT */
/* C39 to C49: poll and select. */
#include "conf.h"

#define MS UINT64_C(1000000)

static const uint64_t counts[] = { 0, 1, 2, MAX - 1, MAX };

static int64_t expected_at(uint64_t count)
{
	return (count > 0 ? POLLIN : 0) | (count < MAX ? POLLOUT : 0);
}

static int C39_in_means_above_0(void)
{
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		int e = conf_eventfd_at(counts[i], 0);

		EQ(conf_poll(e, POLLIN), counts[i] > 0 ? POLLIN : 0);
		CLOSE(e);
	}
	return 0;
}

static int C39_a_poll_consumes_nothing(void)
{
	int e = conf_eventfd(2, EFD_NONBLOCK | EFD_SEMAPHORE);
	uint64_t v;

	for (int i = 0; i < 10; i++)
		EQ(conf_poll(e, POLLIN), POLLIN);
	EQ(conf_read(e, &v), 8);
	EQ(conf_poll(e, POLLIN), POLLIN);
	EQ(conf_read(e, &v), 8);
	EQ(conf_poll(e, POLLIN), 0);
	CLOSE(e);
	return 0;
}

static int C40_out_means_below_the_ceiling(void)
{
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		int e = conf_eventfd_at(counts[i], 0);

		EQ(conf_poll(e, POLLOUT), counts[i] < MAX ? POLLOUT : 0);
		CLOSE(e);
	}
	return 0;
}

static int C41_both_in_between(void)
{
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		int e = conf_eventfd_at(counts[i], EFD_SEMAPHORE);

		EQ(conf_poll(e, POLLIN | POLLOUT), expected_at(counts[i]));
		CLOSE(e);
	}
	return 0;
}

static int C42_only_what_was_asked(void)
{
	int e = conf_eventfd(1, 0);

	EQ(conf_poll(e, 0), 0);
	EQ(conf_poll(e, POLLIN), POLLIN);
	EQ(conf_poll(e, POLLOUT), POLLOUT);
	EQ(conf_poll(e, POLLPRI | POLLRDBAND | POLLWRBAND | POLLRDHUP), 0);
	CLOSE(e);
	return 0;
}

static int C42_a_closed_number_is_NVAL(void)
{
	int e = conf_eventfd(1, 0);
	struct pollfd p[3];

	CLOSE(e);
	EQ(conf_poll(e, 0), POLLNVAL);
	EQ(conf_poll(e, POLLIN), POLLNVAL);
	e = conf_eventfd(1, 0);
	p[0] = (struct pollfd){ 1 << 20, POLLIN, 0 };
	p[1] = (struct pollfd){ -1, POLLIN, 0x7fff };
	p[2] = (struct pollfd){ e, POLLIN, 0 };
	EQ(sys(SYS_POLL, p, 3, FOREVER), 2);
	EQ(p[0].revents, POLLNVAL);
	EQ(p[1].revents, 0);
	EQ(p[2].revents, POLLIN);
	CLOSE(e);
	return 0;
}

static int C43_RDNORM_and_WRNORM_are_never_reported(void)
{
	int e = conf_eventfd(1, 0), ep = conf_epoll();

	EQ(conf_poll(e, POLLRDNORM | POLLWRNORM), 0);
	EQ(conf_poll(e, POLLRDNORM | POLLIN), POLLIN);
	EQ(conf_poll(e, POLLWRNORM | POLLOUT), POLLOUT);
	EQ(conf_add(ep, e, EPOLLRDNORM | EPOLLWRNORM), 0);
	EQ(conf_epoll_now(ep), 0);
	CLOSE(e, ep);
	return 0;
}

static int C43_a_poll_for_RDNORM_is_not_woken(void)
{
	int e = conf_eventfd(0, 0);
	struct pollfd p = { e, POLLRDNORM, 0 };
	struct call poller;

	start(&poller, SYS_POLL, &p, 1, 20);
	EQ(conf_write(e, 1), 8);
	RETURNS(&poller, 0);
	CLOSE(e);
	return 0;
}

/* ---- C44: timeouts ------------------------------------------------------ */

static int C44_a_poll_timeout_is_not_shortened(void)
{
	int e = conf_eventfd(0, 0);
	struct pollfd p = { e, POLLIN, 0 };
	uint64_t begin = T->now_ns();

	EQ(sys(SYS_POLL, &p, 1, 20), 0);
	TRUE(T->now_ns() - begin >= 20 * MS);
	EQ(p.revents, 0);
	CLOSE(e);
	return 0;
}

static int C44_a_poll_of_nothing_is_a_timeout(void)
{
	uint64_t begin = T->now_ns();

	EQ(sys(SYS_POLL, NULL, 0, 10), 0);
	TRUE(T->now_ns() - begin >= 10 * MS);
	return 0;
}

static int C44_a_timeout_of_0_returns(void)
{
	int e = conf_eventfd(0, 0), ep = conf_epoll();
	struct timespec zero = { 0, 0 };
	struct timeval none = { 0, 0 };
	struct pollfd p = { e, POLLIN, 0 };
	uint64_t in[16] = { 0 };

	EQ(conf_add(ep, e, EPOLLIN), 0);
	in[0] = UINT64_C(1) << e;
	EQ(sys(SYS_POLL, &p, 1, 0), 0);
	EQ(sys(SYS_PPOLL, &p, 1, &zero, NULL, 8), 0);
	EQ(sys(SYS_SELECT, e + 1, in, NULL, NULL, &none), 0);
	EQ(conf_epoll_now(ep), 0);
	CLOSE(e, ep);
	return 0;
}

static int C44_no_timeout_sleeps_until_an_event(void)
{
	int e = conf_eventfd(0, 0);
	struct pollfd p[] = { { e, POLLIN, 0 }, { e, POLLIN, 0 } };
	uint64_t in[16] = { 0 };
	struct call pollers[4];

	in[0] = UINT64_C(1) << e;
	start(&pollers[0], SYS_POLL, &p[0], 1, FOREVER);
	start(&pollers[1], SYS_PPOLL, &p[1], 1, NULL, NULL, 8);
	start(&pollers[2], SYS_SELECT, e + 1, in, NULL, NULL, NULL);
	start(&pollers[3], SYS_POLL, &p[1], 1, 0x7fffffff);
	for (int i = 0; i < 4; i++)
		BLOCKS(&pollers[i]);
	EQ(conf_write(e, 1), 8);
	for (int i = 0; i < 4; i++)
		RETURNS(&pollers[i], 1);
	CLOSE(e);
	return 0;
}

static int C44_timeouts_in_nanoseconds_round_up(void)
{
	int e = conf_eventfd(0, 0), ep = conf_epoll();
	struct timespec ts = { 0, 1500000 };
	struct pollfd p = { e, POLLIN, 0 };
	struct epoll_event ev;
	uint64_t begin = T->now_ns();

	EQ(sys(SYS_PPOLL, &p, 1, &ts, NULL, 8), 0);
	TRUE(T->now_ns() - begin >= 1500000);
	EQ(conf_add(ep, e, EPOLLIN), 0);
	ts = (struct timespec){ 0, 1500000 };
	begin = T->now_ns();
	EQ(sys(SYS_EPOLL_PWAIT2, ep, &ev, 1, &ts, NULL, 8), 0);
	TRUE(T->now_ns() - begin >= 1500000);
	CLOSE(e, ep);
	return 0;
}

static int C44_select_and_epoll_timeouts_are_not_shortened(void)
{
	int e = conf_eventfd(0, 0), ep = conf_epoll();
	struct timeval tv = { 0, 10000 };
	struct timespec ts = { 0, 10 * (int64_t)MS };
	uint64_t in[16] = { 0 }, begin = T->now_ns();
	struct epoll_event ev;

	in[0] = UINT64_C(1) << e;
	EQ(sys(SYS_SELECT, e + 1, in, NULL, NULL, &tv), 0);
	TRUE(T->now_ns() - begin >= 10 * MS);
	EQ(in[0], 0);
	begin = T->now_ns();
	in[0] = UINT64_C(1) << e;
	EQ(sys(SYS_PSELECT6, e + 1, in, NULL, NULL, &ts, NULL), 0);
	TRUE(T->now_ns() - begin >= 10 * MS);
	EQ(conf_add(ep, e, EPOLLIN), 0);
	begin = T->now_ns();
	EQ(sys(SYS_EPOLL_WAIT, ep, &ev, 1, 10), 0);
	TRUE(T->now_ns() - begin >= 10 * MS);
	CLOSE(e, ep);
	return 0;
}

/* ---- C45 to C47 --------------------------------------------------------- */

static int C45_a_write_wakes_a_poller_for_IN(void)
{
	int e = conf_eventfd(0, 0);

	for (int i = 0; i < 10; i++) {
		struct pollfd p = { e, POLLIN, 0 };
		struct call poller;
		uint64_t v;

		start(&poller, SYS_POLL, &p, 1, FOREVER);
		BLOCKS(&poller);
		EQ(conf_write(e, 1), 8);
		RETURNS(&poller, 1);
		EQ(p.revents, POLLIN);
		EQ(conf_read(e, &v), 8);
	}
	CLOSE(e);
	return 0;
}

static int C45_a_read_at_the_ceiling_wakes_a_poller_for_OUT(void)
{
	static const uint32_t modes[] = { 0, EFD_SEMAPHORE };

	for (int i = 0; i < 2; i++) {
		int e = conf_eventfd_at(MAX, modes[i]);
		struct pollfd p = { e, POLLOUT, 0 };
		struct call poller;
		uint64_t v;

		start(&poller, SYS_POLL, &p, 1, FOREVER);
		BLOCKS(&poller);
		EQ(conf_read(e, &v), 8);
		RETURNS(&poller, 1);
		EQ(p.revents, POLLOUT);
		CLOSE(e);
	}
	return 0;
}

static int C45_a_poller_for_OUT_sleeps_through_a_write(void)
{
	int e = conf_eventfd_at(MAX - 1, 0);
	struct pollfd p = { e, POLLOUT, 0 };
	struct call poller;
	uint64_t v;

	EQ(conf_write(e, 1), 8);
	start(&poller, SYS_POLL, &p, 1, FOREVER);
	BLOCKS(&poller);
	EQ(conf_write(e, 0), 8);
	BLOCKS(&poller);
	EQ(conf_read(e, &v), 8);
	RETURNS(&poller, 1);
	CLOSE(e);
	return 0;
}

static int C45_every_poller_wakes(void)
{
	int e = conf_eventfd(0, EFD_SEMAPHORE), f = conf_eventfd(0, 0);
	struct pollfd p[4][2];
	struct call pollers[4];

	for (int i = 0; i < 4; i++) {
		p[i][0] = (struct pollfd){ f, POLLIN, 0 };
		p[i][1] = (struct pollfd){ e, POLLIN, 0 };
		start(&pollers[i], SYS_POLL, p[i], 2, FOREVER);
		BLOCKS(&pollers[i]);
	}
	EQ(conf_write(e, 1), 8);
	for (int i = 0; i < 4; i++) {
		RETURNS(&pollers[i], 1);
		EQ(p[i][0].revents, 0);
		EQ(p[i][1].revents, POLLIN);
	}
	CLOSE(e, f);
	return 0;
}

static int C46_the_same_descriptor_many_times(void)
{
	int e = conf_eventfd(0, 0), other = (int)sys(SYS_DUP, e);
	struct pollfd p[64];
	struct call poller;

	for (int i = 0; i < 64; i++)
		p[i] = (struct pollfd){ i % 2 ? e : other,
					(int16_t)(i % 3 ? POLLIN : 0), 0 };
	start(&poller, SYS_POLL, p, 64, FOREVER);
	BLOCKS(&poller);
	EQ(conf_write(e, 1), 8);
	RETURNS(&poller, 42);
	for (int i = 0; i < 64; i++)
		EQ(p[i].revents, i % 3 ? POLLIN : 0);
	CLOSE(e, other);
	return 0;
}

static int C47_too_many_is_EINVAL(void)
{
	struct pollfd p = { 0, 0, 0 };
	struct timespec zero = { 0, 0 };

	EQ(sys(SYS_POLL, &p, 0xffffffffu, 0), -EINVAL);
	EQ(sys(SYS_PPOLL, &p, 0x80000000u, &zero, NULL, 8), -EINVAL);
	return 0;
}

static int C47_the_limit_is_that_of_descriptors(void)
{
	static struct pollfd p[65];
	uint32_t limit = T->set_nofile(64);

	TRUE(limit > 0);
	for (int i = 0; i < 65; i++)
		p[i] = (struct pollfd){ -1, POLLIN, 0 };
	EQ(sys(SYS_POLL, p, 65, 0), -EINVAL);
	EQ(sys(SYS_POLL, p, 64, 0), 0);
	TRUE(T->set_nofile(limit) > 0);
	EQ(sys(SYS_POLL, p, 65, 0), 0);
	return 0;
}

/* ---- C48: select -------------------------------------------------------- */

struct sets {
	uint64_t in[16], out[16], except[16];
};

static int64_t select_now(struct sets *s, int fd)
{
	struct timeval none = { 0, 0 };

	*s = (struct sets){ { 0 }, { 0 }, { 0 } };
	s->in[fd / 64] = s->out[fd / 64] = s->except[fd / 64] = UINT64_C(1)
								<< fd % 64;
	return sys(SYS_SELECT, fd + 1, s->in, s->out, s->except, &none);
}

static int C48_select_as_poll(void)
{
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		int e = conf_eventfd_at(counts[i], 0);
		int64_t ready = expected_at(counts[i]);
		struct sets s;

		EQ(select_now(&s, e),
		   (ready & POLLIN ? 1 : 0) + (ready & POLLOUT ? 1 : 0));
		EQ(s.in[0] >> e & 1, ready & POLLIN ? 1 : 0);
		EQ(s.out[0] >> e & 1, ready & POLLOUT ? 1 : 0);
		EQ(s.except[0], 0);
		CLOSE(e);
	}
	return 0;
}

static int C48_select_sleeps_and_wakes(void)
{
	int e = conf_eventfd(0, 0), full = conf_eventfd_at(MAX, 0);
	struct sets s = { { 0 }, { 0 }, { 0 } };
	struct call selector;
	uint64_t v;

	s.in[0] = UINT64_C(1) << e;
	s.out[0] = UINT64_C(1) << full;
	s.except[0] = s.in[0] | s.out[0];
	start(&selector, SYS_SELECT, 64, s.in, s.out, s.except, NULL);
	BLOCKS(&selector);
	EQ(conf_read(full, &v), 8);
	RETURNS(&selector, 1);
	EQ(s.in[0], 0);
	EQ(s.out[0], UINT64_C(1) << full);
	EQ(s.except[0], 0);
	s.in[0] = UINT64_C(1) << e;
	start(&selector, SYS_PSELECT6, 64, s.in, NULL, NULL, NULL, NULL);
	BLOCKS(&selector);
	EQ(conf_write(e, 1), 8);
	RETURNS(&selector, 1);
	EQ(s.in[0], UINT64_C(1) << e);
	CLOSE(e, full);
	return 0;
}

static int C48_select_above_number_64(void)
{
	int e = conf_eventfd(1, 0), high = (int)sys(SYS_DUP2, e, 200);
	struct sets s;

	EQ(high, 200);
	EQ(select_now(&s, high), 2);
	EQ(s.in[3], UINT64_C(1) << 200 % 64);
	EQ(s.out[3], UINT64_C(1) << 200 % 64);
	CLOSE(e, high);
	return 0;
}

static int C48_select_errors(void)
{
	int e = conf_eventfd(1, 0);
	struct timeval none = { 0, 0 }, negative = { -1, 0 };
	struct sets s;

	CLOSE(e);
	EQ(select_now(&s, e), -EBADF);
	EQ(sys(SYS_SELECT, -1, s.in, NULL, NULL, &none), -EINVAL);
	EQ(sys(SYS_SELECT, 0, NULL, NULL, NULL, &negative), -EINVAL);
	EQ(sys(SYS_SELECT, 0, NULL, NULL, NULL, &none), 0);
	return 0;
}

/* ---- C49: saturation ---------------------------------------------------- */

static int C49_a_saturated_count_is_an_error_condition(void)
{
	int e = conf_eventfd_at(MAX, 0), ep = conf_epoll();
	struct sets s;

	EQ(T->post(e, 1), 0);
	EQ(conf_poll(e, POLLIN | POLLOUT), POLLIN | POLLERR);
	EQ(conf_poll(e, 0), POLLERR);
	EQ(conf_add(ep, e, 0), 0);
	EQ(conf_epoll_now(ep), EPOLLERR);
	EQ(select_now(&s, e), 2);
	EQ(s.in[0], UINT64_C(1) << e);
	EQ(s.out[0], UINT64_C(1) << e);
	EQ(s.except[0], 0);
	EQ(conf_write(e, 1), -EAGAIN);
	HOLDS(e, FULL_RANGE);
	EQ(conf_poll(e, POLLIN | POLLOUT), POLLOUT);
	CLOSE(e, ep);
	return 0;
}

static int C49_a_post_never_wraps(void)
{
	int e = conf_eventfd_at(MAX, 0);

	EQ(T->post(e, 3), 0);
	HOLDS(e, FULL_RANGE);
	EQ(T->post(e, 3), 0);
	HOLDS(e, 3);
	CLOSE(e);
	return 0;
}

const struct conf_case conf_poll_cases[] = {
	CASE(C39_in_means_above_0, 0, "POLLIN exactly if the count is above 0"),
	CASE(C39_a_poll_consumes_nothing, 0, "looking at readiness takes no unit"),
	CASE(C40_out_means_below_the_ceiling, 0,
	     "POLLOUT exactly if the count is below 2^64-2"),
	CASE(C41_both_in_between, 0, "both bits from 1 to 2^64-3"),
	CASE(C42_only_what_was_asked, 0, "revents has no bit that was not asked for"),
	CASE(C42_a_closed_number_is_NVAL,
	     0, "a closed number is POLLNVAL, asked for or not; a negative one is skipped"),
	CASE(C43_RDNORM_and_WRNORM_are_never_reported, 0,
	     "POLLRDNORM and POLLWRNORM do not come, from poll or epoll"),
	CASE(C43_a_poll_for_RDNORM_is_not_woken, 0,
	     "a poll for POLLRDNORM alone times out in spite of a write"),
	CASE(C44_a_poll_timeout_is_not_shortened, 0,
	     "a poll of 20 ms takes at least 20 ms"),
	CASE(C44_a_poll_of_nothing_is_a_timeout, 0,
	     "a poll of no descriptors waits for its timeout"),
	CASE(C44_a_timeout_of_0_returns, 0,
	     "poll, ppoll, select and epoll_wait with 0 return at once"),
	CASE(C44_no_timeout_sleeps_until_an_event, 0,
	     "no timeout, and the largest one, sleep until a write"),
	CASE(C44_timeouts_in_nanoseconds_round_up, 0,
	     "ppoll and epoll_pwait2 of 1.5 ms take at least that"),
	CASE(C44_select_and_epoll_timeouts_are_not_shortened, 0,
	     "select, pselect and epoll_wait of 10 ms take at least that"),
	CASE(C45_a_write_wakes_a_poller_for_IN, 0,
	     "a write wakes who polls for POLLIN, every time"),
	CASE(C45_a_read_at_the_ceiling_wakes_a_poller_for_OUT, 0,
	     "a read at the ceiling wakes who polls for POLLOUT"),
	CASE(C45_a_poller_for_OUT_sleeps_through_a_write, 0,
	     "a write of 0 at the ceiling does not end a poll for POLLOUT"),
	CASE(C45_every_poller_wakes, 0,
	     "one write wakes all four pollers, and none of them consumes it"),
	CASE(C46_the_same_descriptor_many_times, 0,
	     "64 entries for one object each get their own answer"),
	CASE(C47_too_many_is_EINVAL, 0, "2^31 entries and more are EINVAL"),
	CASE(C47_the_limit_is_that_of_descriptors, CONF_NOFILE,
	     "poll takes as many entries as the process may have descriptors"),
	CASE(C48_select_as_poll,
	     0, "select's read and write sets say what poll says; except is empty"),
	CASE(C48_select_sleeps_and_wakes, 0,
	     "select and pselect sleep until a bit of theirs is set"),
	CASE(C48_select_above_number_64, 0,
	     "select reaches numbers in later words of its sets"),
	CASE(C48_select_errors,
	     0, "select: EBADF for a closed number, EINVAL for a negative count or timeout"),
	CASE(C49_a_saturated_count_is_an_error_condition, CONF_POST,
	     "2^64-1 is POLLERR everywhere, and a read returns it"),
	CASE(C49_a_post_never_wraps, CONF_POST,
	     "kernel-side posts over the ceiling stay at 2^64-1"),
	{ 0 },
};
