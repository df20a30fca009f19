/* SPDX-License-Identifier: MIT */
/*
 * Every transition from every word that is near a boundary, against a second
 * description of what must come out (`expected_`) and against the invariants
 * of word.h, I1 to I8.
 */
#include <stdio.h>

#include <core/word.h>

#include "../support/unit.h"

static const uint64_t counts[] = {
	0,
	1,
	2,
	3,
	100,
	EVFD_MAX - 3,
	EVFD_MAX - 2,
	EVFD_MAX - 1,
	EVFD_MAX,
	EVFD_SATURATED,
};
static const uint32_t sleepers[] = { 0, 1, 2, 3, EVFD_ASLEEP_MAX };

#define CHOOSY (EVFD_WORD_CHOOSY_READERS | EVFD_WORD_CHOOSY_WRITERS)
static const uint32_t generations[] = { 1, 0x80000001u, UINT32_MAX };

/* One transition under test, for messages. */
struct trial {
	struct evfd_word before;
	enum evfd_op op;
	uint64_t min, max;
	struct evfd_step step;
};

static void check(bool holds, const struct trial *t, const char *what)
{
	if (holds)
		return;
	fail_msg("%s: op %d min %#llx max %#llx on count %#llx ctl %#llx gives "
		 "result %d count %#llx ctl %#llx value %#llx claim %u "
		 "ring %#x edges %#x",
		 what, (int)t->op, (unsigned long long)t->min,
		 (unsigned long long)t->max, (unsigned long long)t->before.count,
		 (unsigned long long)t->before.ctl, t->step.result,
		 (unsigned long long)t->step.next.count,
		 (unsigned long long)t->step.next.ctl,
		 (unsigned long long)t->step.value, t->step.claim, t->step.ring,
		 t->step.edges);
}

static bool has(struct evfd_word w, uint32_t flag)
{
	return w.ctl & flag;
}

/* ---- what must come out ---------------------------------------------------- */

static int expected_result(const struct trial *t)
{
	uint64_t count = t->before.count;

	if ((t->op == EVFD_OP_ADD && t->max == UINT64_MAX) ||
	    (t->op == EVFD_OP_SWAP && t->max > EVFD_MAX))
		return EVFD_EINVAL;
	if (t->op == EVFD_OP_CANCEL || t->op == EVFD_OP_CLOSE)
		return 0;
	if (has(t->before, EVFD_WORD_CANCELLED))
		return EVFD_ECANCELED;
	if ((t->op == EVFD_OP_READ && count == 0) ||
	    (t->op == EVFD_OP_TAKE && count < t->min))
		return EVFD_EAGAIN;
	if (t->op == EVFD_OP_ADD &&
	    (count == EVFD_SATURATED || t->max > EVFD_MAX - count))
		return EVFD_EAGAIN;
	return 0;
}

static uint64_t expected_value(const struct trial *t)
{
	uint64_t count = t->before.count;

	switch (t->op) {
	case EVFD_OP_READ:
		return has(t->before, EVFD_WORD_SEMAPHORE) ? 1 : count;
	case EVFD_OP_TAKE:
		return count > t->max ? t->max : count;
	case EVFD_OP_SWAP:
	case EVFD_OP_CLOSE:
		return count;
	default:
		return 0;
	}
}

static uint64_t expected_count(const struct trial *t)
{
	uint64_t count = t->before.count;
	bool fits = count <= EVFD_MAX && t->max <= EVFD_MAX - count;

	switch (t->op) {
	case EVFD_OP_READ:
	case EVFD_OP_TAKE:
		return count - expected_value(t);
	case EVFD_OP_ADD:
		return count + t->max;
	case EVFD_OP_POST:
		return fits ? count + t->max : EVFD_SATURATED;
	case EVFD_OP_SWAP:
		return t->max;
	case EVFD_OP_CLOSE:
		return 0;
	default:
		return count;
	}
}

/* X1: as many readers as can use what has become available, and no more. */
static uint32_t expected_claim(const struct trial *t)
{
	uint32_t asleep = evfd_word_asleep(t->before);
	bool semaphore = has(t->before, EVFD_WORD_SEMAPHORE);
	uint64_t units = t->max;

	if (t->op == EVFD_OP_CANCEL)
		return has(t->before, EVFD_WORD_CANCELLED) ? 0 : asleep;
	if (t->op == EVFD_OP_CLOSE)
		return asleep;
	if (t->op == EVFD_OP_READ || t->op == EVFD_OP_TAKE)
		units = semaphore ? 0 : expected_count(t);
	if (!semaphore && units > 1)
		units = 1;
	return units < asleep ? (uint32_t)units : asleep;
}

