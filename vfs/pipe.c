/* SPDX-License-Identifier: MIT */
/*
 * Theory: a pipe
 *
 * A ring of bytes under a mutex, and two ends, each a vnode of its own. A reader
 * who finds it empty and a writer who finds no room sleep on a bell, a 32-bit word
 * that changes with every step that may let them go on:
 *
 *	sleeper, under the mutex	other side, under the mutex
 *	S1 does not fit, sleepers += 1	T1 change the ring or close
 *	S2 b = bell, unlock		T2 bell += 1; wake if sleepers > 0
 *	S3 sleep while bell == b
 *
 * T2 after S2: the bell is not b. T1 and T2 before S1: the sleeper saw the change.
 *
 * The copy is made under the mutex, so that what two writers write does not mix: up
 * to ATOMIC bytes go in at once or not at all, more goes in as room comes. Edges
 * are told with the mutex unlocked.
 */
#include "../core/mutex.h"
#include "../core/watch.h"
#include "abi.h"
#include "node.h"

#define CAPACITY 65536u
#define ATOMIC 4096u

#define READABLE (EVFD_IN | ABI_POLLRDNORM)
#define WRITABLE (EVFD_OUT | ABI_POLLWRNORM)

struct end {
	struct evfd_vnode vnode;
	struct pipe *pipe;
	struct evfd_watchlist watches;
	/* Guarded by the mutex. */
	bool is_open;
	uint32_t sleepers;
	uint32_t bell;
};

struct pipe {
	struct end reader, writer;
	uint32_t mutex;
	uint32_t refs;	      /* ends open or closing */
	uint32_t first, used; /* the ring: guarded by the mutex */
	unsigned char bytes[CAPACITY];
};

static struct end *end_of(const struct evfd_file *f)
{
	return (struct end *)f->vnode;
}

/* T2. With the mutex. */
static void ring(struct end *e)
{
	add_ar(&e->bell, 1);
	if (e->sleepers)
		evfd_port_wake(&e->bell, e->sleepers);
}

/* S1 to S3. With the mutex, which it leaves and takes again. */
static int sleep_at(struct pipe *p, struct end *e, const struct evfd_file *f)
{
	uint32_t seen = load_rlx(&e->bell); /* by the mutex */
	int result;

	if (evfd_file_flags(f) & ABI_O_NONBLOCK)
		return EVFD_EAGAIN;
	e->sleepers++;
	evfd_mutex_unlock(&p->mutex);
	result = evfd_port_wait(&e->bell, seen, EVFD_FOREVER);
	evfd_mutex_lock(&p->mutex);
	e->sleepers--;
	return result;
}

static uint32_t least(uint64_t a, uint32_t b)
{
	return a < b ? (uint32_t)a : b;
}

/* Move up to n bytes out of the ring; how many went before a fault. */
static uint32_t take_bytes(struct pipe *p, struct evfd_uio *u, uint32_t n)
{
	uint32_t done = 0;

	while (done < n) {
		uint32_t now = least(n - done, CAPACITY - p->first);

		if (evfd_uio_put(u, &p->bytes[p->first], now) < 0)
			break;
		p->first = (p->first + now) % CAPACITY;
		p->used -= now;
		done += now;
	}
	return done;
}

/* Move n bytes into the ring, which has room for them. */
static uint32_t add_bytes(struct pipe *p, struct evfd_uio *u, uint32_t n)
{
	uint32_t done = 0;

	while (done < n) {
		uint32_t at = (p->first + p->used) % CAPACITY;
		uint32_t now = least(n - done, CAPACITY - at);

		if (evfd_uio_get(u, &p->bytes[at], now) < 0)
			break;
		p->used += now;
		done += now;
	}
	return done;
}

/* Whatever is written at once will fit. With the mutex. */
static bool is_writable(const struct pipe *p)
{
	return CAPACITY - p->used >= ATOMIC;
}

