/* SPDX-License-Identifier: MIT */
/*
 * Theory
 *
 * A table is a fixed directory of chunks, made when first needed and never moved or
 * freed while the process lives. So a lookup is two loads, and no table is ever
 * copied under one. Changes are made under the process's lock.
 *
 * A number goes through: free (bit clear), taken (bit set, slot 0), open (bit
 * set, slot holds the file and its reference). It is opened by one store, when
 * the file behind it is complete; so nobody sees half a file, and a call that fails
 * after it has taken the number gives it back unseen.
 *
 *	lookup				close			another open
 *	L1 f = slot
 *					C1 slot = 0
 *					C2 drop reference
 *								F1 f is another file
 *	L2 f.refs += 1 unless 0
 *	L3 slot == f?
 *
 * L2 succeeds on a file that is alive (file.c), and if that is not the one that the
 * slot held at L1, then C1 came before F1, which L2 saw, and so L3 sees C1, or
 * what was stored after it. If that is f again, f is what the number means
 * now. A lookup that fails at L2 or L3 starts over; each time somebody
 * else has changed that very slot.
 */
#include "fdtable.h"

#include "../core/mutex.h"

#define CLOEXEC ((uintptr_t)1)

static struct evfd_file *file_of(uintptr_t slot)
{
	return (struct evfd_file *)(slot & ~CLOEXEC);
}

/* The slot of fd, or NULL if no chunk has been made there. */
static uintptr_t *find_slot(struct evfd_process *p, uint32_t fd)
{
	struct evfd_fd_chunk *c;

	if (fd >= EVFD_FDS_MAX)
		return NULL;
	c = load_acq(&p->chunks[fd / EVFD_FD_CHUNK]);
	return c ? &c->slots[fd % EVFD_FD_CHUNK] : NULL;
}

struct evfd_file *evfd_fd_get(struct evfd_process *p, int fd)
{
	uintptr_t *slot = find_slot(p, (uint32_t)fd);
	struct evfd_file *f;

	if (!slot)
		return NULL;
	for (;;) {
		f = file_of(load_acq(slot)); /* L1 */
		if (!f)
			return NULL;
		if (!evfd_file_try_get(f)) /* L2 */
			continue;
		if (file_of(load_acq(slot)) == f) /* L3 */
			return f;
		evfd_file_put(f);
	}
}

/* ---- numbers; all with p->lock -------------------------------------------- */

/* Index of the lowest bit set in x, which is not 0. */
static uint32_t lowest_bit(uint64_t x)
{
	uint32_t n = 0;

	for (uint32_t step = 32; step > 0; step /= 2) {
		if (!(x & ((UINT64_C(1) << step) - 1))) {
			x >>= step;
			n += step;
		}
	}
	return n;
}

static void mark(struct evfd_process *p, uint32_t fd, bool is_used)
{
	struct evfd_fd_chunk *c = p->chunks[fd / EVFD_FD_CHUNK];
	uint64_t *word = &c->used[fd % EVFD_FD_CHUNK / 64];
	uint64_t bit = UINT64_C(1) << fd % 64;

	if (is_used) {
		*word |= bit;
		if (fd == p->lowest)
			p->lowest = fd + 1;
	} else {
		*word &= ~bit;
		if (fd < p->lowest)
			p->lowest = fd;
	}
}

static bool is_used(struct evfd_process *p, uint32_t fd)
{
	struct evfd_fd_chunk *c = p->chunks[fd / EVFD_FD_CHUNK];

	return c && c->used[fd % EVFD_FD_CHUNK / 64] >> fd % 64 & 1;
}

static uint32_t find_free(struct evfd_process *p, uint32_t from)
{
	uint32_t fd = from > p->lowest ? from : p->lowest;

	while (fd < load_rlx(&p->soft)) {
		struct evfd_fd_chunk *c = p->chunks[fd / EVFD_FD_CHUNK];
		uint64_t clear;

		if (!c)
			return fd;
		clear = ~c->used[fd % EVFD_FD_CHUNK / 64] >> fd % 64;
		if (clear)
			return fd + lowest_bit(clear);
		fd = (fd | 63) + 1;
	}
	return fd;
}

static bool have_chunk(struct evfd_process *p, uint32_t fd)
{
	struct evfd_fd_chunk **c = &p->chunks[fd / EVFD_FD_CHUNK];
	uint32_t end = (fd / EVFD_FD_CHUNK + 1) * EVFD_FD_CHUNK;

	if (*c)
		return true;
	store_rel(c, evfd_port_alloc(sizeof(**c))); /* for find_slot() */
	if (*c && p->end < end)
		store_rlx(&p->end, end); /* one number */
	return *c;
}