/* Whoever waits for an amount is told of all that brings it nearer, and of nothing
 * else; a post that does not fit may have brought units. */
static uint32_t expected_ring(const struct trial *t)
{
	uint64_t before = t->before.count, after = expected_count(t);
	uint32_t choosy = evfd_word_flags(t->before) & CHOOSY;
	uint32_t ring = 0;

	if (t->op == EVFD_OP_CANCEL)
		return has(t->before, EVFD_WORD_CANCELLED) ? 0 : choosy;
	if (t->op == EVFD_OP_CLOSE)
		return choosy;
	if (after > before || (t->op == EVFD_OP_POST && after == EVFD_SATURATED))
		ring |= EVFD_WORD_CHOOSY_READERS;
	if (after < before)
		ring |= EVFD_WORD_CHOOSY_WRITERS;
	return ring & choosy;
}

/* What a successful operation of this kind may tell the watches of. */
static uint32_t natural_edges(const struct trial *t)
{
	switch (t->op) {
	case EVFD_OP_READ:
	case EVFD_OP_TAKE:
		return EVFD_OUT;
	case EVFD_OP_ADD:
		return EVFD_IN;
	case EVFD_OP_POST:
		return expected_count(t) == EVFD_SATURATED ? EVFD_IN | EVFD_ERR :
							     EVFD_IN;
	case EVFD_OP_SWAP:
		return EVFD_IN | EVFD_OUT;
	case EVFD_OP_CANCEL:
		return has(t->before, EVFD_WORD_CANCELLED) ? 0 : EVFD_ERR;
	default:
		return EVFD_HUP;
	}
}

/*
 * C66: every operation is an edge to each state that holds after it. An edge
 * to a state that does not hold is a hint that nobody can act on, and allowed.
 * X13: with TRANSITION, only what did not hold before.
 */
static void check_edges(const struct trial *t)
{
	struct evfd_word after = { .count = expected_count(t),
				   .ctl = t->before.ctl };
	uint32_t may = natural_edges(t);
	uint32_t must = may & (evfd_word_readiness(after) | EVFD_ERR | EVFD_HUP);
	uint32_t edges = t->step.edges;

	if (t->op != EVFD_OP_CANCEL && t->op != EVFD_OP_CLOSE &&
	    has(t->before, EVFD_WORD_TRANSITION)) {
		must &= ~evfd_word_readiness(t->before);
		may = must;
	}
	check((edges & must) == must && !(edges & ~may), t, "edges");
}

/* ---- one trial -------------------------------------------------------------- */

static void check_invariants(const struct trial *t)
{
	const struct evfd_step *s = &t->step;
	uint32_t kept = EVFD_WORD_SEMAPHORE | EVFD_WORD_COUNTED |
			EVFD_WORD_TRANSITION | EVFD_WORD_WATCHED;
	uint32_t generation = evfd_word_generation(t->before);

	check(s->result == 0 || (s->next.count == t->before.count &&
				 s->next.ctl == t->before.ctl && !s->claim &&
				 !s->ring && !s->edges),
	      t, "I1: a refused operation changes nothing");
	check(s->next.count <= EVFD_MAX || t->before.count == EVFD_SATURATED ||
		      t->op == EVFD_OP_POST,
	      t, "I2: only a post saturates");
	if (t->op == EVFD_OP_CLOSE) {
		check(evfd_word_generation(s->next) == generation + 1, t,
		      "I3: close steps the generation");
		check(evfd_word_flags(s->next) == 0 && !evfd_word_asleep(s->next),
		      t, "a closed word is blank");
		return;
	}
	check(evfd_word_generation(s->next) == generation, t,
	      "I3: the generation stays");
	check((evfd_word_flags(s->next) & kept) ==
		      (evfd_word_flags(t->before) & kept),
	      t, "I4: flags stay");
	check(!has(t->before, EVFD_WORD_CANCELLED) ||
		      has(s->next, EVFD_WORD_CANCELLED),
	      t, "I4: cancelled is for ever");
	check(evfd_word_asleep(t->before) == evfd_word_asleep(s->next) + s->claim,
	      t, "I5: readers are conserved");
	check((evfd_word_flags(t->before) & CHOOSY) ==
		      ((evfd_word_flags(s->next) & CHOOSY) | s->ring),
	      t, "I7: a flag stays until its bell is rung");
	check(!(t->before.count == 0 && s->next.count > 0 &&
		evfd_word_asleep(t->before)) ||
		      s->claim,
	      t, "I6: somebody is claimed for a first unit");
	check(!(s->next.count < t->before.count &&
		has(s->next, EVFD_WORD_CHOOSY_WRITERS)),
	      t, "I7: nobody sleeps through new room");
	check(!(s->next.count > t->before.count &&
		has(s->next, EVFD_WORD_CHOOSY_READERS)),
	      t, "I7: nobody sleeps through new units");
	check(!evfd_word_is_quiet(t->before) || t->op == EVFD_OP_CANCEL ||
		      (s->next.ctl == t->before.ctl && !s->claim && !s->ring),
	      t, "I8: from a quiet word only the count changes");
}

