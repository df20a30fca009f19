/* SPDX-License-Identifier: MIT */
/*
 * Theory: epoll
 *
 * An epoll has an interest set (a hash of items, by descriptor), a ready list,
 * and a counter of core/ that its waiters sleep on: to sleep in epoll_wait is to
 * read that counter, to wake one of its waiters is to post 1 to it. So no
 * wakeup is lost and none is for two, by the argument in core/counter.c, and an
 * epoll that watches an epoll watches that counter.
 *
 * The ready list is in two parts. `incoming` is a stack that watch callbacks
 * push on, in any context, without a lock. `ready` is a queue under the mutex;
 * its owner takes the whole stack, turns it over, and appends it, so the queue
 * is in the order in which items became ready. Nothing ever walks the interest
 * set: the cost of a wait is that of the items that had an edge.
 *
 *  I1  item->state has QUEUED while the item is on `incoming` or `ready`, or its
 *	callback is about to push it. Who sets the bit puts the item on a list;
 *	who takes it off clears the bit.
 *  I2  DISARMED (a one-shot that has fired) means: on neither list. QUEUED beside
 *	it then only remembers that an edge came.
 *  I3  Items are taken off a list, and put on `ready`, under the mutex.
 *  I4  If a list is not empty and the mutex free, the counter is not 0, or
 *	somebody has read it and has not harvested yet, or a pusher has not posted
 *	yet. So nobody sleeps while something is ready: E3, H1 and H4 keep this.
 *
 *	edge, any context		harvest, under the mutex
 *	E1 change the state		H1 take the stack
 *	E2 set QUEUED; if it was	H2 clear QUEUED
 *	   clear, push			H3 ask the vnode what is ready
 *	E3 post 1			H4 settle the counter with what is left
 *
 * No edge is lost: if E2 comes after H2, the item is pushed again. If before, H2,
 * a read-modify-write of the same word, acquires what E2 released, and so H3 sees
 * E1. What is reported is what H3 finds, never what an edge said.
 *
 * H4: if nothing is left the counter is cleared, so that the next wait sleeps at
 * once; then `incoming` is looked at again, because the clearing may have
 * swallowed the post of an item that was pushed after H1. If something is left and
 * the counter is 0, 1 is posted: that wakes the next waiter. If it is not 0,
 * whoever reads it will harvest.
 *
 * A level-triggered item that was reported goes to the end of the queue, behind
 * all who were not (fair when maxevents is small). An edge-triggered one leaves
 * the queue and returns by its next edge. A one-shot is disarmed (H2 with
 * DISARMED); if it then turns out not to be ready it is armed again, and queued if an
 * edge came in between. MOD arms, asks what is ready, and queues. A fault leaves
 * the item armed and in front, where the next wait finds it.
 *
 * Lifetime. An item is in the interest set of its epoll and on the list of the file
 * that it watches, and on both or neither, as seen under the epoll's mutex. It is
 * removed by DEL, by the end of its epoll, or by the end of its file, always
 * under that mutex: unwatch (then no callback runs and none will), take the stack
 * (then it is on the queue if QUEUED), unlink it from there, from the hash, and
 * last from the file's list. An item keeps no reference to its file. It need not: a
 * file without references first has its items removed, then its vnode released,
 * then its memory freed, and the first step waits for the mutex of each epoll; so
 * under its mutex an epoll may use the file of any of its items.
 *
 *	end of a file (nobody can add)		end of an epoll, DEL
 *	X1 lock f.items, pick the first		Y1 lock mutex
 *	X2 pin its epoll, unlock		Y2 lock f.items, unlink, unlock
 *	X3 lock mutex				Y3 unlock mutex
 *	X4 is it still first on f.items?
 *	   then remove it
 *
 * The pin at X2 is safe: an epoll has a reference of its own until all its items are
 * unlinked. X4 tells because f.items only shrinks. Y2 may be unlocking f.items while
 * f is already another file: the lock is still that lock (file.c).
 *
 * Locks, outer first: nest_lock, mutex of a watching epoll, mutex of the watched
 * one, items_lock of a file (under nest_lock also that of a watched epoll before
 * that of the watching one); then those of core/. At most five epolls deep, and no
 * circles: adding an epoll to an epoll is refused otherwise, under nest_lock.
 */
