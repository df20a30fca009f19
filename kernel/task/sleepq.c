/* SPDX-License-Identifier: MIT */
/*
 * A hash table of queues. A sleeper is a node on its own kernel stack:
 *
 *	I1 a sleeper with is_queued set is on the list of the queue it names,
 *	   and both change only with that queue's lock held;
 *	I2 it leaves sleepq_wait() only after taking the lock of its queue once
 *	   more, so a waker that found it is done with it by then.
 *
 * Lock order: queue, second queue (by address), scheduler.
 */
#include "task/sleepq.h"

#include <evfd/types.h>

#include "lib/print.h"
#include "lib/spinlock.h"
#include "task/sched.h"
#include "task/signal.h"
#include "x86/clock.h"

#define QUEUES 256

struct queue {
	struct spinlock lock;
	struct list sleepers;
};

struct sleeper {
	struct list link;
	struct queue *queue;
	struct sleep_key key;
	uint32_t bits;
	bool is_queued; /* false: woken */
	struct thread *thread;
};

static struct queue queues[QUEUES];

void sleepq_init(void)
{
	for (size_t i = 0; i < QUEUES; i++) {
		spin_init(&queues[i].lock, "sleep queue");
		list_init(&queues[i].sleepers);
	}
}

int sleepq_load_kernel(uint32_t *value, uint64_t address)
{
	*value = __atomic_load_n((uint32_t *)address, __ATOMIC_SEQ_CST);
	return 0;
}

static struct queue *queue_of(struct sleep_key k)
{
	uint64_t h = (k.address >> 2 ^ (uint64_t)k.space) *
		     UINT64_C(0x9e3779b97f4a7c15);

	return &queues[h >> 56];
}

_Static_assert(QUEUES == 256, "queue_of() uses the top 8 bits");

static bool key_equals(struct sleep_key a, struct sleep_key b)
{
	return a.space == b.space && a.address == b.address;
}

/* With the queue locked: 0 if the word is as expected. */
static int compare(const struct sleep_request *rq)
{
	uint32_t value;
	int result = rq->load(&value, rq->key.address);

	if (result)
		return result;
	return value == rq->expected ? 0 : EVFD_EAGAIN;
}

/* A requeue may move the sleeper between reading its queue and locking it. */
static struct queue *lock_queue_of(struct sleeper *s, uint64_t *flags)
{
	for (;;) {
		struct queue *q = __atomic_load_n(&s->queue, __ATOMIC_ACQUIRE);

		*flags = spin_lock(&q->lock);
		if (q == s->queue)
			return q;
		spin_unlock(&q->lock, *flags);
	}
}

/* Take itself off the list. True if somebody had woken it before. */
static bool leave(struct sleeper *s)
{
	uint64_t flags;
	struct queue *q = lock_queue_of(s, &flags);
	bool was_woken = !s->is_queued;

	list_remove(&s->link);
	s->is_queued = false;
	spin_unlock(&q->lock, flags);
	return was_woken;
}

static int sleep(struct sleeper *s, const struct sleep_request *rq)
{
	struct thread *me = s->thread;
	int result = 0;

	me->sleep_kind = rq->kind;
	while (__atomic_load_n(&s->is_queued, __ATOMIC_ACQUIRE)) {
		if (rq->kind == SLEEP_SIGNALS && signal_is_pending(me))
			result = EVFD_EINTR;
		else if (clock_now() >= rq->deadline_ns)
			result = EVFD_ETIMEDOUT;
		if (result)
			break;
		sched_sleep(rq->deadline_ns);
	}
	me->sleep_kind = SLEEP_NOT;
	return leave(s) ? 0 : result;
}

int sleepq_wait(const struct sleep_request *rq)
{
	struct sleeper s = { { NULL, NULL }, queue_of(rq->key),
			     rq->key,	     rq->bits,
			     true,	     thread_current() };
	uint64_t flags = spin_lock(&s.queue->lock);
	int result = compare(rq);

	if (!result)
		list_append(&s.queue->sleepers, &s.link);
	spin_unlock(&s.queue->lock, flags);
	return result ? result : sleep(&s, rq);
}

/* With the queue locked. */
static void wake(struct sleeper *s)
{
	struct thread *t = s->thread;

	list_remove(&s->link);
	__atomic_store_n(&s->is_queued, false, __ATOMIC_RELEASE);
	sched_wake(t); /* exists until it has had the lock: I2 */
}

static uint32_t wake_locked(struct queue *q, struct sleep_key key,
			    uint32_t count, uint32_t bits)
{
	struct sleeper *s, *after;
	uint32_t woken = 0;

	list_each_safe(s, after, &q->sleepers, link)
	{
		if (woken == count)
			break;
		if (!key_equals(s->key, key) || !(s->bits & bits))
			continue;
		wake(s);
		woken++;
	}
	return woken;
}

uint32_t sleepq_wake(struct sleep_key key, uint32_t count, uint32_t bits)
{
	struct queue *q = queue_of(key);
	uint64_t flags = spin_lock(&q->lock);
	uint32_t woken = wake_locked(q, key, count, bits);

	spin_unlock(&q->lock, flags);
	return woken;
}

/* With both queues locked. */
static uint32_t move_locked(struct queue *q, struct sleep_key from,
			    struct queue *to_queue, struct sleep_key to,
			    uint32_t count)
{
	struct list taken = LIST_INIT(taken);
	struct sleeper *s, *after;
	uint32_t moved = 0;

	list_each_safe(s, after, &q->sleepers, link)
	{
		if (moved == count)
			break;
		if (!key_equals(s->key, from))
			continue;
		list_remove(&s->link);
		list_append(&taken, &s->link);
		moved++;
	}
	list_each_safe(s, after, &taken, link)
	{
		list_remove(&s->link);
		list_append(&to_queue->sleepers, &s->link);
		s->key = to;
		__atomic_store_n(&s->queue, to_queue, __ATOMIC_RELEASE);
	}
	return moved;
}

int64_t sleepq_requeue(const struct sleep_request *from, struct sleep_key to,
		       uint32_t wake, uint32_t move)
{
	struct queue *q = queue_of(from->key), *to_queue = queue_of(to);
	struct queue *first = q < to_queue ? q : to_queue;
	struct queue *second = q < to_queue ? to_queue : q;
	uint64_t flags = spin_lock(&first->lock), flags2 = 0;
	int64_t result;

	if (second != first)
		flags2 = spin_lock(&second->lock);
	result = from->load ? compare(from) : 0;
	if (!result) {
		result = wake_locked(q, from->key, wake, SLEEP_BITS_ALL);
		result += move_locked(q, from->key, to_queue, to, move);
	}
	if (second != first)
		spin_unlock(&second->lock, flags2);
	spin_unlock(&first->lock, flags);
	return result;
}
