/* SPDX-License-Identifier: MIT */
/*
 * Slots and their tenants. A closed slot's next tenant has the same slot and the
 * next odd generation, so threads can use its handle without being told.
 */
#include "../programs.h"
#include "counters.h"

#include <string.h>

#define NEXT(h) ((h) + (UINT64_C(2) << 32))

static evfd_t fresh;
static int fresh_result;

static void open_both(void)
{
	open_counter(0, EVFD_SEMAPHORE);
	fresh = EVFD_NONE;
	fresh_result = NOTHING;
}

THREAD(write_a, results[0] = evfd_write(&registry, counter, 1, EVFD_NOWAIT))

/* Close, and let the slot have another tenant with 5 in it, if it is free by then. */
static void reuse_b(void)
{
	results[1] = evfd_close(&registry, counter);
	fresh_result = evfd_create(&registry, 5, 0, NULL, "fresh", &fresh);
}

/* The same with an empty tenant, to which 1 is then written. */
static void reuse_and_write_b(void)
{
	results[1] = evfd_close(&registry, counter);
	fresh_result =
		evfd_create(&registry, 0, EVFD_SEMAPHORE, NULL, "fresh", &fresh);
	sim_check_equal(evfd_write(&registry, fresh, 1, EVFD_NOWAIT), 0);
}

/* More than a cell can have in 24 bits, and more for the next tenant. */
#define BIG (UINT64_C(1) << 40)

static void open_big(void)
{
	open_counter(BIG, 0);
	fresh = EVFD_NONE;
	fresh_result = NOTHING;
}

static void reuse_big_b(void)
{
	results[1] = evfd_close(&registry, counter);
	fresh_result = evfd_create(&registry, BIG + 5, 0, NULL, "fresh", &fresh);
}

static void peek_a(void)
{
	got[0] = 0;
	results[0] = evfd_peek(&registry, counter, &got[0]);
}

static void read_next_c(void)
{
	uint64_t value = 0;

	results[2] = evfd_read(&registry, NEXT(counter), &value, EVFD_FOREVER);
	got[2] = value;
}

static void stat_a(void)
{
	struct evfd_stat st;

	results[0] = evfd_stat(&registry, counter, &st);
	if (results[0] == 0) {
		sim_check_equal(strcmp(st.label, "c"), 0);
		sim_check_equal(st.count, 0);
	}
}

static void stat_next_c(void)
{
	struct evfd_stat st;

	results[2] = evfd_stat(&registry, NEXT(counter), &st);
	if (results[2] == 0) {
		sim_check_equal(strcmp(st.label, "fresh"), 0);
		sim_check_equal(st.count, 5);
	}
}

/* Nothing of the former tenant has reached the new one. */
static void check_fresh(uint64_t count)
{
	struct evfd_ref ref;
	uint64_t value = 0;

	sim_check_equal(results[1], 0);
	sim_check_equal(fresh_result, 0);
	sim_check_equal(evfd_peek(&registry, fresh, &value), 0);
	sim_check_equal(value, count);
	sim_check(evfd_resolve(&registry, fresh, &ref));
	sim_check_equal(asleep_now(&ref) + ref.object->tokens, ref.object->debt);
	sim_check_equal(evfd_close(&registry, fresh), 0);
}

static void check_stale_reader(void)
{
	sim_check(results[0] == EVFD_EBADF || results[0] == EVFD_ETIMEDOUT);
	check_fresh(5);
}

static void check_stale_writer(void)
{
	sim_check(results[0] == EVFD_EBADF || results[0] == 0);
	check_fresh(5);
}

static void check_stale_peek(void)
{
	sim_check(results[0] == EVFD_EBADF || got[0] == BIG);
	check_fresh(BIG + 5);
}

static void check_next_reader(void)
{
	sim_check(results[0] == EVFD_EBADF || results[0] == EVFD_ETIMEDOUT);
	sim_check(results[2] == EVFD_EBADF || got[2] == 1);
	check_fresh(1 - got[2]);
}

static void check_one_close(void)
{
	sim_check_equal(results[0] + results[1], EVFD_EBADF);
}

/* ---- creation up to a limit ------------------------------------------------------ */

static struct evfd_owner owner;

static void open_limited(void)
{
	open_counter(0, 0);
	owner = (struct evfd_owner){ .id = 1, .limit = 1 };
}

static void create_and_close(int t)
{
	evfd_t h;

	results[t] = evfd_create(&registry, 0, 0, &owner, NULL, &h);
	if (results[t] == 0)
		sim_check_equal(evfd_close(&registry, h), 0);
}

THREAD(create_a, create_and_close(0))
THREAD(create_b, create_and_close(1))

static void check_owner(void)
{
	sim_check(results[0] == 0 || results[0] == EVFD_EMFILE ||
		  results[0] == EVFD_ENOMEM);
	sim_check(results[1] == 0 || results[1] == EVFD_EMFILE ||
		  results[1] == EVFD_ENOMEM);
	sim_check(results[0] == 0 || results[1] == 0 ||
		  results[0] == EVFD_ENOMEM || results[1] == EVFD_ENOMEM);
	sim_check_equal(owner.live, 0);
	close_counter();
}

