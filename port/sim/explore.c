/* SPDX-License-Identifier: MIT */
/*
 * Theory: which schedules are run
 *
 * Nothing is saved and nothing restored: a schedule is run from the start,
 * following the choices of the one before up to the place where it is to differ.
 *
 * All (sim_explore_all): one of each set of schedules that are the same by order.c.
 * Two devices do it. Races: after each step, for every earlier step that it
 * races with, some thread that leads to the other order is put down to be
 * tried there (`backtrack`); nothing else is tried. Sleep sets: a thread whose
 * step has been tried at some place is not tried again after steps that are
 * independent of it; a schedule where only such threads are left is cut. (The
 * source sets of Abdulla, Aronis, Jonsson and Sagonas, 2014.) A step with
 * several ways is tried in each.
 *
 * Bound: every schedule with at most so many preemptions, which are switches
 * away from a thread that could go on. Most defects need one or two. A prefix
 * that is the same, by order.c, as one from which all was tried with no fewer
 * preemptions left, is cut.
 *
 * Random: by turns uniform, sticky (the same thread mostly goes on), and by
 * priorities that change at few places. Each has races that it finds best.
 *
 * Naive: everything, to check the others by.
 */
#include "machine.h"

#include <stdlib.h>
#include <string.h>

enum mode {
	ALL,
	BOUND,
	NAIVE
};

static struct node {
	uint32_t sleep;	    /* not to be tried here */
	uint32_t backtrack; /* to be tried here */
	uint8_t thread, choice;
	uint8_t preemptions; /* up to here, this step included */
} nodes[SIM_STEPS + 1];

static enum mode mode;
static int bound;
static int given; /* choices that stand */
static struct sim_tally *tally;

/* ---- sets of hashes ----------------------------------------------------------- */

struct set {
	struct entry {
		uint64_t hash; /* 0: none */
		uint8_t value;
	} * entries;
	uint64_t size, used;
};

static struct set seen;	   /* schedules run to the end */
static struct set visited; /* prefixes, with the preemptions spent on them */

static struct entry *set_find(struct set *s, uint64_t hash)
{
	uint64_t i = hash & (s->size - 1);

	while (s->entries[i].hash && s->entries[i].hash != hash)
		i = (i + 1) & (s->size - 1);
	return &s->entries[i];
}

static void set_grow(struct set *s)
{
	struct set before = *s;

	s->size = before.size ? before.size * 2 : 1u << 12;
	s->entries = calloc(s->size, sizeof(*s->entries));
	if (!s->entries)
		abort();
	for (uint64_t i = 0; i < before.size; i++)
		if (before.entries[i].hash)
			*set_find(s, before.entries[i].hash) = before.entries[i];
	free(before.entries);
}

/* The entry of hash; *is_new if it has just been made. */
static struct entry *set_add(struct set *s, uint64_t hash, bool *is_new)
{
	struct entry *e;

	if (s->used * 2 >= s->size)
		set_grow(s);
	hash |= hash == 0;
	e = set_find(s, hash);
	*is_new = !e->hash;
	s->used += *is_new;
	e->hash = hash;
	return e;
}

static void set_clear(struct set *s)
{
	free(s->entries);
	*s = (struct set){ 0 };
}

void sim_explore_reset(void)
{
	set_clear(&seen);
	set_clear(&visited);
}

/* ---- counting -------------------------------------------------------------------- */

static void count(enum sim_outcome outcome)
{
	bool is_new;

	tally->runs++;
	tally->steps += (uint64_t)sim_depth;
	if (outcome == SIM_CUT)
		return;
	tally->ended++;
	if (outcome == SIM_FAILED) {
		tally->has_failed = true;
		return;
	}
	set_add(&seen, sim_events[sim_chosen - 1].prefix, &is_new);
	tally->distinct += is_new;
}

/* ---- depth first -------------------------------------------------------------------- */

static int last_thread(void)
{
	return sim_depth > 0 ? sim_events[sim_depth - 1].thread : -1;
}

/* Would running t now take the processor from a thread that could go on? */
static bool is_preemption(int t, uint32_t enabled)
{
	int last = last_thread();

	return last >= 0 && t != last && enabled & 1u << last &&
	       !sim_is_leaving(last);
}

static uint8_t preemptions_with(int t, uint32_t enabled)
{
	uint8_t before = sim_depth > 0 ? nodes[sim_depth - 1].preemptions : 0;

	return before + is_preemption(t, enabled);
}

/* The same thread if it can go on, else the lowest that does not leave a sleep. */
static int default_thread(uint32_t among)
{
	int last = last_thread();

	if (last >= 0 && among & 1u << last && !sim_is_leaving(last))
		return last;
	for (int t = 0; t < sim_thread_count(); t++)
		if (among & 1u << t && !sim_is_leaving(t))
			return t;
	return among ? __builtin_ctz(among) : -1;
}

/* Has all that can follow been tried after another order of the same steps? */
static bool was_visited(void)
{
	uint64_t key = sim_events[sim_depth - 1].prefix +
		       (uint64_t)sim_events[sim_depth - 1].thread + 1;
	uint8_t spent = nodes[sim_depth - 1].preemptions;
	struct entry *e;
	bool is_new;

	e = set_add(&visited, key, &is_new);
	if (!is_new && e->value <= spent)
		return true;
	e->value = spent;
	return false;
}

/* Threads that may be tried at a place that is reached for the first time. */
static uint32_t within_bound(uint32_t enabled)
{
	uint32_t among = 0;

	for (int t = 0; t < sim_thread_count(); t++)
		if (enabled & 1u << t && preemptions_with(t, enabled) <= bound)
			among |= 1u << t;
	return among;
}

