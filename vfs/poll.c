/* SPDX-License-Identifier: MIT */
/*
 * Theory: poll and select, over any vnode
 *
 * A call has a bell, one 32-bit word: 0, or 1 once an edge has come. It looks at
 * every file; if none is ready it subscribes to all, and sleeps on the bell.
 *
 *	poller					maker of an edge
 *	P1 subscribe to all, which		E1 change the state
 *	   tells what is ready by then		E2 bell: 0 -> 1, wake
 *	P2 sleep while bell == 0
 *	P3 bell = 0
 *	P4 look at every file, P2 again
 *
 * An edge before P1 is in what subscribing returns; one after it rings. E2 after
 * P3: the next P2 does not sleep. E2 before P3: P3 acquires what E2 released, so
 * P4 sees E1. What is reported is always what a look finds, never what an
 * edge said.
 *
 * The files are referenced from the first look to the end of the call: no descriptor
 * that is closed meanwhile is looked up again (as on Linux).
 */
#include "abi.h"
#include "node.h"

/* As many entries as this are on the stack: about 1.2 KiB. */
#define ENTRIES_ON_STACK 16u

/* Reported by poll whether asked for or not. */
#define UNMASKED (EVFD_ERR | EVFD_HUP)

struct entry {
	struct evfd_watch watch;
	uint32_t *bell;
	struct evfd_file *file; /* NULL: nothing to look at */
	int32_t fd;
	uint16_t events;  /* what counts */
	uint16_t revents; /* what of it was found */
};

struct poller {
	struct entry *entries;
	uint32_t n;
	uint32_t bell;
};

static bool ring(struct evfd_watch *w, uint32_t events)
{
	struct entry *e =
		(struct entry *)((char *)w - offsetof(struct entry, watch));
	uint32_t *bell = e->bell;

	(void)events;
	if (swap_ar(bell, 1) != 0) /* E2 */
		return false;
	evfd_port_wake(bell, 1);
	return true;
}

/* P4 */
static int look_at_all(struct poller *w)
{
	int found = 0;

	for (uint32_t i = 0; i < w->n; i++) {
		struct entry *e = &w->entries[i];

		if (e->file)
			e->revents =
				(uint16_t)(evfd_file_poll(e->file) & e->events);
		found += e->revents != 0;
	}
	return found;
}

/* P1. Returns whether anything is ready already. */
static bool subscribe_to_all(struct poller *w)
{
	bool is_ready = false;

	for (uint32_t i = 0; i < w->n; i++) {
		struct entry *e = &w->entries[i];

		if (!e->file || !e->file->vnode->ops->watch)
			continue;
		e->bell = &w->bell;
		e->watch = (struct evfd_watch){ .notify = ring };
		if (e->file->vnode->ops->watch(e->file, &e->watch, e->events) &
		    e->events)
			is_ready = true;
	}
	return is_ready;
}

static void unsubscribe(struct poller *w)
{
	for (uint32_t i = 0; i < w->n; i++) {
		struct entry *e = &w->entries[i];

		if (e->bell)
			e->file->vnode->ops->unwatch(e->file, &e->watch);
	}
}

/* Entries found, 0 at the deadline, or EVFD_EINTR. */
static int wait_for_any(struct poller *w, uint64_t deadline_ns)
{
	int found = look_at_all(w);
	int leaving = 0;

	if (found || deadline_ns == EVFD_NOWAIT)
		return found;
	if (subscribe_to_all(w))
		found = look_at_all(w);
	while (!found && !leaving) {
		leaving = evfd_port_wait(&w->bell, 0, deadline_ns); /* P2 */
		swap_ar(&w->bell, 0);				    /* P3 */
		found = look_at_all(w);
	}
	unsubscribe(w);
	return found || leaving == EVFD_ETIMEDOUT ? found : leaving;
}

/* Memory for n entries, zeroed: the caller's few, or more. */
static struct entry *get_entries(struct entry *few, uint32_t n)
{
	if (n > ENTRIES_ON_STACK)
		return evfd_port_alloc(n * sizeof(struct entry));
	for (uint32_t i = 0; i < n; i++)
		few[i] = (struct entry){ .fd = -1 };
	return few;
}

static void put_entries(struct poller *w, const struct entry *few)
{
	for (uint32_t i = 0; i < w->n; i++)
		if (w->entries[i].file)
			evfd_file_put(w->entries[i].file);
	if (w->entries != few)
		evfd_port_free(w->entries, w->n * sizeof(struct entry));
}

/* ---- poll -------------------------------------------------------------------- */

static int copy_records_in(struct evfd_process *p, struct poller *w, uint64_t fds)
{
	for (uint32_t i = 0; i < w->n; i++) {
		struct entry *e = &w->entries[i];
		struct abi_pollfd record;

		if (evfd_port_copy_in(&record, fds + i * sizeof(record),
				      sizeof(record)) < 0)
			return EVFD_EFAULT;
		e->fd = record.fd;
		e->events = record.events | UNMASKED;
		if (e->fd < 0)
			continue;
		e->file = evfd_fd_get(p, e->fd);
		if (!e->file)
			e->revents = EVFD_NVAL;
	}
	return 0;
}

/* Only what poll owns of a record is written. */
static int copy_revents_out(const struct poller *w, uint64_t fds)
{
	fds += offsetof(struct abi_pollfd, revents);
	for (uint32_t i = 0; i < w->n; i++) {
		uint16_t revents = w->entries[i].revents;

		if (evfd_port_copy_out(fds + i * sizeof(struct abi_pollfd),
				       &revents, sizeof(revents)) < 0)
			return EVFD_EFAULT;
	}
	return 0;
}