/* A registry without a chunk yet: creation allocates. */
static void open_nothing(void)
{
	results[0] = results[1] = NOTHING;
	owner = (struct evfd_owner){ .id = 1, .limit = 2 };
	open_registry();
}

static void check_nothing(void)
{
	for (int i = 0; i < 2; i++)
		sim_check(results[i] == 0 || results[i] == EVFD_ENOMEM);
	sim_check_equal(owner.live, 0);
}

/* ---- restoring ------------------------------------------------------------------- */

static struct evfd_snapshot snapshot;

/* The slot of `counter` is free, and its next generation would be the snapshot's. */
static void open_snapshot(void)
{
	open_both();
	sim_check_equal(evfd_snapshot(&registry, counter, &snapshot), 0);
	snapshot.handle = NEXT(counter);
	snapshot.count = 3;
	sim_check_equal(evfd_close(&registry, counter), 0);
}

THREAD(restore_a, results[0] = evfd_restore(&registry, &snapshot, NULL))
THREAD(restore_b, results[1] = evfd_restore(&registry, &snapshot, NULL))
THREAD(create_c, results[2] = evfd_create(&registry, 5, 0, NULL, NULL, &fresh))

/* One of them has the slot; the create has that one or another. */
static void check_restored(void)
{
	uint64_t value = 0;

	sim_check(results[0] == 0 || results[0] == EVFD_EEXIST);
	sim_check(results[1] == 0 || results[1] == EVFD_EEXIST);
	sim_check(results[0] != 0 || results[1] != 0);
	sim_check_equal(results[2], 0);
	sim_check_equal(evfd_peek(&registry, fresh, &value), 0);
	sim_check_equal(value, 5);
	sim_check_equal(evfd_close(&registry, fresh), 0);
	if (results[0] == 0 || results[1] == 0)
		sim_check_equal(evfd_close(&registry, snapshot.handle), 0);
}

const struct sim_program slot_programs[] = {
	{
		.name = "reuse-reader",
		.what = "a sleeping reader's slot closes and has a new tenant",
		.holds = "EBADF; no value and no token reaches the other",
		.setup = open_both,
		.threads = { deadline_a, reuse_b },
		.each = check_always,
		.rest = check_stale_reader,
		.end = end_counter,
	},
	{
		.name = "reuse-writer",
		.what = "a write to a slot that closes and has a new tenant",
		.holds = "the new tenant has what it was made with",
		.setup = open_both,
		.threads = { write_a, reuse_b },
		.each = check_always,
		.rest = check_stale_writer,
		.end = end_counter,
	},
	{
		.name = "stale-big",
		.what = "a look at a slot that closes and has a new tenant, "
			"each "
			"with more than 24 bits",
		.holds = "EBADF, or the count of the former",
		.setup = open_big,
		.threads = { peek_a, reuse_big_b },
		.each = check_always,
		.rest = check_stale_peek,
		.end = end_counter,
		.split_cell = true,
	},
	{
		.name = "reuse-both",
		.what = "a reader of the former and one of the next tenant",
		.holds = "the former EBADF, the next its value or EBADF",
		.setup = open_both,
		.threads = { read_a, reuse_and_write_b, read_next_c },
		.each = check_always,
		.rest = check_next_reader,
		.end = end_counter,
	},
	{
		.name = "reuse-deadline",
		.what = "the same where the former leaves by a deadline",
		.holds = "the former EBADF, the next its value or EBADF",
		.setup = open_both,
		.threads = { deadline_a, reuse_and_write_b, read_next_c },
		.each = check_always,
		.rest = check_next_reader,
		.end = end_counter,
	},
	{
		.name = "close-close",
		.what = "two closes",
		.holds = "one succeeds",
		.setup = open_both,
		.threads = { close_a, close_b, read_next_c },
		.each = check_always,
		.rest = check_one_close,
		.end = end_counter,
	},
	{
		.name = "stat-reuse",
		.what = "stat of the former and of the next tenant",
		.holds = "label and count are those of the handle",
		.setup = open_both,
		.threads = { stat_a, reuse_b, stat_next_c },
		.each = check_always,
		.rest = check_stale_writer,
		.end = end_counter,
	},
	{
		.name = "restore",
		.what = "two restore one handle, another creates",
		.holds = "one tenant a slot",
		.setup = open_snapshot,
		.threads = { restore_a, restore_b, create_c },
		.each = check_always,
		.rest = check_restored,
		.end = end_counter,
	},
	{
		.name = "owner-limit",
		.what = "two creations for an owner who may have one",
		.holds =
			"one succeeds at least, the owner is not charged after",
		.setup = open_limited,
		.threads = { create_a, create_b },
		.each = check_always,
		.rest = check_owner,
		.end = end_counter,
	},
	{
		.name = "create-no-memory",
		.what = "two creations, memory refused at will",
		.holds = "ENOMEM, nothing charged, nothing lost",
		.setup = open_nothing,
		.threads = { create_a, create_b },
		.each = check_always,
		.rest = check_nothing,
		.end = end_counter,
		.alloc_failures = 1,
	},
	{ 0 },
};
