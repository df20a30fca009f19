/* SPDX-License-Identifier: MIT */
/* The list of watches alone: order, exclusion, queued edges, removal. */
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include <core/atomic.h>
#include <core/watch.h>

#include "../support/testport.h"
#include "../support/unit.h"

static struct evfd_watchlist list;
static char log_text[256];

/* A watch that writes its name and the events into the log. */
struct spy {
	struct evfd_watch watch;
	char name;
	bool wakes;
	uint32_t again; /* notify the list of these, once, from the callback */
};

static bool spy_notify(struct evfd_watch *w, uint32_t events)
{
	struct spy *s = (struct spy *)w;
	size_t used = strlen(log_text);

	snprintf(log_text + used, sizeof(log_text) - used, "%c%x ", s->name,
		 events);
	if (s->again) {
		events = s->again;
		s->again = 0;
		evfd_watchlist_notify(&list, events, EVFD_NOTIFY_ANY);
	}
	return s->wakes;
}

static struct spy spy_of(char name, uint32_t events, bool exclusive, bool wakes)
{
	return (struct spy){
		.watch = { .notify = spy_notify,
			   .events = events,
			   .exclusive = exclusive },
		.name = name,
		.wakes = wakes,
	};
}

static void add(struct spy *s)
{
	evfd_watchlist_lock(&list);
	evfd_watchlist_insert(&list, &s->watch);
	evfd_watchlist_unlock(&list);
}

static bool drop(struct spy *s)
{
	bool was_there;

	evfd_watchlist_lock(&list);
	was_there = evfd_watchlist_remove(&list, &s->watch);
	evfd_watchlist_unlock(&list);
	return was_there;
}

static void tell(uint32_t events)
{
	evfd_watchlist_notify(&list, events, EVFD_NOTIFY_THREAD);
}

static int setup(void **state)
{
	(void)state;
	testport_reset();
	list = (struct evfd_watchlist){ .head = NULL };
	log_text[0] = '\0';
	return 0;
}

static void test_interest(void **state)
{
	struct spy in = spy_of('i', EVFD_IN, false, true);
	struct spy out = spy_of('o', EVFD_OUT, false, true);
	struct spy none = spy_of('n', 0, false, true);

	(void)state;
	add(&in);
	add(&out);
	add(&none);
	log_text[0] = '\0';
	tell(EVFD_IN);
	assert_non_null(strstr(log_text, "i1"));
	assert_null(strstr(log_text, "o1"));
	assert_null(strstr(log_text, "n1"));
	log_text[0] = '\0';
	tell(EVFD_ERR);
	assert_non_null(strstr(log_text, "i8"));
	assert_non_null(strstr(log_text, "o8"));
	assert_non_null(strstr(log_text, "n8"));
}

/* C73: one exclusive watch that woke somebody, and every shared one. */
static void test_exclusive(void **state)
{
	struct spy first = spy_of('1', EVFD_IN, true, false);
	struct spy second = spy_of('2', EVFD_IN, true, true);
	struct spy third = spy_of('3', EVFD_IN, true, true);
	struct spy shared = spy_of('s', EVFD_IN, false, true);

	(void)state;
	add(&first);
	add(&second);
	add(&third);
	add(&shared);
	tell(EVFD_IN);
	assert_string_equal(log_text, "s1 11 21 ");
	log_text[0] = '\0';
	tell(EVFD_IN | EVFD_HUP);
	assert_non_null(strstr(log_text, "311"));
}

/* An edge made by a callback is delivered after it, not inside it, not lost. */
static void test_edge_from_callback(void **state)
{
	struct spy a = spy_of('a', EVFD_IN | EVFD_OUT, false, true);
	struct spy b = spy_of('b', EVFD_IN | EVFD_OUT, false, true);

	(void)state;
	add(&b);
	add(&a);
	a.again = EVFD_OUT;
	tell(EVFD_IN);
	assert_string_equal(log_text, "a1 b1 a4 b4 ");
}

