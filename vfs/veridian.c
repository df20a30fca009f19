/* SPDX-License-Identifier: MIT */
/*
 * VeridianOS's calls by id. An id is a 32-bit number beside a handle: it is looked up
 * under a lock, and then the handle does the work with no lock held, so that a
 * call that sleeps is in nobody's way. If the object is closed meanwhile the
 * handle is stale, and the sleeper learns of it.
 */
#include <evfd/veridian.h>

#include "../core/mutex.h"
#include "abi.h"
#include "node.h"
#include "uio.h"

#define OPEN_MAX 4096u /* at once; a power of 2 */

struct entry {
	uint32_t id;   /* 0: free */
	uint32_t next; /* in its bucket or on the free list, index + 1 */
	uint32_t flags;
	uint64_t pid;
	evfd_t handle;
};

struct evfd_veridian {
	uint32_t lock;
	uint32_t last_id; /* handed out */
	uint32_t free;
	uint32_t buckets[OPEN_MAX]; /* by id, index + 1 */
	struct entry entries[OPEN_MAX];
};

int evfd_veridian_init(struct evfd_system *s)
{
	struct evfd_veridian *v;

	if (s->profile != EVFD_PROFILE_VERIDIAN)
		return 0;
	v = evfd_port_alloc(sizeof(*v));
	if (!v)
		return EVFD_ENOMEM;
	for (uint32_t i = OPEN_MAX; i > 0; i--) {
		v->entries[i - 1].next = v->free;
		v->free = i;
	}
	s->veridian = v;
	return 0;
}

void evfd_veridian_fini(struct evfd_system *s)
{
	struct evfd_veridian *v = s->veridian;

	if (!v)
		return;
	for (uint32_t i = 0; i < OPEN_MAX; i++)
		if (v->entries[i].id)
			evfd_close(&s->registry, v->entries[i].handle);
	evfd_port_free(v, sizeof(*v));
	s->veridian = NULL;
}

/* ---- the table; with the lock --------------------------------------------- */

static uint32_t *bucket(struct evfd_veridian *v, uint32_t id)
{
	return &v->buckets[id % OPEN_MAX];
}

/* Where the index of id's entry is kept; holds 0 if there is none. */
static uint32_t *find(struct evfd_veridian *v, uint32_t id)
{
	uint32_t *at = bucket(v, id);

	while (*at && v->entries[*at - 1].id != id)
		at = &v->entries[*at - 1].next;
	return at;
}

/* Ids grow; after 2^32 of them those that are still open are passed over. */
static uint32_t new_id(struct evfd_veridian *v)
{
	do
		v->last_id++;
	while (v->last_id == 0 || *find(v, v->last_id));
	return v->last_id;
}

/* An id for *e, whose other fields are filled in. 0: all are in use. */
static uint32_t insert(struct evfd_veridian *v, const struct entry *e)
{
	uint32_t i = v->free, *at;

	if (!i)
		return 0;
	v->free = v->entries[i - 1].next;
	v->entries[i - 1] = *e;
	v->entries[i - 1].id = new_id(v);
	at = bucket(v, v->entries[i - 1].id);
	v->entries[i - 1].next = *at;
	*at = i;
	return v->entries[i - 1].id;
}

static void erase(struct evfd_veridian *v, uint32_t *at)
{
	uint32_t i = *at;

	*at = v->entries[i - 1].next;
	v->entries[i - 1].id = 0;
	v->entries[i - 1].next = v->free;
	v->free = i;
}

/* ---- the calls ------------------------------------------------------------------ */

/* May pid use the entry? The host, pid 0, uses them all. */
static bool is_allowed(const struct entry *e, uint64_t pid)
{
	return pid == 0 || e->pid == pid;
}

static int look_up(struct evfd_system *s, uint64_t pid, uint32_t id,
		   struct entry *e)
{
	struct evfd_veridian *v = s->veridian;
	int result = EVFD_EBADF;
	uint32_t i;

