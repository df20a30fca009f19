/* SPDX-License-Identifier: MIT */
/*
 * Sleeping and waking: who is woken, when, and how often. The rare orders are
 * made, not waited for: testport_on_wake() runs a step between the claim of a
 * sleeper and its waking.
 */
#include "../support/sleeper.h"
#include "../support/unit.h"

#include <core/cell.h>
#include <core/registry.h>

#define SECOND UINT64_C(1000000000)
#define MANY 8

static void write_now(evfd_t h, uint64_t value)
{
	assert_int_equal(evfd_write(&registry, h, value, EVFD_NOWAIT), 0);
}

static void close_now(evfd_t h)
{
	assert_int_equal(evfd_close(&registry, h), 0);
}

/* Start n sleepers, in order. */
static void start_all(struct sleeper *s, int n)
{
	for (int i = 0; i < n; i++)
		sleeper_start(&s[i]);
}

/* Readers that the word knows of, whether they still wait or have left a debt. */
static uint32_t asleep_in_word(evfd_t h)
{
	struct evfd_ref ref = { .object = NULL };

	assert_true(evfd_resolve(&registry, h, &ref));
	return evfd_word_asleep(evfd_cell_load(&ref.object->word));
}

/* ---- the plain cases ------------------------------------------------------- */

/* C12, C30. */
static void test_write_wakes_reader(void **state)
{
	evfd_t h = counter_new(0, 0);
	struct sleeper s = sleeper_read(h);

	(void)state;
	sleeper_start(&s);
	assert_int_equal(stat_of(h).waiting_readers, 1);
	write_now(h, 5);
	assert_int_equal(sleeper_join(&s), 0);
	assert_int_equal(s.value, 5);
	assert_nobody_waits(h);
	close_now(h);
}

/* C21, C30, C31: each writer waits for room of its own. */
static void test_read_wakes_writers_that_fit(void **state)
{
	evfd_t h = counter_new(EVFD_MAX, EVFD_SEMAPHORE);
	struct sleeper small = sleeper_write(h, 1), big = sleeper_write(h, 3);
	uint64_t value;

	(void)state;
	sleeper_start(&big);
	sleeper_start(&small);
	evfd_read(&registry, h, &value, EVFD_NOWAIT);
	assert_int_equal(sleeper_join(&small), 0);
	testport_until_asleep(1);
	assert_int_equal(count_of(h), EVFD_MAX);
	assert_int_equal(evfd_take(&registry, h, 2, 2, &value, EVFD_NOWAIT), 0);
	testport_until_asleep(1);
	assert_int_equal(stat_of(h).waiting_writers, 1);
	evfd_read(&registry, h, &value, EVFD_NOWAIT);
	assert_int_equal(sleeper_join(&big), 0);
	assert_int_equal(count_of(h), EVFD_MAX);
	assert_nobody_waits(h);
	close_now(h);
}