/* An edge that arrives while the list is held is its holder's to deliver. */
static void test_edge_while_held(void **state)
{
	struct spy a = spy_of('a', EVFD_IN | EVFD_OUT, false, true);

	(void)state;
	add(&a);
	evfd_watchlist_lock(&list);
	evfd_watchlist_notify(&list, EVFD_IN, EVFD_NOTIFY_ANY);
	evfd_watchlist_notify(&list, EVFD_OUT, EVFD_NOTIFY_ANY);
	assert_string_equal(log_text, "");
	evfd_watchlist_unlock(&list);
	assert_string_equal(log_text, "a5 ");
	tell(EVFD_IN);
	assert_string_equal(log_text, "a5 a1 ");
	/* Nobody slept for it. */
	assert_int_equal(testport_counts().calls, 0);
}

static void test_remove(void **state)
{
	struct spy s[4] = {
		spy_of('a', EVFD_IN, false, true),
		spy_of('b', EVFD_IN, false, true),
		spy_of('c', EVFD_IN, true, false),
		spy_of('d', EVFD_IN, true, false),
	};

	(void)state;
	for (int keep = 0; keep < 4; keep++) {
		for (int i = 0; i < 4; i++)
			add(&s[i]);
		for (int i = 0; i < 4; i++)
			if (i != keep)
				assert_true(drop(&s[i]));
		log_text[0] = '\0';
		tell(EVFD_IN);
		assert_int_equal(log_text[0], s[keep].name);
		assert_int_equal(strlen(log_text), 3);
		assert_true(drop(&s[keep]));
		assert_false(drop(&s[keep]));
		assert_true(evfd_watchlist_is_empty(&list));
	}
}

static void test_clear(void **state)
{
	struct spy a = spy_of('a', EVFD_IN, false, true);
	struct spy b = spy_of('b', 0, true, true);

	(void)state;
	add(&a);
	add(&b);
	evfd_watchlist_lock(&list);
	evfd_watchlist_clear(&list, EVFD_HUP);
	evfd_watchlist_unlock(&list);
	assert_string_equal(log_text, "a10 b10 ");
	assert_false(drop(&a));
	assert_false(drop(&b));
}

/* How many woke somebody, as far as the call delivered. */
static void test_says_how_many_it_woke(void **state)
{
	struct spy a = spy_of('a', EVFD_IN, false, true);
	struct spy b = spy_of('b', EVFD_IN, false, false);
	struct spy c = spy_of('c', EVFD_IN | EVFD_OUT, true, true);
	struct spy d = spy_of('d', EVFD_IN, true, true);

	(void)state;
	assert_int_equal(
		evfd_watchlist_notify(&list, EVFD_IN, EVFD_NOTIFY_THREAD), 0);
	assert_int_equal(evfd_watchlist_notify(&list, EVFD_IN, EVFD_NOTIFY_ANY), 0);
	add(&a);
	add(&b);
	add(&c);
	add(&d);
	assert_int_equal(
		evfd_watchlist_notify(&list, EVFD_IN, EVFD_NOTIFY_THREAD), 2);
	assert_int_equal(evfd_watchlist_notify(&list, EVFD_OUT, EVFD_NOTIFY_ANY),
			 1);
	evfd_watchlist_lock(&list);
	assert_int_equal(evfd_watchlist_notify(&list, EVFD_IN, EVFD_NOTIFY_ANY), 0);
	evfd_watchlist_unlock(&list);
	/* What a callback adds is delivered by the same call. */
	a.again = EVFD_OUT;
	assert_int_equal(
		evfd_watchlist_notify(&list, EVFD_IN, EVFD_NOTIFY_THREAD), 3);
}

/* ---- several threads --------------------------------------------------------- */

#define ROUNDS 3000u

static uint32_t delivered;
static uint32_t posted;

/* What was posted before an edge is seen by its delivery. */
static bool count_notify(struct evfd_watch *w, uint32_t events)
{
	(void)w;
	(void)events;
	store_rel(&delivered, load_acq(&posted));
	return true;
}

