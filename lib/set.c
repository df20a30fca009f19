/* SPDX-License-Identifier: MIT */
/*
 * Theory
 *
 * A set knows which of its members have something without asking them: who brings
 * something to a member that had nothing puts it on the set's list. The loop takes the
 * whole list in one step, and never calls the system while there is anything on it.
 *
 * Each member has one token. It lies on the member (is_armed) while the counter is
 * empty as far as the loop knows. Whoever takes it is to put the member on the
 * list, and nobody else is; from there the loop gets it, and with it the token.
 *
 *	writer				loop
 *	K1 CAS	the count, from 0	L1 take the list, append it to the queue
 *	K2 swap(is_armed, 0)?		L2 for each in turn: is there anything?
 *	K3	push on the list		hand it out, and back to the end
 *	K4	ring, if it said ASLEEP	L3 if not: swap(is_armed, 1)
 *					L4 anything now? swap(is_armed, 0)?
 *						ours again: hand it out
 *					L5 nothing at all: list: empty -> ASLEEP
 *					L6 sleep on the bell; L1
 *
 *  S1  A member that has something is on the list or in the queue, or a writer is
 *	between K1 and K3 with it. Consider the last K1, after which the count was never
 *	0. If its K2 comes after L3, it finds the token, or another writer has it and is
 *	on the way to K3. If it comes before, L3 acquires what K2 released, so L4
 *	looks after K1 and finds the count. K2 and L3 are swaps of one word: there is no
 *	third order, and no fence is needed.
 *  S2  Writers that find the count above 0 leave it to the one that found 0.
 *  S3  A member may come with nothing in it: a writer was slow between K1 and K2, and the
 *	loop has read the count and put the token back (L3) since then. So who
 *	comes is looked at, and L3 again: else it would be lost with its token.
 *  S4  The list's head says whether the loop sleeps. Either L5 finds the list empty, and
 *	the next push replaces ASLEEP and rings, once; or a push came first, and L5 fails.
 *  S5  Level: what was handed out stays in the queue, and is looked at again when its
 *	turn comes, or before (settle()). The queue is a circle, so a busy member waits
 *	for all others.
 *
 * The bell is a counter. A ring that comes late, to a loop that has been awake and is
 * asleep again, or to a set that has ended, is a post in vain: the loop finds nothing
 * and sleeps on, or the handle is stale. So nobody counts rings, and the descriptor
 * of a set is that of its bell.
 *
 * Who may touch what: the list and is_armed anybody; `next` of a member who has its
 * token; the queue and everything else of a member, and of a set, who holds the
 * set's lock. Who makes members or ends them holds the descriptors, too, and the table
 * with them. Signal handlers only write.
 *
 * Joining. J1 is_armed = 1, J2 the table, J3 the counter's entry in the descriptors'
 * table; then the counter is met (descriptor.c): a count that was there before is
 * found by that, and put on the list as a writer would; who writes after it sees J3.
 *
 * Lifetime. Members belong to their set for ever and sets are never freed, so that a
 * writer may use what it found in the table, however late. A late one takes the token of
 * a member that has another counter by now: S3. Who ends a member takes its token.
 * If a writer has it, between K2 and K3, the member is left to it, without a
 * handle: when it comes, L1 puts it aside. Both may happen to a set that has
 * ended, or is another's.
 */
#include <errno.h>

#include "descriptor.h"
#include "library.h"
#include "set.h"

struct member {
	struct member *next;	 /* on the list, in the queue, set aside */
	struct member *previous; /* in the queue */
	struct member *sibling;	 /* of all that the set ever had */
	struct evfd_set *set;
	evfd_t handle; /* as given; EVFD_NONE: it has left */
	void *data;
	uint32_t is_armed; /* the token lies here */
	bool is_queued;
};

struct evfd_set {
	_Alignas(64) struct member *list; /* latest first; or ASLEEP */
	_Alignas(64) uint32_t lock;
	uint32_t queued;
	uint32_t handed; /* of them, out by the last call: at the end */
	evfd_t bell;	 /* EVFD_NONE: the set has ended */
	struct member *first, *last;
	struct member *aside, *all;
	struct evfd_set *next; /* of all sets */
};

