/* SPDX-License-Identifier: MIT */
/*
 * The parking lot: wait-on-address out of lock, block and unblock.
 *
 * Threads that sleep are queued in a bucket chosen by the word's address, oldest
 * first. Comparing the word and joining the queue happen under the bucket's lock,
 * which every wake takes: a wake that follows a change of the word finds either
 * a thread in the queue, or one that has yet to compare and will see the change.
 *
 * That lock is what orders the comparison; the word itself tells no more.
 *
 * is_done is set, and the thread unblocked, under the lock; the sleeper reads it
 * under the lock before it goes. So its place, which is on its stack, and the
 * thread itself are still there whenever a waker touches them.
 *
 * The word is not read by wakes: it may belong to another object by now.
 */
#include <evfd/park.h>
#include <evfd/port.h>

#include "atomic.h"

struct place {
	struct place *next, *prev;
	const uint32_t *word;
	void *thread;
	bool is_done;
};

/* Circles through a head without a word; guarded by the bucket's lock. */
static struct place buckets[EVFD_PARK_BUCKETS];

static uint32_t bucket_of(const uint32_t *word)
{
	uintptr_t a = (uintptr_t)word;

	return (uint32_t)(a >> 2 ^ a >> 8 ^ a >> 14) % EVFD_PARK_BUCKETS;
}

static struct place *head_of(uint32_t bucket)
{
	struct place *head = &buckets[bucket];

	if (!head->next)
		head->next = head->prev = head;
	return head;
}

static void join(struct place *head, struct place *p)
{
	p->next = head;
	p->prev = head->prev;
	p->prev->next = p;
	head->prev = p;
}

static void leave(struct place *p)
{
	p->prev->next = p->next;
	p->next->prev = p->prev;
	p->is_done = true;
}

static int park(uint32_t *word, uint32_t expected, uint64_t deadline_ns,
		bool is_interruptible)
{
	uint32_t bucket = bucket_of(word);
	struct place p = { .word = word, .thread = evfd_port_self() };
	uintptr_t state = evfd_port_bucket_lock(bucket);
	int error = 0;

	if (load_rlx(word) != expected) {
		evfd_port_bucket_unlock(bucket, state);
		return 0;
	}
	join(head_of(bucket), &p);
	while (!p.is_done) {
		evfd_port_bucket_unlock(bucket, state);
		error = evfd_port_block(deadline_ns, is_interruptible);
		state = evfd_port_bucket_lock(bucket);
		if (error && !p.is_done) {
			leave(&p);
			evfd_port_bucket_unlock(bucket, state);
			return error;
		}
	}
	evfd_port_bucket_unlock(bucket, state);
	return 0;
}

int evfd_port_wait(uint32_t *word, uint32_t expected, uint64_t deadline_ns)
{
	return park(word, expected, deadline_ns, true);
}

void evfd_port_wait_short(uint32_t *word, uint32_t expected)
{
	park(word, expected, EVFD_FOREVER, false);
}

void evfd_port_wake(uint32_t *word, uint32_t count)
{
	uint32_t bucket = bucket_of(word);
	uintptr_t state = evfd_port_bucket_lock(bucket);
	struct place *head = head_of(bucket);
	struct place *p = head->next, *next;

	for (; p != head && count > 0; p = next) {
		next = p->next;
		if (p->word != word)
			continue;
		leave(p);
		evfd_port_unblock(p->thread);
		count--;
	}
	evfd_port_bucket_unlock(bucket, state);
}