/* As on Linux, a write is always an edge for readers, a read is one for writers
 * only if it lets them go on. */
static int64_t pipe_read(struct evfd_file *f, struct evfd_uio *u, int64_t pos)
{
	struct end *e = end_of(f);
	struct pipe *p = e->pipe;
	int64_t result = 0;
	bool was_writable = true, makes_writable;

	(void)pos;
	if (evfd_uio_left(u) == 0)
		return 0;
	evfd_mutex_lock(&p->mutex);
	while (p->used == 0 && p->writer.is_open && result == 0)
		result = sleep_at(p, e, f);
	if (p->used > 0) {
		was_writable = is_writable(p);
		result = take_bytes(p, u, least(evfd_uio_left(u), p->used));
		if (result > 0)
			ring(&p->writer);
		else
			result = EVFD_EFAULT;
	} else if (!p->writer.is_open) {
		result = 0;
	}
	makes_writable = !was_writable && is_writable(p);
	evfd_mutex_unlock(&p->mutex);
	if (makes_writable)
		evfd_watchlist_notify(&p->writer.watches, WRITABLE,
				      EVFD_NOTIFY_THREAD);
	return result;
}

/* Write what fits now of what is left. Bytes, or an error. With the mutex. */
static int64_t write_some(struct evfd_file *f, struct evfd_uio *u)
{
	struct end *e = end_of(f);
	struct pipe *p = e->pipe;
	uint32_t least_room = least(evfd_uio_left(u), ATOMIC);
	uint32_t done;
	int result = 0;

	while (p->reader.is_open && CAPACITY - p->used < least_room) {
		if (result < 0)
			return result;
		result = sleep_at(p, e, f);
	}
	if (!p->reader.is_open)
		return EVFD_EPIPE;
	done = add_bytes(p, u, least(evfd_uio_left(u), CAPACITY - p->used));
	if (done == 0)
		return EVFD_EFAULT;
	ring(&p->reader);
	return done;
}

static int64_t pipe_write(struct evfd_file *f, struct evfd_uio *u, int64_t pos)
{
	struct pipe *p = end_of(f)->pipe;
	int64_t done = 0, result = 0;

	(void)pos;
	while (evfd_uio_left(u) > 0 && result >= 0) {
		evfd_mutex_lock(&p->mutex);
		result = write_some(f, u);
		evfd_mutex_unlock(&p->mutex);
		if (result > 0) {
			done += result;
			evfd_watchlist_notify(&p->reader.watches, READABLE,
					      EVFD_NOTIFY_THREAD);
		}
	}
	return done > 0 || result >= 0 ? done : result;
}

/* ---- readiness ------------------------------------------------------------- */

static uint32_t reader_poll(struct evfd_file *f)
{
	struct pipe *p = end_of(f)->pipe;
	uint32_t ready;

	evfd_mutex_lock(&p->mutex);
	ready = (p->used > 0 ? READABLE : 0) | (p->writer.is_open ? 0 : EVFD_HUP);
	evfd_mutex_unlock(&p->mutex);
	return ready;
}

static uint32_t writer_poll(struct evfd_file *f)
{
	struct pipe *p = end_of(f)->pipe;
	uint32_t ready;

	evfd_mutex_lock(&p->mutex);
	ready = (is_writable(p) ? WRITABLE : 0) |
		(p->reader.is_open ? 0 : EVFD_ERR);
	evfd_mutex_unlock(&p->mutex);
	return ready;
}

/* An edge before the insertion is in what poll then says, as both took the list. */
static uint32_t pipe_watch(struct evfd_file *f, struct evfd_watch *w, uint32_t events)
{
	struct evfd_watchlist *l = &end_of(f)->watches;

	evfd_watchlist_lock(l);
	w->events = events;
	if (!w->next)
		evfd_watchlist_insert(l, w);
	evfd_watchlist_unlock(l);
	return f->vnode->ops->poll(f);
}

