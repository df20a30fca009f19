/* SPDX-License-Identifier: MIT */
/*
 * Theory
 *
 * A descriptor is looked up without a lock: read the slot of the table, take a
 * reference to the file found there, read the slot again. Between the first two
 * steps the file may be closed, freed, and become another. Two things make that
 * harmless:
 *
 *  I1  The memory of a file stays a file until the system is destroyed. So the
 *	reference count that a late lookup touches is always one.
 *  I2  A reference is taken only by compare-and-swap from a count that is not
 *	0, and a file is given to a new owner by setting the count from 0 to 1 (F1),
 *	after everything else in it that a lookup may touch is sound.
 *
 * So a late lookup either finds 0 and goes back to the table, or gets a true
 * reference, perhaps to a later file in the same memory. Then it sees by the slot
 * that this is not what it was looking for (fdtable.c) and drops it again. That
 * may make it the one who drops the last reference; putting works the same whoever
 * does it.
 *
 * The locks inside a file are never set up anew when its memory is used again:
 * one who is just unlocking items_lock of the former file (epoll.c) may do so
 * while the next one is already made.
 *
 * Ordering. F1, and the slot of the table where the file is published (release),
 * pair with the CAS of evfd_file_try_get() and the read of the slot (acquire). A
 * put releases, and the last put acquires: it sees what all others did to the file.
 *
 * The last put: no reference, so no system call can find the file and none is
 * using it. Only epolls still know it; they are made to forget it first, then
 * the vnode goes, then the memory becomes free. Whoever acts on the file as an
 * epoll's member holds the epoll's mutex, and evfd_epoll_forget() needs it too.
 */
#include "file.h"

#include "../core/mutex.h"
#include "abi.h"

#define CHUNK_FILES 31

/* 4 KiB. */
struct evfd_file_chunk {
	struct evfd_file_chunk *next;
	struct evfd_file files[CHUNK_FILES];
};

/* With files_lock. */
static bool grow(struct evfd_system *s)
{
	struct evfd_file_chunk *c = evfd_port_alloc(sizeof(*c));

	if (!c)
		return false;
	for (int i = CHUNK_FILES - 1; i >= 0; i--) {
		c->files[i].next_free = s->free;
		s->free = &c->files[i];
	}
	c->next = s->chunks;
	s->chunks = c;
	return true;
}

int evfd_file_new(struct evfd_system *s, struct evfd_file **f)
{
	int result = EVFD_ENFILE;

	evfd_mutex_lock(&s->files_lock);
	if (s->files < s->max_files) {
		result = EVFD_ENOMEM;
		if (s->free || grow(s)) {
			result = 0;
			*f = s->free;
			s->free = (*f)->next_free;
			store_rlx(&s->files, s->files + 1); /* census */
		}
	}
	evfd_mutex_unlock(&s->files_lock);
	if (result == 0)
		(*f)->system = s;
	return result;
}

void evfd_file_start(struct evfd_file *f, struct evfd_vnode *v, uint32_t open_flags)
{
	f->vnode = v;
	f->flags = open_flags;
	f->pos = 0;
	store_rel(&f->refs, 1); /* F1 */
}

void evfd_file_abandon(struct evfd_file *f)
{
	struct evfd_system *s = f->system;

	evfd_mutex_lock(&s->files_lock);
	f->next_free = s->free;
	s->free = f;
	store_rlx(&s->files, s->files - 1);
	evfd_mutex_unlock(&s->files_lock);
}

struct evfd_file *evfd_file_open(struct evfd_system *s, struct evfd_vnode *v,
				 uint32_t open_flags)
{
	struct evfd_file *f;

	if (evfd_file_new(s, &f) < 0)
		return NULL;
	evfd_file_start(f, v, open_flags);
	return f;
}

bool evfd_file_drop(struct evfd_file *f)
{
	return sub_ar(&f->refs, 1) == 1;
}

void evfd_file_put(struct evfd_file *f)
{
	if (evfd_file_drop(f))
		evfd_file_end(f);
}

void evfd_file_end(struct evfd_file *f)
{
	struct evfd_vnode *v;

	evfd_epoll_forget(f);
	v = f->vnode;
	if (v->ops->release)
		v->ops->release(v);
	evfd_file_abandon(f);
}

struct evfd_vnode *evfd_file_vnode(const struct evfd_file *f)
{
	return f->vnode;
}

uint32_t evfd_file_flags(const struct evfd_file *f)
{
	return load_rlx(&f->flags); /* each call takes them as they are */
}

void evfd_file_change_flags(struct evfd_file *f, uint32_t clear, uint32_t set)
{
	uint32_t flags = load_rlx(&f->flags);

	while (!cas_ar(&f->flags, &flags, (flags & ~clear) | set))
		;
}

void evfd_file_lock_pos(struct evfd_file *f)
{
	evfd_mutex_lock(&f->pos_lock);
}

void evfd_file_unlock_pos(struct evfd_file *f)
{
	evfd_mutex_unlock(&f->pos_lock);
}

/*
 * Chunks are only ever added at the head, so a walk that starts from a head read
 * under the lock needs no lock. Files that come or go meanwhile may be missed.
 */
void evfd_file_each(struct evfd_system *s,
		    void (*fn)(struct evfd_file *f, void *ctx), void *ctx)
{
	struct evfd_file_chunk *c;

	evfd_mutex_lock(&s->files_lock);
	c = s->chunks;
	evfd_mutex_unlock(&s->files_lock);
	for (; c; c = c->next) {
		for (int i = 0; i < CHUNK_FILES; i++) {
			if (!evfd_file_try_get(&c->files[i]))
				continue;
			fn(&c->files[i], ctx);
			evfd_file_put(&c->files[i]);
		}
	}
}

void evfd_file_fini(struct evfd_system *s)
{
	while (s->chunks) {
		struct evfd_file_chunk *c = s->chunks;

		s->chunks = c->next;
		evfd_port_free(c, sizeof(*c));
	}
}
