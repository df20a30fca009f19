/* SPDX-License-Identifier: MIT */
/* C65 to C73: epoll, edge-triggered, one-shot and exclusive. */
#include "conf.h"

#define OBJECTS 10
#define THREADS 10

static int C65_once_per_edge(void)
{
	int e = conf_eventfd(0, 0), ep = conf_epoll();

	EQ(conf_add(ep, e, EPOLLIN | EPOLLET), 0);
	EQ(conf_epoll_now(ep), 0);
	EQ(conf_write(e, 1), 8);
	EQ(conf_epoll_now(ep), EPOLLIN);
	EQ(conf_epoll_now(ep), 0);
	EQ(conf_epoll_now(ep), 0);
	CLOSE(e, ep);
	return 0;
}

static int C65_ready_at_ADD_is_an_edge(void)
{
	int e = conf_eventfd(1, 0), ep = conf_epoll();

	EQ(conf_add(ep, e, EPOLLIN | EPOLLOUT | EPOLLET), 0);
	EQ(conf_epoll_now(ep), EPOLLIN | EPOLLOUT);
	EQ(conf_epoll_now(ep), 0);
	CLOSE(e, ep);
	return 0;
}

static int C66_every_write_is_an_edge(void)
{
	int e = conf_eventfd(0, 0), ep = conf_epoll();

	EQ(conf_add(ep, e, EPOLLIN | EPOLLET), 0);
	for (int i = 0; i < 100; i++) {
		EQ(conf_write(e, 1), 8);
		EQ(conf_epoll_now(ep), EPOLLIN);
		EQ(conf_epoll_now(ep), 0);
	}
	CLOSE(e, ep);
	return 0;
}

static int C66_every_write_wakes_a_waiter(void)
{
	int e = conf_eventfd(0, 0), ep = conf_epoll();

	EQ(conf_add(ep, e, EPOLLIN | EPOLLET), 0);
	for (int i = 0; i < 20; i++) {
		struct epoll_event ev;
		struct call waiter;

		start(&waiter, SYS_EPOLL_WAIT, ep, &ev, 1, FOREVER);
		BLOCKS(&waiter);
		EQ(conf_write(e, 1), 8);
		RETURNS(&waiter, 1);
		EQ(ev.events, EPOLLIN);
	}
	CLOSE(e, ep);
	return 0;
}

static int C66_a_write_of_0_is_an_edge_above_0(void)
{
	int e = conf_eventfd(1, EFD_NONBLOCK), ep = conf_epoll();

	EQ(conf_add(ep, e, EPOLLIN | EPOLLET), 0);
	EQ(conf_epoll_now(ep), EPOLLIN);
	EQ(conf_write(e, 0), 8);
	EQ(conf_epoll_now(ep), EPOLLIN);
	EQ(conf_epoll_now(ep), 0);
	HOLDS(e, 1);
	EQ(conf_write(e, 0), 8);
	EQ(conf_epoll_now(ep), 0);
	CLOSE(e, ep);
	return 0;
}

static int C66_a_write_of_0_reports_OUT_again(void)
{
	int e = conf_eventfd(0, 0), ep = conf_epoll();

	EQ(conf_add(ep, e, EPOLLIN | EPOLLOUT | EPOLLET), 0);
	EQ(conf_epoll_now(ep), EPOLLOUT);
	EQ(conf_write(e, 0), 8);
	EQ(conf_epoll_now(ep), EPOLLOUT);
	EQ(conf_mod(ep, e, EPOLLOUT | EPOLLET), 0);
	EQ(conf_epoll_now(ep), EPOLLOUT);
	EQ(conf_write(e, 0), 8);
	EQ(conf_epoll_now(ep), 0);
	CLOSE(e, ep);
	return 0;
}

