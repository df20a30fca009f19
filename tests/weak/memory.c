/* SPDX-License-Identifier: MIT */
/*
 * Theory: memory that shows no more than C11 promises
 *
 * A place keeps all values ever stored there as messages, in the order of
 * modification. Each thread has a view: of each place, the latest message that it must
 * take note of. An operation finds any message that is not before its view:
 *
 *  - a load finds one and moves the view of that place up to it;
 *  - a store puts one in, right behind any message not before the view;
 *  - a read-modify-write does both with nothing in between, ever after.
 *
 * A release store, or read-modify-write, leaves the thread's whole view in the message.
 * An acquire load joins it to the reader's. What a read-modify-write leaves has the
 * view of the message that it found, too (release sequences, as C++20 has them).
 * Views carry vector clocks, which race.c compares.
 *
 * That is C11 without two things: loads that find stores still to come (load
 * buffering; only relaxed accesses could), and seq_cst, which core/atomic.h has not.
 *
 * Sleeping: evfd_port_wait() reads relaxed, and at least what the caller of an
 * earlier evfd_port_wake() on that word had in view there. Nothing else is ordered
 * by either, nor by having been woken: the contract promises no more.
 *
 * Which messages are tried. Steps are taken in all orders anyway (explore.c), so an
 * older message matters only where the step cannot be moved to before the newer
 * ones: where each of those was put in by a step that comes before the last step
 * of this thread, by order.c. In an execution with another such read, move
 * that step up: the first message that it did not find is then not there yet.
 * Each move leaves one fewer of those reads, so it ends with an execution that is
 * tried.
 *
 * Stores are seen in the end: no thread finds the same old message more than
 * OLD_MOST times in succession, or loops would go on for ever.
 *
 * A cell is one place with a view for each half, since its halves are loaded apart.
 *
 * The true memory holds the last message, so plain reads, if race.c finds them ordered,
 * and the checks of programs read what they should. setup comes before all, rest and
 * end after all that has happened by then.
 */
#include "weak.h"

#include <string.h>

#define PLACES 2048 /* in views */
#define LOCATIONS 4096u
#define MESSAGES 4096
#define WAYS 16
#define OLD_MOST 12 /* times that a thread finds the same old message */
#define STEP (UINT32_C(1) << 16) /* room for stores in between */

struct view {
	int places; /* that it has an opinion on */
	uint32_t seen[PLACES];
	uint16_t clock[WEAK_SELVES];
};

struct message {
	uint32_t stamp; /* the order of modification */
	int before;	/* in that order; -1: none */
	uint16_t seq; /* the event of `thread` that put it there; 0: was there */
	uint8_t thread;
	bool is_taken; /* a read-modify-write has found it */
	uint64_t value, ctl;
	struct view view;
};

struct location {
	uintptr_t at; /* 0: was forgotten */
	uint32_t run;
	bool is_cell;
	int place;     /* of a cell, of its count; its ctl's is the next */
	int last;      /* message */
	uint32_t told; /* by wakes */
	int old[WEAK_SELVES]; /* the old message that each found last */
	uint8_t times[WEAK_SELVES];
};

struct weak_change weak_change;

static struct view views[WEAK_SELVES];
static struct message messages[MESSAGES];
static struct location locations[LOCATIONS];
static int message_count, place_count;
static uint32_t run = 1;
static bool has_begun;
/* The messages that each thread's next step may find. */
static int found[SIM_THREADS][WAYS];

/* ---- views ------------------------------------------------------------------- */

int weak_self(void)
{
	int self = sim_self();

	if (self < 0)
		return WEAK_ALONE;
	while (sim_threads[self].interrupts >= 0)
		self = sim_threads[self].interrupts;
	return self;
}

static int self_of(const struct sim_thread *t)
{
	while (t->interrupts >= 0)
		t = &sim_threads[t->interrupts];
	return (int)(t - sim_threads);
}

bool weak_knows(int self, int other, uint16_t time)
{
	return views[self].clock[other] >= time;
}

uint16_t weak_time(int self)
{
	return views[self].clock[self];
}

static void join(struct view *v, const struct view *other)
{
	while (v->places < other->places)
		v->seen[v->places++] = 0;
	for (int i = 0; i < other->places; i++)
		if (v->seen[i] < other->seen[i])
			v->seen[i] = other->seen[i];
	for (int i = 0; i < WEAK_SELVES; i++)
		if (v->clock[i] < other->clock[i])
			v->clock[i] = other->clock[i];
}

