/* SPDX-License-Identifier: MIT */
/*
 * The eventfd node: an event counter of core/ behind a file.
 *
 * Blocking or not is a matter of the file, not of the counter: each call looks at
 * O_NONBLOCK as it is then, and a call that sleeps already is not disturbed by a
 * change. A node with VeridianOS's meanings blocks for 30 s at most, takes writes
 * of 8 bytes and more, and has its bytes in little-endian order whatever the
 * machine.
 *
 * The node lives in its file, so that a read or write touches one line of the file
 * and one of the counter.
 */
#include <evfd/veridian.h>

#include "abi.h"
#include "node.h"
#include "uio.h"

struct eventfd_node {
	struct evfd_vnode vnode;
	evfd_t handle;
	uint32_t veridian_id; /* 0: made by a system call */
	uint32_t is_veridian;
};
_Static_assert(sizeof(struct eventfd_node) <=
		       sizeof(((struct evfd_file *)NULL)->room),
	       "the node lives in its file");

static struct eventfd_node *node_of(const struct evfd_file *f)
{
	return (struct eventfd_node *)f->vnode;
}

static uint64_t deadline_of(const struct evfd_file *f)
{
	if (evfd_file_flags(f) & ABI_O_NONBLOCK)
		return EVFD_NOWAIT;
	if (node_of(f)->is_veridian)
		return evfd_port_now() + EVFD_VERIDIAN_BLOCK_NS;
	return EVFD_FOREVER;
}

/* VeridianOS calls a wait that took too long would-block, as if it had not waited. */
static int waited(int result)
{
	return result == EVFD_ETIMEDOUT ? EVFD_EAGAIN : result;
}

/* The value whose bytes in this machine's order are x's in little-endian. */
static uint64_t little_endian(uint64_t x)
{
	union {
		unsigned char bytes[8];
		uint64_t value;
	} u;

	for (int i = 0; i < 8; i++)
		u.bytes[i] = (unsigned char)(x >> 8 * i);
	return u.value;
}

/* ---- read and write --------------------------------------------------------- */

struct delivery {
	const struct evfd_uio *uio;
	bool is_veridian;
};

/* May run several times for one read: always to the same place. */
static int put_value(void *ctx, uint64_t value)
{
	const struct delivery *d = ctx;
	struct evfd_uio at = *d->uio;

	if (d->is_veridian)
		value = little_endian(value);
	return evfd_uio_put(&at, &value, sizeof(value));
}

static int64_t eventfd_read(struct evfd_file *f, struct evfd_uio *u, int64_t pos)
{
	struct evfd_registry *r = &f->system->registry;
	struct eventfd_node *node = node_of(f);
	struct delivery d = { .uio = u, .is_veridian = node->is_veridian };
	uint64_t value;
	int result;

	(void)pos;
	if (evfd_uio_left(u) < sizeof(value))
		return EVFD_EINVAL;
	if (f->system->flags & EVFD_CONFIG_LOSSY_READ) {
		result = evfd_read(r, node->handle, &value, deadline_of(f));
		if (result == 0)
			result = put_value(&d, value);
	} else {
		result = evfd_read_put(r, node->handle, put_value, &d,
				       deadline_of(f));
	}
	if (result < 0)
		return waited(result);
	evfd_uio_skip(u, sizeof(value));
	return sizeof(value);
}

/* Add the value of the piece in hand, which must have the right size. */
static int add_piece(struct evfd_file *f, struct evfd_uio *u)
{
	struct eventfd_node *node = node_of(f);
	uint64_t value, size = evfd_uio_piece(u);

	if (size < sizeof(value) || (size > sizeof(value) && !node->is_veridian))
		return EVFD_EINVAL;
	if (evfd_uio_get(u, &value, sizeof(value)) < 0)
		return EVFD_EFAULT;
	if (node->is_veridian)
		value = little_endian(value);
	return waited(evfd_write(&f->system->registry, node->handle, value,
				 deadline_of(f)));
}

/* Each piece is an add of its own; a long one, where allowed, is the last. */
static int64_t eventfd_write(struct evfd_file *f, struct evfd_uio *u, int64_t pos)
{
	int64_t done = 0;
	bool is_long;

	(void)pos;
	do {
		int result;

		is_long = evfd_uio_piece(u) > sizeof(uint64_t);
		result = add_piece(f, u);
		if (result < 0)
			return done ? done : result;
		done += sizeof(uint64_t);
	} while (evfd_uio_left(u) > 0 && !is_long);
	return done;
}

/* ---- readiness ----------------------------------------------------------------- */

/* A counter that was closed by its id, with the descriptor still open. */
static uint32_t readiness(int result)
{
	return result < 0 ? EVFD_ERR | EVFD_HUP : (uint32_t)result;
}

static uint32_t eventfd_poll(struct evfd_file *f)
{
	return readiness(evfd_readiness(&f->system->registry, node_of(f)->handle));
}

static uint32_t eventfd_watch(struct evfd_file *f, struct evfd_watch *w,
			      uint32_t events)
{
	return readiness(evfd_watch_change(&f->system->registry,
					   node_of(f)->handle, w, events));
}