static int C66_a_write_to_a_semaphore_above_0_is_an_edge(void)
{
	int e = conf_eventfd(5, EFD_SEMAPHORE), ep = conf_epoll();
	uint64_t v;

	EQ(conf_add(ep, e, EPOLLIN | EPOLLET), 0);
	EQ(conf_epoll_now(ep), EPOLLIN);
	EQ(conf_read(e, &v), 8);
	EQ(conf_epoll_now(ep), 0);
	EQ(conf_write(e, 1), 8);
	EQ(conf_epoll_now(ep), EPOLLIN);
	EQ(conf_epoll_now(ep), 0);
	CLOSE(e, ep);
	return 0;
}

static int C66_a_refused_write_is_no_edge(void)
{
	int e = conf_eventfd_at(MAX, 0), ep = conf_epoll();

	EQ(conf_add(ep, e, EPOLLIN | EPOLLET), 0);
	EQ(conf_epoll_now(ep), EPOLLIN);
	EQ(conf_write(e, 1), -EAGAIN);
	EQ(conf_write(e, FULL_RANGE), -EINVAL);
	EQ(conf_epoll_now(ep), 0);
	CLOSE(e, ep);
	return 0;
}

static int C67_writes_before_a_wait_are_one_event(void)
{
	int e = conf_eventfd(0, 0), ep = conf_epoll();
	struct epoll_event ev[8];

	EQ(conf_add(ep, e, EPOLLIN | EPOLLET), 0);
	for (int i = 0; i < 5; i++)
		EQ(conf_write(e, 1), 8);
	EQ(sys(SYS_EPOLL_WAIT, ep, ev, 8, 0), 1);
	EQ(sys(SYS_EPOLL_WAIT, ep, ev, 8, 0), 0);
	CLOSE(e, ep);
	return 0;
}

static int C68_a_read_reports_OUT_if_asked(void)
{
	int e = conf_eventfd(5, EFD_SEMAPHORE), ep = conf_epoll();
	uint64_t v;

	EQ(conf_add(ep, e, EPOLLIN | EPOLLOUT | EPOLLET), 0);
	EQ(conf_epoll_now(ep), EPOLLIN | EPOLLOUT);
	EQ(conf_read(e, &v), 8);
	EQ(conf_epoll_now(ep), EPOLLIN | EPOLLOUT);
	EQ(conf_epoll_now(ep), 0);
	CLOSE(e, ep);
	return 0;
}

static int C68_a_read_to_0_reports_OUT_alone(void)
{
	int e = conf_eventfd(5, EFD_NONBLOCK), ep = conf_epoll();

	EQ(conf_add(ep, e, EPOLLIN | EPOLLOUT | EPOLLET), 0);
	EQ(conf_epoll_now(ep), EPOLLIN | EPOLLOUT);
	HOLDS(e, 5);
	EQ(conf_epoll_now(ep), EPOLLOUT);
	EQ(conf_epoll_now(ep), 0);
	CLOSE(e, ep);
	return 0;
}

static int C68_a_read_reports_nothing_if_OUT_is_not_asked(void)
{
	int e = conf_eventfd(5, EFD_SEMAPHORE), ep = conf_epoll();
	uint64_t v;

	EQ(conf_add(ep, e, EPOLLIN | EPOLLET), 0);
	EQ(conf_epoll_now(ep), EPOLLIN);
	EQ(conf_read(e, &v), 8);
	EQ(conf_epoll_now(ep), 0);
	CLOSE(e, ep);
	return 0;
}

static int C68_a_write_reports_both_if_both_hold(void)
{
	int e = conf_eventfd(0, 0), ep = conf_epoll();

	EQ(conf_add(ep, e, EPOLLIN | EPOLLOUT | EPOLLET), 0);
	EQ(conf_epoll_now(ep), EPOLLOUT);
	EQ(conf_write(e, 1), 8);
	EQ(conf_epoll_now(ep), EPOLLIN | EPOLLOUT);
	EQ(conf_epoll_now(ep), 0);
	CLOSE(e, ep);
	return 0;
}