static uint32_t seen_at(const struct view *v, int place)
{
	return place < v->places ? v->seen[place] : 0;
}

static void see(struct view *v, int place, uint32_t stamp)
{
	while (v->places <= place)
		v->seen[v->places++] = 0;
	if (v->seen[place] < stamp)
		v->seen[place] = stamp;
}

/* ---- places -------------------------------------------------------------------- */

static int new_message(void)
{
	struct message *m = &messages[message_count];

	if (message_count == MESSAGES)
		sim_fail("more than %d stores in one schedule", MESSAGES);
	m->before = -1;
	m->seq = 0;
	m->is_taken = false;
	m->ctl = 0;
	m->view.places = 0;
	memset(m->view.clock, 0, sizeof(m->view.clock));
	return message_count++;
}

static int new_place(void)
{
	if (place_count == PLACES)
		sim_fail("more than %d places in one schedule", PLACES);
	return place_count++;
}

static struct location *slot_of(uintptr_t at)
{
	uint32_t i = (uint32_t)((at >> 2 ^ at >> 12) * 0x9e3779b1u) % LOCATIONS;

	for (uint32_t n = 0; n < LOCATIONS; n++, i = (i + 1) % LOCATIONS)
		if (locations[i].run != run || locations[i].at == at)
			return &locations[i];
	sim_fail("more than %u places in one schedule", LOCATIONS);
}

/* What is there now is the first message of it. */
static void open_location(struct location *l, uintptr_t at, size_t size, bool is_cell)
{
	const volatile char *p = (const volatile char *)at;
	struct message *first;

	*l = (struct location){ .at = at, .run = run, .is_cell = is_cell };
	l->place = new_place();
	if (is_cell)
		new_place();
	l->last = new_message();
	first = &messages[l->last];
	first->stamp = STEP;
	first->value = sim_value_at(p, size);
	if (is_cell)
		first->ctl = sim_value_at(p + 8, 8);
}

static struct location *locate(const struct sim_op *op)
{
	bool is_cell = op->kind == SIM_CELL_HALF || op->kind == SIM_CELL_CAS;
	uintptr_t at = (uintptr_t)op->at;
	struct location *l = slot_of(at);

	if (l->run != run || l->last < 0)
		open_location(l, at, is_cell ? 8 : op->size, is_cell);
	return l;
}

void weak_forget(uintptr_t at, size_t size)
{
	for (uintptr_t p = at & ~(uintptr_t)15; p < at + size; p += 4) {
		struct location *l = slot_of(p);
		size_t covered = l->is_cell ? 16 : 4;

		if (l->run == run && l->at == p && p + covered > at)
			l->last = -1;
	}
}

/* ---- what may be found ----------------------------------------------------------- */

static bool is_read(const struct sim_op *op)
{
	return op->kind == SIM_LOAD || op->kind == SIM_CELL_HALF ||
	       op->kind == SIM_WAIT || op->kind == SIM_WAIT_SHORT;
}

/* Would this compare-and-swap succeed on that message? */
static bool is_expected(const struct sim_op *op, const struct message *m)
{
	if (op->kind == SIM_CELL_CAS)
		return m->value == op->old.count && m->ctl == op->old.ctl;
	return m->value == op->expected;
}

static bool changes(const struct sim_op *op, const struct message *m)
{
	if (op->kind == SIM_CAS || op->kind == SIM_CELL_CAS)
		return is_expected(op, m);
	return !is_read(op);
}

/* The oldest message that op may find, by what self has in view. */
static uint32_t oldest_for(const struct sim_op *op, const struct location *l,
			   int self)
{
	const struct view *v = &views[self];
	uint32_t seen = seen_at(v, l->place), other = 0;

	switch (op->kind) {
	case SIM_CELL_HALF:
		return seen_at(v, l->place + (int)op->value);
	case SIM_CELL_CAS:
		other = seen_at(v, l->place + 1);
		break;
	case SIM_WAIT:
	case SIM_WAIT_SHORT:
		other = l->told;
		break;
	}
	return seen > other ? seen : other;
}

static bool is_in_past_of(const struct sim_thread *t, const struct message *m)
{
	if (m->seq == 0)
		return true;
	if (t->last >= 0 && sim_events[t->last].clock[m->thread] >= m->seq)
		return true;
	return t->interrupts >= 0 && is_in_past_of(&sim_threads[t->interrupts], m);
}