#include "../core/counter.h"
#include "../core/mutex.h"
#include "abi.h"
#include "node.h"

/* Epolls on the longest path from an epoll down to what it watches. */
#define DEPTH_MAX 5
#define BUCKETS_MIN 16u

#define PRIVATE_BITS \
	(ABI_EPOLLET | ABI_EPOLLONESHOT | ABI_EPOLLEXCLUSIVE | ABI_EPOLLWAKEUP)
#define UNMASKED (EVFD_ERR | EVFD_HUP)
/* What may stand beside EPOLLEXCLUSIVE. */
#define EXCLUSIVE_BITS                                                   \
	(EVFD_IN | EVFD_OUT | UNMASKED | ABI_EPOLLET | ABI_EPOLLWAKEUP | \
	 ABI_EPOLLEXCLUSIVE)

/* item->state */
#define QUEUED 1u
#define DISARMED 2u

struct epoll;

struct evfd_epoll_item {
	struct evfd_watch watch;
	struct epoll *epoll;
	struct evfd_file *file;
	int fd;
	uint32_t state;	 /* QUEUED, DISARMED; atomic */
	uint32_t events; /* interest; guarded by the mutex, as is the rest */
	uint64_t data;
	struct evfd_epoll_item *pushed;	     /* next on `incoming` */
	struct evfd_epoll_item *next, *prev; /* on `ready` */
	struct evfd_epoll_item *hash_next;
	struct evfd_epoll_item *file_next; /* guarded by file->items_lock */
};

struct queue {
	struct evfd_epoll_item *head, *tail;
};

struct epoll {
	struct evfd_vnode vnode;
	struct evfd_file *file;
	uint32_t refs; /* 1 of its file, and pins (X2) */
	uint32_t mutex;
	struct evfd_epoll_item *incoming; /* atomic */
	struct queue ready;
	struct evfd_epoll_item **buckets; /* a power of 2 of them */
	uint32_t bucket_count;
	uint32_t count;
	/* Guarded by nest_lock. */
	uint64_t nest_mark;
	int nest_depth;
	struct evfd_object waiters;
};

static const struct evfd_vnode_ops epoll_ops;

bool evfd_is_epoll(const struct evfd_file *f)
{
	return f->vnode->ops == &epoll_ops;
}

static struct epoll *epoll_of(const struct evfd_file *f)
{
	return (struct epoll *)f->vnode;
}

/* ---- the counter that waiters sleep on ------------------------------------- */

/* Wake one waiter, now or when it comes. Context: any. Returns whether one
 * was asleep. */
static bool post(struct epoll *ep)
{
	const struct evfd_request rq = { .op = EVFD_OP_POST, .max = 1 };
	struct evfd_outcome out = { 0 };

	evfd_counter_apply(&ep->waiters, EVFD_EMBEDDED, &rq, EVFD_NOWAIT,
			   EVFD_NOTIFY_ANY, &out);
	return out.woken > 0;
}

/* Sleep until posted to, and take it. */
static int take_post(struct epoll *ep, uint64_t deadline_ns)
{
	const struct evfd_request rq = { .op = EVFD_OP_READ };
	struct evfd_outcome out;

	return evfd_counter_apply(&ep->waiters, EVFD_EMBEDDED, &rq, deadline_ns,
				  EVFD_NOTIFY_THREAD, &out);
}