/* Never on a list. */
static struct member asleep;
#define ASLEEP (&asleep)

static struct evfd_set *sets;
static struct member **members[EVFD_LIB_CHUNKS]; /* by slot */

static struct member **entry_of(evfd_t h)
{
	uint32_t slot = evfd_lib_slot(h);
	struct member **chunk = load_acq(&members[slot / EVFD_CHUNK_SLOTS]);

	return chunk ? &chunk[slot % EVFD_CHUNK_SLOTS] : NULL;
}

static bool is_same(evfd_t a, evfd_t b)
{
	return !((a ^ b) & ~(EVFD_NO_READ | EVFD_NO_WRITE));
}

/* ---- writers ----------------------------------------------------------------- */

/* K4. The bell of a set that has ended is EBADF, and nobody's. */
static void ring(struct evfd_set *s)
{
	int saved = errno;

	evfd_post(load_acq(&s->bell), 1);
	errno = saved;
}

/* K2 to K4 */
static void call(struct member *m)
{
	struct evfd_set *s = m->set;
	struct member *head;

	if (!swap_ar(&m->is_armed, 0))
		return;
	head = load_acq(&s->list);
	do
		m->next = head == ASLEEP ? NULL : head;
	while (!cas_ar(&s->list, &head, m));
	if (head == ASLEEP)
		ring(s);
}

void evfd_lib_set_follow(evfd_t h)
{
	struct member **entry = entry_of(h);
	struct member *m = entry ? load_acq(entry) : NULL;

	if (m)
		call(m);
}

/* ---- the queue, with the set's lock held ----------------------------------------- */

/* Behind that one; NULL: in front. */
static void insert(struct evfd_set *s, struct member *m, struct member *previous)
{
	struct member *next = previous ? previous->next : s->first;

	m->previous = previous;
	m->next = next;
	if (previous)
		previous->next = m;
	else
		s->first = m;
	if (next)
		next->previous = m;
	else
		s->last = m;
	m->is_queued = true;
	s->queued++;
}

static void enqueue(struct evfd_set *s, struct member *m)
{
	insert(s, m, s->last);
}

static void dequeue(struct evfd_set *s, struct member *m)
{
	if (m->previous)
		m->previous->next = m->next;
	else
		s->first = m->next;
	if (m->next)
		m->next->previous = m->previous;
	else
		s->last = m->previous;
	m->is_queued = false;
	s->queued--;
}

static void put_aside(struct evfd_set *s, struct member *m)
{
	m->next = s->aside;
	s->aside = m;
}

/* L1, without what the list says of the loop. It has the latest first: each goes behind
 * who was last before. In one pass, as each comes from another processor. */
static void append(struct evfd_set *s, struct member *list)
{
	struct member *end = s->last, *earlier;

	for (; list; list = earlier) {
		earlier = list->next;
		if (list->handle == EVFD_NONE)
			put_aside(s, list);
		else
			insert(s, list, end);
	}
}

/* L1: the loop is awake. */
static void take(struct evfd_set *s)
{
	struct member *list = load_acq(&s->list);

	if (list)
		list = swap_ar(&s->list, NULL);
	if (list != ASLEEP)
		append(s, list);
}

/* The readiness of a member that has something, else 0. */
static uint32_t look(const struct member *m)
{
	int ready = evfd_core_readiness(evfd_lib_registry(), m->handle);

	return ready > 0 && ready & (EVFD_IN | EVFD_ERR) ? (uint32_t)ready : 0;
}

/* L2 to L4, for a member out of the queue */
static uint32_t look_or_arm(struct member *m)
{
	uint32_t ready = look(m);

	if (ready)
		return ready;
	swap_ar(&m->is_armed, 1);
	ready = look(m);
	return ready && swap_ar(&m->is_armed, 0) ? ready : 0;
}

/* L2 to L4, for one that keeps its place if it has something. */
static bool stays(struct evfd_set *s, struct member *m)
{
	if (look(m))
		return true;
	dequeue(s, m);
	if (!look_or_arm(m))
		return false;
	enqueue(s, m);
	return true;
}

/* Of this many, with their counters, the first have left a processor's own cache before
 * the last have had their turn. */