static bool is_access(const struct sim_op *op)
{
	return op->kind <= SIM_CELL_CAS || op->kind == SIM_WAIT ||
	       op->kind == SIM_WAIT_SHORT;
}

/* Has self found this old message often enough? */
static bool is_worn(const struct location *l, int i, int self)
{
	return i != l->last && l->old[self] == i && l->times[self] >= OLD_MOST;
}

int sim_view_ways(const struct sim_thread *t)
{
	int n = 0, *ways = found[t - sim_threads];
	int self = self_of(t);
	const struct location *l;
	uint32_t oldest;

	if (!is_access(&t->op))
		return 1;
	l = locate(&t->op);
	oldest = oldest_for(&t->op, l, self);
	for (int i = l->last; i >= 0; i = messages[i].before) {
		const struct message *m = &messages[i];

		if (m->stamp < oldest || n == WAYS)
			break;
		if ((!m->is_taken || !changes(&t->op, m)) && !is_worn(l, i, self))
			ways[n++] = i;
		if (!is_in_past_of(t, m))
			break;
	}
	return n;
}

/* Does a wake tell later waits anything new? */
static bool tells(const struct sim_thread *t)
{
	const struct location *l = slot_of((uintptr_t)t->op.at);

	return l->run == run && l->last >= 0 &&
	       seen_at(&views[self_of(t)], l->place) > l->told;
}

bool sim_view_changes(const struct sim_thread *t, int way)
{
	const struct sim_op *op = &t->op;
	int n = 1;

	if (op->kind == SIM_WAKE)
		return tells(t);
	if (op->kind != SIM_CAS && op->kind != SIM_CELL_CAS &&
	    op->kind != SIM_WAIT && op->kind != SIM_WAIT_SHORT)
		return !is_read(op);
	if (way < 0) {
		n = sim_view_ways(t);
		way = 0;
	}
	for (; n > 0; n--, way++) {
		const struct message *m = &messages[found[t - sim_threads][way]];

		if (op->kind == SIM_CAS || op->kind == SIM_CELL_CAS ?
			    is_expected(op, m) :
			    m->value == op->value)
			return true;
	}
	return false;
}

/* ---- taking a step ------------------------------------------------------------------ */

/* Files are named by the way in which they were included: compare their ends. */
static const char *name_of(const struct sim_site *s)
{
	const char *slash = strrchr(s->file, '/');

	return slash ? slash + 1 : s->file;
}

bool weak_is_same_site(const struct sim_site *a, const struct sim_site *b)
{
	return a == b || (a->line == b->line && a->kind == b->kind &&
			  strcmp(name_of(a), name_of(b)) == 0 &&
			  strcmp(a->text, b->text) == 0);
}

enum sim_order weak_order_of(const struct sim_site *site, enum weak_part part)
{
	return part == WEAK_FAILED ? site->order & SIM_ACQ : site->order;
}

/* The order of op, which found m. */
static enum sim_order order_of(const struct sim_op *op, const struct message *m)
{
	bool is_cas = op->kind == SIM_CAS || op->kind == SIM_CELL_CAS;
	enum weak_part part =
		is_cas && !is_expected(op, m) ? WEAK_FAILED : WEAK_DONE;

	if (!op->site)
		return SIM_RLX; /* a wait */
	if (weak_change.site && weak_is_same_site(weak_change.site, op->site)) {
		weak_change.is_reached = true;
		if (weak_change.part == part)
			return weak_change.order;
	}
	return weak_order_of(op->site, part);
}

static void look(const struct sim_op *op, const struct location *l,
		 const struct message *m, int self)
{
	struct view *v = &views[self];

	if (op->kind == SIM_CELL_HALF) {
		see(v, l->place + (int)op->value, m->stamp);
	} else {
		see(v, l->place, m->stamp);
		if (l->is_cell)
			see(v, l->place + 1, m->stamp);
	}
	if (order_of(op, m) & SIM_ACQ)
		join(v, &m->view);
}

/* In the end every store is seen. */
static void wear(struct location *l, int i, int self)
{
	if (l->old[self] != i)
		l->times[self] = 0;
	l->old[self] = i;
	l->times[self] += i != l->last;
}

