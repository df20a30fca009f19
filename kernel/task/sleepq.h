/* SPDX-License-Identifier: MIT */
/*
 * Sleeping on an address: the one way to block that everything but mutexes is
 * made of, a program's futexes and the event counters' waits alike.
 */
#ifndef KERNEL_TASK_SLEEPQ_H
#define KERNEL_TASK_SLEEPQ_H

#include <stdint.h>

#include "task/thread.h"

/* An address in a program's space, or the kernel's own (space NULL). */
struct sleep_key {
	const void *space;
	uint64_t address;
};

#define SLEEP_BITS_ALL UINT32_MAX

struct sleep_request {
	struct sleep_key key;
	/* Sleep only if load() finds this at key.address. load() runs with a
	 * spinlock held; its error ends the wait. */
	int (*load)(uint32_t *value, uint64_t address);
	uint32_t expected;
	uint32_t bits; /* a wake must name one of them */
	uint64_t deadline_ns;
	enum sleep_kind kind; /* SLEEP_SHORT is not interrupted */
};

void sleepq_init(void);
/* load() for words of the kernel's own. Never fails. */
int sleepq_load_kernel(uint32_t *value, uint64_t address);

/*
 * Compare and sleep in one step with respect to wakes. 0 woken; EAGAIN the word
 * differs; ETIMEDOUT; EINTR; an error of load(). Thread context.
 */
int sleepq_wait(const struct sleep_request *rq);
/* Wake at most count sleepers, longest asleep first. How many. Context: any. */
uint32_t sleepq_wake(struct sleep_key key, uint32_t count, uint32_t bits);
/*
 * Wake at most `wake` sleepers of from->key and let at most `move` others sleep
 * on `to` instead, if the word is as expected (from->load NULL: in any case).
 * How many of both; EAGAIN; an error of load().
 */
int64_t sleepq_requeue(const struct sleep_request *from, struct sleep_key to,
		       uint32_t wake, uint32_t move);

#endif