/* H4. With the mutex. */
static void settle(struct epoll *ep)
{
	bool is_posted =
		evfd_counter_readiness(&ep->waiters, EVFD_EMBEDDED) & EVFD_IN;

	if (ep->ready.head) {
		if (!is_posted)
			post(ep);
	} else if (is_posted) {
		take_post(ep, EVFD_NOWAIT);
		if (load_acq(&ep->incoming))
			post(ep);
	}
}

/* ---- the ready list ----------------------------------------------------------- */

static void append(struct queue *q, struct evfd_epoll_item *item)
{
	item->next = NULL;
	item->prev = q->tail;
	if (q->tail)
		q->tail->next = item;
	else
		q->head = item;
	q->tail = item;
}

static void prepend(struct queue *q, struct evfd_epoll_item *item)
{
	item->prev = NULL;
	item->next = q->head;
	if (q->head)
		q->head->prev = item;
	else
		q->tail = item;
	q->head = item;
}

static void unlink_ready(struct queue *q, struct evfd_epoll_item *item)
{
	if (item->prev)
		item->prev->next = item->next;
	else
		q->head = item->next;
	if (item->next)
		item->next->prev = item->prev;
	else
		q->tail = item->prev;
}

/* All of `front`, then all of *q, becomes *q. */
static void prepend_all(struct queue *q, const struct queue *front)
{
	if (!front->head)
		return;
	front->tail->next = q->head;
	if (q->head)
		q->head->prev = front->tail;
	else
		q->tail = front->tail;
	q->head = front->head;
}

/* Context: any. */
static void push(struct epoll *ep, struct evfd_epoll_item *item)
{
	struct evfd_epoll_item *top = load_rlx(&ep->incoming);

	do
		item->pushed = top;
	while (!cas_ar(&ep->incoming, &top, item));
}

/* H1. With the mutex. */
static void take_incoming(struct epoll *ep)
{
	struct evfd_epoll_item *item, *reversed = NULL;

	if (!load_rlx(&ep->incoming)) /* whoever pushes now posts after it */
		return;
	item = swap_ar(&ep->incoming, NULL);
	while (item) {
		struct evfd_epoll_item *below = item->pushed;

		item->pushed = reversed;
		reversed = item;
		item = below;
	}
	for (; reversed; reversed = reversed->pushed)
		append(&ep->ready, reversed);
}

/* Put an armed item on *q, unless it is on a list or on its way to one. */
static bool enqueue(struct queue *q, struct evfd_epoll_item *item,
		    void (*put)(struct queue *q, struct evfd_epoll_item *item))
{
	if (or_ar(&item->state, QUEUED) & QUEUED)
		return false;
	put(q, item);
	return true;
}

/* E2, E3 */
static bool on_edge(struct evfd_watch *w, uint32_t events)
{
	struct evfd_epoll_item *item =
		(struct evfd_epoll_item *)((char *)w -
					   offsetof(struct evfd_epoll_item, watch));
	uint32_t before = or_ar(&item->state, QUEUED);

	(void)events;
	if (before & DISARMED)
		return false;
	if (!(before & QUEUED))
		push(item->epoll, item);
	return post(item->epoll);
}

/* ---- harvest; all with the mutex ------------------------------------------------- */

/* H3. What of an item's interest is ready now. */
static uint32_t ready_bits(const struct evfd_epoll_item *item)
{
	return evfd_file_poll(item->file) & (item->events | UNMASKED) &
	       ~PRIVATE_BITS;
}

static int copy_event_out(const struct evfd_epoll_item *item, uint32_t bits,
			  uint64_t to)
{
	const struct abi_epoll_event ev = {
		.events = bits,
		.data = item->data,
	};

	return evfd_port_copy_out(to, &ev, sizeof(ev));
}

/*
 * Report an item that has just been taken off the queue. 1, 0 if it is not ready, or
 * EVFD_EFAULT with the item armed and off the queue.
 */