static void test_drain_wakes_all_writers(void **state)
{
	evfd_t h = counter_new(EVFD_MAX, 0);
	struct sleeper s[3] = { sleeper_write(h, 10), sleeper_write(h, 20),
				sleeper_write(h, 30) };
	uint64_t value;

	(void)state;
	start_all(s, 3);
	assert_int_equal(evfd_read(&registry, h, &value, EVFD_NOWAIT), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(sleeper_join(&s[i]), 0);
	assert_int_equal(count_of(h), 60);
	close_now(h);
}

/* X1: a post of n wakes min(n, sleepers), and none of them in vain. */
static void test_exact_wake(void **state)
{
	(void)state;
	for (uint64_t n = 1; n <= MANY + 2; n++) {
		evfd_t h = counter_new(0, EVFD_SEMAPHORE);
		struct sleeper s[MANY];
		struct testport_counts before, after;
		uint64_t woken = n < MANY ? n : MANY, rest = n - woken;

		for (int i = 0; i < MANY; i++)
			s[i] = sleeper_read(h);
		start_all(s, MANY);
		before = testport_counts();
		assert_int_equal(evfd_post(&registry, h, n), 0);
		testport_until_asleep(MANY - (uint32_t)woken);
		assert_int_equal(stat_of(h).waiting_readers, MANY - woken);
		after = testport_counts();
		assert_int_equal(after.woken - before.woken, woken);
		assert_int_equal(after.wakes - before.wakes, 1);
		if (woken < MANY)
			assert_int_equal(evfd_post(&registry, h, MANY - woken), 0);
		for (int i = 0; i < MANY; i++)
			assert_int_equal(sleeper_join(&s[i]), 0);
		/* Nobody who was woken had to sleep again. */
		assert_int_equal(testport_counts().waits, before.waits);
		assert_int_equal(count_of(h), rest);
		close_now(h);
	}
}

/* C32, X1: in counter mode one reader takes all, so one is woken. */
static void test_counter_mode_wakes_one(void **state)
{
	evfd_t h = counter_new(0, 0);
	struct sleeper s[MANY];
	struct testport_counts before;

	(void)state;
	for (int i = 0; i < MANY; i++)
		s[i] = sleeper_read(h);
	start_all(s, MANY);
	before = testport_counts();
	for (uint32_t i = 0; i < MANY; i++) {
		write_now(h, 100);
		testport_until_asleep(MANY - 1 - i);
		while (count_of(h))
			continue;
	}
	assert_int_equal(testport_counts().woken - before.woken, MANY);
	assert_int_equal(testport_counts().waits, before.waits);
	for (int i = 0; i < MANY; i++) {
		assert_int_equal(sleeper_join(&s[i]), 0);
		assert_int_equal(s[i].value, 100);
	}
	close_now(h);
}

/* ---- deadlines and signals ---------------------------------------------------- */

/* X3. */
static void test_deadline(void **state)
{
	evfd_t h = counter_new(0, 0), full = counter_new(EVFD_MAX, 0);
	struct sleeper r = sleeper_read(h), w = sleeper_write(full, 1);

	(void)state;
	r.deadline_ns = evfd_port_now() + SECOND;
	w.deadline_ns = evfd_port_now() + SECOND;
	sleeper_start(&r);
	sleeper_start(&w);
	testport_advance(SECOND - 1);
	assert_int_equal(testport_asleep(), 2);
	testport_advance(1);
	assert_int_equal(sleeper_join(&r), EVFD_ETIMEDOUT);
	assert_int_equal(sleeper_join(&w), EVFD_ETIMEDOUT);
	assert_nobody_waits(h);
	assert_nobody_waits(full);
	/* It gave its registration back, and left no debt in place of it. */
	assert_int_equal(asleep_in_word(h), 0);
	assert_int_equal(count_of(full), EVFD_MAX);
	close_now(h);
	close_now(full);
}

/* A deadline that has passed is no reason to refuse what can be done. */
static void test_deadline_in_the_past(void **state)
{
	evfd_t h = counter_new(0, EVFD_SEMAPHORE);
	uint64_t value, past = evfd_port_now() - 1;

	(void)state;
	assert_int_equal(evfd_read(&registry, h, &value, past), EVFD_ETIMEDOUT);
	assert_int_equal(evfd_write(&registry, h, 1, past), 0);
	assert_int_equal(evfd_read(&registry, h, &value, past), 0);
	assert_int_equal(evfd_swap(&registry, h, EVFD_MAX, NULL), 0);
	assert_int_equal(evfd_write(&registry, h, 1, past), EVFD_ETIMEDOUT);
	assert_nobody_waits(h);
	close_now(h);
}

/* C35. */
static void test_signal(void **state)
{
	evfd_t h = counter_new(0, 0), full = counter_new(EVFD_MAX, 0);
	struct sleeper r = sleeper_read(h), w = sleeper_write(full, 1);

	(void)state;
	sleeper_start(&r);
	sleeper_start(&w);
	assert_int_equal(testport_interrupt(), 2);
	assert_int_equal(sleeper_join(&r), EVFD_EINTR);
	assert_int_equal(sleeper_join(&w), EVFD_EINTR);
	assert_nobody_waits(h);
	assert_nobody_waits(full);
	assert_int_equal(count_of(full), EVFD_MAX);
	close_now(h);
	close_now(full);
}

/* More threads than the word can count: refused, not miscounted. */
static void test_too_many_sleepers(void **state)
{
	struct evfd_object o = { .pins = 0 };
	struct evfd_request rq = { .op = EVFD_OP_READ };
	struct evfd_outcome out;
	struct evfd_word w, full;

	(void)state;
	evfd_counter_init(&o, 0, 0);
	full = w = evfd_cell_load(&o.word);
	full.ctl |= (uint64_t)EVFD_ASLEEP_MAX << EVFD_ASLEEP_SHIFT;
	assert_true(evfd_cell_cas(&o.word, &w, full));
	assert_int_equal(evfd_counter_apply(&o, EVFD_EMBEDDED, &rq, EVFD_FOREVER,
					    EVFD_NOTIFY_THREAD, &out),
			 EVFD_ENOMEM);
	assert_int_equal(evfd_word_asleep(evfd_cell_load(&o.word)),
			 EVFD_ASLEEP_MAX);
}

/* An object outside any registry, which calls.c never asks. */
static void test_readiness_embedded(void **state)
{
	struct evfd_object o = { .pins = 0 };

	(void)state;
	evfd_counter_init(&o, 0, 0);
	assert_int_equal(evfd_counter_readiness(&o, EVFD_EMBEDDED), EVFD_OUT);
	evfd_counter_init(&o, 1, 0);
	assert_int_equal(evfd_counter_readiness(&o, EVFD_EMBEDDED),
			 EVFD_IN | EVFD_OUT);
	assert_int_equal(evfd_counter_readiness(&o, EVFD_EMBEDDED - 1), EVFD_EBADF);
	assert_int_equal(evfd_counter_readiness(&o, EVFD_EMBEDDED + 1), EVFD_EBADF);
}

/* ---- the end of waiting --------------------------------------------------------- */

/* X4, X5. */
static void test_cancel_and_close_wake_all(void **state)
{
	(void)state;
	for (int closes = 0; closes < 2; closes++) {
		evfd_t h = counter_new(0, 0), full = counter_new(EVFD_MAX, 0);
		int expected = closes ? EVFD_EBADF : EVFD_ECANCELED;
		struct sleeper s[4] = { sleeper_read(h), sleeper_take(h, 5, 9),
					sleeper_write(full, 1),
					sleeper_write(full, 2) };

		start_all(s, 4);
		if (closes) {
			close_now(h);
			close_now(full);
		} else {
			assert_int_equal(evfd_cancel(&registry, h), 0);
			assert_int_equal(evfd_cancel(&registry, full), 0);
		}
		for (int i = 0; i < 4; i++)
			assert_int_equal(sleeper_join(&s[i]), expected);
		if (!closes) {
			assert_nobody_waits(h);
			assert_nobody_waits(full);
			close_now(h);
			close_now(full);
		}
	}
}

/* X7: a swap is a read and a write to whoever sleeps. */
static void test_swap_wakes_both_sides(void **state)
{
	evfd_t h = counter_new(0, EVFD_SEMAPHORE);
	evfd_t full = counter_new(EVFD_MAX, 0);
	struct sleeper r[2] = { sleeper_read(h), sleeper_read(h) };
	struct sleeper w = sleeper_write(full, 1);

	(void)state;
	start_all(r, 2);
	sleeper_start(&w);
	assert_int_equal(evfd_swap(&registry, h, 2, NULL), 0);
	assert_int_equal(evfd_swap(&registry, full, 7, NULL), 0);
	assert_int_equal(sleeper_join(&r[0]), 0);
	assert_int_equal(sleeper_join(&r[1]), 0);
	assert_int_equal(sleeper_join(&w), 0);
	assert_int_equal(count_of(h), 0);
	assert_int_equal(count_of(full), 8);
	close_now(h);
	close_now(full);
}

/* X7: who wants several units does not keep others from one. */
static void test_choosy_reader(void **state)
{
	static const uint32_t modes[] = { 0, EVFD_SEMAPHORE };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(modes); i++) {
		evfd_t h = counter_new(0, modes[i]);
		struct sleeper five = sleeper_take(h, 5, 5);
		struct sleeper one = sleeper_take(h, 1, 1);

		sleeper_start(&five);
		sleeper_start(&one);
		write_now(h, 1);
		assert_int_equal(sleeper_join(&one), 0);
		testport_until_asleep(1);
		write_now(h, 4);
		testport_until_asleep(1);
		write_now(h, 2);
		assert_int_equal(sleeper_join(&five), 0);
		assert_int_equal(five.value, 5);
		assert_int_equal(count_of(h), 1);
		assert_nobody_waits(h);
		close_now(h);
	}
}