/* ---- opening ----------------------------------------------------------------- */

int evfd_fd_reserve(struct evfd_process *p, uint32_t from)
{
	int result = EVFD_EMFILE;
	uint32_t fd;

	evfd_mutex_lock(&p->lock);
	fd = find_free(p, from);
	if (fd < load_rlx(&p->soft)) {
		result = EVFD_ENOMEM;
		if (have_chunk(p, fd)) {
			/* The search began at lowest: all up to fd are taken. */
			if (from <= p->lowest)
				p->lowest = fd;
			mark(p, fd, true);
			result = (int)fd;
		}
	}
	evfd_mutex_unlock(&p->lock);
	return result;
}

void evfd_fd_publish(struct evfd_process *p, int fd, struct evfd_file *f,
		     bool cloexec)
{
	uintptr_t slot = (uintptr_t)f | (cloexec ? CLOEXEC : 0);

	store_rel(find_slot(p, (uint32_t)fd), slot);
}

void evfd_fd_cancel(struct evfd_process *p, int fd)
{
	evfd_mutex_lock(&p->lock);
	mark(p, (uint32_t)fd, false);
	evfd_mutex_unlock(&p->lock);
}

int evfd_fd_install(struct evfd_process *p, struct evfd_file *f, bool cloexec)
{
	int fd = evfd_fd_reserve(p, 0);

	if (fd >= 0)
		evfd_fd_publish(p, fd, f, cloexec);
	return fd;
}

int evfd_fd_replace(struct evfd_process *p, int fd, struct evfd_file *f, bool cloexec)
{
	uint32_t n = (uint32_t)fd;
	uintptr_t before = 0;
	int result = fd;

	evfd_mutex_lock(&p->lock);
	if (n >= load_rlx(&p->soft)) {
		result = EVFD_EBADF;
	} else if (!have_chunk(p, n)) {
		result = EVFD_ENOMEM;
	} else {
		before = load_acq(find_slot(p, n)); /* evfd_fd_publish() */
		if (!before && is_used(p, n)) {
			result = EVFD_EBUSY;
		} else {
			mark(p, n, true);
			evfd_fd_publish(p, fd, f, cloexec);
		}
	}
	evfd_mutex_unlock(&p->lock);
	if (before)
		evfd_file_put(file_of(before));
	return result;
}

/* ---- closing ------------------------------------------------------------------ */

/* Take fd off if it is open and has all the bits of `with`. The caller has its
 * reference then; NULL if not. */
static struct evfd_file *take_off(struct evfd_process *p, uint32_t fd, uintptr_t with)
{
	uintptr_t *slot = find_slot(p, fd);
	uintptr_t before = 0;

	if (!slot || !load_rlx(slot)) /* a look; decided under the lock */
		return NULL;
	evfd_mutex_lock(&p->lock);
	before = load_acq(slot); /* pairs with evfd_fd_publish() */
	if ((before & with) != with)
		before = 0;
	if (before) {
		store_rel(slot, 0); /* C1 */
		mark(p, fd, false);
	}
	evfd_mutex_unlock(&p->lock);
	return before ? file_of(before) : NULL;
}

int evfd_fd_close(struct evfd_process *p, int fd)
{
	struct evfd_file *f = take_off(p, (uint32_t)fd, 0);

	if (!f)
		return EVFD_EBADF;
	evfd_file_put(f); /* C2 */
	return 0;
}

uint32_t evfd_fd_end(const struct evfd_process *p)
{
	return load_rlx(&p->end); /* who opened a number knows of it */
}

/* Files end when all numbers are closed, and the last first, as in Linux. */
static void close_all(struct evfd_process *p, uint32_t first, uint32_t last,
		      uintptr_t with)
{
	uint32_t end = evfd_fd_end(p);
	struct evfd_file *ended = NULL;

	for (uint32_t fd = first; fd < end && fd <= last; fd++) {
		struct evfd_file *f = take_off(p, fd, with);

		if (f && evfd_file_drop(f)) { /* C2 */
			f->next_free = ended;
			ended = f;
		}
	}
	while (ended) {
		struct evfd_file *next = ended->next_free;

		evfd_file_end(ended);
		ended = next;
	}
}

void evfd_fd_close_range(struct evfd_process *p, uint32_t first, uint32_t last)
{
	close_all(p, first, last, 0);
}

/* ---- close-on-exec ------------------------------------------------------------- */

/* With p->lock. */
static bool set_cloexec(struct evfd_process *p, uint32_t fd, bool cloexec)
{
	uintptr_t *slot = find_slot(p, fd);
	uintptr_t before = slot ? load_rlx(slot) : 0; /* ours, by the lock */

	if (!before)
		return false;
	store_rel(slot, (before & ~CLOEXEC) | (cloexec ? CLOEXEC : 0));
	return true;
}

