/* SPDX-License-Identifier: MIT */
/*
 * What a call does that it could do without: the cell and the list of watches are
 * replaced by ones that count. A quiet word takes one load and one compare-and-
 * swap, and nobody looks for watches where nobody watches.
 */
#include <string.h>

#include <core/calls.h>
#include <core/cell_plain.h>

#include "../support/testport.h"
#include "../support/unit.h"

static struct evfd_registry registry;
static struct {
	uint32_t loads, swaps, lists;
} spent;
static bool is_race_lost; /* by the next swap */

struct evfd_word evfd_cell_load(const struct evfd_word *cell)
{
	spent.loads++;
	return *cell;
}

bool evfd_cell_cas(struct evfd_word *cell, struct evfd_word *expected,
		   struct evfd_word desired)
{
	spent.swaps++;
	if (is_race_lost || cell->count != expected->count ||
	    cell->ctl != expected->ctl) {
		*expected = *cell;
		is_race_lost = false;
		return false;
	}
	*cell = desired;
	return true;
}

void evfd_watchlist_lock(struct evfd_watchlist *l)
{
	spent.lists++;
}

void evfd_watchlist_unlock(struct evfd_watchlist *l)
{
}

void evfd_watchlist_insert(struct evfd_watchlist *l, struct evfd_watch *w)
{
	l->head = w->next = w->prev = w;
}

bool evfd_watchlist_remove(struct evfd_watchlist *l, struct evfd_watch *w)
{
	l->head = w->next = w->prev = NULL;
	return true;
}

void evfd_watchlist_clear(struct evfd_watchlist *l, uint32_t events)
{
	l->head = NULL;
}

uint32_t evfd_watchlist_notify(struct evfd_watchlist *l, uint32_t events,
			       enum evfd_notify how)
{
	spent.lists++;
	return 0;
}

static void assert_spent(uint32_t loads, uint32_t swaps, uint32_t lists)
{
	assert_int_equal(spent.loads, loads);
	assert_int_equal(spent.swaps, swaps);
	assert_int_equal(spent.lists, lists);
	memset(&spent, 0, sizeof(spent));
}

static evfd_t new_counter(uint64_t count, uint32_t flags)
{
	evfd_t h = EVFD_NONE;

	assert_int_equal(evfd_create(&registry, count, flags, NULL, NULL, &h), 0);
	memset(&spent, 0, sizeof(spent));
	return h;
}

static int setup(void **state)
{
	(void)state;
	testport_reset();
	return evfd_registry_init(&registry, 0);
}

static int teardown(void **state)
{
	(void)state;
	return evfd_registry_fini(&registry);
}

static int put(void *ctx, uint64_t value)
{
	(void)ctx;
	(void)value;
	return 0;
}

static int call_for(evfd_t h, enum evfd_op op, uint64_t max)
{
	struct evfd_request rq = { .op = op, .max = max };
	struct evfd_outcome out;

	return evfd_call(&registry, h, 0, &rq, EVFD_NOWAIT, EVFD_NOTIFY_THREAD,
			 &out);
}

/* One load and one swap, whatever restriction does not concern it. */
static void test_quiet_words(void **state)
{
	static const uint32_t modes[] = {
		0,
		EVFD_SEMAPHORE,
		EVFD_TRANSITION,
		EVFD_SEMAPHORE | EVFD_TRANSITION,
	};
	uint64_t value;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(modes); i++) {
		evfd_t h = new_counter(5, modes[i]);

		evfd_write(&registry, evfd_restrict(h, EVFD_NO_READ), 1,
			   EVFD_FOREVER);
		assert_spent(1, 1, 0);
		evfd_read(&registry, evfd_restrict(h, EVFD_NO_WRITE), &value,
			  EVFD_FOREVER);
		assert_spent(1, 1, 0);
		evfd_post(&registry, h, 9);
		assert_spent(1, 1, 0);
		evfd_take(&registry, h, 1, 2, &value, EVFD_NOWAIT);
		assert_spent(1, 1, 0);
		evfd_read_put(&registry, h, put, NULL, EVFD_NOWAIT);
		assert_spent(1, 1, 0);
		evfd_swap(&registry, h, 3, NULL);
		assert_spent(1, 1, 0);
		assert_int_equal(call_for(h, EVFD_OP_READ, 0), 0);
		assert_spent(1, 1, 0);
		assert_int_equal(call_for(h, EVFD_OP_ADD, 2), 0);
		assert_spent(1, 1, 0);
		assert_int_equal(call_for(h, EVFD_OP_POST, 2), 0);
		assert_spent(1, 1, 0);
		evfd_close(&registry, h);
	}
}

