/* SPDX-License-Identifier: MIT */
/*
 * A sleeping lock, handed over first come first served. Thread context only; no
 * spinlock may be held when taking one.
 */
#ifndef KERNEL_TASK_MUTEX_H
#define KERNEL_TASK_MUTEX_H

#include <stdbool.h>

#include "lib/list.h"
#include "lib/spinlock.h"

struct thread;

struct mutex {
	struct spinlock lock;
	/* Guarded by lock. */
	struct thread *owner;
	struct list waiters;
};

void mutex_init(struct mutex *m);
void mutex_lock(struct mutex *m);
void mutex_unlock(struct mutex *m);
bool mutex_is_held(const struct mutex *m); /* by this thread */

#endif