/* A taker that leaves units behind lets the next sleeper have them. */
static void test_take_passes_the_rest_on(void **state)
{
	evfd_t h = counter_new(0, 0);
	struct sleeper s[3] = { sleeper_take(h, 1, 2), sleeper_take(h, 1, 2),
				sleeper_read(h) };

	(void)state;
	start_all(s, 3);
	write_now(h, 5);
	for (int i = 0; i < 3; i++)
		assert_int_equal(sleeper_join(&s[i]), 0);
	assert_int_equal(s[0].value + s[1].value + s[2].value, 5);
	assert_int_equal(count_of(h), 0);
	close_now(h);
}

/* ---- between the claim and the waking ------------------------------------------- */

/* Once claimed, a sleeper is nobody's business: writes make no more calls. */
static uint64_t calls_of_writes;

static void write_often(void *arg)
{
	evfd_t h = *(evfd_t *)arg;
	uint64_t before = testport_counts().calls;

	for (int i = 0; i < 1000; i++)
		write_now(h, 1);
	calls_of_writes = testport_counts().calls - before;
}

static void test_claimed_once(void **state)
{
	evfd_t h = counter_new(0, 0);
	struct sleeper s = sleeper_read(h);

	(void)state;
	sleeper_start(&s);
	testport_on_wake(write_often, &h);
	write_now(h, 1);
	assert_int_equal(sleeper_join(&s), 0);
	assert_int_equal(calls_of_writes, 0);
	assert_int_equal(s.value + count_of(h), 1001);
	close_now(h);
}