static void check_outcome(const struct trial *t)
{
	const struct evfd_step *s = &t->step;
	int result = expected_result(t);

	check(s->result == result, t, "result");
	if (result < 0)
		return;
	check(s->next.count == expected_count(t), t, "count");
	check(s->value == expected_value(t), t, "value");
	check(s->claim == expected_claim(t), t, "claim");
	check(s->ring == expected_ring(t), t, "ring");
	check_edges(t);
}

static void try_op(struct evfd_word before, enum evfd_op op, uint64_t min,
		   uint64_t max)
{
	struct trial t = { .before = before, .op = op, .min = min, .max = max };

	t.step = evfd_word_apply(before, op, min, max);
	check_invariants(&t);
	check_outcome(&t);
}

/* ---- all words --------------------------------------------------------------- */

static struct evfd_word word_of(uint64_t count, uint32_t generation,
				uint32_t flags, uint32_t asleep)
{
	struct evfd_word w = evfd_word_make(count, generation, flags);

	w.ctl |= (uint64_t)asleep << EVFD_ASLEEP_SHIFT;
	return w;
}

static void for_each_word(void (*fn)(struct evfd_word w))
{
	for (size_t c = 0; c < COUNT_OF(counts); c++)
		for (size_t g = 0; g < COUNT_OF(generations); g++)
			for (uint32_t f = 0; f <= EVFD_WORD_FLAGS; f++)
				for (size_t s = 0; s < COUNT_OF(sleepers); s++)
					fn(word_of(counts[c], generations[g], f,
						   sleepers[s]));
}

static void read_one(struct evfd_word w)
{
	try_op(w, EVFD_OP_READ, 0, 0);
}

static void take_one(struct evfd_word w)
{
	for (size_t i = 0; i < COUNT_OF(counts); i++)
		for (size_t j = i; j < COUNT_OF(counts); j++)
			if (counts[i] >= 1 && counts[j] <= EVFD_MAX)
				try_op(w, EVFD_OP_TAKE, counts[i], counts[j]);
}

static void add_one(struct evfd_word w)
{
	for (size_t i = 0; i < COUNT_OF(counts); i++)
		try_op(w, EVFD_OP_ADD, 0, counts[i]);
}

static void post_one(struct evfd_word w)
{
	for (size_t i = 0; i < COUNT_OF(counts); i++)
		try_op(w, EVFD_OP_POST, 0, counts[i]);
}

static void swap_one(struct evfd_word w)
{
	for (size_t i = 0; i < COUNT_OF(counts); i++)
		try_op(w, EVFD_OP_SWAP, 0, counts[i]);
}

static void end_one(struct evfd_word w)
{
	try_op(w, EVFD_OP_CANCEL, 0, 0);
	try_op(w, EVFD_OP_CLOSE, 0, 0);
}

static void test_no_such_operation(void **state)
{
	struct evfd_word w = word_of(5, 1, EVFD_WORD_WATCHED | CHOOSY, 2);
	struct evfd_step s = evfd_word_apply(w, EVFD_OP_CLOSE + 1, 1, 1);

	(void)state;
	assert_int_equal(s.result, EVFD_EINVAL);
	assert_int_equal(s.next.count, w.count);
	assert_int_equal(s.next.ctl, w.ctl);
	assert_int_equal(s.claim | s.ring | s.edges, 0);
}

static void test_read(void **state)
{
	(void)state;
	for_each_word(read_one);
}

static void test_take(void **state)
{
	(void)state;
	for_each_word(take_one);
}

static void test_add(void **state)
{
	(void)state;
	for_each_word(add_one);
}

static void test_post(void **state)
{
	(void)state;
	for_each_word(post_one);
}

static void test_swap(void **state)
{
	(void)state;
	for_each_word(swap_one);
}

static void test_cancel_and_close(void **state)
{
	(void)state;
	for_each_word(end_one);
}

