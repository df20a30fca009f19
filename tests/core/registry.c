/* SPDX-License-Identifier: MIT */
/* Where counters live: limits, growth, generations, memory, saving. */
#include <string.h>

#include <core/registry.h>

#include "../support/sleeper.h"
#include "../support/unit.h"

static struct evfd_registry small;

static int create_in(struct evfd_registry *r, struct evfd_owner *owner, evfd_t *h)
{
	return evfd_create(r, 0, 0, owner, NULL, h);
}

static void close_in(struct evfd_registry *r, evfd_t h)
{
	assert_int_equal(evfd_close(r, h), 0);
}

static void test_init(void **state)
{
	(void)state;
	assert_int_equal(evfd_registry_init(&small, EVFD_SLOTS_MAX + 1),
			 EVFD_EINVAL);
	testport_alloc_limit(0);
	assert_int_equal(evfd_registry_init(&small, 1), EVFD_ENOMEM);
	testport_alloc_limit(UINT32_MAX);
	assert_int_equal(evfd_registry_init(&small, EVFD_SLOTS_MAX), 0);
	assert_int_equal(evfd_registry_fini(&small), 0);
	/* Nothing is left of it, nor held. */
	assert_null(small.chunks);
	assert_int_equal(small.lock, 0);
}

/* The handle that an object in this slot would have. */
static evfd_t handle_at(uint32_t slot, uint32_t generation)
{
	return (evfd_t)generation << 32 | slot;
}

static int restore_at(uint32_t slot, uint32_t generation)
{
	struct evfd_snapshot s = { .handle = handle_at(slot, generation) };

	return evfd_restore(&small, &s, NULL);
}

static struct evfd_ref ref_of(evfd_t h)
{
	struct evfd_ref ref = { .object = NULL };

	assert_true(evfd_resolve(&small, h, &ref));
	return ref;
}