void evfd_fd_cloexec_range(struct evfd_process *p, uint32_t first, uint32_t last)
{
	uint32_t end = evfd_fd_end(p);

	evfd_mutex_lock(&p->lock);
	for (uint32_t fd = first; fd < end && fd <= last; fd++)
		set_cloexec(p, fd, true);
	evfd_mutex_unlock(&p->lock);
}

int evfd_fd_flags(struct evfd_process *p, int fd)
{
	uintptr_t *slot = find_slot(p, (uint32_t)fd);
	uintptr_t seen = slot ? load_acq(slot) : 0;

	return seen ? (int)(seen & CLOEXEC) : EVFD_EBADF;
}

int evfd_fd_set_flags(struct evfd_process *p, int fd, bool cloexec)
{
	bool done;

	evfd_mutex_lock(&p->lock);
	done = set_cloexec(p, (uint32_t)fd, cloexec);
	evfd_mutex_unlock(&p->lock);
	return done ? 0 : EVFD_EBADF;
}

/* ---- processes ------------------------------------------------------------------ */

#define SOFT_LIMIT 1024u

struct evfd_process *evfd_process_create(struct evfd_system *s, uint64_t pid)
{
	struct evfd_process *p = evfd_port_alloc(sizeof(*p));

	if (!p)
		return NULL;
	p->system = s;
	p->pid = pid;
	p->end = EVFD_FD_CHUNK;
	p->soft = SOFT_LIMIT;
	p->hard = EVFD_FDS_MAX;
	add_rlx(&s->processes, 1); /* a number to look at */
	return p;
}

/* Copy one chunk; the parent's lock keeps its references from going. */
static bool copy_chunk(struct evfd_process *child, struct evfd_process *parent,
		       uint32_t first)
{
	for (uint32_t fd = first; fd < first + EVFD_FD_CHUNK; fd++) {
		uintptr_t slot = load_acq(find_slot(parent, fd));

		if (!slot)
			continue;
		if (!have_chunk(child, fd))
			return false;
		evfd_file_get(file_of(slot));
		*find_slot(child, fd) = slot;
		mark(child, fd, true);
	}
	return true;
}

struct evfd_process *evfd_process_fork(struct evfd_process *parent, uint64_t pid)
{
	struct evfd_process *child = evfd_process_create(parent->system, pid);
	bool done = true;

	if (!child)
		return NULL;
	evfd_mutex_lock(&parent->lock);
	child->is_veridian = parent->is_veridian;
	child->soft = load_rlx(&parent->soft);
	child->hard = load_rlx(&parent->hard);
	for (uint32_t fd = 0; fd < EVFD_FDS_MAX && done; fd += EVFD_FD_CHUNK)
		if (parent->chunks[fd / EVFD_FD_CHUNK])
			done = copy_chunk(child, parent, fd);
	evfd_mutex_unlock(&parent->lock);
	if (!done) {
		evfd_process_destroy(child);
		return NULL;
	}
	return child;
}

void evfd_process_exec(struct evfd_process *p)
{
	close_all(p, 0, EVFD_FDS_MAX, CLOEXEC);
}

void evfd_process_destroy(struct evfd_process *p)
{
	struct evfd_system *s = p->system;

	close_all(p, 0, EVFD_FDS_MAX, 0);
	for (uint32_t i = 0; i < EVFD_FDS_MAX / EVFD_FD_CHUNK; i++)
		if (p->chunks[i])
			evfd_port_free(p->chunks[i], sizeof(*p->chunks[i]));
	evfd_port_free(p, sizeof(*p));
	sub_ar(&s->processes, 1);
}

void evfd_process_set_limits(struct evfd_process *p, uint32_t soft, uint32_t hard)
{
	/* Relaxed: each is one number, which guards nothing. */
	store_rlx(&p->soft, soft);
	store_rlx(&p->hard, hard);
}

void evfd_process_set_limit(struct evfd_process *p, uint32_t nofile)
{
	uint32_t hard = load_rlx(&p->hard);

	if (nofile > EVFD_FDS_MAX)
		nofile = EVFD_FDS_MAX;
	evfd_process_set_limits(p, nofile, hard < nofile ? nofile : hard);
}

uint32_t evfd_process_limit(const struct evfd_process *p)
{
	return load_rlx(&p->soft); /* one number */
}

void evfd_process_set_veridian(struct evfd_process *p, bool enabled)
{
	p->is_veridian = enabled;
}