static int report(struct epoll *ep, struct evfd_epoll_item *item, uint64_t to)
{
	bool is_oneshot = item->events & ABI_EPOLLONESHOT;
	uint32_t bits;

	swap_ar(&item->state, is_oneshot ? DISARMED : 0); /* H2 */
	bits = ready_bits(item);
	if (!bits) {
		if (is_oneshot && swap_ar(&item->state, 0) & QUEUED) /* I2 */
			enqueue(&ep->ready, item, append);
		return 0;
	}
	if (copy_event_out(item, bits, to) < 0) {
		if (is_oneshot)
			swap_ar(&item->state, 0);
		return EVFD_EFAULT;
	}
	if (!is_oneshot && !(item->events & ABI_EPOLLET))
		enqueue(&ep->ready, item, append);
	return 1;
}

/* Events delivered, or EVFD_EFAULT if the first could not be. */
static int harvest(struct epoll *ep, uint64_t to, int max)
{
	struct queue taken;
	int n = 0, result = 0;

	take_incoming(ep);
	taken = ep->ready;
	ep->ready = (struct queue){ NULL, NULL };
	while (taken.head && n < max && result >= 0) {
		struct evfd_epoll_item *item = taken.head;

		unlink_ready(&taken, item);
		result = report(ep, item,
				to + (uint64_t)n * sizeof(struct abi_epoll_event));
		if (result > 0)
			n++;
		else if (result < 0)
			enqueue(&taken, item, prepend);
	}
	prepend_all(&ep->ready, &taken);
	return n > 0 || result >= 0 ? n : result;
}

int evfd_epoll_wait(struct evfd_file *f, uint64_t to, int max, uint64_t deadline_ns)
{
	struct epoll *ep = epoll_of(f);
	int leaving = 0;

	for (;;) {
		int n;

		evfd_mutex_lock(&ep->mutex);
		n = harvest(ep, to, max);
		settle(ep);
		evfd_mutex_unlock(&ep->mutex);
		if (n != 0)
			return n;
		if (leaving)
			return leaving == EVFD_ETIMEDOUT ? 0 : leaving;
		if (deadline_ns == EVFD_NOWAIT)
			return 0;
		leaving = take_post(ep, deadline_ns);
	}
}

/* ---- the interest set; all with the mutex ------------------------------------------ */

static struct evfd_epoll_item **bucket(const struct epoll *ep, int fd)
{
	return &ep->buckets[(uint32_t)fd & (ep->bucket_count - 1)];
}

static struct evfd_epoll_item *find(const struct epoll *ep,
				    const struct evfd_file *file, int fd)
{
	struct evfd_epoll_item *item = *bucket(ep, fd);

	while (item && (item->fd != fd || item->file != file))
		item = item->hash_next;
	return item;
}

/* Twice the buckets; without memory for them the chains just get longer. */
static void grow(struct epoll *ep)
{
	struct evfd_epoll_item **before = ep->buckets;
	uint32_t n = ep->bucket_count;
	struct evfd_epoll_item **after =
		evfd_port_alloc(2 * n * sizeof(struct evfd_epoll_item *));

	if (!after)
		return;
	ep->buckets = after;
	ep->bucket_count = 2 * n;
	for (uint32_t i = 0; i < n; i++) {
		while (before[i]) {
			struct evfd_epoll_item *item = before[i];

			before[i] = item->hash_next;
			item->hash_next = *bucket(ep, item->fd);
			*bucket(ep, item->fd) = item;
		}
	}
	evfd_port_free(before, n * sizeof(struct evfd_epoll_item *));
}

static void hash_insert(struct epoll *ep, struct evfd_epoll_item *item)
{
	if (ep->count >= ep->bucket_count)
		grow(ep);
	item->hash_next = *bucket(ep, item->fd);
	*bucket(ep, item->fd) = item;
	ep->count++;
}