/* Who loses a race looks again, and then goes on for as long as it takes. */
static void test_lost_races(void **state)
{
	static const enum evfd_op ops[] = { EVFD_OP_READ, EVFD_OP_ADD,
					    EVFD_OP_POST };
	evfd_t h = new_counter(5, 0);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(ops); i++) {
		is_race_lost = true;
		assert_int_equal(call_for(h, ops[i], 1), 0);
		assert_spent(1, 2, 0);
	}
	is_race_lost = true;
	assert_int_equal(evfd_write(&registry, h, 1, EVFD_NOWAIT), 0);
	assert_spent(2, 2, 0);
	evfd_close(&registry, h);
}

/* What is refused at once has cost one load. */
static void test_refusals(void **state)
{
	evfd_t h = new_counter(0, 0), full = new_counter(EVFD_MAX, 0);
	uint64_t value;

	(void)state;
	assert_int_equal(evfd_read(&registry, h, &value, EVFD_NOWAIT), EVFD_EAGAIN);
	assert_spent(1, 0, 0);
	assert_int_equal(evfd_write(&registry, full, 1, EVFD_NOWAIT), EVFD_EAGAIN);
	assert_spent(1, 0, 0);
	assert_int_equal(evfd_write(&registry, h, UINT64_MAX, EVFD_FOREVER),
			 EVFD_EINVAL);
	assert_spent(1, 0, 0);
	evfd_close(&registry, h);
	evfd_close(&registry, full);
}

/* Nobody has such a handle: of a slot that is free, or of its next tenant. */
static void test_forged(void **state)
{
	evfd_t handles[2] = { new_counter(0, 0), new_counter(0, 0) };
	uint64_t value;

	(void)state;
	for (int i = 0; i < 2; i++)
		evfd_close(&registry, handles[i]);
	for (int i = 0; i < 2; i++)
		for (uint64_t later = 1; later < 4; later++) {
			evfd_t h = handles[i] + later * EVFD_HANDLE_OPEN;

			assert_int_equal(evfd_read(&registry, h, &value, EVFD_NOWAIT),
					 EVFD_EBADF);
			assert_int_equal(evfd_readiness(&registry, h), EVFD_EBADF);
		}
}

/* There is more to a word that is counted, but nothing twice. */
static void test_counted(void **state)
{
	evfd_t h = new_counter(0, EVFD_COUNTED);
	uint64_t value;

	(void)state;
	evfd_write(&registry, h, 1, EVFD_NOWAIT);
	assert_spent(2, 1, 0);
	evfd_read(&registry, h, &value, EVFD_NOWAIT);
	assert_spent(2, 1, 0);
	assert_int_equal(evfd_read(&registry, h, &value, EVFD_NOWAIT), EVFD_EAGAIN);
	assert_spent(2, 0, 0);
	evfd_cancel(&registry, h);
	assert_spent(1, 1, 0);
	evfd_close(&registry, h);
	assert_int_equal(spent.lists, 0);
}

/* An edge for those who watch, none where nothing has happened. */
static void test_watched(void **state)
{
	struct evfd_watch w = { .events = EVFD_IN };
	evfd_t h = new_counter(0, 0);

	(void)state;
	evfd_watch_add(&registry, h, &w);
	memset(&spent, 0, sizeof(spent));
	evfd_write(&registry, h, 1, EVFD_NOWAIT);
	assert_spent(2, 1, 1);
	evfd_cancel(&registry, h);
	assert_spent(1, 1, 1);
	evfd_cancel(&registry, h);
	assert_spent(1, 1, 0);
	evfd_watch_remove(&registry, h, &w);
	memset(&spent, 0, sizeof(spent));
	evfd_close(&registry, h);
	assert_int_equal(spent.lists, 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_quiet_words), CASE(test_lost_races),
		CASE(test_refusals),	CASE(test_forged),
		CASE(test_counted),	CASE(test_watched),
	};

	return cmocka_run_group_tests_name("cost", tests, NULL, NULL);
}
