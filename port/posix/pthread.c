/* SPDX-License-Identifier: MIT */
/*
 * For POSIX systems without wait-on-address: what core/park.c needs, out of a mutex
 * a bucket and a mutex and condition variable a thread.
 *
 * Pthread mutexes are not for signal handlers: all signals are blocked while a
 * bucket is locked, so evfd_post() from a handler finds none held by its own
 * thread. pthread_cond_* cannot say that a signal came in: EVFD_EINTR is never
 * returned, a caught signal's handler runs and the wait goes on.
 */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include <evfd/park.h>
#include <evfd/port.h>

#define NS_PER_S UINT64_C(1000000000)

struct thread {
	pthread_mutex_t mutex;
	pthread_cond_t unblocked;
	bool has_permit; /* guarded by mutex */
};

static pthread_mutex_t locks[EVFD_PARK_BUCKETS];
static sigset_t masks[EVFD_PARK_BUCKETS]; /* the holder's, guarded by the lock */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;

static void thread_free(void *p)
{
	struct thread *self = p;

	pthread_cond_destroy(&self->unblocked);
	pthread_mutex_destroy(&self->mutex);
	free(self);
}

static void init(void)
{
	for (uint32_t i = 0; i < EVFD_PARK_BUCKETS; i++)
		pthread_mutex_init(&locks[i], NULL);
	if (pthread_key_create(&key, thread_free))
		evfd_port_panic("no thread-specific key left", __FILE__, __LINE__);
}

uintptr_t evfd_port_bucket_lock(uint32_t bucket)
{
	sigset_t all, mine;

	pthread_once(&once, init);
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &mine);
	pthread_mutex_lock(&locks[bucket]);
	masks[bucket] = mine;
	return 0;
}

void evfd_port_bucket_unlock(uint32_t bucket, uintptr_t state)
{
	sigset_t mine = masks[bucket];

	(void)state;
	pthread_mutex_unlock(&locks[bucket]);
	pthread_sigmask(SIG_SETMASK, &mine, NULL);
}

void *evfd_port_self(void)
{
	struct thread *self;
	pthread_condattr_t attr;

	pthread_once(&once, init);
	self = pthread_getspecific(key);
	if (self)
		return self;
	self = calloc(1, sizeof(*self));
	if (!self || pthread_setspecific(key, self))
		evfd_port_panic("no memory for a thread to sleep", __FILE__, __LINE__);
	pthread_mutex_init(&self->mutex, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&self->unblocked, &attr);
	pthread_condattr_destroy(&attr);
	return self;
}

int evfd_port_block(uint64_t deadline_ns, bool is_interruptible)
{
	struct thread *self = evfd_port_self();
	struct timespec ts = {
		.tv_sec = (time_t)(deadline_ns / NS_PER_S),
		.tv_nsec = (long)(deadline_ns % NS_PER_S),
	};
	int late = 0;

	(void)is_interruptible;
	pthread_mutex_lock(&self->mutex);
	while (!self->has_permit && !late) {
		if (deadline_ns == EVFD_FOREVER)
			pthread_cond_wait(&self->unblocked, &self->mutex);
		else
			late = pthread_cond_timedwait(&self->unblocked,
						      &self->mutex, &ts);
	}
	if (self->has_permit)
		late = 0;
	self->has_permit = false;
	pthread_mutex_unlock(&self->mutex);
	return late ? EVFD_ETIMEDOUT : 0;
}

void evfd_port_unblock(void *thread)
{
	struct thread *t = thread;

	pthread_mutex_lock(&t->mutex);
	t->has_permit = true;
	pthread_cond_signal(&t->unblocked);
	pthread_mutex_unlock(&t->mutex);
}