static void hash_remove(struct epoll *ep, struct evfd_epoll_item *item)
{
	struct evfd_epoll_item **at = bucket(ep, item->fd);

	while (*at != item)
		at = &(*at)->hash_next;
	*at = item->hash_next;
	ep->count--;
}

static void file_insert(struct evfd_epoll_item *item)
{
	struct evfd_file *f = item->file;

	evfd_mutex_lock(&f->items_lock);
	item->file_next = f->items;
	store_rel(&f->items, item);
	evfd_mutex_unlock(&f->items_lock);
}

/* Y2. Once this has begun *f may become another file. */
static void file_remove(struct evfd_epoll_item *item)
{
	struct evfd_file *f = item->file;
	struct evfd_epoll_item *before;

	evfd_mutex_lock(&f->items_lock);
	before = f->items;
	if (before == item) {
		store_rel(&f->items, item->file_next); /* evfd_epoll_forget() */
	} else {
		while (before->file_next != item)
			before = before->file_next;
		before->file_next = item->file_next;
	}
	evfd_mutex_unlock(&f->items_lock);
}

/* The caller frees it once the mutex is unlocked. */
static void remove_item(struct epoll *ep, struct evfd_epoll_item *item)
{
	item->file->vnode->ops->unwatch(item->file, &item->watch);
	take_incoming(ep);
	if (load_rlx(&item->state) == QUEUED) /* no callback runs any more */
		unlink_ready(&ep->ready, item);
	hash_remove(ep, item);
	sub_ar(&ep->file->system->items, 1);
	file_remove(item);
}

/* ---- control ---------------------------------------------------------------------------- */

/* Queue an item that is ready, behind those whose edges came before. */
static void make_ready(struct epoll *ep, struct evfd_epoll_item *item)
{
	take_incoming(ep);
	if (enqueue(&ep->ready, item, append))
		post(ep);
}

/* Have the edges that item->events asks for, and be ready if it is already. */
static void subscribe(struct epoll *ep, struct evfd_epoll_item *item)
{
	uint32_t events = item->events & ~PRIVATE_BITS;
	uint32_t ready =
		item->file->vnode->ops->watch(item->file, &item->watch, events);

	if (ready & (events | UNMASKED))
		make_ready(ep, item);
}

/* Takes over item on success. */
static int add(struct epoll *ep, struct evfd_epoll_item *item)
{
	if (find(ep, item->file, item->fd))
		return EVFD_EEXIST;
	item->epoll = ep;
	item->watch.notify = on_edge;
	item->watch.exclusive = !!(item->events & ABI_EPOLLEXCLUSIVE);
	hash_insert(ep, item);
	add_rlx(&ep->file->system->items, 1); /* a number to look at */
	file_insert(item);
	subscribe(ep, item);
	return 0;
}

/* An armed item is ready again if its file is. */
static void modify(struct epoll *ep, struct evfd_epoll_item *item,
		   uint32_t events, uint64_t data)
{
	item->data = data;
	item->events = events;
	if (load_rlx(&item->state) & DISARMED) /* set and cleared by us only */
		swap_ar(&item->state, 0);
	subscribe(ep, item);
}

static int control(struct epoll *ep, int op, struct evfd_epoll_item *spare,
		   const struct evfd_epoll_item *wanted,
		   struct evfd_epoll_item **removed)
{
	struct evfd_epoll_item *item;

	if (op == ABI_EPOLL_CTL_ADD)
		return add(ep, spare);
	item = find(ep, wanted->file, wanted->fd);
	if (op != ABI_EPOLL_CTL_DEL && op != ABI_EPOLL_CTL_MOD)
		return EVFD_EINVAL;
	if (!item)
		return EVFD_ENOENT;
	if (op == ABI_EPOLL_CTL_DEL) {
		remove_item(ep, item);
		*removed = item;
		return 0;
	}
	if (item->events & ABI_EPOLLEXCLUSIVE)
		return EVFD_EINVAL;
	modify(ep, item, wanted->events, wanted->data);
	return 0;
}