static int open_node(struct node *n, uint32_t enabled)
{
	uint32_t among = enabled & ~n->sleep;
	int t;

	if (mode == BOUND) {
		if (sim_depth > 0 && was_visited())
			return -1;
		among = within_bound(enabled);
	}
	t = default_thread(among);
	if (t < 0)
		return -1;
	n->backtrack = mode == ALL ? 1u << t : among;
	n->thread = (uint8_t)t;
	n->choice = 0;
	return t;
}

static int choose_depth_first(uint32_t enabled, int *choice)
{
	struct node *n = &nodes[sim_depth];
	uint32_t next_sleep = 0;

	if (sim_depth >= given && open_node(n, enabled) < 0)
		return -1;
	*choice = n->choice;
	n->preemptions = preemptions_with(n->thread, enabled);
	if (sim_depth + 1 < given)
		return n->thread;
	if (mode == ALL)
		for (int q = 0; q < sim_thread_count(); q++)
			if (n->sleep & 1u << q && q != n->thread &&
			    sim_is_independent(q, n->thread))
				next_sleep |= 1u << q;
	nodes[sim_depth + 1].sleep = next_sleep;
	return n->thread;
}

/* After a new step: have the other order of each of its races tried. */
static void find_races(void)
{
	int races[SIM_RACES], d = sim_depth - 1;
	int n;

	if (mode != ALL || d < given - 1)
		return;
	n = sim_order_races(d, races);
	for (int i = 0; i < n; i++) {
		struct node *at = &nodes[races[i]];
		uint32_t initials = sim_order_initials(races[i], d);
		uint32_t own = 1u << sim_events[d].thread;

		if (at->backtrack & initials)
			continue;
		at->backtrack |= initials & own ? own : initials & -initials;
	}
}

/* Go on to the next schedule: returns false if there is none. */
static bool next_schedule(void)
{
	for (int d = sim_chosen - 1; d >= 0; d--) {
		struct node *n = &nodes[d];
		uint32_t left;

		given = d + 1;
		if (n->choice + 1 < sim_events[d].choices) {
			n->choice++;
			return true;
		}
		n->sleep |= 1u << n->thread;
		left = n->backtrack & ~n->sleep;
		if (left) {
			n->thread = (uint8_t)__builtin_ctz(left);
			n->choice = 0;
			return true;
		}
	}
	return false;
}

static void explore(const struct sim_program *p, uint64_t limit,
		    struct sim_tally *t)
{
	tally = t;
	given = 0;
	nodes[0].sleep = 0;
	for (uint64_t n = 0; n < limit; n++) {
		count(sim_run(p, choose_depth_first, find_races));
		if (t->has_failed)
			return;
		if (!next_schedule()) {
			t->is_complete = true;
			return;
		}
	}
}

void sim_explore_all(const struct sim_program *p, uint64_t limit,
		     struct sim_tally *t)
{
	mode = ALL;
	explore(p, limit, t);
}

void sim_explore_naive(const struct sim_program *p, uint64_t limit,
		       struct sim_tally *t)
{
	mode = NAIVE;
	explore(p, limit, t);
}

void sim_explore_bound(const struct sim_program *p, int most, uint64_t limit,
		       struct sim_tally *t)
{
	mode = BOUND;
	bound = most;
	set_clear(&visited);
	explore(p, limit, t);
	set_clear(&visited);
}

/* ---- by chance ---------------------------------------------------------------------- */

#define CHANGES 3

static uint64_t random_state;
static int style;
static uint8_t priority[SIM_THREADS];
static int change_at[CHANGES], changes_left;
static uint64_t typical_depth = 64;

/* splitmix64 */
static uint64_t random_next(void)
{
	uint64_t x = random_state += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

static int random_below(uint64_t n)
{
	return (int)(random_next() % n);
}

static int random_of(uint32_t among)
{
	int n = random_below((uint64_t)__builtin_popcount(among));

	while (n-- > 0)
		among &= among - 1;
	return __builtin_ctz(among);
}

static int highest_priority(uint32_t among)
{
	int best = __builtin_ctz(among);

	for (int t = best + 1; t < SIM_THREADS; t++)
		if (among & 1u << t && priority[t] > priority[best])
			best = t;
	return best;
}

static int choose_by_chance(uint32_t enabled, int *choice)
{
	int last = last_thread();
	int t;

	if (style == 0 || last < 0) {
		t = random_of(enabled);
	} else if (style == 1) {
		t = last;
		if (!(enabled & 1u << last) || sim_is_leaving(last) ||
		    random_below(5) == 0)
			t = random_of(enabled);
	} else {
		t = highest_priority(enabled);
		for (int i = 0; i < changes_left; i++)
			if (change_at[i] == sim_depth) {
				priority[t] = (uint8_t)random_below(32);
				t = highest_priority(enabled);
			}
	}
	*choice = 0;
	if (sim_choices(t) > 1)
		*choice = random_below((uint64_t)sim_choices(t));
	return t;
}

static void begin_by_chance(uint64_t number)
{
	style = (int)(number % 3);
	changes_left = CHANGES;
	for (int i = 0; i < CHANGES; i++)
		change_at[i] = random_below(typical_depth);
	for (int t = 0; t < SIM_THREADS; t++)
		priority[t] = (uint8_t)(32 + random_below(64));
}

void sim_explore_random(const struct sim_program *p, uint64_t n, uint64_t seed,
			struct sim_tally *t)
{
	tally = t;
	typical_depth = 64;
	random_state = seed;
	for (uint64_t i = 0; i < n && !t->has_failed; i++) {
		begin_by_chance(i);
		count(sim_run(p, choose_by_chance, NULL));
		if (sim_depth > 0)
			typical_depth = (uint64_t)sim_depth;
	}
}