int evfd_poll(struct evfd_process *p, uint64_t fds, uint32_t nfds,
	      uint64_t deadline_ns)
{
	struct entry few[ENTRIES_ON_STACK];
	struct poller w = { .n = nfds };
	int result;

	w.entries = get_entries(few, nfds);
	if (!w.entries)
		return EVFD_ENOMEM;
	result = copy_records_in(p, &w, fds);
	if (result == 0)
		result = wait_for_any(&w, deadline_ns);
	if (result >= 0 && copy_revents_out(&w, fds) < 0)
		result = EVFD_EFAULT;
	put_entries(&w, few);
	return result;
}

/* ---- select -------------------------------------------------------------------- */

enum {
	SET_IN,
	SET_OUT,
	SET_EXCEPT,
	SETS
};

/* What makes a file of each set ready, and the one bit of it that no other has. */
static const uint16_t set_events[SETS] = {
	EVFD_IN | EVFD_ERR | EVFD_HUP,
	EVFD_OUT | EVFD_ERR,
	EVFD_PRI,
};
static const uint16_t set_marks[SETS] = { EVFD_IN, EVFD_OUT, EVFD_PRI };

/* One 64-bit word of each set. */
struct set_words {
	uint64_t in[SETS];
};

/* Word i of the sets, without bits from nfds on; absent sets are empty. */
static int copy_words_in(struct set_words *words, const uint64_t sets[SETS],
			 uint32_t i, uint32_t nfds)
{
	uint32_t first = i * ABI_FDSET_BITS;

	*words = (struct set_words){ { 0 } };
	for (int s = 0; s < SETS; s++) {
		if (!sets[s])
			continue;
		if (evfd_port_copy_in(&words->in[s], sets[s] + i * 8, 8) < 0)
			return EVFD_EFAULT;
		if (nfds - first < ABI_FDSET_BITS)
			words->in[s] &= (UINT64_C(1) << (nfds - first)) - 1;
	}
	return 0;
}

/* Members of any of the sets, or EVFD_EFAULT. */
static int count_members(const uint64_t sets[SETS], uint32_t nfds)
{
	struct set_words words;
	int n = 0;

	for (uint32_t i = 0; i * ABI_FDSET_BITS < nfds; i++) {
		uint64_t any;

		if (copy_words_in(&words, sets, i, nfds) < 0)
			return EVFD_EFAULT;
		any = words.in[SET_IN] | words.in[SET_OUT] | words.in[SET_EXCEPT];
		for (; any; any &= any - 1)
			n++;
	}
	return n;
}

static int add_member(struct evfd_process *p, struct entry *e, int fd,
		      uint16_t events)
{
	e->fd = fd;
	e->events = events;
	e->file = evfd_fd_get(p, fd);
	return e->file ? 0 : EVFD_EBADF;
}

/* The sets may have been changed since they were counted: never more than w->n. */
static int copy_sets_in(struct evfd_process *p, struct poller *w,
			const uint64_t sets[SETS], uint32_t nfds)
{
	struct set_words words;
	uint32_t at = 0;

	for (uint32_t fd = 0; fd < nfds; fd++) {
		uint16_t events = 0;

		if (fd % ABI_FDSET_BITS == 0 &&
		    copy_words_in(&words, sets, fd / ABI_FDSET_BITS, nfds) < 0)
			return EVFD_EFAULT;
		for (int s = 0; s < SETS; s++)
			if (words.in[s] >> fd % ABI_FDSET_BITS & 1)
				events |= set_events[s];
		if (!events)
			continue;
		if (at == w->n)
			break;
		if (add_member(p, &w->entries[at++], (int)fd, events) < 0)
			return EVFD_EBADF;
	}
	return 0;
}

/*
 * Write set s: its members among the entries, which are in the order of their
 * numbers. Bits found are counted in *found.
 */
static int copy_set_out(const struct poller *w, uint64_t set, int s,
			uint32_t nfds, int *found)
{
	const struct entry *e = w->entries, *end = w->entries + w->n;

	for (uint32_t first = 0; first < nfds; first += ABI_FDSET_BITS) {
		uint64_t word = 0;

		for (; e < end && (uint32_t)e->fd < first + ABI_FDSET_BITS; e++) {
			if (!(e->events & set_marks[s]) ||
			    !(e->revents & set_events[s]))
				continue;
			word |= UINT64_C(1) << e->fd % ABI_FDSET_BITS;
			++*found;
		}
		if (evfd_port_copy_out(set + first / 8, &word, 8) < 0)
			return EVFD_EFAULT;
	}
	return 0;
}

static int copy_sets_out(const struct poller *w, const uint64_t sets[SETS],
			 uint32_t nfds)
{
	int found = 0;

	for (int s = 0; s < SETS; s++)
		if (sets[s] && copy_set_out(w, sets[s], s, nfds, &found) < 0)
			return EVFD_EFAULT;
	return found;
}

int evfd_select(struct evfd_process *p, uint32_t nfds, const uint64_t sets[3],
		uint64_t deadline_ns)
{
	struct entry few[ENTRIES_ON_STACK];
	struct poller w = { 0 };
	uint32_t end = evfd_fd_end(p);
	int result;

	if (nfds > end)
		nfds = end; /* beyond it nothing has ever been open */
	result = count_members(sets, nfds);
	if (result < 0)
		return result;
	w.n = (uint32_t)result;
	w.entries = get_entries(few, w.n);
	if (!w.entries)
		return EVFD_ENOMEM;
	result = copy_sets_in(p, &w, sets, nfds);
	if (result == 0)
		result = wait_for_any(&w, deadline_ns);
	if (result >= 0)
		result = copy_sets_out(&w, sets, nfds);
	put_entries(&w, few);
	return result;
}