/* ---- nesting; with nest_lock ----------------------------------------------------------- */

/*
 * Epolls on the longest path down from ep, itself included, or EVFD_ELOOP if it
 * passes through `never`. Each epoll is visited once: its depth is kept
 * under the mark of this search. Recursion ends at DEPTH_MAX, the most there is.
 */
static int depth_below(struct epoll *ep, const struct epoll *never, uint64_t search)
{
	int deepest = 0;

	if (ep == never)
		return EVFD_ELOOP;
	if (ep->nest_mark == search)
		return ep->nest_depth;
	evfd_mutex_lock(&ep->mutex);
	for (uint32_t i = 0; i < ep->bucket_count && deepest >= 0; i++) {
		struct evfd_epoll_item *item = ep->buckets[i];

		for (; item && deepest >= 0; item = item->hash_next) {
			int depth;

			if (!evfd_is_epoll(item->file))
				continue;
			depth = depth_below(epoll_of(item->file), never, search);
			if (depth < 0 || depth > deepest)
				deepest = depth;
		}
	}
	evfd_mutex_unlock(&ep->mutex);
	ep->nest_mark = search;
	ep->nest_depth = deepest < 0 ? deepest : deepest + 1;
	return ep->nest_depth;
}

/* Epolls on the longest path up from the epoll of file f, itself included. The
 * files of those above cannot end while their items are on f's list. */
static int depth_above(struct evfd_file *f, uint64_t search)
{
	struct epoll *ep = epoll_of(f);
	struct evfd_epoll_item *item;
	int highest = 0;

	if (ep->nest_mark == search)
		return ep->nest_depth;
	evfd_mutex_lock(&f->items_lock);
	for (item = f->items; item; item = item->file_next) {
		int height = depth_above(item->epoll->file, search);

		if (height > highest)
			highest = height;
	}
	evfd_mutex_unlock(&f->items_lock);
	ep->nest_mark = search;
	ep->nest_depth = highest + 1;
	return ep->nest_depth;
}

static int check_nesting(struct evfd_file *f, struct evfd_file *target)
{
	struct evfd_system *s = f->system;
	int below, above;

	below = depth_below(epoll_of(target), epoll_of(f), ++s->nest_mark);
	if (below < 0)
		return below;
	above = depth_above(f, ++s->nest_mark);
	return below + above > DEPTH_MAX ? EVFD_ELOOP : 0;
}

/* ---- epoll_ctl -------------------------------------------------------------------------- */

static int check_control(const struct evfd_file *f, int op,
			 const struct evfd_file *target, uint32_t events)
{
	if (!target->vnode->ops->poll)
		return EVFD_EPERM;
	if (f == target || !evfd_is_epoll(f))
		return EVFD_EINVAL;
	if (op == ABI_EPOLL_CTL_DEL || !(events & ABI_EPOLLEXCLUSIVE))
		return 0;
	if (op == ABI_EPOLL_CTL_MOD)
		return EVFD_EINVAL;
	if (op == ABI_EPOLL_CTL_ADD &&
	    (evfd_is_epoll(target) || events & ~EXCLUSIVE_BITS))
		return EVFD_EINVAL;
	return 0;
}

/* With nest_lock, if an epoll is to be added. */
static int locked_control(struct evfd_file *f, int op,
			  const struct evfd_epoll_item *wanted)
{
	struct evfd_epoll_item *spare = NULL, *removed = NULL;
	struct epoll *ep = epoll_of(f);
	int result;

	if (op == ABI_EPOLL_CTL_ADD) {
		spare = evfd_port_alloc(sizeof(*spare));
		if (!spare)
			return EVFD_ENOMEM;
		*spare = *wanted;
	}
	evfd_mutex_lock(&ep->mutex);
	result = control(ep, op, spare, wanted, &removed);
	evfd_mutex_unlock(&ep->mutex);
	if (result < 0 && spare)
		evfd_port_free(spare, sizeof(*spare));
	if (removed)
		evfd_port_free(removed, sizeof(*removed));
	return result;
}