/* A stamp right behind message m. */
static uint32_t stamp_behind(const struct location *l, int m)
{
	int next = l->last;

	if (next == m)
		return messages[m].stamp + STEP;
	while (messages[next].before != m)
		next = messages[next].before;
	if (messages[next].stamp - messages[m].stamp < 2)
		sim_fail("too many stores in between");
	return messages[m].stamp + (messages[next].stamp - messages[m].stamp) / 2;
}

static void forget_all(void)
{
	run++;
	message_count = 0;
	place_count = 0;
	for (int i = 0; i < WEAK_SELVES; i++) {
		views[i].places = 0;
		memset(views[i].clock, 0, sizeof(views[i].clock));
		views[i].clock[i] = 1;
	}
}

/* Put a message in behind message `behind`. */
static struct message *insert(struct location *l, int behind)
{
	int i = new_message();
	struct message *m = &messages[i];

	m->stamp = stamp_behind(l, behind);
	m->before = behind;
	if (l->last == behind) {
		l->last = i;
	} else {
		int next = l->last;

		while (messages[next].before != behind)
			next = messages[next].before;
		messages[next].before = i;
	}
	if (sim_self() >= 0) {
		m->thread = (uint8_t)sim_self();
		m->seq = sim_events[sim_depth - 1].seq;
	}
	return m;
}

static void change(const struct sim_op *op, struct location *l, int behind, int self)
{
	enum sim_order order = order_of(op, &messages[behind]);
	struct message *m = insert(l, behind);
	struct view *v = &views[self];

	if (op->kind == SIM_CELL_CAS) {
		m->value = op->new.count;
		m->ctl = op->new.ctl;
		see(v, l->place + 1, m->stamp);
	} else {
		m->value = sim_value_after(op, messages[behind].value);
	}
	see(v, l->place, m->stamp);
	if (order & SIM_REL)
		join(&m->view, v);
	see(&m->view, l->place, m->stamp);
	if (op->kind != SIM_STORE) {
		messages[behind].is_taken = true;
		join(&m->view, &messages[behind].view);
	}
	v->clock[self]++;
	if (m != &messages[l->last])
		return;
	sim_value_set(op->at, l->is_cell ? 8 : op->size, m->value);
	if (l->is_cell)
		sim_value_set((const volatile char *)op->at + 8, 8, m->ctl);
}

/* rest and end: there is nothing that they may not know. */
static void know_all(void)
{
	for (int i = 0; i < SIM_THREADS; i++)
		join(&views[WEAK_ALONE], &views[i]);
}

static uint64_t value_of(const struct sim_op *op, const struct message *m)
{
	return op->kind == SIM_CELL_HALF && op->value ? m->ctl : m->value;
}

uint64_t sim_view_take(const struct sim_op *op, int way)
{
	uint64_t ctl;

	return weak_take(op, way, &ctl);
}

uint64_t weak_take(const struct sim_op *op, int way, uint64_t *ctl)
{
	struct location *l = locate(op);
	int self = weak_self(), i = l->last;

	if (self == WEAK_ALONE)
		know_all();
	else
		i = found[sim_self()][way];
	*ctl = messages[i].ctl;
	weak_race_atomic(op, changes(op, &messages[i]));
	wear(l, i, self);
	if (op->kind != SIM_STORE)
		look(op, l, &messages[i], self);
	if (changes(op, &messages[i]))
		change(op, l, i, self);
	if (!has_begun)
		forget_all(); /* what setup did is what is there */
	return value_of(op, &messages[i]);
}

void sim_view_wake(const volatile void *word)
{
	struct location *l = slot_of((uintptr_t)word);
	uint32_t seen;

	if (l->run != run || l->last < 0)
		return;
	seen = seen_at(&views[weak_self()], l->place);
	if (l->told < seen)
		l->told = seen;
}

void sim_view_woken(const struct sim_thread *t, const volatile void *word)
{
	const struct location *l = slot_of((uintptr_t)word);

	if (l->run == run && l->last >= 0)
		see(&views[self_of(t)], l->place,
		    seen_at(&views[weak_self()], l->place));
}

void sim_view_whole(const volatile void *at, size_t size)
{
	weak_race_whole(at, size);
}

/* ---- a schedule ------------------------------------------------------------------------ */

void sim_view_reset(void)
{
	has_begun = false;
	forget_all();
	weak_races_reset();
	weak_cell_reset();
}

void sim_view_begin(void)
{
	has_begun = true;
}