	if (!v)
		return EVFD_ENOSYS;
	evfd_mutex_lock(&v->lock);
	i = *find(v, id);
	if (i && id && is_allowed(&v->entries[i - 1], pid)) {
		*e = v->entries[i - 1];
		result = 0;
	}
	evfd_mutex_unlock(&v->lock);
	return result;
}

int64_t evfd_veridian_create(struct evfd_system *s, uint64_t pid,
			     uint32_t initial, uint32_t flags)
{
	struct entry e = { .flags = flags, .pid = pid };
	struct evfd_veridian *v = s->veridian;
	uint32_t id;

	if (!v)
		return EVFD_ENOSYS;
	if (flags & ~(ABI_EFD_SEMAPHORE | ABI_O_NONBLOCK | ABI_O_CLOEXEC))
		return EVFD_EINVAL;
	if (evfd_create(&s->registry, initial,
			flags & ABI_EFD_SEMAPHORE ? EVFD_SEMAPHORE : 0, NULL,
			NULL, &e.handle) < 0)
		return EVFD_ENOMEM;
	evfd_mutex_lock(&v->lock);
	id = insert(v, &e);
	evfd_mutex_unlock(&v->lock);
	if (!id) {
		evfd_close(&s->registry, e.handle);
		return EVFD_ENOMEM;
	}
	add_rlx(&s->created, 1); /* a number to look at */
	return id;
}

static uint64_t deadline_of(const struct entry *e)
{
	return e->flags & ABI_O_NONBLOCK ?
		       EVFD_NOWAIT :
		       evfd_port_now() + EVFD_VERIDIAN_BLOCK_NS;
}

static int waited(int result)
{
	return result == EVFD_ETIMEDOUT ? EVFD_EAGAIN : result;
}

int evfd_veridian_read(struct evfd_system *s, uint64_t pid, uint32_t id,
		       uint64_t *value)
{
	struct entry e;
	int result = look_up(s, pid, id, &e);

	if (result < 0)
		return result;
	return waited(evfd_read(&s->registry, e.handle, value, deadline_of(&e)));
}

int evfd_veridian_write(struct evfd_system *s, uint64_t pid, uint32_t id,
			uint64_t value)
{
	struct entry e;
	int result = look_up(s, pid, id, &e);

	if (result < 0)
		return result;
	return waited(evfd_write(&s->registry, e.handle, value, deadline_of(&e)));
}

/* Take id out of the table if pid may, and if it is `only` (if not EVFD_NONE). */
static int close_id(struct evfd_system *s, uint64_t pid, uint32_t id, evfd_t only)
{
	struct evfd_veridian *v = s->veridian;
	evfd_t handle = EVFD_NONE;
	uint32_t *at;

	evfd_mutex_lock(&v->lock);
	at = find(v, id);
	if (*at && id && is_allowed(&v->entries[*at - 1], pid))
		handle = v->entries[*at - 1].handle;
	if (only != EVFD_NONE && handle != only)
		handle = EVFD_NONE;
	if (handle != EVFD_NONE)
		erase(v, at);
	evfd_mutex_unlock(&v->lock);
	if (handle == EVFD_NONE)
		return EVFD_EBADF;
	return evfd_close(&s->registry, handle);
}

int evfd_veridian_close(struct evfd_system *s, uint64_t pid, uint32_t id)
{
	return s->veridian ? close_id(s, pid, id, EVFD_NONE) : EVFD_ENOSYS;
}

void evfd_veridian_drop(struct evfd_system *s, uint32_t id, evfd_t h)
{
	close_id(s, 0, id, h);
}

static int is_ready(struct evfd_system *s, uint64_t pid, uint32_t id, uint32_t events)
{
	struct entry e;
	int result = look_up(s, pid, id, &e);

	if (result == 0)
		result = evfd_readiness(&s->registry, e.handle);
	return result < 0 ? result : !!((uint32_t)result & events);
}

int evfd_veridian_is_readable(struct evfd_system *s, uint64_t pid, uint32_t id)
{
	return is_ready(s, pid, id, EVFD_IN);
}

int evfd_veridian_is_writable(struct evfd_system *s, uint64_t pid, uint32_t id)
{
	return is_ready(s, pid, id, EVFD_OUT);
}