/* One chunk more than the limit asks for, for what is closed and still visited. */
static void test_capacity(void **state)
{
	static const struct {
		uint32_t limit, chunks;
	} rows[] = {
		{ 1, 2 },
		{ EVFD_CHUNK_SLOTS - 1, 2 },
		{ EVFD_CHUNK_SLOTS, 2 },
		{ EVFD_CHUNK_SLOTS + 1, 3 },
		{ 2 * EVFD_CHUNK_SLOTS, 3 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		uint32_t capacity = rows[i].chunks * EVFD_CHUNK_SLOTS;
		uint64_t value;

		assert_int_equal(evfd_registry_init(&small, rows[i].limit), 0);
		assert_int_equal(restore_at(capacity, 1), EVFD_ENFILE);
		assert_int_equal(restore_at(capacity + 1, 1), EVFD_ENFILE);
		assert_int_equal(restore_at(capacity - 1, 1), 0);
		assert_int_equal(
			evfd_peek(&small, handle_at(capacity - 1, 1), &value), 0);
		close_in(&small, handle_at(capacity - 1, 1));
		assert_int_equal(evfd_registry_fini(&small), 0);
		assert_int_equal(evfd_peek(&small, handle_at(0, 1), &value),
				 EVFD_EBADF);
	}
}

static void test_default_limit(void **state)
{
	static evfd_t h[EVFD_SLOTS_DEFAULT + 1];

	(void)state;
	for (size_t i = 0; i < EVFD_SLOTS_DEFAULT; i++)
		assert_int_equal(create_in(&registry, NULL, &h[i]), 0);
	assert_int_equal(create_in(&registry, NULL, &h[EVFD_SLOTS_DEFAULT]),
			 EVFD_ENFILE);
	for (size_t i = 0; i < EVFD_SLOTS_DEFAULT; i++)
		close_in(&registry, h[i]);
}

static void test_fini_refuses_while_open(void **state)
{
	evfd_t h;

	(void)state;
	assert_int_equal(evfd_registry_init(&small, 1), 0);
	assert_int_equal(create_in(&small, NULL, &h), 0);
	assert_int_equal(evfd_registry_fini(&small), EVFD_EBUSY);
	close_in(&small, h);
	assert_int_equal(evfd_registry_fini(&small), 0);
}

static void test_bad_arguments(void **state)
{
	evfd_t h = 99;

	(void)state;
	assert_int_equal(evfd_create(&registry, 0, 0x08, NULL, NULL, &h),
			 EVFD_EINVAL);
	assert_int_equal(evfd_create(&registry, 0, UINT32_MAX, NULL, NULL, &h),
			 EVFD_EINVAL);
	assert_int_equal(evfd_create(&registry, UINT64_MAX, 0, NULL, NULL, &h),
			 EVFD_EINVAL);
	assert_int_equal(h, 99);
	assert_int_equal(evfd_registry_live(&registry), 0);
}

/* C5, X9: the registry's limit and the owner's, and nothing leaked by either. */
static void test_limits(void **state)
{
	struct evfd_owner three = { .limit = 3 }, free_one = { .id = 1 };
	evfd_t h[5];

	(void)state;
	assert_int_equal(evfd_registry_init(&small, 5), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(create_in(&small, &three, &h[i]), 0);
	assert_int_equal(create_in(&small, &three, &h[3]), EVFD_EMFILE);
	assert_int_equal(create_in(&small, &free_one, &h[3]), 0);
	assert_int_equal(create_in(&small, NULL, &h[4]), 0);
	assert_int_equal(create_in(&small, NULL, &h[4]), EVFD_ENFILE);
	assert_int_equal(create_in(&small, &three, &h[4]), EVFD_EMFILE);
	assert_int_equal(evfd_registry_live(&small), 5);
	assert_int_equal(three.live, 3);
	assert_int_equal(free_one.live, 1);
	close_in(&small, h[0]);
	assert_int_equal(three.live, 2);
	assert_int_equal(create_in(&small, &three, &h[0]), 0);
	for (int i = 0; i < 5; i++)
		close_in(&small, h[i]);
	assert_int_equal(three.live + free_one.live, 0);
	assert_int_equal(evfd_registry_fini(&small), 0);
}

/* Whoever made the owner may lower its limit under what is there. */
static void test_owner_limit_lowered(void **state)
{
	struct evfd_owner owner = { .limit = 3 };
	evfd_t h[2], more;

	(void)state;
	assert_int_equal(create_in(&registry, &owner, &h[0]), 0);
	assert_int_equal(create_in(&registry, &owner, &h[1]), 0);
	owner.limit = 1;
	assert_int_equal(create_in(&registry, &owner, &more), EVFD_EMFILE);
	close_in(&registry, h[0]);
	close_in(&registry, h[1]);
}

/* Objects that somebody still visits keep their slots, up to the last slot. */
static void test_visited_slots_are_not_free(void **state)
{
	enum {
		ALL = 2 * EVFD_CHUNK_SLOTS
	};
	static struct evfd_ref visited[ALL];
	evfd_t h;

	(void)state;
	assert_int_equal(evfd_registry_init(&small, 1), 0);
	for (size_t i = 0; i < ALL; i++) {
		assert_int_equal(create_in(&small, NULL, &h), 0);
		visited[i] = ref_of(h);
		evfd_pin(&visited[i]);
		close_in(&small, h);
	}
	assert_int_equal(create_in(&small, NULL, &h), EVFD_ENFILE);
	/* Two visitors: the second to leave frees. */
	evfd_pin(&visited[7]);
	evfd_unpin(&small, &visited[7]);
	assert_int_equal(create_in(&small, NULL, &h), EVFD_ENFILE);
	evfd_unpin(&small, &visited[7]);
	assert_int_equal(create_in(&small, NULL, &h), 0);
	assert_int_equal((uint32_t)h, 7);
	close_in(&small, h);
	for (size_t i = 0; i < ALL; i++) {
		assert_int_equal(evfd_registry_fini(&small), EVFD_EBUSY);
		if (i == 7)
			continue;
		evfd_unpin(&small, &visited[i]);
	}
	assert_int_equal(evfd_registry_fini(&small), 0);
}

/* Slots take turns, so that generations are spent evenly. */
static void test_slots_take_turns(void **state)
{
	static const int order[] = { 1, 2, 0 };
	evfd_t h[3], again[3];

	(void)state;
	for (size_t i = 0; i < 3; i++)
		h[i] = counter_new(0, 0);
	for (size_t i = 0; i < 3; i++)
		close_in(&registry, h[order[i]]);
	for (size_t turn = 0; turn < 3; turn++) {
		again[turn] = counter_new(0, 0);
		assert_int_equal((uint32_t)again[turn], (uint32_t)h[order[turn]]);
		close_in(&registry, again[turn]);
	}
	for (size_t i = 0; i < 3; i++) {
		again[i] = counter_new(0, 0);
		assert_int_equal((uint32_t)again[i], (uint32_t)h[order[i]]);
	}
	/* The queue was emptied, and begins anew. */
	close_in(&registry, again[2]);
	close_in(&registry, again[0]);
	again[2] = counter_new(0, 0);
	assert_int_equal((uint32_t)again[2], (uint32_t)h[order[2]]);
	again[0] = counter_new(0, 0);
	assert_int_equal((uint32_t)again[0], (uint32_t)h[order[0]]);
	for (size_t i = 0; i < 3; i++)
		close_in(&registry, again[i]);
}

/* Any free slot may be asked for, wherever in the queue; the others keep their
 * order, and what is freed later comes after them. */
static void test_restore_out_of_the_queue(void **state)
{
	static const uint32_t first[] = { 9, 4, 8, 0, 5 };
	static const uint32_t rest[] = { 1, 2, 3, 6, 7, 0, 10 };
	evfd_t h[COUNT_OF(rest)];

	(void)state;
	assert_int_equal(evfd_registry_init(&small, 0), 0);
	for (size_t i = 0; i < COUNT_OF(first); i++)
		assert_int_equal(restore_at(first[i], 3), 0);
	for (size_t i = 0; i < COUNT_OF(first); i++)
		assert_int_equal(restore_at(first[i], 5), EVFD_EEXIST);
	close_in(&small, handle_at(0, 3));
	for (size_t i = 0; i < COUNT_OF(rest); i++) {
		assert_int_equal(create_in(&small, NULL, &h[i]), 0);
		assert_int_equal((uint32_t)h[i], rest[i]);
	}
	for (size_t i = 0; i < COUNT_OF(first); i++)
		if (first[i] != 0)
			close_in(&small, handle_at(first[i], 3));
	for (size_t i = 0; i < COUNT_OF(rest); i++)
		close_in(&small, h[i]);
	assert_int_equal(evfd_registry_fini(&small), 0);
}

/* The tail of the queue is taken out: the next to come is the tail. */
static void test_restore_the_tail(void **state)
{
	evfd_t h;

	(void)state;
	assert_int_equal(evfd_registry_init(&small, 0), 0);
	assert_int_equal(restore_at(3, 1), 0); /* 0 1 2 */
	assert_int_equal(restore_at(2, 1), 0); /* 0 1 */
	close_in(&small, handle_at(3, 1));     /* 0 1 3 */
	assert_int_equal(restore_at(0, 1), 0); /* 1 3 */
	assert_int_equal(restore_at(3, 3), 0); /* 1 */
	assert_int_equal(restore_at(1, 1), 0); /* none */
	close_in(&small, handle_at(2, 1));     /* 2 */
	assert_int_equal(create_in(&small, NULL, &h), 0);
	assert_int_equal((uint32_t)h, 2);
	close_in(&small, h);
	assert_int_equal(create_in(&small, NULL, &h), 0);
	assert_int_equal((uint32_t)h, 2);
	close_in(&small, h);
	close_in(&small, handle_at(0, 1));
	close_in(&small, handle_at(1, 1));
	close_in(&small, handle_at(3, 3));
	assert_int_equal(evfd_registry_fini(&small), 0);
}

/* In whatever chunk the slot is, the handle means what was restored. */
static void test_restore_in_any_chunk(void **state)
{
	static const uint32_t slots[] = {
		0,
		EVFD_CHUNK_SLOTS - 1,
		EVFD_CHUNK_SLOTS,
		EVFD_CHUNK_SLOTS + 1,
		2 * EVFD_CHUNK_SLOTS - 1,
		2 * EVFD_CHUNK_SLOTS,
	};
	struct evfd_stat st;

	(void)state;
	assert_int_equal(evfd_registry_init(&small, 2 * EVFD_CHUNK_SLOTS), 0);
	for (size_t i = 0; i < COUNT_OF(slots); i++) {
		struct evfd_snapshot s = { .handle = handle_at(slots[i], 7),
					   .count = slots[i],
					   .is_cancelled = i & 1 };

		assert_int_equal(evfd_restore(&small, &s, NULL), 0);
	}
	for (size_t i = 0; i < COUNT_OF(slots); i++) {
		evfd_t h = handle_at(slots[i], 7);

		assert_int_equal(evfd_stat(&small, h, &st), 0);
		assert_int_equal(st.count, slots[i]);
		assert_int_equal(st.id, slots[i]);
		assert_int_equal(st.flags, 0);
		assert_int_equal(st.is_cancelled, i & 1);
		close_in(&small, h);
	}
	assert_int_equal(evfd_registry_fini(&small), 0);
}

static void test_restore_refuses(void **state)
{
	struct evfd_owner owner = { .limit = 1 };
	struct evfd_snapshot s = { .handle = handle_at(5, 1) };

	(void)state;
	assert_int_equal(evfd_registry_init(&small, 2), 0);
	assert_int_equal(restore_at(1, 2), EVFD_EINVAL);
	assert_int_equal(restore_at(1, UINT32_MAX), EVFD_EINVAL);
	s.handle |= EVFD_NO_WRITE;
	assert_int_equal(evfd_restore(&small, &s, NULL), EVFD_EINVAL);
	s.handle = handle_at(5, 1);
	testport_alloc_limit(0);
	assert_int_equal(evfd_restore(&small, &s, &owner), EVFD_ENOMEM);
	testport_alloc_limit(UINT32_MAX);
	assert_int_equal(owner.live, 0);
	assert_int_equal(evfd_restore(&small, &s, &owner), 0);
	s.handle = handle_at(6, 1);
	assert_int_equal(evfd_restore(&small, &s, &owner), EVFD_EMFILE);
	assert_int_equal(evfd_restore(&small, &s, NULL), 0);
	assert_int_equal(restore_at(7, 1), EVFD_ENFILE);
	close_in(&small, handle_at(5, 1));
	close_in(&small, handle_at(6, 1));
	assert_int_equal(evfd_registry_fini(&small), 0);
}

/* ---- what the lock is for ------------------------------------------------------ */

static evfd_t guarded;
static struct evfd_ref visited;

static void do_stat(void *arg)
{
	struct evfd_stat st;

	evfd_stat(&small, guarded, &st);
}

static void do_create(void *arg)
{
	create_in(&small, NULL, arg);
}

static void do_restore(void *arg)
{
	struct evfd_snapshot s = { .handle = handle_at(9, 1) };

	*(evfd_t *)arg = s.handle;
	evfd_restore(&small, &s, NULL);
}

static void do_close(void *arg)
{
	evfd_close(&small, guarded);
}

static void do_unpin(void *arg)
{
	evfd_unpin(&small, &visited);
}

static void do_fini(void *arg)
{
	*(int *)arg = evfd_registry_fini(&small);
}

/* The call sleeps until the lock is free. */
static void assert_waits_for_lock(void (*call)(void *arg), void *arg)
{
	uint64_t waits = testport_counts().waits;
	struct testport_thread *t;
	bool has_waited = false;

	evfd_registry_lock(&small);
	t = testport_start(call, arg);
	while (!testport_is_done(t) && !has_waited)
		has_waited = testport_counts().waits > waits;
	evfd_registry_unlock(&small);
	testport_join(t);
	assert_true(has_waited);
}

static void test_who_waits_for_the_lock(void **state)
{
	evfd_t created, restored;
	int result = 1;

	(void)state;
	assert_int_equal(evfd_registry_init(&small, 0), 0);
	assert_int_equal(create_in(&small, NULL, &guarded), 0);
	visited = ref_of(guarded);
	assert_waits_for_lock(do_stat, NULL);
	assert_waits_for_lock(do_create, &created);
	assert_waits_for_lock(do_restore, &restored);
	evfd_pin(&visited);
	assert_waits_for_lock(do_close, NULL);
	assert_waits_for_lock(do_unpin, NULL);
	close_in(&small, created);
	close_in(&small, restored);
	assert_waits_for_lock(do_fini, &result);
	assert_int_equal(result, 0);
}

/* Nothing of what stood before or stands behind the label. */
static void test_labels(void **state)
{
	char to[EVFD_LABEL_SIZE + 1];
	char longest[EVFD_LABEL_SIZE + 4];

	(void)state;
	memset(longest, 'l', sizeof(longest));
	memset(to, 'x', sizeof(to));
	evfd_copy_label(to, "ab\0cd");
	assert_string_equal(to, "ab");
	for (size_t i = 2; i < EVFD_LABEL_SIZE; i++)
		assert_int_equal(to[i], 0);
	assert_int_equal(to[EVFD_LABEL_SIZE], 'x');
	evfd_copy_label(to, longest);
	assert_memory_equal(to, longest, EVFD_LABEL_SIZE - 1);
	assert_int_equal(to[EVFD_LABEL_SIZE - 1], 0);
	assert_int_equal(to[EVFD_LABEL_SIZE], 'x');
	evfd_copy_label(to, NULL);
	for (size_t i = 0; i < EVFD_LABEL_SIZE; i++)
		assert_int_equal(to[i], 0);
}

/* C85: many, in steps, each as good as the first. */
#define MANY 20000u

static void test_growth(void **state)
{
	static evfd_t h[MANY];
	uint64_t value;

	(void)state;
	assert_int_equal(evfd_registry_init(&small, MANY), 0);
	for (uint32_t i = 0; i < MANY; i++)
		assert_int_equal(evfd_create(&small, i, 0, NULL, NULL, &h[i]), 0);
	assert_int_equal(evfd_registry_live(&small), MANY);
	for (uint32_t i = 0; i < MANY; i++) {
		assert_int_equal(evfd_peek(&small, h[i], &value), 0);
		assert_int_equal(value, i);
	}
	for (uint32_t i = 0; i < MANY; i++)
		close_in(&small, h[i]);
	assert_int_equal(evfd_registry_fini(&small), 0);
}

static void test_memory_runs_out(void **state)
{
	evfd_t h[EVFD_CHUNK_SLOTS + 1];
	uint32_t i;

	(void)state;
	testport_alloc_limit(0);
	assert_int_equal(create_in(&registry, NULL, &h[0]), EVFD_ENOMEM);
	testport_alloc_limit(1);
	for (i = 0; i < EVFD_CHUNK_SLOTS; i++)
		assert_int_equal(create_in(&registry, NULL, &h[i]), 0);
	assert_int_equal(create_in(&registry, NULL, &h[i]), EVFD_ENOMEM);
	assert_int_equal(evfd_registry_live(&registry), EVFD_CHUNK_SLOTS);
	testport_alloc_limit(UINT32_MAX);
	assert_int_equal(create_in(&registry, NULL, &h[i]), 0);
	for (i = 0; i <= EVFD_CHUNK_SLOTS; i++)
		close_in(&registry, h[i]);
}

/* What creating this one allocates. */
static uint32_t allocations(uint32_t flags, struct evfd_owner *owner,
			    const char *label, evfd_t *h)
{
	uint32_t before = testport_counts().allocs;

	assert_int_equal(evfd_create(&small, 0, flags, owner, label, h), 0);
	return testport_counts().allocs - before;
}

/* Memory beside the line is made once for a chunk, by the first who needs it. */
static void test_memory_beside(void **state)
{
	struct evfd_owner owner = { .id = 7 };
	evfd_t h[7];

	(void)state;
	assert_int_equal(evfd_registry_init(&small, 0), 0);
	assert_int_equal(allocations(EVFD_SEMAPHORE, NULL, NULL, &h[0]), 1);
	assert_int_equal(allocations(0, NULL, "", &h[1]), 0);
	assert_int_equal(allocations(0, NULL, "named", &h[2]), 1);
	assert_int_equal(allocations(0, &owner, NULL, &h[3]), 0);
	assert_int_equal(allocations(EVFD_COUNTED, NULL, NULL, &h[4]), 1);
	assert_int_equal(allocations(EVFD_COUNTED, &owner, "both", &h[5]), 0);
	assert_int_equal(allocations(0, NULL, NULL, &h[6]), 0);
	for (size_t i = 0; i < COUNT_OF(h); i++)
		close_in(&small, h[i]);
	assert_int_equal(owner.live, 0);
	assert_int_equal(evfd_registry_fini(&small), 0);
	/* An owner alone needs it too. */
	assert_int_equal(evfd_registry_init(&small, 0), 0);
	assert_int_equal(allocations(0, &owner, NULL, &h[0]), 2);
	close_in(&small, h[0]);
	assert_int_equal(owner.live, 0);
	assert_int_equal(evfd_registry_fini(&small), 0);
}

static void assert_described(evfd_t h, uint64_t owner_id, const char *label,
			     uint64_t posts)
{
	struct evfd_stat st;

	assert_int_equal(evfd_stat(&small, h, &st), 0);
	assert_int_equal(st.owner_id, owner_id);
	assert_string_equal(st.label, label);
	assert_int_equal(st.posts, posts);
}

/* Whatever the others of the chunk have, and whoever had the slot before. */
static void test_nothing_beside(void **state)
{
	struct evfd_owner owner = { .id = 7 };
	evfd_t first, named, counted, heir;
	struct evfd_stat st;

	(void)state;
	assert_int_equal(evfd_registry_init(&small, 2), 0);
	assert_int_equal(create_in(&small, NULL, &first), 0);
	assert_described(first, 0, "", 0);
	assert_int_equal(evfd_create(&small, 0, 0, &owner, "named", &named), 0);
	assert_described(first, 0, "", 0);
	assert_described(named, 7, "named", 0);
	close_in(&small, first);
	assert_int_equal(
		evfd_create(&small, 0, EVFD_COUNTED, NULL, NULL, &counted), 0);
	assert_int_equal(evfd_post(&small, named, 1), 0);
	assert_int_equal(evfd_post(&small, counted, 1), 0);
	assert_described(named, 7, "named", 0);
	assert_described(counted, 0, "", 1);
	close_in(&small, named);
	assert_int_equal(evfd_stat(&small, counted, &st), 0);
	close_in(&small, counted);
	st.posts = 99;
	assert_int_equal(evfd_stat(&small, counted, &st), EVFD_EBADF);
	assert_int_equal(st.posts, 99); /* what fails changes nothing */
	assert_int_equal(owner.live, 0);
	/* The next two have the same two slots. */
	assert_int_equal(create_in(&small, NULL, &first), 0);
	assert_int_equal(create_in(&small, NULL, &heir), 0);
	assert_described(first, 0, "", 0);
	assert_described(heir, 0, "", 0);
	close_in(&small, first);
	close_in(&small, heir);
	assert_int_equal(owner.live, 0);
	assert_int_equal(evfd_registry_fini(&small), 0);
}

/* No memory for what lies beside: nobody is charged, and the slot is not lost. */
static void test_no_memory_beside(void **state)
{
	struct evfd_owner owner = { .limit = 2 };
	struct evfd_snapshot s = { .handle = handle_at(9, 3), .label = "named" };
	evfd_t plain, h = 1, none = h;

	(void)state;
	assert_int_equal(evfd_registry_init(&small, 2), 0);
	assert_int_equal(create_in(&small, NULL, &plain), 0);
	testport_alloc_limit(0);
	for (uint32_t i = 0; i < 3 * EVFD_CHUNK_SLOTS; i++) {
		assert_int_equal(create_in(&small, &owner, &h), EVFD_ENOMEM);
		assert_int_equal(evfd_create(&small, 0, 0, NULL, "l", &h),
				 EVFD_ENOMEM);
		assert_int_equal(evfd_create(&small, 0, EVFD_COUNTED, NULL,
					     NULL, &h),
				 EVFD_ENOMEM);
	}
	assert_int_equal(evfd_restore(&small, &s, NULL), EVFD_ENOMEM);
	assert_int_equal(h, none);
	assert_int_equal(owner.live, 0);
	assert_int_equal(evfd_registry_live(&small), 1);
	/* Who needs nothing gets one. */
	assert_int_equal(create_in(&small, NULL, &h), 0);
	close_in(&small, h);
	/* A name, and no statistics. */
	testport_alloc_limit(1);
	assert_int_equal(evfd_create(&small, 0, EVFD_COUNTED, &owner, NULL, &h),
			 EVFD_ENOMEM);
	assert_int_equal(owner.live, 0);
	assert_int_equal(evfd_restore(&small, &s, &owner), 0);
	assert_described(s.handle, 0, "named", 0);
	testport_alloc_limit(UINT32_MAX);
	close_in(&small, s.handle);
	close_in(&small, plain);
	assert_int_equal(evfd_registry_fini(&small), 0);
}

/* X5: no handle ever comes back, however often slots are used. */
static void test_handles_are_new(void **state)
{
	evfd_t last[4] = { 0 };
	uint64_t value;

	(void)state;
	assert_int_equal(evfd_registry_init(&small, 4), 0);
	for (int i = 0; i < 20000; i++) {
		evfd_t h;

		assert_int_equal(create_in(&small, NULL, &h), 0);
		for (size_t j = 0; j < COUNT_OF(last); j++) {
			assert_int_not_equal(h, last[j]);
			assert_int_equal(evfd_peek(&small, last[j], &value),
					 EVFD_EBADF);
		}
		last[i % (int)COUNT_OF(last)] = h;
		close_in(&small, h);
	}
	assert_int_equal(evfd_registry_fini(&small), 0);
}

/* A slot whose generations are spent is never used again. */
static void test_retirement(void **state)
{
	struct evfd_snapshot last = { .handle = (evfd_t)(UINT32_MAX - 2) << 32 | 0,
				      .count = 5 };
	evfd_t h;

	(void)state;
	assert_int_equal(evfd_registry_init(&small, 1), 0);
	/* Odd generations are open; the largest but one closes for good. */
	assert_int_equal(restore_at(0, UINT32_MAX - 4), 0);
	close_in(&small, handle_at(0, UINT32_MAX - 4));
	assert_int_equal(create_in(&small, NULL, &h), 0);
	assert_int_equal(h, last.handle);
	close_in(&small, h);
	assert_int_equal(create_in(&small, NULL, &h), 0);
	assert_int_not_equal((uint32_t)h, (uint32_t)last.handle);
	close_in(&small, h);
	assert_int_equal(evfd_restore(&small, &last, NULL), EVFD_EEXIST);
	assert_int_equal(small.retired, 1);
	assert_int_equal(evfd_registry_fini(&small), 0);
	/* The same for one that was restored with it. */
	assert_int_equal(evfd_registry_init(&small, 1), 0);
	assert_int_equal(evfd_restore(&small, &last, NULL), 0);
	close_in(&small, last.handle);
	assert_int_equal(small.retired, 1);
	assert_int_equal(evfd_registry_fini(&small), 0);
}

/* X11. */
static void test_snapshot_and_restore(void **state)
{
	struct evfd_snapshot shot, changed;
	evfd_t h, other;
	uint64_t value;

	(void)state;
	assert_int_equal(evfd_create(&registry, EVFD_MAX, EVFD_SEMAPHORE, NULL,
				     "saved", &h),
			 0);
	assert_int_equal(
		evfd_snapshot(&registry, evfd_restrict(h, EVFD_NO_READ), &shot), 0);
	assert_int_equal(count_of(h), EVFD_MAX);
	assert_int_equal(shot.handle, h);
	assert_int_equal(shot.count, EVFD_MAX);
	assert_int_equal(shot.flags, EVFD_SEMAPHORE);
	assert_false(shot.is_cancelled);
	assert_string_equal(shot.label, "saved");
	assert_int_equal(evfd_restore(&registry, &shot, NULL), EVFD_EEXIST);

	assert_int_equal(evfd_registry_init(&small, 0), 0);
	assert_int_equal(evfd_restore(&small, &shot, NULL), 0);
	assert_int_equal(evfd_restore(&small, &shot, NULL), EVFD_EEXIST);
	assert_int_equal(evfd_read(&small, h, &value, EVFD_NOWAIT), 0);
	assert_int_equal(value, 1);
	assert_int_equal(create_in(&small, NULL, &other), 0);
	assert_int_not_equal((uint32_t)other, (uint32_t)h);
	close_in(&small, h);
	/* A handle that was closed stays closed. */
	assert_int_equal(evfd_restore(&small, &shot, NULL), EVFD_EEXIST);
	close_in(&small, other);
	assert_int_equal(evfd_registry_fini(&small), 0);

	close_in(&registry, h);
	changed = shot;
	changed.handle = EVFD_NONE;
	assert_int_equal(evfd_restore(&registry, &changed, NULL), EVFD_EINVAL);
	changed = shot;
	changed.flags = 0x100;
	assert_int_equal(evfd_restore(&registry, &changed, NULL), EVFD_EINVAL);
	changed = shot;
	changed.handle |= EVFD_NO_READ;
	assert_int_equal(evfd_restore(&registry, &changed, NULL), EVFD_EINVAL);
}

static void test_restore_keeps_cancellation(void **state)
{
	struct evfd_snapshot shot;
	evfd_t h = counter_new(1, 0);
	uint64_t value;

	(void)state;
	evfd_cancel(&registry, h);
	assert_int_equal(evfd_snapshot(&registry, h, &shot), 0);
	assert_true(shot.is_cancelled);
	close_in(&registry, h);
	assert_int_equal(evfd_registry_init(&small, 0), 0);
	assert_int_equal(evfd_restore(&small, &shot, NULL), 0);
	assert_int_equal(evfd_read(&small, h, &value, EVFD_NOWAIT), EVFD_ECANCELED);
	close_in(&small, h);
	assert_int_equal(evfd_registry_fini(&small), 0);
}

/* Ids are unique among the open counters. */
static void test_ids(void **state)
{
	bool seen[64] = { false };
	evfd_t h[64];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(h); i++) {
		struct evfd_stat st;

		h[i] = counter_new(0, 0);
		st = stat_of(h[i]);
		assert_in_range(st.id, 0, COUNT_OF(h) - 1);
		assert_false(seen[st.id]);
		seen[st.id] = true;
	}
	for (size_t i = 0; i < COUNT_OF(h); i++)
		close_in(&registry, h[i]);
}

/* ---- several threads ------------------------------------------------------------ */

#define ROUNDS 5000

/* Creates and closes while others poke at the handles: EBADF or the truth. */
static evfd_t shared;

static void churn(void *arg)
{
	(void)arg;
	for (int i = 0; i < ROUNDS; i++) {
		evfd_t h = counter_new(7, 0);

		store_rel(&shared, h);
		close_in(&registry, h);
	}
}

static void poke(void *arg)
{
	(void)arg;
	for (int i = 0; i < ROUNDS; i++) {
		uint64_t value = 0;
		evfd_t h = load_acq(&shared);
		int result = evfd_read(&registry, h, &value, EVFD_NOWAIT);

		if (result == 0 && value != 7)
			evfd_port_panic("another object's value", __FILE__,
					__LINE__);
		if (result != 0 && result != EVFD_EBADF && result != EVFD_EAGAIN)
			evfd_port_panic("strange error", __FILE__, __LINE__);
	}
}

static void test_stale_handles_in_a_storm(void **state)
{
	struct testport_thread *threads[3];

	(void)state;
	shared = EVFD_NONE;
	threads[0] = testport_start(churn, NULL);
	threads[1] = testport_start(churn, NULL);
	threads[2] = testport_start(poke, NULL);
	for (int i = 0; i < 3; i++)
		testport_join(threads[i]);
}

#define CASE(name) \
	cmocka_unit_test_setup_teardown(name, registry_setup, registry_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_init),
		CASE(test_capacity),
		CASE(test_default_limit),
		CASE(test_fini_refuses_while_open),
		CASE(test_bad_arguments),
		CASE(test_limits),
		CASE(test_owner_limit_lowered),
		CASE(test_visited_slots_are_not_free),
		CASE(test_slots_take_turns),
		CASE(test_restore_out_of_the_queue),
		CASE(test_restore_the_tail),
		CASE(test_restore_in_any_chunk),
		CASE(test_restore_refuses),
		CASE(test_who_waits_for_the_lock),
		CASE(test_labels),
		CASE(test_growth),
		CASE(test_memory_runs_out),
		CASE(test_memory_beside),
		CASE(test_nothing_beside),
		CASE(test_no_memory_beside),
		CASE(test_handles_are_new),
		CASE(test_retirement),
		CASE(test_snapshot_and_restore),
		CASE(test_restore_keeps_cancellation),
		CASE(test_ids),
		CASE(test_stale_handles_in_a_storm),
	};

	return cmocka_run_group_tests_name("registry", tests, NULL, NULL);
}