static void pipe_unwatch(struct evfd_file *f, struct evfd_watch *w)
{
	struct evfd_watchlist *l = &end_of(f)->watches;

	evfd_watchlist_lock(l);
	evfd_watchlist_remove(l, w);
	evfd_watchlist_unlock(l);
}

/* ---- the rest ------------------------------------------------------------------ */

static int64_t pipe_ioctl(struct evfd_file *f, uint32_t request, uint64_t arg)
{
	struct pipe *p = end_of(f)->pipe;
	uint32_t used;

	if (request != ABI_FIONREAD)
		return EVFD_ENOTTY;
	evfd_mutex_lock(&p->mutex);
	used = p->used;
	evfd_mutex_unlock(&p->mutex);
	return evfd_port_copy_out(arg, &used, sizeof(used));
}

static int pipe_stat(struct evfd_file *f, struct evfd_kstat *st)
{
	(void)f;
	st->mode = ABI_S_IFIFO | 0600;
	st->nlink = 1;
	st->ino = 1;
	st->blksize = 4096;
	return 0;
}

/* One end is gone: tell the other, and go with the second. */
static void close_end(struct end *e, struct end *other, uint32_t edge)
{
	struct pipe *p = e->pipe;

	evfd_mutex_lock(&p->mutex);
	e->is_open = false;
	ring(other);
	evfd_mutex_unlock(&p->mutex);
	evfd_watchlist_notify(&other->watches, edge, EVFD_NOTIFY_THREAD);
	if (sub_ar(&p->refs, 1) == 1)
		evfd_port_free(p, sizeof(*p));
}

static void reader_release(struct evfd_vnode *v)
{
	struct end *e = (struct end *)v;

	close_end(e, &e->pipe->writer, EVFD_ERR);
}

static void writer_release(struct evfd_vnode *v)
{
	struct end *e = (struct end *)v;

	close_end(e, &e->pipe->reader, EVFD_HUP);
}

static const struct evfd_vnode_ops reader_ops = {
	.name = "pipe",
	.read = pipe_read,
	.ioctl = pipe_ioctl,
	.stat = pipe_stat,
	.poll = reader_poll,
	.watch = pipe_watch,
	.unwatch = pipe_unwatch,
	.release = reader_release,
};

static const struct evfd_vnode_ops writer_ops = {
	.name = "pipe",
	.write = pipe_write,
	.ioctl = pipe_ioctl,
	.stat = pipe_stat,
	.poll = writer_poll,
	.watch = pipe_watch,
	.unwatch = pipe_unwatch,
	.release = writer_release,
};

bool evfd_is_pipe(const struct evfd_file *f)
{
	return f->vnode->ops == &reader_ops || f->vnode->ops == &writer_ops;
}

static void init_end(struct end *e, struct pipe *p, const struct evfd_vnode_ops *ops)
{
	e->vnode.ops = ops;
	e->pipe = p;
	e->is_open = true;
}

int evfd_pipe_open(struct evfd_system *s, uint32_t flags, struct evfd_file *ends[2])
{
	uint32_t nonblock = flags & ABI_O_NONBLOCK;
	struct pipe *p = evfd_port_alloc(sizeof(*p));
	int result = EVFD_ENOMEM;

	if (!p)
		return result;
	result = evfd_file_new(s, &ends[0]);
	if (result < 0)
		goto no_reader;
	result = evfd_file_new(s, &ends[1]);
	if (result < 0)
		goto no_writer;
	p->refs = 2;
	init_end(&p->reader, p, &reader_ops);
	init_end(&p->writer, p, &writer_ops);
	evfd_file_start(ends[0], &p->reader.vnode, ABI_O_RDONLY | nonblock);
	evfd_file_start(ends[1], &p->writer.vnode, ABI_O_WRONLY | nonblock);
	return 0;

no_writer:
	evfd_file_abandon(ends[0]);
no_reader:
	evfd_port_free(p, sizeof(*p));
	return result;
}