static int C69_MOD_rearms(void)
{
	int e = conf_eventfd(0, 0), ep = conf_epoll();

	EQ(conf_add(ep, e, EPOLLIN | EPOLLET), 0);
	EQ(conf_write(e, 1), 8);
	for (int i = 0; i < 10; i++) {
		EQ(conf_epoll_now(ep), EPOLLIN);
		EQ(conf_epoll_now(ep), 0);
		EQ(conf_mod(ep, e, EPOLLIN | EPOLLET), 0);
	}
	CLOSE(e, ep);
	return 0;
}

static int C69_MOD_of_an_empty_one_reports_nothing(void)
{
	int e = conf_eventfd(0, EFD_NONBLOCK), ep = conf_epoll();

	EQ(conf_add(ep, e, EPOLLIN | EPOLLET), 0);
	EQ(conf_mod(ep, e, EPOLLIN | EPOLLET), 0);
	EQ(conf_epoll_now(ep), 0);
	EQ(conf_write(e, 1), 8);
	HOLDS(e, 1);
	EQ(conf_mod(ep, e, EPOLLIN | EPOLLET), 0);
	EQ(conf_epoll_now(ep), 0);
	CLOSE(e, ep);
	return 0;
}

static int C70_MOD_from_edge_to_level_reports_again(void)
{
	int e = conf_eventfd(1, 0), ep = conf_epoll();

	EQ(conf_add(ep, e, EPOLLIN | EPOLLET), 0);
	EQ(conf_epoll_now(ep), EPOLLIN);
	EQ(conf_epoll_now(ep), 0);
	EQ(conf_mod(ep, e, EPOLLIN), 0);
	EQ(conf_epoll_now(ep), EPOLLIN);
	EQ(conf_epoll_now(ep), EPOLLIN);
	EQ(conf_mod(ep, e, EPOLLIN | EPOLLET), 0);
	EQ(conf_epoll_now(ep), EPOLLIN);
	EQ(conf_epoll_now(ep), 0);
	CLOSE(e, ep);
	return 0;
}

/* ---- C71: races --------------------------------------------------------- */

struct herd {
	int e[OBJECTS], stop, ep;
	uint64_t seen[OBJECTS]; /* atomic; sums that were read */
};

/* Each thread serves whatever comes until `stop` is readable for ever. */
static int serve(void *arg)
{
	struct herd *h = arg;

	for (;;) {
		struct epoll_event ev;
		uint64_t v;

		EQ(sys(SYS_EPOLL_WAIT, h->ep, &ev, 1, FOREVER), 1);
		if (ev.data == OBJECTS)
			return 0;
		while (conf_read(h->e[ev.data], &v) == 8)
			__atomic_fetch_add(&h->seen[ev.data], v, __ATOMIC_ACQ_REL);
	}
}

static int ctl_index(int ep, int fd, uint32_t events, uint64_t index)
{
	struct epoll_event ev = { events, index };

	return (int)sys(SYS_EPOLL_CTL, ep, EPOLL_CTL_ADD, fd, &ev);
}

static int C71_no_wakeup_is_lost_in_a_herd(void)
{
	static struct herd h;
	struct conf_task *t[THREADS];
	uint32_t rounds = conf_times(300);

	h = (struct herd){ .stop = conf_eventfd(0, 0), .ep = conf_epoll() };
	EQ(ctl_index(h.ep, h.stop, EPOLLIN, OBJECTS), 0);
	for (uint64_t i = 0; i < OBJECTS; i++) {
		h.e[i] = conf_eventfd(0, EFD_NONBLOCK);
		EQ(ctl_index(h.ep, h.e[i], EPOLLIN | EPOLLET, i), 0);
	}
	for (int i = 0; i < THREADS; i++)
		t[i] = conf_spawn(serve, &h);
	for (uint32_t round = 1; round <= rounds; round++) {
		for (int i = 0; i < OBJECTS; i++)
			EQ(conf_write(h.e[i], 1), 8);
		for (int i = 0; i < OBJECTS; i++)
			conf_until(&h.seen[i], round);
	}
	EQ(conf_write(h.stop, 1), 8);
	for (int i = 0; i < THREADS; i++)
		EQ(conf_join(t[i]), 0);
	EQ(conf_close_all(h.e, OBJECTS), 0);
	CLOSE(h.stop, h.ep);
	return 0;
}