static void eventfd_unwatch(struct evfd_file *f, struct evfd_watch *w)
{
	evfd_watch_remove(&f->system->registry, node_of(f)->handle, w);
}

/* ---- the rest -------------------------------------------------------------------- */

static int64_t eventfd_seek(struct evfd_file *f, int64_t offset, int whence)
{
	(void)f, (void)offset, (void)whence;
	return 0;
}

static int eventfd_stat(struct evfd_file *f, struct evfd_kstat *st)
{
	if (node_of(f)->is_veridian) {
		st->mode = ABI_S_IFCHR | 0666;
		return 0;
	}
	/* No type at all: least of all a regular file. */
	st->mode = 0600;
	st->nlink = 1;
	st->ino = 1;
	st->blksize = 4096;
	return 0;
}

static int eventfd_truncate(struct evfd_file *f, int64_t size)
{
	(void)size;
	return node_of(f)->is_veridian ? EVFD_EPERM : EVFD_EINVAL;
}

static size_t eventfd_fdinfo(struct evfd_file *f, char *buf, size_t size)
{
	struct evfd_text t = { .buf = buf, .size = size };
	struct evfd_stat st;

	if (evfd_stat(&f->system->registry, node_of(f)->handle, &st) < 0)
		return 0;
	evfd_text_add(&t, "eventfd-count: ");
	evfd_text_bits(&t, st.count, EVFD_HEX, 16);
	evfd_text_add(&t, "\neventfd-id: ");
	evfd_text_decimal(&t, st.id, 0);
	evfd_text_add(&t, "\neventfd-semaphore: ");
	evfd_text_decimal(&t, st.flags & EVFD_SEMAPHORE, 0);
	evfd_text_add(&t, "\n");
	return t.len;
}

/* Keep what the counter did in the system's totals. */
static void bury(struct evfd_system *s, evfd_t h)
{
	struct evfd_stat st;

	if (!(s->flags & EVFD_CONFIG_COUNTED) || evfd_stat(&s->registry, h, &st) < 0)
		return;
	/* Relaxed: numbers to look at. */
	add_rlx(&s->reads, st.reads);
	add_rlx(&s->writes, st.posts);
	add_rlx(&s->wakes, st.wakes);
}

static void eventfd_release(struct evfd_vnode *v)
{
	struct eventfd_node *node = (struct eventfd_node *)v;
	struct evfd_file *f =
		(struct evfd_file *)((char *)v - offsetof(struct evfd_file, room));
	struct evfd_system *s = f->system;

	bury(s, node->handle);
	if (node->veridian_id)
		evfd_veridian_drop(s, node->veridian_id, node->handle);
	else
		evfd_close(&s->registry, node->handle);
}

static const struct evfd_vnode_ops eventfd_ops = {
	.name = "eventfd",
	.read = eventfd_read,
	.write = eventfd_write,
	.seek = eventfd_seek,
	.stat = eventfd_stat,
	.truncate = eventfd_truncate,
	.poll = eventfd_poll,
	.watch = eventfd_watch,
	.unwatch = eventfd_unwatch,
	.fdinfo = eventfd_fdinfo,
	.release = eventfd_release,
};

evfd_t evfd_eventfd_handle(const struct evfd_file *f)
{
	if (f->vnode->ops != &eventfd_ops)
		return EVFD_NONE;
	return node_of(f)->handle;
}

/* ---- making one -------------------------------------------------------------------- */

static void start(struct evfd_file *f, const struct eventfd_node *node,
		  uint32_t flags)
{
	struct eventfd_node *room = (struct eventfd_node *)f->room;

	*room = *node;
	room->vnode.ops = &eventfd_ops;
	evfd_file_start(f, &room->vnode, ABI_O_RDWR | (flags & ABI_O_NONBLOCK));
}

int evfd_eventfd_open(struct evfd_system *s, uint32_t initial, uint32_t flags,
		      bool is_veridian, struct evfd_file **f)
{
	struct eventfd_node node = { .is_veridian = is_veridian };
	uint32_t create = flags & ABI_EFD_SEMAPHORE ? EVFD_SEMAPHORE : 0;
	int result = evfd_file_new(s, f);

	if (result < 0)
		return result;
	if (s->flags & EVFD_CONFIG_COUNTED)
		create |= EVFD_COUNTED;
	result = evfd_create(&s->registry, initial, create, NULL, NULL,
			     &node.handle);
	if (result < 0) {
		evfd_file_abandon(*f);
		return result == EVFD_ENFILE && is_veridian ? EVFD_ENOMEM : result;
	}
	add_rlx(&s->created, 1); /* a number to look at */
	start(*f, &node, flags);
	return 0;
}

int evfd_eventfd_open_id(struct evfd_system *s, evfd_t h, uint32_t id,
			 uint32_t flags, struct evfd_file **f)
{
	struct eventfd_node node = {
		.handle = h,
		.veridian_id = id,
		.is_veridian = true,
	};
	int result = evfd_file_new(s, f);

	if (result < 0)
		return result;
	start(*f, &node, flags);
	return 0;
}
