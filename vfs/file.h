/* SPDX-License-Identifier: MIT */
/*
 * Open file descriptions and the system that they belong to.
 */
#ifndef EVFD_VFS_FILE_H
#define EVFD_VFS_FILE_H

#include <evfd/vfs.h>

#include "../core/atomic.h"

struct evfd_epoll_item;

/*
 * 128 bytes: what every call reads is in the first line. The memory stays a file
 * for as long as the system lives (see the theory in file.c).
 */
struct evfd_file {
	_Alignas(64) uint32_t refs; /* 0: free */
	uint32_t flags;		    /* access mode and status flags */
	struct evfd_vnode *vnode;
	struct evfd_system *system;
	_Alignas(8) unsigned char room[32]; /* a small vnode may live here */

	_Alignas(64) int64_t pos; /* guarded by pos_lock */
	uint32_t pos_lock;
	uint32_t items_lock;
	struct evfd_epoll_item *items; /* of epolls that watch; items_lock */
	struct evfd_file *next_free;
};
_Static_assert(sizeof(struct evfd_file) == 128, "two cache lines");

struct evfd_file_chunk;
struct evfd_veridian;

struct evfd_system {
	struct evfd_registry registry;
	enum evfd_profile profile;
	uint32_t flags; /* EVFD_CONFIG_ */

	/* Files; guarded by files_lock. */
	struct evfd_file_chunk *chunks;
	struct evfd_file *free;
	uint32_t files_lock;
	uint32_t files;
	uint32_t max_files;

	/* Held while an epoll is added to an epoll; nest_mark under it. */
	uint32_t nest_lock;
	uint64_t nest_mark;

	struct evfd_veridian *veridian; /* NULL unless that profile */

	/* For the census; each counted by itself, atomically. */
	uint32_t processes, epolls, items;
	_Alignas(8) uint64_t created;
	/* Of eventfds that are gone. */
	_Alignas(8) uint64_t reads;
	_Alignas(8) uint64_t writes;
	_Alignas(8) uint64_t wakes;
};

/*
 * A file in the making: no reference, no vnode, the caller's alone. Either
 * evfd_file_start() makes it one, with the caller's reference, or
 * evfd_file_abandon() gives it back. Returns 0, EVFD_ENFILE, EVFD_ENOMEM.
 */
int evfd_file_new(struct evfd_system *s, struct evfd_file **f);
void evfd_file_start(struct evfd_file *f, struct evfd_vnode *v,
		     uint32_t open_flags);
void evfd_file_abandon(struct evfd_file *f);

/* evfd_file_put() in two: drop a reference, true if it was the last; then end the
 * file, which may sleep. In between its next_free is the caller's. */
bool evfd_file_drop(struct evfd_file *f);
void evfd_file_end(struct evfd_file *f);

/* Call fn for every live file, with a reference to it held. */
void evfd_file_each(struct evfd_system *s,
		    void (*fn)(struct evfd_file *f, void *ctx), void *ctx);

/* Free the memory of a system's files, of which none is alive. */
void evfd_file_fini(struct evfd_system *s);

/*
 * Take a reference unless the last is gone. What f was may be gone and f be another
 * file by now: the caller checks, after this, that f is still what he found it as.
 */
static inline bool evfd_file_try_get(struct evfd_file *f)
{
	uint32_t refs = load_rlx(&f->refs); /* the CAS decides */

	while (refs != 0)
		if (cas_ar(&f->refs, &refs, refs + 1))
			return true;
	return false;
}

/* Another reference, for one who has one. */
static inline void evfd_file_get(struct evfd_file *f)
{
	add_rlx(&f->refs, 1); /* we have one: nothing to order */
}

/* Set and clear status flags in one step. */
void evfd_file_change_flags(struct evfd_file *f, uint32_t clear, uint32_t set);

static inline bool evfd_file_can_read(const struct evfd_file *f)
{
	return !(load_rlx(&f->flags) & 01); /* RDONLY, RDWR */
}

static inline bool evfd_file_can_write(const struct evfd_file *f)
{
	uint32_t mode = load_rlx(&f->flags) & 03;

	return mode == 01 || mode == 02;
}

/* One read or write at a time may use the position. */
void evfd_file_lock_pos(struct evfd_file *f);
void evfd_file_unlock_pos(struct evfd_file *f);

/* Readiness now, for a vnode of any kind. */
static inline uint32_t evfd_file_poll(struct evfd_file *f)
{
	return f->vnode->ops->poll ? f->vnode->ops->poll(f) : EVFD_IN | EVFD_OUT;
}

/* epoll.c: no epoll knows f when this returns. Nobody has a reference to f. */
void evfd_epoll_forget(struct evfd_file *f);

#endif