/* Wait 1 ms at most, again and again; count what comes. */
struct racer {
	int e, ep;
	uint32_t rounds;
};

static int wait_shortly(void *arg)
{
	struct racer *r = arg;
	uint64_t *handled = conf_words();

	for (uint32_t seen = 0; seen < r->rounds;) {
		struct epoll_event ev;
		int64_t n = sys(SYS_EPOLL_WAIT, r->ep, &ev, 1, 1);

		TRUE(n == 0 || n == 1);
		if (n == 1)
			__atomic_store_n(handled, ++seen, __ATOMIC_RELEASE);
	}
	return 0;
}

static int C71_a_write_that_races_a_timeout_is_not_lost(void)
{
	struct racer r = { conf_eventfd(0, EFD_NONBLOCK), conf_epoll(),
			   conf_times(1000) };
	uint64_t random = 1;
	struct conf_task *t;

	EQ(conf_add(r.ep, r.e, EPOLLIN | EPOLLET), 0);
	t = conf_spawn(wait_shortly, &r);
	for (uint32_t i = 1; i <= r.rounds; i++) {
		uint64_t at = T->now_ns() + conf_random(&random) % 1200000;

		while (T->now_ns() < at)
			T->yield();
		EQ(conf_write(r.e, 1), 8);
		conf_until(conf_words(), i);
	}
	EQ(conf_join(t), 0);
	HOLDS(r.e, r.rounds);
	CLOSE(r.e, r.ep);
	return 0;
}

static int wait_for_events(void *arg)
{
	struct racer *r = arg;

	for (uint32_t i = 1; i <= r->rounds; i++) {
		struct epoll_event ev;

		EQ(sys(SYS_EPOLL_WAIT, r->ep, &ev, 1, FOREVER), 1);
		EQ(ev.events, EPOLLIN);
		__atomic_store_n(conf_words(), i, __ATOMIC_RELEASE);
	}
	return 0;
}

static int C71_each_MOD_of_a_ready_object_is_an_event(void)
{
	struct racer r = { conf_eventfd(1, 0), conf_epoll(), conf_times(100000) };
	struct conf_task *t;

	EQ(conf_add(r.ep, r.e, EPOLLIN | EPOLLET), 0);
	t = conf_spawn(wait_for_events, &r);
	for (uint32_t i = 1; i < r.rounds; i++) {
		conf_until(conf_words(), i);
		EQ(conf_mod(r.ep, r.e, EPOLLIN | EPOLLET), 0);
	}
	EQ(conf_join(t), 0);
	CLOSE(r.e, r.ep);
	return 0;
}

/* ---- C72, C73 ----------------------------------------------------------- */

static int once_then_silent(uint32_t trigger)
{
	uint32_t events = EPOLLIN | EPOLLONESHOT | trigger;
	int e = conf_eventfd(1, 0), ep = conf_epoll();

	EQ(conf_add(ep, e, events), 0);
	for (int i = 0; i < 3; i++) {
		EQ(conf_epoll_now(ep), EPOLLIN);
		EQ(conf_epoll_now(ep), 0);
		EQ(conf_write(e, 1), 8);
		EQ(conf_epoll_now(ep), 0);
		EQ(conf_mod(ep, e, events), 0);
	}
	CLOSE(e, ep);
	return 0;
}

static int C72_oneshot_once_until_MOD(void)
{
	return once_then_silent(0);
}

