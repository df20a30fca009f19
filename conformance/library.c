/* SPDX-License-Identifier: MIT */
/* What a counter's descriptor adds to lines X4 to X13, and its two other modes. */
#include "conf.h"
#include "native.h"

/* Flags of evfd_descriptor(). */
#define ARMED 0x01u /* only for a loop that says it sleeps */
#define EDGE 0x02u  /* which waits edge-triggered */

static evfd_t make(uint64_t initial, uint32_t flags)
{
	evfd_t h = EVFD_NONE;

	N->create(NULL, initial, flags, NULL, NULL, &h);
	return h;
}

#define END(h) EQ(N->close(NULL, h), 0)
#define READY(h, expected) \
	EQ(conf_poll(N->descriptor(h, 0), POLLIN | POLLOUT), expected)

/* An epoll that watches the descriptor by edges, with what is due already heard. */
static int watch(int fd, uint32_t events)
{
	int ep = conf_epoll();

	conf_add(ep, fd, events | EPOLLET);
	conf_epoll_now(ep);
	return ep;
}

/* ---- exact --------------------------------------------------------------------- */

static int X4_cancel_shows_on_the_descriptor(void)
{
	evfd_t h = make(0, 0);
	int ep = conf_epoll();
	struct epoll_event ev;
	struct call waiter;

	EQ(conf_add(ep, N->descriptor(h, 0), EPOLLIN), 0);
	start(&waiter, SYS_EPOLL_WAIT, ep, &ev, 1, FOREVER);
	BLOCKS(&waiter);
	EQ(N->cancel(NULL, h), 0);
	RETURNS(&waiter, 1);
	READY(h, POLLIN | POLLOUT);
	END(h);
	CLOSE(ep);
	return 0;
}

static int X4_close_takes_the_descriptor_along(void)
{
	evfd_t h = make(3, 0);
	int fd = N->descriptor(h, 0), ep = conf_epoll();

	EQ(conf_add(ep, fd, EPOLLIN), 0);
	EQ(conf_epoll_now(ep), EPOLLIN);
	END(h);
	EQ(conf_poll(fd, POLLIN), POLLNVAL);
	EQ(conf_epoll_now(ep), 0);
	EQ(N->descriptor(h, 0), -EBADF);
	CLOSE(ep);
	return 0;
}

static int X5_a_number_has_nothing_of_its_former_counter(void)
{
	evfd_t h = make(MAX, 0), next;
	int fd = N->descriptor(h, 0);

	READY(h, POLLIN);
	END(h);
	next = make(0, 0);
	EQ(N->descriptor(next, 0), fd);
	READY(next, POLLOUT);
	EQ(N->post(NULL, h, 1), -EBADF);
	READY(next, POLLOUT);
	END(next);
	return 0;
}

static int X6_a_post_is_seen_and_saturation_is_full(void)
{
	evfd_t h = make(0, 0);
	int ep = watch(N->descriptor(h, 0), EPOLLIN);
	uint64_t v;

	for (int i = 0; i < 3; i++) {
		EQ(N->post(NULL, h, 1), 0);
		EQ(conf_epoll_now(ep), EPOLLIN);
		EQ(conf_epoll_now(ep), 0);
	}
	EQ(N->post(NULL, h, MAX), 0);
	READY(h, POLLIN);
	EQ(conf_epoll_now(ep), EPOLLIN);
	EQ(N->read(NULL, h, &v, EVFD_NOWAIT), 0);
	READY(h, POLLOUT);
	END(h);
	CLOSE(ep);
	return 0;
}

static int X7_swap_and_take_move_the_descriptor(void)
{
	evfd_t h = make(0, EVFD_SEMAPHORE);
	int ep = watch(N->descriptor(h, 0), EPOLLIN);
	uint64_t v;

	EQ(N->swap(NULL, h, 5, NULL), 0);
	EQ(conf_epoll_now(ep), EPOLLIN);
	EQ(N->swap(NULL, h, 4, NULL), 0);
	EQ(conf_epoll_now(ep), EPOLLIN);
	EQ(N->take(NULL, h, 1, 3, &v, EVFD_NOWAIT), 0);
	READY(h, POLLIN | POLLOUT);
	EQ(N->take(NULL, h, 1, 3, &v, EVFD_NOWAIT), 0);
	READY(h, POLLOUT);
	EQ(N->swap(NULL, h, MAX, NULL), 0);
	READY(h, POLLIN);
	EQ(N->swap(NULL, h, 0, NULL), 0);
	READY(h, POLLOUT);
	END(h);
	CLOSE(ep);
	return 0;
}

static int X8_wait_any_drains_the_descriptor(void)
{
	struct evfd_any set[2] = { { .handle = make(0, 0) },
				   { .handle = make(0, 0) } };
	uint64_t v;

	EQ(N->post(NULL, set[0].handle, 2), 0);
	EQ(N->post(NULL, set[1].handle, 3), 0);
	EQ(N->wait_any(NULL, set, 2, &v, EVFD_FOREVER), 0);
	READY(set[0].handle, POLLOUT);
	READY(set[1].handle, POLLIN | POLLOUT);
	EQ(N->wait_any(NULL, set, 2, &v, EVFD_FOREVER), 1);
	READY(set[1].handle, POLLOUT);
	END(set[0].handle);
	END(set[1].handle);
	return 0;
}