int evfd_epoll_ctl(struct evfd_file *f, int op, int fd,
		   struct evfd_file *target, uint32_t events, uint64_t data)
{
	const struct evfd_epoll_item wanted = {
		.file = target,
		.fd = fd,
		.events = events,
		.data = data,
	};
	int result = check_control(f, op, target, events);

	if (result < 0)
		return result;
	if (op != ABI_EPOLL_CTL_ADD || !evfd_is_epoll(target))
		return locked_control(f, op, &wanted);
	evfd_mutex_lock(&f->system->nest_lock);
	result = check_nesting(f, target);
	if (result == 0)
		result = locked_control(f, op, &wanted);
	evfd_mutex_unlock(&f->system->nest_lock);
	return result;
}

/* ---- an epoll as a vnode ------------------------------------------------------------------ */

/* Is anything on the list truly ready? What is not leaves it. */
static uint32_t epoll_poll(struct evfd_file *f)
{
	struct epoll *ep = epoll_of(f);
	uint32_t ready = 0;

	evfd_mutex_lock(&ep->mutex);
	take_incoming(ep);
	while (ep->ready.head && !ready) {
		struct evfd_epoll_item *item = ep->ready.head;

		unlink_ready(&ep->ready, item);
		swap_ar(&item->state, 0); /* H2 */
		if (!ready_bits(item))
			continue;
		ready = EVFD_IN | ABI_POLLRDNORM;
		enqueue(&ep->ready, item, prepend);
	}
	evfd_mutex_unlock(&ep->mutex);
	return ready;
}

static uint32_t epoll_watch(struct evfd_file *f, struct evfd_watch *w,
			    uint32_t events)
{
	/* That a waiter has read the counter is nothing to tell. */
	evfd_counter_watch(&epoll_of(f)->waiters, EVFD_EMBEDDED, w,
			   events & EVFD_IN);
	return epoll_poll(f);
}

static void epoll_unwatch(struct evfd_file *f, struct evfd_watch *w)
{
	evfd_counter_unwatch(&epoll_of(f)->waiters, w);
}

static int64_t epoll_seek(struct evfd_file *f, int64_t offset, int whence)
{
	(void)f, (void)offset, (void)whence;
	return 0;
}

/* Busy polling of network devices can be set up by ioctl on Linux, none here;
 * what is no request of an epoll is EINVAL there, not ENOTTY. */
static int64_t epoll_ioctl(struct evfd_file *f, uint32_t request, uint64_t arg)
{
	(void)f, (void)request, (void)arg;
	return EVFD_EINVAL;
}

static int epoll_stat(struct evfd_file *f, struct evfd_kstat *st)
{
	(void)f;
	st->mode = 0600;
	st->nlink = 1;
	st->ino = 1;
	st->blksize = 4096;
	return 0;
}

static void unpin(struct epoll *ep)
{
	if (sub_ar(&ep->refs, 1) != 1)
		return;
	evfd_port_free(ep->buckets,
		       ep->bucket_count * sizeof(struct evfd_epoll_item *));
	evfd_port_free(ep, sizeof(*ep));
}

/* No system call is using it, and no epoll watches it; its own items may be ending
 * with their files. */
static void epoll_release(struct evfd_vnode *v)
{
	struct epoll *ep = (struct epoll *)v;

	evfd_mutex_lock(&ep->mutex);
	for (uint32_t i = 0; i < ep->bucket_count; i++) {
		while (ep->buckets[i]) {
			struct evfd_epoll_item *item = ep->buckets[i];

			remove_item(ep, item);
			evfd_port_free(item, sizeof(*item));
		}
	}
	evfd_mutex_unlock(&ep->mutex);
	sub_ar(&ep->file->system->epolls, 1);
	unpin(ep);
}