static void interrupt_all(void *arg)
{
	(void)arg;
	testport_interrupt();
}

/* Success beats every excuse to leave. */
static void test_claimed_then_signal(void **state)
{
	evfd_t h = counter_new(0, 0);
	struct sleeper s = sleeper_read(h);

	(void)state;
	sleeper_start(&s);
	testport_on_wake(interrupt_all, NULL);
	write_now(h, 3);
	assert_int_equal(sleeper_join(&s), 0);
	assert_int_equal(s.value, 3);
	assert_nobody_waits(h);
	close_now(h);
}

static void steal_and_interrupt(void *arg)
{
	uint64_t value;

	assert_int_equal(
		evfd_read(&registry, *(evfd_t *)arg, &value, EVFD_NOWAIT), 0);
	testport_interrupt();
}

/* Claimed, interrupted, and the value gone: leave, and owe nothing. */
static void test_claimed_robbed_then_signal(void **state)
{
	evfd_t h = counter_new(0, 0);
	struct sleeper s = sleeper_read(h), next = sleeper_read(h);

	(void)state;
	sleeper_start(&s);
	testport_on_wake(steal_and_interrupt, &h);
	write_now(h, 3);
	assert_int_equal(sleeper_join(&s), EVFD_EINTR);
	assert_nobody_waits(h);
	/* No token is left lying for the next one to stumble on. */
	sleeper_start(&next);
	assert_int_equal(stat_of(h).waiting_readers, 1);
	write_now(h, 4);
	assert_int_equal(sleeper_join(&next), 0);
	close_now(h);
}

/* X2: who cannot take delivery passes the wake on. */
static void test_fault_passes_on(void **state)
{
	static const uint32_t modes[] = { 0, EVFD_SEMAPHORE };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(modes); i++) {
		evfd_t h = counter_new(0, modes[i]);
		struct sleeper bad = sleeper_put(h, EVFD_EFAULT);
		struct sleeper good = sleeper_put(h, 0);

		sleeper_start(&bad);
		sleeper_start(&good);
		write_now(h, 1);
		assert_int_equal(sleeper_join(&bad), EVFD_EFAULT);
		assert_int_equal(sleeper_join(&good), 0);
		assert_int_equal(good.value, 1);
		assert_int_equal(count_of(h), 0);
		close_now(h);
	}
}

/* A wake that is on its way may be met by a newcomer whom it does not help. Then
 * it is still owed to the sleeper for whom it was meant. */
static void start_newcomer(void *arg)
{
	sleeper_start(arg);
}

static void test_newcomer_takes_a_readers_wake(void **state)
{
	evfd_t h = counter_new(0, EVFD_SEMAPHORE);
	struct sleeper one = sleeper_read(h), five = sleeper_take(h, 5, 5);

	(void)state;
	sleeper_start(&one);
	testport_on_wake(start_newcomer, &five);
	write_now(h, 1);
	assert_int_equal(sleeper_join(&one), 0);
	testport_until_asleep(1);
	write_now(h, 5);
	assert_int_equal(sleeper_join(&five), 0);
	assert_nobody_waits(h);
	close_now(h);
}

