/* SPDX-License-Identifier: MIT */
/*
 * For POSIX systems without wait-on-address: what core/park.c needs, out of a mutex
 * a bucket and a pipe a thread.
 *
 * evfd_post() may come from a signal handler, at any point of what it interrupted.
 * So all signals are blocked while a bucket is locked, and unblocking a thread is one
 * write to a pipe: a condition variable would need a mutex that the interrupted
 * thread may hold while it goes to sleep. poll() counts milliseconds: a deadline
 * is met up to one late, never early. A handler that ran gives EVFD_EINTR, with or
 * without SA_RESTART.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <evfd/park.h>
#include <evfd/port.h>

#include "patience.h"

#define NS_PER_MS UINT64_C(1000000)

/* A byte in the pipe is the permit that evfd_port_unblock() gives. */
struct thread {
	int take, give;
};

static pthread_mutex_t locks[EVFD_PARK_BUCKETS];
static sigset_t masks[EVFD_PARK_BUCKETS]; /* the holder's, guarded by the lock */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;

static void thread_free(void *p)
{
	struct thread *self = p;

	close(self->take);
	close(self->give);
	free(self);
}

static void init(void)
{
	for (uint32_t i = 0; i < EVFD_PARK_BUCKETS; i++)
		pthread_mutex_init(&locks[i], NULL);
	if (pthread_key_create(&key, thread_free))
		evfd_port_panic("no thread-specific key is left", __FILE__,
				__LINE__);
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

static struct thread *thread_new(void)
{
	struct thread *self = malloc(sizeof(*self));
	int ends[2];

	if (!self || pipe(ends))
		evfd_port_panic(
			"no memory or descriptors for a thread to sleep",
			__FILE__, __LINE__);
	for (int i = 0; i < 2; i++) {
		fcntl(ends[i], F_SETFD, FD_CLOEXEC);
		fcntl(ends[i], F_SETFL, O_NONBLOCK);
	}
	self->take = ends[0];
	self->give = ends[1];
	return self;
}

void *evfd_port_self(void)
{
	struct thread *self;

	pthread_once(&once, init);
	self = pthread_getspecific(key);
	if (!self) {
		self = thread_new();
		pthread_setspecific(key, self);
	}
	return self;
}

/* Rounded up, and in parts if it is very long. */
static int timeout_ms(uint64_t now, uint64_t deadline_ns)
{
	uint64_t ms;

	if (deadline_ns == EVFD_FOREVER)
		return -1;
	if (deadline_ns <= now)
		return 0;
	ms = (deadline_ns - now - 1) / NS_PER_MS + 1;
	return ms > INT_MAX ? INT_MAX : (int)ms;
}

static int block(struct thread *self, uint64_t deadline_ns, bool is_interruptible)
{
	struct pollfd p = { .fd = self->take, .events = POLLIN };
	char permits[64];

	evfd_posix_sleep_begin(self);
	for (;;) {
		uint64_t now = evfd_port_now();
		int n = poll(&p, 1, timeout_ms(now, deadline_ns));

		if (n > 0 && read(self->take, permits, sizeof(permits)) > 0) {
			evfd_posix_sleep_end(self);
			return 0;
		}
		if (n < 0 && is_interruptible)
			return EVFD_EINTR;
		if (n == 0 && now >= deadline_ns)
			return EVFD_ETIMEDOUT;
	}
}

/* poll() is a cancellation point: a thread that ended there would stay registered. */
int evfd_port_block(uint64_t deadline_ns, bool is_interruptible)
{
	int saved = errno, cancelling, result;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancelling);
	result = block(evfd_port_self(), deadline_ns, is_interruptible);
	pthread_setcancelstate(cancelling, &cancelling);
	errno = saved;
	return result;
}

/* A full pipe has permits enough. */
void evfd_port_unblock(void *thread)
{
	const struct thread *t = thread;
	int saved = errno, cancelling;
	ssize_t n;

	evfd_posix_waking(thread);
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancelling);
	do
		n = write(t->give, "", 1);
	while (n < 0 && errno == EINTR);
	pthread_setcancelstate(cancelling, &cancelling);
	errno = saved;
}
