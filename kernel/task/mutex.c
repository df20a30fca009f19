/* SPDX-License-Identifier: MIT */
#include "task/mutex.h"

#include "lib/print.h"
#include "task/sched.h"
#include "task/thread.h"

struct waiter {
	struct list link;
	struct thread *thread;
};

void mutex_init(struct mutex *m)
{
	spin_init(&m->lock, "mutex");
	m->owner = NULL;
	list_init(&m->waiters);
}

bool mutex_is_held(const struct mutex *m)
{
	return __atomic_load_n(&m->owner, __ATOMIC_ACQUIRE) == thread_current();
}

void mutex_lock(struct mutex *m)
{
	struct thread *me = thread_current();
	struct waiter w = { { NULL, NULL }, me };
	enum sleep_kind kind = me->sleep_kind;
	uint64_t flags;

	assert(!mutex_is_held(m));
	flags = spin_lock(&m->lock);
	if (!m->owner) {
		m->owner = me;
		spin_unlock(&m->lock, flags);
		return;
	}
	list_append(&m->waiters, &w.link);
	spin_unlock(&m->lock, flags);
	me->sleep_kind = SLEEP_SHORT;
	while (!mutex_is_held(m))
		sched_sleep(SCHED_FOREVER);
	me->sleep_kind = kind;
}

/* The next owner takes itself for such as soon as it sees its name; the node on
 * its stack is off the list by then, and the wake is sent under the lock that
 * the owner needs to get rid of the mutex. */
void mutex_unlock(struct mutex *m)
{
	struct waiter *w;
	struct thread *next = NULL;
	uint64_t flags;

	assert(mutex_is_held(m));
	flags = spin_lock(&m->lock);
	if (!list_is_empty(&m->waiters)) {
		w = list_next(&m->waiters, struct waiter, link);
		list_remove(&w->link);
		next = w->thread;
	}
	__atomic_store_n(&m->owner, next, __ATOMIC_RELEASE);
	if (next)
		sched_wake(next);
	spin_unlock(&m->lock, flags);
}