/* X1, X2. The first item on f's list and its epoll, pinned. */
static struct evfd_epoll_item *pick(struct evfd_file *f, struct epoll **ep)
{
	struct evfd_epoll_item *item;

	evfd_mutex_lock(&f->items_lock);
	item = f->items;
	if (item) {
		*ep = item->epoll;
		add_rlx(&(*ep)->refs, 1); /* it has one: nothing to order */
	}
	evfd_mutex_unlock(&f->items_lock);
	return item;
}

void evfd_epoll_forget(struct evfd_file *f)
{
	while (load_acq(&f->items)) { /* pairs with file_remove() */
		struct epoll *ep;
		struct evfd_epoll_item *item = pick(f, &ep);

		if (!item)
			break;
		evfd_mutex_lock(&ep->mutex);	 /* X3 */
		if (load_acq(&f->items) == item) /* X4 */
			remove_item(ep, item);
		else
			item = NULL;
		evfd_mutex_unlock(&ep->mutex);
		if (item)
			evfd_port_free(item, sizeof(*item));
		unpin(ep);
	}
}

/* A one-shot that has fired has no interest left but in being one. */
static uint32_t shown_events(struct evfd_epoll_item *item)
{
	if (load_rlx(&item->state) & DISARMED) /* set by us only */
		return item->events & PRIVATE_BITS;
	return item->events | UNMASKED;
}

static size_t epoll_fdinfo(struct evfd_file *f, char *buf, size_t size)
{
	struct evfd_text t = { .buf = buf, .size = size };
	struct epoll *ep = epoll_of(f);

	evfd_mutex_lock(&ep->mutex);
	for (uint32_t i = 0; i < ep->bucket_count; i++) {
		struct evfd_epoll_item *item = ep->buckets[i];

		for (; item; item = item->hash_next) {
			evfd_text_add(&t, "tfd: ");
			evfd_text_decimal(&t, (uint32_t)item->fd, 8);
			evfd_text_add(&t, " events: ");
			evfd_text_bits(&t, shown_events(item), EVFD_HEX, 8);
			evfd_text_add(&t, " data: ");
			evfd_text_bits(&t, item->data, EVFD_HEX, 16);
			evfd_text_add(&t, "\n");
		}
	}
	evfd_mutex_unlock(&ep->mutex);
	return t.len;
}

static const struct evfd_vnode_ops epoll_ops = {
	.name = "eventpoll",
	.seek = epoll_seek,
	.ioctl = epoll_ioctl,
	.stat = epoll_stat,
	.poll = epoll_poll,
	.watch = epoll_watch,
	.unwatch = epoll_unwatch,
	.fdinfo = epoll_fdinfo,
	.release = epoll_release,
};

int evfd_epoll_open(struct evfd_system *s, struct evfd_file **f)
{
	struct epoll *ep = evfd_port_alloc(sizeof(*ep));
	int result = EVFD_ENOMEM;

	if (!ep)
		return result;
	ep->bucket_count = BUCKETS_MIN;
	ep->buckets =
		evfd_port_alloc(BUCKETS_MIN * sizeof(struct evfd_epoll_item *));
	if (!ep->buckets)
		goto no_buckets;
	result = evfd_file_new(s, f);
	if (result < 0)
		goto no_file;
	ep->vnode.ops = &epoll_ops;
	ep->file = *f;
	ep->refs = 1;
	evfd_counter_init(&ep->waiters, 0, 0);
	add_rlx(&s->epolls, 1); /* a number to look at */
	evfd_file_start(*f, &ep->vnode, ABI_O_RDWR);
	return 0;

no_file:
	evfd_port_free(ep->buckets, BUCKETS_MIN * sizeof(struct evfd_epoll_item *));
no_buckets:
	evfd_port_free(ep, sizeof(*ep));
	return result;
}