static int X11_a_restored_counter_has_its_descriptor(void)
{
	static const uint64_t counts[] = { 0, 1, MAX };
	static const int64_t ready[] = { POLLOUT, POLLIN | POLLOUT, POLLIN };

	for (int i = 0; i < 3; i++) {
		evfd_t h = make(counts[i], 0);
		struct evfd_snapshot s;

		EQ(N->snapshot(NULL, h, &s), 0);
		READY(h, ready[i]);
		END(h);
		s.handle += UINT64_C(2) << 32; /* which that place has not had */
		EQ(N->restore(NULL, &s, NULL), 0);
		READY(s.handle, ready[i]);
		END(s.handle);
	}
	return 0;
}

static int X12_all_handles_have_one_descriptor(void)
{
	evfd_t h = make(0, 0), producer = evfd_restrict(h, EVFD_NO_READ);
	int fd = N->descriptor(h, 0);

	EQ(N->descriptor(producer, 0), fd);
	EQ(N->write(NULL, producer, 1, EVFD_NOWAIT), 0);
	READY(h, POLLIN | POLLOUT);
	END(h);
	return 0;
}

static int X13_a_descriptor_has_an_edge_for_every_write(void)
{
	evfd_t h = make(0, 0);
	int ep = watch(N->descriptor(h, 0), EPOLLIN);

	for (int i = 0; i < 10; i++) {
		EQ(N->write(NULL, h, 1, EVFD_NOWAIT), 0);
		EQ(conf_epoll_now(ep), EPOLLIN);
		EQ(conf_epoll_now(ep), 0);
	}
	END(h);
	CLOSE(ep);
	return 0;
}

static int X13_a_descriptor_of_transitions(void)
{
	evfd_t h = make(0, EVFD_TRANSITION);
	int fd = N->descriptor(h, 0), ep = watch(fd, EPOLLIN | EPOLLOUT);
	uint64_t v;

	for (int round = 0; round < 3; round++) {
		EQ(N->write(NULL, h, 1, EVFD_NOWAIT), 0);
		TRUE(conf_epoll_now(ep) & EPOLLIN);
		for (int i = 0; i < 5; i++) {
			EQ(N->write(NULL, h, 1, EVFD_NOWAIT), 0);
			EQ(conf_epoll_now(ep), 0);
			READY(h, POLLIN | POLLOUT);
		}
		EQ(N->write(NULL, h, MAX - 6, EVFD_NOWAIT), 0);
		READY(h, POLLIN);
		EQ(N->read(NULL, h, &v, EVFD_NOWAIT), 0);
		READY(h, POLLOUT);
		TRUE(conf_epoll_now(ep) & EPOLLOUT);
	}
	END(h);
	CLOSE(ep);
	return 0;
}

/* ---- armed ----------------------------------------------------------------------- */

static evfd_t make_armed(int *fd, uint32_t flags)
{
	struct evfd_snapshot s;
	evfd_t h = make(0, 0);

	/* The target's create has made an exact one: begin again. */
	N->snapshot(NULL, h, &s);
	N->close(NULL, h);
	s.handle += UINT64_C(2) << 32;
	if (N->restore(NULL, &s, NULL))
		return EVFD_NONE;
	*fd = N->descriptor(s.handle, flags);
	return s.handle;
}

static int X13_armed_rings_only_for_who_sleeps(void)
{
	int fd;
	evfd_t h = make_armed(&fd, ARMED);
	uint64_t v;

	OK(fd);
	EQ(N->descriptor(h, 0), -EEXIST);
	EQ(N->write(NULL, h, 1, EVFD_NOWAIT), 0);
	EQ(conf_poll(fd, POLLIN), 0);
	EQ(N->arm(h), 1);
	EQ(conf_poll(fd, POLLIN), 0);
	EQ(N->read(NULL, h, &v, EVFD_NOWAIT), 0);
	for (int i = 0; i < 5; i++) {
		EQ(N->arm(h), 0);
		EQ(conf_poll(fd, POLLIN), 0);
		EQ(N->write(NULL, h, 1, EVFD_NOWAIT), 0);
		EQ(conf_poll(fd, POLLIN), POLLIN);
		EQ(N->disarm(h), 0);
		EQ(conf_poll(fd, POLLIN), 0);
		EQ(N->read(NULL, h, &v, EVFD_NOWAIT), 0);
		EQ(N->arm(h), 0);
		EQ(N->disarm(h), 0);
		EQ(N->write(NULL, h, 1, EVFD_NOWAIT), 0);
		EQ(conf_poll(fd, POLLIN), 0);
		EQ(N->read(NULL, h, &v, EVFD_NOWAIT), 0);
	}
	END(h);
	return 0;
}