static void test_newcomer_takes_a_writers_wake(void **state)
{
	evfd_t h = counter_new(EVFD_MAX, EVFD_SEMAPHORE);
	struct sleeper one = sleeper_write(h, 1), five = sleeper_write(h, 5);
	uint64_t value;

	(void)state;
	sleeper_start(&one);
	testport_on_wake(start_newcomer, &five);
	assert_int_equal(evfd_read(&registry, h, &value, EVFD_NOWAIT), 0);
	assert_int_equal(sleeper_join(&one), 0);
	testport_until_asleep(1);
	assert_int_equal(evfd_take(&registry, h, 5, 5, &value, EVFD_NOWAIT), 0);
	assert_int_equal(sleeper_join(&five), 0);
	assert_nobody_waits(h);
	close_now(h);
}

/* Who was not claimed and cannot take delivery has no wake to pass on. */
static void fail_to_read(void *arg)
{
	struct sleeper *s = arg;

	sleeper_launch(s);
	assert_int_equal(sleeper_join(s), EVFD_EPERM);
}

static void test_fault_of_a_passer_by(void **state)
{
	evfd_t h = counter_new(0, 0);
	struct sleeper first = sleeper_read(h), second = sleeper_read(h);
	struct sleeper passer_by = sleeper_put(h, EVFD_EPERM);
	uint64_t wakes = testport_counts().wakes;

	(void)state;
	sleeper_start(&first);
	sleeper_start(&second);
	passer_by.deadline_ns = EVFD_NOWAIT;
	testport_on_wake(fail_to_read, &passer_by);
	write_now(h, 1);
	assert_int_equal(sleeper_join(&first), 0);
	assert_int_equal(testport_counts().wakes - wakes, 1);
	write_now(h, 1);
	assert_int_equal(sleeper_join(&second), 0);
	close_now(h);
}

/* X10: sleepers that a call wakes, of either kind, and nobody else. */
static void test_wakes_are_counted(void **state)
{
	evfd_t h = counter_new(0, EVFD_COUNTED);
	struct sleeper reader = sleeper_read(h), takers[2], writers[3];
	uint64_t value, wakes;

	(void)state;
	takers[0] = takers[1] = sleeper_take(h, 5, 5);
	sleeper_start(&reader);
	start_all(takers, 2);
	wakes = testport_counts().wakes;
	write_now(h, 1);
	assert_int_equal(sleeper_join(&reader), 0);
	/* The reader, and both takers in vain. */
	assert_int_equal(stat_of(h).wakes, 3);
	assert_int_equal(testport_counts().wakes - wakes, 2);
	testport_until_asleep(2);
	write_now(h, 10);
	assert_int_equal(sleeper_join(&takers[0]), 0);
	assert_int_equal(sleeper_join(&takers[1]), 0);
	assert_int_equal(stat_of(h).wakes, 5);
	write_now(h, EVFD_MAX);
	for (int i = 0; i < 3; i++)
		writers[i] = sleeper_write(h, 1);
	start_all(writers, 3);
	wakes = testport_counts().wakes;
	assert_int_equal(evfd_read(&registry, h, &value, EVFD_NOWAIT), 0);
	assert_int_equal(testport_counts().wakes - wakes, 1);
	for (int i = 0; i < 3; i++)
		assert_int_equal(sleeper_join(&writers[i]), 0);
	assert_int_equal(stat_of(h).wakes, 8);
	close_now(h);
}

/* Who waits for several units, in either mode, is not one of the plain readers. */
static void test_two_are_an_amount(void **state)
{
	evfd_t h = counter_new(0, EVFD_SEMAPHORE);
	struct sleeper two = sleeper_take(h, 2, 2), some = sleeper_take(h, 1, 9);

	(void)state;
	sleeper_start(&two);
	sleeper_start(&some);
	write_now(h, 1);
	assert_int_equal(sleeper_join(&some), 0);
	assert_int_equal(some.value, 1);
	testport_until_asleep(1);
	write_now(h, 2);
	assert_int_equal(sleeper_join(&two), 0);
	assert_int_equal(count_of(h), 0);
	close_now(h);
}