static void post_many(void *arg)
{
	enum evfd_notify how = *(enum evfd_notify *)arg;

	for (uint32_t i = 0; i < ROUNDS; i++) {
		uint32_t mine = add_ar(&posted, 1) + 1;

		evfd_watchlist_notify(&list, EVFD_IN, how);
		/* In thread context the edge has been delivered by now. */
		if (how == EVFD_NOTIFY_THREAD && load_acq(&delivered) < mine)
			evfd_port_panic("edge not delivered", __FILE__, __LINE__);
	}
}

static void come_and_go(void *arg)
{
	(void)arg;
	for (uint32_t i = 0; i < ROUNDS; i++) {
		struct spy s = spy_of('x', 0, i & 1, false);

		add(&s);
		if (!drop(&s))
			evfd_port_panic("watch vanished", __FILE__, __LINE__);
	}
}

/* Threads that find the list held sleep, and are let in one after the other; edges
 * that are queued meanwhile do not make anybody forget them. */
#define GUESTS 3

static void lock_again(void *arg)
{
	(void)arg;
	evfd_watchlist_lock(&list);
}

static void come_in(void *arg)
{
	add(arg);
}

static void test_who_finds_it_held_sleeps(void **state)
{
	struct testport_thread *threads[GUESTS];
	struct spy first = spy_of('f', EVFD_IN | EVFD_OUT, false, true);
	struct spy spies[GUESTS];
	struct testport_counts counts;

	(void)state;
	add(&first);
	evfd_watchlist_lock(&list);
	for (size_t i = 0; i < GUESTS; i++) {
		spies[i] = spy_of('g', EVFD_IN, false, true);
		threads[i] = testport_start(come_in, &spies[i]);
		while (testport_counts().waits <= i)
			sched_yield();
	}
	assert_int_equal(evfd_watchlist_notify(&list, EVFD_OUT, EVFD_NOTIFY_ANY),
			 0);
	/* One is woken, and finds it held again. */
	testport_on_wake(lock_again, NULL);
	evfd_watchlist_unlock(&list);
	assert_int_equal(testport_counts().woken, 1);
	while (testport_counts().waits <= GUESTS)
		sched_yield();
	evfd_watchlist_unlock(&list);
	for (size_t i = 0; i < GUESTS; i++)
		testport_join(threads[i]);
	assert_string_equal(log_text, "f4 ");
	assert_int_equal(list.state, 0);
	counts = testport_counts();
	assert_int_equal(counts.woken, GUESTS + 1);
	assert_int_equal(counts.waits, GUESTS + 1);
	tell(EVFD_IN);
	assert_int_equal(strlen(log_text), 3 + 3 * (1 + GUESTS));
}

static void test_no_edge_is_lost(void **state)
{
	enum evfd_notify how[2] = { EVFD_NOTIFY_THREAD, EVFD_NOTIFY_ANY };
	struct evfd_watch counting = { .notify = count_notify, .events = EVFD_IN };
	struct testport_thread *threads[3];

	(void)state;
	delivered = posted = 0;
	evfd_watchlist_lock(&list);
	evfd_watchlist_insert(&list, &counting);
	evfd_watchlist_unlock(&list);
	threads[0] = testport_start(post_many, &how[0]);
	threads[1] = testport_start(post_many, &how[1]);
	threads[2] = testport_start(come_and_go, NULL);
	for (int i = 0; i < 3; i++)
		testport_join(threads[i]);
	assert_int_equal(delivered, 2 * ROUNDS);
	assert_int_equal(list.state, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_interest, setup),
		cmocka_unit_test_setup(test_exclusive, setup),
		cmocka_unit_test_setup(test_edge_from_callback, setup),
		cmocka_unit_test_setup(test_edge_while_held, setup),
		cmocka_unit_test_setup(test_remove, setup),
		cmocka_unit_test_setup(test_clear, setup),
		cmocka_unit_test_setup(test_says_how_many_it_woke, setup),
		cmocka_unit_test_setup(test_who_finds_it_held_sleeps, setup),
		cmocka_unit_test_setup(test_no_edge_is_lost, setup),
	};

	return cmocka_run_group_tests_name("watch", tests, NULL, NULL);
}