#define LONG_QUEUE 2048

/*
 * What was handed out last is at the end of the queue, and mostly read by now. In a short
 * queue it stays, which saves its writer the list; in a long one it is looked at while
 * it is in this processor's cache, where it will not be when its turn comes.
 */
static void settle(struct evfd_set *s)
{
	struct member *m = s->last, *previous;

	if (s->queued < LONG_QUEUE)
		return;
	for (; s->handed > 0 && m; s->handed--, m = previous) {
		previous = m->previous;
		stays(s, m);
	}
}

/* Up to max of the members that have something; each is looked at once. */
static unsigned collect(struct evfd_set *s, struct evfd_ready *events, unsigned max)
{
	unsigned n = 0;

	settle(s);
	take(s);
	for (uint32_t left = s->queued; left > 0 && n < max; left--) {
		struct member *m = s->first;
		uint32_t ready;

		dequeue(s, m);
		ready = look_or_arm(m);
		if (!ready)
			continue;
		enqueue(s, m);
		events[n++] = (struct evfd_ready){ m->handle, m->data, ready };
	}
	s->handed = n;
	return n;
}

/* ---- the loop ----------------------------------------------------------------- */

/* Take in the rings of former sleeps: the descriptor is quiet until the next. */
static void hush(struct evfd_set *s)
{
	struct evfd_registry *r = evfd_lib_registry();
	uint64_t rings;
	int saved = errno;

	if (evfd_core_peek(r, s->bell, &rings) == 0 && rings > 0)
		evfd_tryread(s->bell, NULL);
	errno = saved;
}

/* L5: false if there is something on the list. */
static bool announce(struct evfd_set *s)
{
	struct member *none = NULL;

	return cas_ar(&s->list, &none, ASLEEP);
}

/* Lock s, if it is open. */
static int enter(struct evfd_set *s)
{
	if (!s)
		return EVFD_EINVAL;
	evfd_core_mutex_lock(&s->lock);
	if (s->bell != EVFD_NONE)
		return 0;
	evfd_core_mutex_unlock(&s->lock);
	return EVFD_EBADF;
}

static void leave(struct evfd_set *s)
{
	evfd_core_mutex_unlock(&s->lock);
}

/*
 * How many events there are, or an error. If there is none the loop may sleep on *bell,
 * and has said so if it will.
 */
static int collect_or_announce(struct evfd_set *s, struct evfd_ready *events,
			       unsigned max, bool will_sleep, evfd_t *bell)
{
	int result = enter(s);

	if (result < 0)
		return result;
	*bell = s->bell;
	hush(s);
	do
		result = (int)collect(s, events, max);
	while (result == 0 && will_sleep && !announce(s));
	leave(s);
	return result;
}

/* L6 */
static int sleep_on(evfd_t bell, uint64_t deadline)
{
	const struct evfd_request rq = { .op = EVFD_OP_READ };
	struct evfd_outcome out;
	int result = evfd_core_call(evfd_lib_registry(), bell, 0, &rq, deadline,
				    EVFD_NOTIFY_ANY, &out);

	if (result == 0)
		evfd_lib_descriptor_follow(bell, &rq, &out);
	return result;
}

/* Who has to leave looks once more: success beats every excuse. */
static int wait_until(struct evfd_set *s, struct evfd_ready *events,
		      unsigned max, uint64_t deadline)
{
	int result, leaving = deadline == EVFD_NOWAIT ? EVFD_EAGAIN : 0;
	evfd_t bell = EVFD_NONE;

	if (!events || max == 0)
		return EVFD_EINVAL;
	for (;;) {
		result = collect_or_announce(s, events, max, !leaving, &bell);
		if (result != 0 || leaving)
			return result ? result : leaving;
		leaving = sleep_on(bell, deadline);
		if (leaving == EVFD_EBADF)
			return leaving;
	}
}

int evfd_set_wait_until(struct evfd_set *s, struct evfd_ready *events,
			unsigned max, uint64_t deadline)
{
	return evfd_lib_result(wait_until(s, events, max, deadline));
}