/* X1: who takes what there is, one at least, is woken as exactly as a reader. */
static void test_takers_of_one_wake_exactly(void **state)
{
	evfd_t h = counter_new(0, EVFD_SEMAPHORE);
	struct sleeper takers[3];
	uint64_t woken = testport_counts().woken;

	(void)state;
	for (int i = 0; i < 3; i++)
		takers[i] = sleeper_take(h, 1, 1);
	start_all(takers, 3);
	write_now(h, 2);
	testport_until_asleep(1);
	assert_int_equal(testport_counts().woken - woken, 2);
	write_now(h, 1);
	for (int i = 0; i < 3; i++)
		assert_int_equal(sleeper_join(&takers[i]), 0);
	assert_int_equal(testport_counts().woken - woken, 3);
	close_now(h);
}

/* T1, as evfd_stat() tells it: of the registered, some are debts by now. */
static void test_who_is_waiting(void **state)
{
	static const struct {
		uint32_t asleep, debt, tokens, choosy, readers;
	} rows[] = {
		{ 0, 0, 0, 0, 0 }, { 3, 0, 0, 0, 3 }, { 3, 1, 0, 0, 2 },
		{ 3, 3, 0, 0, 0 }, { 1, 2, 0, 0, 0 }, { 3, 2, 1, 0, 2 },
		{ 3, 1, 1, 0, 3 }, { 3, 1, 5, 0, 3 }, { 3, 0, 2, 4, 7 },
		{ 0, 4, 1, 2, 2 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct evfd_word w = { .ctl = rows[i].asleep * EVFD_ASLEEP_ONE };
		struct evfd_object o = {
			.debt = rows[i].debt,
			.tokens = rows[i].tokens,
			.choosy = { rows[i].choosy, 9 },
		};

		assert_int_equal(evfd_counter_waiting(&o, w, EVFD_READERS),
				 rows[i].readers);
		assert_int_equal(evfd_counter_waiting(&o, w, EVFD_WRITERS), 9);
	}
}

/* ---- patience: looking before sleeping ------------------------------------------ */

static void write_seven(void *arg)
{
	write_now(*(evfd_t *)arg, 7);
}

static void read_all(void *arg)
{
	uint64_t value;

	assert_int_equal(
		evfd_read(&registry, *(evfd_t *)arg, &value, EVFD_NOWAIT), 0);
}

static void close_it(void *arg)
{
	close_now(*(evfd_t *)arg);
}

static void do_nothing(void *arg)
{
	(void)arg;
}

static void assert_found_awake(void)
{
	assert_int_equal(testport_counts().found, 1);
	assert_int_equal(testport_counts().unfound, 0);
	assert_int_equal(testport_counts().waits, 0);
}

static void test_comes_while_looking(void **state)
{
	static const uint64_t looks[] = { 0, 1, 2, 9 };
	uint64_t value;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(looks); i++) {
		evfd_t h = counter_new(0, 0);
		uint64_t before;

		testport_reset();
		before = evfd_port_now();
		testport_be_patient(10, looks[i], write_seven, &h);
		assert_int_equal(evfd_read(&registry, h, &value, EVFD_FOREVER), 0);
		assert_int_equal(value, 7);
		assert_int_equal(evfd_port_now() - before, looks[i]);
		assert_found_awake();
		close_now(h);
	}
}

static void test_makes_room_while_looking(void **state)
{
	evfd_t h = counter_new(EVFD_MAX, 0);

	(void)state;
	testport_be_patient(10, 2, read_all, &h);
	assert_int_equal(evfd_write(&registry, h, 5, EVFD_FOREVER), 0);
	assert_int_equal(count_of(h), 5);
	assert_found_awake();
	close_now(h);
}

/* Three units are not the five that it waits for; the next seven are. */
static void test_comes_in_parts_while_looking(void **state)
{
	evfd_t h = counter_new(3, 0);
	uint64_t value;

	(void)state;
	testport_be_patient(10, 2, write_seven, &h);
	assert_int_equal(evfd_take(&registry, h, 5, 10, &value, EVFD_FOREVER), 0);
	assert_int_equal(value, 10);
	assert_found_awake();
	close_now(h);
}

static void test_closes_while_looking(void **state)
{
	evfd_t h = counter_new(0, 0);
	uint64_t value;

	(void)state;
	testport_be_patient(10, 2, close_it, &h);
	assert_int_equal(evfd_read(&registry, h, &value, EVFD_FOREVER), EVFD_EBADF);
	assert_found_awake();
}