int evfd_veridian_install(struct evfd_process *p, uint32_t id)
{
	struct evfd_file *f;
	struct entry e;
	int fd, result = look_up(p->system, p->pid, id, &e);

	if (result < 0)
		return result;
	fd = evfd_fd_reserve(p, 0);
	if (fd < 0)
		return fd;
	result = evfd_eventfd_open_id(p->system, e.handle, id, e.flags, &f);
	if (result < 0) {
		evfd_fd_cancel(p, fd);
		return result;
	}
	evfd_fd_publish(p, fd, f, e.flags & ABI_O_CLOEXEC);
	return fd;
}

/* ---- the vnode's operations by name ------------------------------------------------ */

/* The eventfd behind fd, with a reference, or NULL. */
static struct evfd_file *get_node(struct evfd_process *p, int fd)
{
	struct evfd_file *f = evfd_fd_get(p, fd);

	if (f && evfd_eventfd_handle(f) == EVFD_NONE) {
		evfd_file_put(f);
		f = NULL;
	}
	return f;
}

/* error, if fd is open. */
static int refuse(struct evfd_process *p, int fd, int error)
{
	struct evfd_file *f = get_node(p, fd);

	if (!f)
		return EVFD_EBADF;
	evfd_file_put(f);
	return error;
}

int64_t evfd_veridian_node_read(struct evfd_process *p, int fd, void *buf, size_t n)
{
	struct evfd_file *f = get_node(p, fd);
	struct evfd_iovec piece;
	struct evfd_uio u;
	int64_t result;

	if (!f)
		return EVFD_EBADF;
	evfd_uio_init(&u, &piece, (uintptr_t)buf, n);
	u.is_ours = true;
	result = f->vnode->ops->read(f, &u, -1);
	evfd_file_put(f);
	return result;
}

int64_t evfd_veridian_node_write(struct evfd_process *p, int fd,
				 const void *buf, size_t n)
{
	struct evfd_file *f = get_node(p, fd);
	struct evfd_iovec piece;
	struct evfd_uio u;
	int64_t result;

	if (!f)
		return EVFD_EBADF;
	evfd_uio_init(&u, &piece, (uintptr_t)buf, n);
	u.is_ours = true;
	result = f->vnode->ops->write(f, &u, -1);
	evfd_file_put(f);
	return result;
}

int evfd_veridian_node_poll(struct evfd_process *p, int fd)
{
	struct evfd_file *f = get_node(p, fd);
	uint32_t ready;

	if (!f)
		return EVFD_EBADF;
	ready = evfd_file_poll(f) & (EVFD_IN | EVFD_OUT);
	evfd_file_put(f);
	return (int)ready;
}

int evfd_veridian_node_metadata(struct evfd_process *p, int fd,
				struct evfd_veridian_metadata *m)
{
	if (refuse(p, fd, 0) < 0)
		return EVFD_EBADF;
	*m = (struct evfd_veridian_metadata){
		.is_char_device = 1,
		.permissions = 0666,
	};
	return 0;
}

int evfd_veridian_node_readdir(struct evfd_process *p, int fd)
{
	return refuse(p, fd, EVFD_ENOTDIR);
}

int evfd_veridian_node_lookup(struct evfd_process *p, int fd, const char *name)
{
	(void)name;
	return refuse(p, fd, EVFD_ENOTDIR);
}

int evfd_veridian_node_create(struct evfd_process *p, int fd, const char *name)
{
	(void)name;
	return refuse(p, fd, EVFD_ENOTDIR);
}

int evfd_veridian_node_mkdir(struct evfd_process *p, int fd, const char *name)
{
	(void)name;
	return refuse(p, fd, EVFD_ENOTDIR);
}

int evfd_veridian_node_unlink(struct evfd_process *p, int fd, const char *name)
{
	(void)name;
	return refuse(p, fd, EVFD_ENOTDIR);
}

int evfd_veridian_node_truncate(struct evfd_process *p, int fd, uint64_t size)
{
	(void)size;
	return refuse(p, fd, EVFD_EPERM);
}