int evfd_set_wait(struct evfd_set *s, struct evfd_ready *events, unsigned max)
{
	return evfd_set_wait_until(s, events, max, EVFD_FOREVER);
}

int evfd_set_trywait(struct evfd_set *s, struct evfd_ready *events, unsigned max)
{
	return evfd_set_wait_until(s, events, max, EVFD_NOWAIT);
}

/* Nobody loses his turn by this. */
static bool has_any(struct evfd_set *s)
{
	take(s);
	while (s->first && !stays(s, s->first))
		;
	return s->first;
}

int evfd_set_arm(struct evfd_set *s)
{
	int result = enter(s);

	if (result < 0)
		return evfd_lib_result(result);
	hush(s);
	do
		result = has_any(s);
	while (result == 0 && !announce(s));
	leave(s);
	return result;
}

int evfd_set_descriptor(struct evfd_set *s)
{
	evfd_t bell = EVFD_NONE;
	int result = enter(s);

	if (result < 0)
		return evfd_lib_result(result);
	bell = s->bell;
	leave(s);
	return evfd_descriptor(bell, 0);
}

/* ---- members; the descriptors are held ------------------------------------------- */

/* The entry for a slot, made if need be; NULL: no memory. */
static struct member **make_entry(evfd_t h)
{
	struct member ***chunk = &members[evfd_lib_slot(h) / EVFD_CHUNK_SLOTS];

	if (!*chunk) {
		struct member **fresh =
			evfd_port_alloc(EVFD_CHUNK_SLOTS * sizeof(*fresh));

		if (!fresh)
			return NULL;
		store_rel(chunk, fresh);
	}
	return entry_of(h);
}

/* A member that is nobody's, with s locked; NULL: no memory. */
static struct member *make_member(struct evfd_set *s)
{
	struct member *m = s->aside;

	if (m) {
		s->aside = m->next;
		return m;
	}
	m = evfd_port_alloc(sizeof(*m));
	if (m) {
		m->set = s;
		m->sibling = s->all;
		s->all = m;
	}
	return m;
}

/* End m. Its token is on it, with us, or on the way to the list. */
static void drop(struct member *m)
{
	struct evfd_set *s = m->set;

	evfd_core_mutex_lock(&s->lock);
	store_rel(entry_of(m->handle), NULL);
	evfd_lib_descriptor_mark(m->handle, false);
	m->handle = EVFD_NONE;
	if (m->is_queued)
		dequeue(s, m);
	else if (!swap_ar(&m->is_armed, 0))
		m = NULL; /* L1 will put it aside */
	if (m)
		put_aside(s, m);
	evfd_core_mutex_unlock(&s->lock);
}

/* Make h a member of s, which is locked. Returns it, or NULL: no memory. */
static struct member *join(struct evfd_set *s, evfd_t h, void *data)
{
	struct member **entry = make_entry(h);
	struct member *m = entry ? make_member(s) : NULL;

	if (!m)
		return NULL;
	if (evfd_lib_descriptor_mark(h, true) < 0) { /* J3 */
		put_aside(s, m);
		return NULL;
	}
	m->handle = h;
	m->data = data;
	store_rel(&m->is_armed, 1); /* J1 */
	store_rel(entry, m);	    /* J2 */
	return m;
}

static int add(struct evfd_set *s, evfd_t h, void *data)
{
	struct evfd_registry *r = evfd_lib_registry();
	struct member **entry, *m;
	int ready = r ? evfd_core_readiness(r, h) : EVFD_EBADF;
	int result;

	if (!s)
		return EVFD_EINVAL;
	if (ready < 0)
		return ready;
	entry = entry_of(h);
	m = entry ? load_acq(entry) : NULL;
	if (m && is_same(m->handle, h))
		return EVFD_EEXIST;
	if (m) /* who closed its counter has yet to end it */
		drop(m);
	result = enter(s);
	if (result < 0)
		return result;
	m = join(s, h, data);
	leave(s);
	if (!m)
		return EVFD_ENOMEM;
	ready = evfd_lib_meet(h);
	if (ready < 0)
		drop(m);
	else if (ready & (EVFD_IN | EVFD_ERR))
		call(m);
	return ready < 0 ? ready : 0;
}