/* A look that finds nothing ends in a sleep, after as long as was asked for. */
static void test_patience_ends(void **state)
{
	evfd_t h = counter_new(0, 0);
	struct sleeper s = sleeper_read(h);
	uint64_t before = evfd_port_now();

	(void)state;
	testport_be_patient(10, 2, do_nothing, NULL);
	sleeper_start(&s);
	testport_be_patient(0, 0, NULL, NULL);
	assert_int_equal(testport_counts().found, 0);
	assert_int_equal(testport_counts().unfound, 1);
	assert_int_equal(evfd_port_now() - before, 10);
	write_now(h, 1);
	assert_int_equal(sleeper_join(&s), 0);
	close_now(h);
}

static void jump(void *arg)
{
	(void)arg;
	testport_advance(SECOND);
}

/* The clock may pass the end of patience without showing it. */
static void test_patience_ends_in_a_jump(void **state)
{
	evfd_t h = counter_new(0, 0);
	struct sleeper s = sleeper_read(h);

	(void)state;
	testport_be_patient(10, 2, jump, NULL);
	sleeper_start(&s);
	testport_be_patient(0, 0, NULL, NULL);
	assert_int_equal(testport_counts().unfound, 1);
	write_now(h, 1);
	assert_int_equal(sleeper_join(&s), 0);
	close_now(h);
}

/* Who may not wait does not look; who was not patient tells nobody. */
static void test_no_patience(void **state)
{
	evfd_t h = counter_new(0, 0);
	struct sleeper s = sleeper_read(h);
	uint64_t value;

	(void)state;
	testport_be_patient(10, 1, write_seven, &h);
	assert_int_equal(evfd_read(&registry, h, &value, EVFD_NOWAIT), EVFD_EAGAIN);
	testport_be_patient(0, 0, NULL, NULL);
	sleeper_start(&s);
	assert_int_equal(testport_counts().found + testport_counts().unfound, 0);
	write_now(h, 1);
	assert_int_equal(sleeper_join(&s), 0);
	close_now(h);
}

/* A slot is not reused while somebody is still leaving it. */
static evfd_t created_meanwhile;

static void create_meanwhile(void *arg)
{
	(void)arg;
	created_meanwhile = counter_new(9, 0);
}

static void test_slot_waits_for_its_last_sleeper(void **state)
{
	evfd_t h = counter_new(0, 0);
	struct sleeper s = sleeper_read(h);

	(void)state;
	sleeper_start(&s);
	testport_on_wake(create_meanwhile, NULL);
	close_now(h);
	assert_int_equal(sleeper_join(&s), EVFD_EBADF);
	assert_int_not_equal((uint32_t)created_meanwhile, (uint32_t)h);
	assert_int_equal(count_of(created_meanwhile), 9);
	close_now(created_meanwhile);
}

#define CASE(name) \
	cmocka_unit_test_setup_teardown(name, registry_setup, registry_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_write_wakes_reader),
		CASE(test_read_wakes_writers_that_fit),
		CASE(test_drain_wakes_all_writers),
		CASE(test_readiness_embedded),
		CASE(test_exact_wake),
		CASE(test_counter_mode_wakes_one),
		CASE(test_deadline),
		CASE(test_deadline_in_the_past),
		CASE(test_signal),
		CASE(test_too_many_sleepers),
		CASE(test_cancel_and_close_wake_all),
		CASE(test_swap_wakes_both_sides),
		CASE(test_choosy_reader),
		CASE(test_take_passes_the_rest_on),
		CASE(test_claimed_once),
		CASE(test_claimed_then_signal),
		CASE(test_claimed_robbed_then_signal),
		CASE(test_fault_passes_on),
		CASE(test_newcomer_takes_a_readers_wake),
		CASE(test_newcomer_takes_a_writers_wake),
		CASE(test_fault_of_a_passer_by),
		CASE(test_wakes_are_counted),
		CASE(test_two_are_an_amount),
		CASE(test_takers_of_one_wake_exactly),
		CASE(test_who_is_waiting),
		CASE(test_comes_while_looking),
		CASE(test_makes_room_while_looking),
		CASE(test_comes_in_parts_while_looking),
		CASE(test_closes_while_looking),
		CASE(test_patience_ends),
		CASE(test_patience_ends_in_a_jump),
		CASE(test_no_patience),
		CASE(test_slot_waits_for_its_last_sleeper),
	};

	return cmocka_run_group_tests_name("waiting", tests, NULL, NULL);
}