/* ---- sleeping ------------------------------------------------------------------ */

static void sleep_one(struct evfd_word w)
{
	struct evfd_step s = evfd_word_sleep(w);
	uint32_t asleep = evfd_word_asleep(w);

	assert_int_equal(s.next.count, w.count);
	if (asleep == EVFD_ASLEEP_MAX) {
		assert_int_equal(s.result, EVFD_ENOMEM);
		assert_int_equal(s.next.ctl, w.ctl);
		return;
	}
	assert_int_equal(s.result, 0);
	assert_int_equal(evfd_word_asleep(s.next), asleep + 1);
	assert_int_equal(evfd_word_flags(s.next), evfd_word_flags(w));
	assert_int_equal(evfd_word_generation(s.next), evfd_word_generation(w));
}

static void sleep_choosy_one(struct evfd_word w)
{
	static const uint32_t flags[] = { EVFD_WORD_CHOOSY_READERS,
					  EVFD_WORD_CHOOSY_WRITERS };

	for (int side = 0; side < 2; side++) {
		struct evfd_step s = evfd_word_sleep_choosy(w, side);

		assert_int_equal(s.result, 0);
		assert_int_equal(s.next.count, w.count);
		assert_int_equal(s.next.ctl, w.ctl | flags[side]);
	}
}

static void leave_one(struct evfd_word w)
{
	struct evfd_step s = evfd_word_leave(w);
	uint32_t asleep = evfd_word_asleep(w);

	assert_int_equal(s.result, asleep ? 0 : EVFD_EAGAIN);
	assert_int_equal(evfd_word_asleep(s.next), asleep ? asleep - 1 : 0);
	assert_int_equal(evfd_word_flags(s.next), evfd_word_flags(w));
	assert_int_equal(s.next.count, w.count);
	assert_int_equal(evfd_word_generation(s.next), evfd_word_generation(w));
}

/* Somebody who cannot take leaves a readable object to one other. */
static void pass_one(struct evfd_word w)
{
	struct evfd_step s = evfd_word_pass(w);

	assert_int_equal(s.claim, w.count > 0 && evfd_word_asleep(w) ? 1 : 0);
	assert_int_equal(evfd_word_asleep(s.next) + s.claim, evfd_word_asleep(w));
	assert_int_equal(s.next.count, w.count);
}

static void watched_one(struct evfd_word w)
{
	struct evfd_word on = evfd_word_with_watched(w, true);
	struct evfd_word off = evfd_word_with_watched(w, false);

	assert_int_equal(on.ctl, w.ctl | EVFD_WORD_WATCHED);
	assert_int_equal(off.ctl, w.ctl & ~(uint64_t)EVFD_WORD_WATCHED);
	assert_int_equal(on.count, w.count);
	assert_int_equal(off.count, w.count);
}

static void test_sleep(void **state)
{
	(void)state;
	for_each_word(sleep_one);
	for_each_word(sleep_choosy_one);
}

static void test_leave(void **state)
{
	(void)state;
	for_each_word(leave_one);
	for_each_word(pass_one);
}

static void test_watched(void **state)
{
	(void)state;
	for_each_word(watched_one);
}

/* C39, C40, C49. */
static void test_readiness(void **state)
{
	static const struct {
		uint64_t count;
		uint32_t flags, ready;
	} rows[] = {
		{ 0, 0, EVFD_OUT },
		{ 1, 0, EVFD_IN | EVFD_OUT },
		{ EVFD_MAX - 1, 0, EVFD_IN | EVFD_OUT },
		{ EVFD_MAX, 0, EVFD_IN },
		{ EVFD_SATURATED, 0, EVFD_IN | EVFD_ERR },
		{ 0, EVFD_WORD_CANCELLED, EVFD_OUT | EVFD_ERR },
		{ 1, EVFD_WORD_SEMAPHORE, EVFD_IN | EVFD_OUT },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		assert_int_equal(evfd_word_readiness(evfd_word_make(
					 rows[i].count, 1, rows[i].flags)),
				 rows[i].ready);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_such_operation),
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_take),
		cmocka_unit_test(test_add),
		cmocka_unit_test(test_post),
		cmocka_unit_test(test_swap),
		cmocka_unit_test(test_cancel_and_close),
		cmocka_unit_test(test_sleep),
		cmocka_unit_test(test_leave),
		cmocka_unit_test(test_watched),
		cmocka_unit_test(test_readiness),
	};

	return cmocka_run_group_tests_name("word", tests, NULL, NULL);
}