int evfd_set_add(struct evfd_set *s, evfd_t h, void *data)
{
	int result;

	evfd_lib_descriptors_hold();
	result = add(s, h, data);
	evfd_lib_descriptors_let_go();
	return evfd_lib_result(result);
}

/* The member that the counter of h is, or NULL. */
static struct member *member_of(evfd_t h)
{
	struct member **entry = entry_of(h);
	struct member *m = entry ? load_acq(entry) : NULL;

	return m && is_same(m->handle, h) ? m : NULL;
}

static int remove_member(struct evfd_set *s, evfd_t h)
{
	struct evfd_registry *r = evfd_lib_registry();
	int result = r ? evfd_core_readiness(r, h) : EVFD_EBADF;
	struct member *m;

	if (!s)
		return EVFD_EINVAL;
	if (result < 0)
		return result;
	m = member_of(h);
	if (!m || m->set != s)
		return EVFD_EINVAL;
	drop(m);
	return 0;
}

int evfd_set_remove(struct evfd_set *s, evfd_t h)
{
	int result;

	evfd_lib_descriptors_hold();
	result = remove_member(s, h);
	evfd_lib_descriptors_let_go();
	return evfd_lib_result(result);
}

void evfd_lib_set_leave(evfd_t h)
{
	struct member **entry = entry_of(h), *m;

	if (!entry || !load_acq(entry))
		return;
	evfd_lib_descriptors_hold();
	m = member_of(h);
	if (m)
		drop(m);
	evfd_lib_descriptors_let_go();
}

/* ---- sets ---------------------------------------------------------------------- */

/* One that has ended, or a new one. */
static struct evfd_set *find_or_make(void)
{
	struct evfd_set *s = sets;

	while (s && s->bell != EVFD_NONE)
		s = s->next;
	if (s)
		return s;
	s = evfd_port_alloc(sizeof(*s));
	if (s) {
		s->next = sets;
		sets = s;
	}
	return s;
}

struct evfd_set *evfd_set_create(unsigned flags)
{
	struct evfd_set *s = NULL;
	evfd_t bell = EVFD_NONE;

	if (flags) {
		evfd_lib_result(EVFD_EINVAL);
		return NULL;
	}
	bell = evfd_create(0, EVFD_TRANSITION, "set");
	if (bell == EVFD_NONE)
		return NULL;
	evfd_lib_descriptors_hold();
	s = find_or_make();
	if (s)
		store_rel(&s->bell, bell);
	evfd_lib_descriptors_let_go();
	if (!s) {
		evfd_close(bell);
		evfd_lib_result(EVFD_ENOMEM);
	}
	return s;
}

/* Sleepers find a stale bell. */
int evfd_set_close(struct evfd_set *s)
{
	evfd_t bell = EVFD_NONE;
	int result;

	evfd_lib_descriptors_hold();
	result = enter(s);
	if (result == 0) {
		bell = s->bell;
		store_rel(&s->bell, EVFD_NONE);
		leave(s);
		for (struct member *m = s->all; m; m = m->sibling)
			if (m->handle != EVFD_NONE)
				drop(m);
	}
	evfd_lib_descriptors_let_go();
	if (result == 0)
		evfd_close(bell);
	return evfd_lib_result(result);
}

/* ---- fork ------------------------------------------------------------------------- */

/*
 * With all tokens taken no signal handler pushes anything; then what is on the list, or
 * was to come, is queued. What another thread had begun under the lock does not
 * matter: all that it guards is made anew, but for joining and leaving, which hold the
 * descriptors, too.
 */
static void renew(struct evfd_set *s)
{
	s->lock = 0;
	for (struct member *m = s->all; m; m = m->sibling)
		swap_ar(&m->is_armed, 0);
	store_rel(&s->list, NULL);
	s->first = s->last = s->aside = NULL;
	s->queued = s->handed = 0;
	for (struct member *m = s->all; m; m = m->sibling)
		if (m->handle == EVFD_NONE)
			put_aside(s, m);
		else
			enqueue(s, m);
}

void evfd_lib_sets_renew(void)
{
	for (struct evfd_set *s = sets; s; s = s->next)
		renew(s);
}