static int C72_oneshot_with_edges_once_until_MOD(void)
{
	return once_then_silent(EPOLLET);
}

static int C72_an_event_while_silent_is_seen_after_MOD(void)
{
	int e = conf_eventfd(1, EFD_NONBLOCK), ep = conf_epoll();
	struct epoll_event ev;
	struct call waiter;

	EQ(conf_add(ep, e, EPOLLIN | EPOLLET | EPOLLONESHOT), 0);
	EQ(conf_epoll_now(ep), EPOLLIN);
	HOLDS(e, 1);
	start(&waiter, SYS_EPOLL_WAIT, ep, &ev, 1, FOREVER);
	BLOCKS(&waiter);
	EQ(conf_write(e, 1), 8);
	BLOCKS(&waiter);
	EQ(conf_mod(ep, e, EPOLLIN | EPOLLET | EPOLLONESHOT), 0);
	RETURNS(&waiter, 1);
	CLOSE(e, ep);
	return 0;
}

static int C72_oneshot_wakes_one_of_two_waiters(void)
{
	int e = conf_eventfd(0, 0), ep = conf_epoll();
	struct call waiters[2];
	struct epoll_event ev[2];
	bool first;

	EQ(conf_add(ep, e, EPOLLIN | EPOLLONESHOT), 0);
	for (int i = 0; i < 2; i++) {
		start(&waiters[i], SYS_EPOLL_WAIT, ep, &ev[i], 1, FOREVER);
		BLOCKS(&waiters[i]);
	}
	EQ(conf_write(e, 1), 8);
	while (!T->has_ended(waiters[0].task) && !T->has_ended(waiters[1].task))
		T->yield();
	first = T->has_ended(waiters[0].task);
	BLOCKS(&waiters[first]);
	EQ(conf_mod(ep, e, EPOLLIN | EPOLLONESHOT), 0);
	RETURNS(&waiters[0], 1);
	RETURNS(&waiters[1], 1);
	CLOSE(e, ep);
	return 0;
}

/* Four epolls wait exclusively, two in the ordinary way. */
static int C73_one_exclusive_and_every_shared_waiter(void)
{
	int e = conf_eventfd(0, EFD_NONBLOCK), ep[6];
	struct epoll_event ev[6];
	struct call waiters[6];
	int ended = 0;

	for (int i = 0; i < 6; i++) {
		ep[i] = conf_epoll();
		EQ(conf_add(ep[i], e, EPOLLIN | (i < 4 ? EPOLLEXCLUSIVE : 0)), 0);
		start(&waiters[i], SYS_EPOLL_WAIT, ep[i], &ev[i], 1, FOREVER);
		BLOCKS(&waiters[i]);
	}
	EQ(conf_write(e, 1), 8);
	RETURNS(&waiters[4], 1);
	RETURNS(&waiters[5], 1);
	for (int i = 0; i < 4; i++) {
		while (!T->has_ended(waiters[i].task) &&
		       !T->is_blocked(waiters[i].task))
			T->yield();
		ended += T->has_ended(waiters[i].task);
	}
	EQ(ended, 1);
	for (int i = 1; i < 4; i++)
		EQ(conf_write(e, 1), 8);
	for (int i = 0; i < 4; i++)
		RETURNS(&waiters[i], 1);
	CLOSE(e, ep[0], ep[1], ep[2], ep[3], ep[4], ep[5]);
	return 0;
}

static int C73_exclusive_is_refused_where_it_makes_no_sense(void)
{
	int e = conf_eventfd(0, 0), ep = conf_epoll(), inner = conf_epoll();

	EQ(conf_add(ep, e, EPOLLIN | EPOLLEXCLUSIVE | EPOLLONESHOT), -EINVAL);
	EQ(conf_add(ep, e, EPOLLIN), 0);
	EQ(conf_mod(ep, e, EPOLLIN | EPOLLEXCLUSIVE), -EINVAL);
	EQ(conf_ctl(ep, EPOLL_CTL_DEL, e, 0), 0);
	EQ(conf_add(ep, e, EPOLLIN | EPOLLEXCLUSIVE | EPOLLET), 0);
	EQ(conf_mod(ep, e, EPOLLIN), -EINVAL);
	EQ(conf_add(ep, inner, EPOLLIN | EPOLLEXCLUSIVE), -EINVAL);
	CLOSE(e, ep, inner);
	return 0;
}

