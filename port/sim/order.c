/* SPDX-License-Identifier: MIT */
/*
 * Theory: which schedules are the same
 *
 * Two steps next to each other may change places, and nobody sees a difference,
 * unless they are of one thread, or in conflict (they touch one place and one of them
 * changes it), or one made the other possible (a wake and the end of that
 * sleep), or one is of a handler and the other of the thread that it interrupts.
 * What is left is a partial order of the steps; schedules with the same partial order
 * are one schedule as far as the program can tell.
 *
 *  - A step's clock tells, for each thread, how many of its steps come before it
 *    in that order.
 *  - A step's hash is made of its thread, its place in that thread, the way it was
 *    taken, and the hashes of the steps right before it in that order. The sum
 *    over a schedule is the same for schedules that are the same.
 *
 * A race is two steps in conflict with nothing in between that orders them
 * anyway, where the later one could have come first. Explorers come back to each
 * race and try the other order.
 *
 * At each place, going back from its last step: conflicts end at the first step that
 * changed it, because whatever came earlier is before that one already.
 */
#include "machine.h"

#include <string.h>

#define PLACES 1024u /* a power of two, well above what one schedule touches */
#define SOURCES SIM_RACES

static struct place {
	uintptr_t place;
	int last;
	uint32_t run; /* the run in which this is valid */
} places[PLACES];
static uint32_t run;

/* A step that the one at hand comes after; race: which one it could precede. */
struct source {
	int event, race;
};

void sim_order_reset(void)
{
	run++;
}

static struct place *find(uintptr_t at)
{
	uint32_t i = (uint32_t)((at >> 2 ^ at) * 0x9e3779b1u) % PLACES;

	for (uint32_t n = 0; n < PLACES; n++, i = (i + 1) % PLACES) {
		struct place *p = &places[i];

		if (p->run != run)
			*p = (struct place){ at, -1, run };
		if (p->place == at)
			return p;
	}
	sim_fail("more than %u places in one schedule", PLACES);
}

static bool is_before(int a, int b)
{
	const struct sim_event *e = &sim_events[a];

	return sim_events[b].clock[e->thread] >= e->seq;
}

static void join(uint16_t *clock, const uint16_t *other)
{
	for (int i = 0; i < SIM_THREADS; i++)
		if (clock[i] < other[i])
			clock[i] = other[i];
}

/* Sorted, latest first. */
static void insert(struct source *sources, int *n, int event, int race)
{
	int i = *n;

	for (int k = 0; k < *n; k++)
		if (sources[k].event == event)
			return;
	if (*n == SOURCES)
		sim_fail("more than %d steps before one", SOURCES);
	while (i > 0 && sources[i - 1].event < event) {
		sources[i] = sources[i - 1];
		i--;
	}
	sources[i] = (struct source){ event, race };
	++*n;
}

static void add_conflicts(const struct sim_event *e, int k,
			  struct source *sources, int *n)
{
	uintptr_t place = e->access[k].place;
	int at = e->before[k];

	while (at >= 0) {
		const struct sim_event *other = &sim_events[at];
		int of = other->access[0].place == place ? 0 : 1;

		if (other->access[of].changes || e->access[k].changes)
			insert(sources, n, at, at);
		if (other->access[of].changes)
			break;
		at = other->before[of];
	}
}

/* Handlers: before a thread goes on, those on it have ended; before a handler
 * begins, the thread has made its last step. */
static void add_handlers(const struct sim_event *e, struct source *sources, int *n)
{
	const struct sim_thread *self = &sim_threads[e->thread];

	if (self->interrupts >= 0 && sim_threads[self->interrupts].last >= 0)
		insert(sources, n, sim_threads[self->interrupts].last,
		       sim_threads[self->interrupts].last);
	for (int i = 0; i < sim_thread_count(); i++)
		if (sim_threads[i].interrupts == e->thread &&
		    sim_threads[i].last >= 0)
			insert(sources, n, sim_threads[i].last,
			       sim_threads[i].first);
}

static int sources_of(const struct sim_event *e, struct source *sources)
{
	int n = 0;

	/* First: to come before a handler's last step is to come before its first. */
	add_handlers(e, sources, &n);
	for (int k = 0; k < e->accesses; k++)
		add_conflicts(e, k, sources, &n);
	if (e->cause >= 0)
		insert(sources, &n, e->cause, e->cause);
	return n;
}

static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

void sim_order_add(int d)
{
	struct sim_event *e = &sim_events[d];
	const struct sim_thread *self = &sim_threads[e->thread];
	struct source sources[SOURCES];
	int n;

	for (int k = 0; k < e->accesses; k++) {
		struct place *p = find(e->access[k].place);

		e->before[k] = p->last;
		p->last = d;
	}
	n = sources_of(e, sources);
	if (self->last >= 0) {
		memcpy(e->clock, sim_events[self->last].clock, sizeof(e->clock));
		e->hash = sim_events[self->last].hash;
		e->seq = (uint16_t)(sim_events[self->last].seq + 1);
	} else {
		memset(e->clock, 0, sizeof(e->clock));
		e->hash = 0;
		e->seq = 1;
	}
	e->hash = mix(e->hash + e->thread * 64u + e->choice + 1);
	for (int i = 0; i < n; i++) {
		const struct sim_event *other = &sim_events[sources[i].event];

		if (e->clock[other->thread] >= other->seq)
			continue;
		join(e->clock, other->clock);
		e->hash += mix(other->hash ^ UINT64_C(0x9e3779b97f4a7c15));
	}
	e->hash = mix(e->hash);
	e->clock[e->thread] = e->seq;
	e->prefix = (d > 0 ? sim_events[d - 1].prefix : 0) + e->hash;
}

/* The step of e's thread before event d, or -1. */
static int own_before(int d)
{
	for (int i = d - 1; i >= 0; i--)
		if (sim_events[i].thread == sim_events[d].thread)
			return i;
	return -1;
}

/*
 * Could d come before e, which it now follows? Not if it is the end of a sleep that
 * e ended, or something after e; unless the sleeper could have left by itself.
 */
static bool is_reversible(int e, int d)
{
	int cause = sim_events[d].cause;

	if (cause < 0 || (cause != e && !is_before(e, cause)))
		return true;
	return sim_events[e].enabled & 1u << sim_events[d].thread;
}

int sim_order_races(int d, int races[SIM_RACES])
{
	const struct sim_event *e = &sim_events[d];
	uint16_t clock[SIM_THREADS] = { 0 };
	struct source sources[SOURCES];
	int own = own_before(d);
	int n = sources_of(e, sources), found = 0;

	if (own >= 0)
		memcpy(clock, sim_events[own].clock, sizeof(clock));
	for (int i = 0; i < n; i++) {
		const struct sim_event *other = &sim_events[sources[i].event];

		if (clock[other->thread] >= other->seq)
			continue;
		join(clock, other->clock);
		if (is_reversible(sources[i].race, d))
			races[found++] = sources[i].race;
	}
	return found;
}

uint32_t sim_order_initials(int e, int d)
{
	int firsts[SIM_THREADS], n = 0;
	uint32_t seen = 0, initials = 0;

	for (int w = e + 1; w <= d; w++) {
		uint32_t bit = 1u << sim_events[w].thread;
		bool is_first = !(seen & bit);

		if (w < d && is_before(e, w))
			continue;
		seen |= bit;
		for (int i = 0; i < n && is_first; i++)
			is_first = !is_before(firsts[i], w);
		if (!is_first)
			continue;
		firsts[n++] = w;
		initials |= bit;
	}
	return initials;
}
