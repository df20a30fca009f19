/* SPDX-License-Identifier: MIT */
/*
 * What is, in numbers. Only what a caller could ever notice, and references and
 * pins, which keep things from ending; not what is kept for speed (free
 * chunks, where to look for the next number) nor marks that only mean "look
 * again" (CHOOSY, WATCHED, a debt and the registration that it stands for).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/cell.h"
#include "core/registry.h"
#include "faults.h"
#include "port/inproc/internal.h"
#include "vfs/node.h"

#define PROCESSES 64
#define REGISTRIES 16

enum {
	SYSTEM,
	LIMITS,
	NUMBERS,
	DESCRIPTOR,
	OPEN_FILE,
	TEXT,
	COUNTER,
	CALLS,
	MASK
};
static const char *const names[] = {
	[SYSTEM] = "system: files, epolls, items, processes",
	[LIMITS] = "limits of process: soft, hard",
	[NUMBERS] = "numbers taken in process, a word of them",
	[DESCRIPTOR] = "descriptor of process: file and close-on-exec",
	[OPEN_FILE] = "file: references, flags, position, readiness",
	[TEXT] = "fdinfo of file, hashed",
	[COUNTER] = "counter: count, flags, sleepers, pins",
	[CALLS] = "statistics of counter",
	[MASK] = "signal mask",
};

static struct inproc_process *processes[PROCESSES];
static struct evfd_registry *registries[REGISTRIES];

void state_forget_all(void)
{
	memset(processes, 0, sizeof(processes));
	memset(registries, 0, sizeof(registries));
}

static void enter(void **places, uint32_t n, void *before, void *after)
{
	for (uint32_t i = 0; i < n; i++) {
		void *seen = before;

		if (cas_ar(&places[i], &seen, after))
			return;
	}
}

void state_add_process(struct inproc_process *p)
{
	enter((void **)processes, PROCESSES, NULL, p);
}

void state_remove_process(struct inproc_process *p)
{
	enter((void **)processes, PROCESSES, p, NULL);
}

void state_add_registry(struct evfd_registry *r)
{
	enter((void **)registries, REGISTRIES, NULL, r);
}

void state_remove_registry(struct evfd_registry *r)
{
	enter((void **)registries, REGISTRIES, r, NULL);
}

/* ---- taking ---------------------------------------------------------------- */

static void put(struct state *s, uint64_t what, uint64_t which, uint64_t a,
		uint64_t b, uint64_t c, uint64_t d)
{
	if (s->count == s->room) {
		s->room = s->room ? 2 * s->room : 64;
		s->records = realloc(s->records, s->room * sizeof(*s->records));
		if (!s->records)
			abort();
	}
	s->records[s->count++] = (struct record){ what, which, { a, b, c, d } };
}

static uint64_t hash(const char *text, size_t n)
{
	uint64_t h = 14695981039346656037u;

	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)text[i]) * 1099511628211u;
	return h;
}

/* An epoll is not polled: that tidies its ready list. */
static void put_file(struct evfd_file *f, void *ctx)
{
	const struct evfd_vnode_ops *ops = f->vnode->ops;
	bool is_asked = ops->poll && !evfd_is_epoll(f);
	char text[4096];

	put(ctx, OPEN_FILE, (uintptr_t)f, load_acq(&f->refs),
	    evfd_file_flags(f), (uint64_t)f->pos, is_asked ? ops->poll(f) : 0);
	if (evfd_is_epoll(f))
		put(ctx, TEXT, (uintptr_t)f,
		    hash(text, ops->fdinfo(f, text, sizeof(text))), 0, 0, 0);
}

static void put_counter(struct state *s, struct evfd_registry *r, uint32_t slot)
{
	struct evfd_object *o =
		&r->chunks[slot / EVFD_CHUNK_SLOTS]->objects[slot % EVFD_CHUNK_SLOTS];
	uint32_t generation = evfd_word_generation(evfd_cell_load(&o->word));
	evfd_t h = (evfd_t)generation << 32 | slot;
	struct evfd_stat st;

	if (evfd_stat(r, h, &st) < 0)
		return;
	put(s, COUNTER, h, st.count, st.flags | (uint64_t)st.is_cancelled << 32,
	    st.waiting_readers | (uint64_t)st.waiting_writers << 32,
	    load_acq(&o->pins));
	put(s, CALLS, h, st.reads, st.posts, st.overflows, 0);
}

static void put_registry(struct state *s, struct evfd_registry *r)
{
	for (uint32_t slot = 0; slot < r->used; slot++)
		put_counter(s, r, slot);
}

static void put_process(struct state *s, const struct inproc_process *owner)
{
	struct evfd_process *p = owner->evfd;
	uint32_t end;

	if (!p) /* killed */
		return;
	end = evfd_fd_end(p);
	put(s, LIMITS, p->pid, p->soft, p->hard, p->is_veridian, 0);
	for (uint32_t fd = 0; fd < end; fd++) {
		const struct evfd_fd_chunk *c = p->chunks[fd / EVFD_FD_CHUNK];
		uintptr_t slot = c ? c->slots[fd % EVFD_FD_CHUNK] : 0;
		uint64_t used = c ? c->used[fd % EVFD_FD_CHUNK / 64] : 0;

		if (slot)
			put(s, DESCRIPTOR, p->pid, fd, slot, 0, 0);
		if (fd % 64 == 0 && used)
			put(s, NUMBERS, p->pid, fd, used, 0, 0);
	}
}

void state_take(struct state *s, struct evfd_system *system)
{
	struct inproc_thread *t = inproc_self();

	s->count = 0;
	put(s, MASK, 0, t->mask, t->has_restore_mask, 0, 0);
	if (!system)
		return;
	put(s, SYSTEM, 0, system->files, system->epolls, system->items,
	    system->processes);
	for (uint32_t i = 0; i < PROCESSES; i++)
		if (processes[i])
			put_process(s, processes[i]);
	evfd_file_each(system, put_file, s);
	put_registry(s, &system->registry);
	for (uint32_t i = 0; i < REGISTRIES; i++)
		if (registries[i])
			put_registry(s, registries[i]);
}

/* ---- comparing --------------------------------------------------------------- */

static void tell(const struct record *r, const char *when, char *text, size_t size)
{
	snprintf(text, size, "%s: %s %#llx: %#llx %#llx %#llx %#llx", when,
		 names[r->what], (unsigned long long)r->which,
		 (unsigned long long)r->values[0],
		 (unsigned long long)r->values[1],
		 (unsigned long long)r->values[2],
		 (unsigned long long)r->values[3]);
}

bool state_is_same(const struct state *a, const struct state *b, char *text,
		   size_t size)
{
	uint32_t i = 0;
	size_t n;

	while (i < a->count && i < b->count &&
	       !memcmp(&a->records[i], &b->records[i], sizeof(*a->records)))
		i++;
	if (i == a->count && i == b->count)
		return true;
	text[0] = '\0';
	if (i < a->count)
		tell(&a->records[i], "before", text, size);
	n = strlen(text);
	if (i < b->count)
		tell(&b->records[i], n ? "; after" : "after", text + n, size - n);
	return false;
}