const struct conf_case conf_edge_cases[] = {
	CASE(C65_once_per_edge, 0, "an edge is reported once"),
	CASE(C65_ready_at_ADD_is_an_edge, 0,
	     "an object that is ready when it is added is reported, once"),
	CASE(C66_every_write_is_an_edge, 0,
	     "each of 100 writes with no read between is an event"),
	CASE(C66_every_write_wakes_a_waiter, 0,
	     "each of 20 writes with no read between wakes epoll_wait"),
	CASE(C66_a_write_of_0_is_an_edge_above_0, 0,
	     "a write of 0 is an event while the count is above 0, not at 0"),
	CASE(C66_a_write_of_0_reports_OUT_again, 0,
	     "a write of 0 is an event at 0 for who asked for IN and OUT: OUT"),
	CASE(C66_a_write_to_a_semaphore_above_0_is_an_edge, 0,
	     "a write is an event while units are left; a read is none for IN"),
	CASE(C66_a_refused_write_is_no_edge, 0, "a write that fails is no event"),
	CASE(C67_writes_before_a_wait_are_one_event, 0,
	     "five writes before a wait are one event"),
	CASE(C68_a_read_reports_OUT_if_asked, 0,
	     "a read is an edge for OUT, reported with what holds then"),
	CASE(C68_a_read_to_0_reports_OUT_alone, 0,
	     "a read that leaves 0 is reported as OUT without IN"),
	CASE(C68_a_read_reports_nothing_if_OUT_is_not_asked, 0,
	     "a read is no event for who asked for IN, units left or not"),
	CASE(C68_a_write_reports_both_if_both_hold, 0,
	     "a write is reported as IN and OUT if both were asked and hold"),
	CASE(C69_MOD_rearms, 0,
	     "MOD of a ready object reports it again, ten times with no read"),
	CASE(C69_MOD_of_an_empty_one_reports_nothing, 0,
	     "MOD of an object that is not ready reports nothing"),
	CASE(C70_MOD_from_edge_to_level_reports_again, 0,
	     "MOD from edge to level reports, and goes on reporting"),
	CASE(C71_no_wakeup_is_lost_in_a_herd,
	     0, "10 threads in one epoll, 10 objects, 300 rounds: each write is served"),
	CASE(C71_a_write_that_races_a_timeout_is_not_lost, 0,
	     "1000 writes around the end of a 1 ms wait: each is an event"),
	CASE(C71_each_MOD_of_a_ready_object_is_an_event,
	     0, "100 000 times MOD of a ready object while a thread waits: each is an event"),
	CASE(C72_oneshot_once_until_MOD, 0,
	     "a one-shot level is reported once, then silent until MOD"),
	CASE(C72_oneshot_with_edges_once_until_MOD, 0, "so is a one-shot edge"),
	CASE(C72_an_event_while_silent_is_seen_after_MOD, 0,
	     "what happened while silent wakes a waiter when MOD comes"),
	CASE(C72_oneshot_wakes_one_of_two_waiters, 0,
	     "a one-shot event goes to one of two waiters"),
	CASE(C73_one_exclusive_and_every_shared_waiter, 0,
	     "a write wakes one of four exclusive epolls and both shared ones"),
	CASE(C73_exclusive_is_refused_where_it_makes_no_sense, 0,
	     "EPOLLEXCLUSIVE with one-shot, by MOD, or of an epoll is EINVAL"),
	{ 0 },
};