static int X13_armed_by_edges_is_never_hushed(void)
{
	int fd, ep;
	evfd_t h = make_armed(&fd, ARMED | EDGE);
	uint64_t v;

	OK(fd);
	ep = watch(fd, EPOLLIN);
	for (int i = 0; i < 5; i++) {
		EQ(N->arm(h), 0);
		EQ(conf_epoll_now(ep), 0);
		EQ(N->write(NULL, h, 1, EVFD_NOWAIT), 0);
		EQ(N->write(NULL, h, 1, EVFD_NOWAIT), 0);
		EQ(conf_epoll_now(ep), EPOLLIN);
		EQ(conf_epoll_now(ep), 0);
		EQ(N->disarm(h), 0);
		EQ(N->read(NULL, h, &v, EVFD_NOWAIT), 0);
		EQ(v, 2);
		EQ(conf_poll(fd, POLLIN), POLLIN);
	}
	END(h);
	CLOSE(ep);
	return 0;
}

static int X13_an_armed_loop_is_woken_by_everything(void)
{
	int fd;
	evfd_t h = make_armed(&fd, ARMED);
	struct call waiter;
	struct pollfd p = { fd, POLLIN, 0 };

	for (int how = 0; how < 4; how++) {
		EQ(N->arm(h), 0);
		start(&waiter, SYS_POLL, &p, 1, FOREVER);
		BLOCKS(&waiter);
		if (how == 0)
			EQ(N->write(NULL, h, 1, EVFD_NOWAIT), 0);
		else if (how == 1)
			EQ(N->post(NULL, h, FULL_RANGE), 0);
		else if (how == 2)
			EQ(N->swap(NULL, h, 7, NULL), 0);
		else
			EQ(N->cancel(NULL, h), 0);
		RETURNS(&waiter, 1);
		EQ(N->disarm(h), 0);
		if (how < 3)
			EQ(N->swap(NULL, h, 0, NULL), 0);
	}
	END(h);
	return 0;
}

static int write_often(void *arg)
{
	evfd_t h = *(evfd_t *)arg;

	for (uint32_t i = 0; i < conf_times(20000); i++)
		EQ(N->write(NULL, h, 1, EVFD_FOREVER), 0);
	return 0;
}

static int X13_an_armed_loop_misses_nothing(void)
{
	int fd;
	evfd_t h = make_armed(&fd, ARMED);
	uint64_t v, sum = 0, all = 2 * (uint64_t)conf_times(20000);
	struct conf_task *writers[2];

	for (int i = 0; i < 2; i++)
		writers[i] = conf_spawn(write_often, &h);
	while (sum < all) {
		struct pollfd p = { fd, POLLIN, 0 };
		int there = N->arm(h);

		OK(there);
		if (!there)
			EQ(sys(SYS_POLL, &p, 1, 30000), 1);
		EQ(N->disarm(h), 0);
		if (N->read(NULL, h, &v, EVFD_NOWAIT) == 0)
			sum += v;
	}
	EQ(sum, all);
	for (int i = 0; i < 2; i++)
		EQ(conf_join(writers[i]), 0);
	END(h);
	return 0;
}

#define LIBRARY(name, sentence) \
	CASE(name, CONF_NATIVE | CONF_DESCRIPTOR, sentence)

const struct conf_case conf_library_cases[] = {
	LIBRARY(X4_cancel_shows_on_the_descriptor,
		"cancel wakes an epoll; the descriptor stays readable"),
	LIBRARY(X4_close_takes_the_descriptor_along,
		"close closes the number, and no epoll reports it"),
	LIBRARY(X5_a_number_has_nothing_of_its_former_counter,
		"the next counter's descriptor shows its own state"),
	LIBRARY(X6_a_post_is_seen_and_saturation_is_full,
		"each post is an edge; a saturated counter is not writable"),
	LIBRARY(X7_swap_and_take_move_the_descriptor,
		"swaps are edges; what empties or fills shows"),
	LIBRARY(X8_wait_any_drains_the_descriptor,
		"of what was taken, and of nothing else"),
	LIBRARY(X11_a_restored_counter_has_its_descriptor,
		"readable and writable as the restored count is"),
	LIBRARY(X12_all_handles_have_one_descriptor,
		"a restricted handle has the same descriptor"),
	LIBRARY(X13_a_descriptor_has_an_edge_for_every_write,
		"exact: ten writes, no read, ten edges"),
	LIBRARY(X13_a_descriptor_of_transitions,
		"EVFD_TRANSITION: an edge from 0, none after it; levels are "
		"right"),
	LIBRARY(X13_armed_rings_only_for_who_sleeps,
		"armed: no ring before arm and none after disarm"),
	LIBRARY(X13_armed_by_edges_is_never_hushed,
		"with EVFD_EDGE each call is an edge, and stays readable"),
	LIBRARY(X13_an_armed_loop_is_woken_by_everything,
		"by write, post, swap and cancel"),
	LIBRARY(X13_an_armed_loop_misses_nothing,
		"two writers of 20 000 against a loop that arms and sleeps"),
	{ 0 },
};
