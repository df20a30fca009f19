/* SPDX-License-Identifier: MIT */
/*
 * Sixteen threads a processor, each doing anything to any of a few counters: those
 * that last a round, whose units must all be accounted for, and those that
 * anybody may close and replace under the feet of the others. The round ends when
 * thread 0 has done its share and cancels everything, which nobody may survive
 * asleep.
 *
 * crowd SECONDS [SEED [STEPS [HANG_SECONDS]]]
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "stress.h"

#define PER_PROCESSOR 16
#define COUNTERS 6 /* half of them last */
#define LASTING (COUNTERS / 2)

#define load(p) __atomic_load_n((p), __ATOMIC_ACQUIRE)
#define add(p, v) __atomic_fetch_add((p), (v), __ATOMIC_RELAXED)

struct counter {
	evfd_t handle;	   /* atomic; 0 once the round is ending */
	uint64_t put, got; /* atomic; by all that have stood here in this round */
};

struct thread {
	struct evfd_watch watch;
	evfd_t watched;
	uint64_t told; /* edges; atomic */
};

static struct evfd_registry registry;
static pthread_barrier_t barrier;
static struct counter counters[COUNTERS];
static unsigned long rounds, steps = 60;
static uint64_t calls; /* atomic */
static bool is_over;   /* guarded by the barrier */

/* Called after every atomic operation of core/ in the delayed build. */
void stress_delay(void);
void stress_delay(void)
{
	if (!random_state)
		return;
	for (volatile uint64_t i = random_below(64); i > 56; i--)
		continue;
}

static _Noreturn void fail(const char *what, long long a, long long b)
{
	fprintf(stderr, "crowd: %s (%lld, %lld), round %lu\n", what, a, b, rounds);
	fflush(stderr);
	_exit(1);
}

static void on_hang(int signal)
{
	(void)signal;
	fail("hang: a wakeup was lost", 0, 0);
}

/* Thread 0 must get to the end by itself. */
static _Thread_local bool may_sleep_forever;

static uint64_t some_deadline(void)
{
	uint64_t dice = random_below(4);

	if (dice == 0)
		return EVFD_NOWAIT;
	if (dice == 1 || !may_sleep_forever)
		return evfd_port_now() + random_below(50000);
	return EVFD_FOREVER;
}

/* ---- what a thread may do ------------------------------------------------------ */

/* Only what belongs to a full or empty, cancelled, closed counter may go wrong. */
static bool is_done(struct counter *c, int result)
{
	bool may_be_closed = c >= &counters[LASTING];

	add(&calls, 1);
	if (result == 0)
		return true;
	if (result == EVFD_EAGAIN || result == EVFD_ETIMEDOUT ||
	    result == EVFD_ECANCELED || (result == EVFD_EBADF && may_be_closed) ||
	    (result == EVFD_EBADF && !load(&c->handle)))
		return false;
	fail("a call returned", result, c - counters);
}

static void do_write(struct counter *c, evfd_t h)
{
	uint64_t value = random_below(4);

	/* Counted before, so that what others read is never more. */
	add(&c->put, value);
	if (!is_done(c, random_below(2) ?
				evfd_write(&registry, h, value, some_deadline()) :
				evfd_post(&registry, h, value)))
		add(&c->put, -value);
}

static void do_read(struct counter *c, evfd_t h)
{
	uint64_t value;

	if (is_done(c, evfd_read(&registry, h, &value, some_deadline())))
		add(&c->got, value);
}

static void do_take(struct counter *c, evfd_t h)
{
	uint64_t min = 1 + random_below(3), value;

	if (is_done(c, evfd_take(&registry, h, min, min + random_below(3),
				 &value, some_deadline())))
		add(&c->got, value);
}

static void do_swap(struct counter *c, evfd_t h)
{
	uint64_t value = random_below(3), old;

	add(&c->put, value);
	if (is_done(c, evfd_swap(&registry, h, value, &old)))
		add(&c->got, old);
	else
		add(&c->put, -value);
}

static void do_any(struct counter *c, evfd_t h)
{
	struct counter *with = &counters[random_below(COUNTERS)];
	struct evfd_any set[2] = { { .handle = h },
				   { .handle = load(&with->handle) } };
	uint64_t value;
	int which = evfd_wait_any(&registry, set, 2, &value, some_deadline());

	if (which > 0)
		c = with;
	if (which == EVFD_EBADF) /* of either */
		return;
	if (is_done(c, which > 0 ? 0 : which))
		add(&c->got, value);
}

static bool on_edge(struct evfd_watch *w, uint32_t events)
{
	struct thread *t = (struct thread *)w;

	(void)events;
	add(&t->told, 1);
	return false;
}

static void do_watch(struct thread *t, evfd_t h)
{
	if (t->watched) {
		evfd_watch_remove(&registry, t->watched, &t->watch);
		t->watched = 0;
		return;
	}
	t->watch = (struct evfd_watch){ .notify = on_edge, .events = EVFD_IN };
	if (evfd_watch_add(&registry, h, &t->watch) >= 0)
		t->watched = h;
}

static evfd_t create(void)
{
	evfd_t h;
	int result = evfd_create(&registry, 0, (uint32_t)random_below(8), NULL,
				 "crowd", &h);

	if (result)
		fail("create", result, 0);
	return h;
}

/* Close a counter that may be, and put another in its place. */
static void do_replace(struct counter *c)
{
	evfd_t h = load(&c->handle), fresh;

	if (c < &counters[LASTING] || !h || evfd_close(&registry, h))
		return;
	fresh = create();
	if (!__atomic_compare_exchange_n(&c->handle, &h, fresh, false,
					 __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		evfd_close(&registry, fresh);
}

static void do_something(struct thread *t)
{
	struct counter *c = &counters[random_below(COUNTERS)];
	evfd_t h = load(&c->handle);

	switch (random_below(16)) {
	case 0:
		do_replace(c);
		break;
	case 1:
		do_watch(t, h);
		break;
	case 2:
		do_swap(c, h);
		break;
	case 3:
		do_any(c, h);
		break;
	case 4:
		if (c >= &counters[LASTING])
			evfd_cancel(&registry, h);
		break;
	case 5:
	case 6:
		do_take(c, h);
		break;
	case 7:
	case 8:
	case 9:
		do_read(c, h);
		break;
	default:
		do_write(c, h);
	}
}

/* ---- rounds --------------------------------------------------------------------- */

static void end_round(void)
{
	for (unsigned i = 0; i < COUNTERS; i++) {
		struct counter *c = &counters[i];

		if (i < LASTING)
			evfd_cancel(&registry, c->handle);
		else
			evfd_close(&registry,
				   __atomic_exchange_n(&c->handle, 0,
						       __ATOMIC_ACQ_REL));
	}
}

static void *thread_main(void *arg)
{
	uintptr_t me = (uintptr_t)arg;
	struct thread self = { .told = 0 };

	may_sleep_forever = me != 0;
	random_state = (me + 1) * UINT64_C(0x9e3779b97f4a7c15) ^ rounds;
	for (;;) {
		pthread_barrier_wait(&barrier);
		if (is_over)
			return NULL;
		for (unsigned long i = 0; i < steps; i++)
			do_something(&self);
		if (me == 0)
			end_round();
		if (self.watched)
			evfd_watch_remove(&registry, self.watched, &self.watch);
		self.watched = 0;
		pthread_barrier_wait(&barrier);
	}
}

static void check_round(void)
{
	for (unsigned i = 0; i < COUNTERS; i++) {
		struct counter *c = &counters[i];
		uint64_t left = 0;

		if (i < LASTING) {
			check_rest(&registry, c->handle);
			evfd_peek(&registry, c->handle, &left);
			evfd_close(&registry, c->handle);
		}
		if (i < LASTING ? c->got + left != c->put : c->got > c->put)
			fail("units lost or made", (long long)(c->got + left),
			     (long long)c->put);
	}
	if (evfd_registry_live(&registry))
		fail("counters left open", evfd_registry_live(&registry), 0);
}

static unsigned long argument(int argc, char **argv, int n, unsigned long otherwise)
{
	return argc > n ? strtoul(argv[n], NULL, 0) : otherwise;
}

int main(int argc, char **argv)
{
	uint64_t end = evfd_port_now() +
		       argument(argc, argv, 1, 2) * UINT64_C(1000000000);
	unsigned hang_s = (unsigned)argument(argc, argv, 4, 60);
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned n = PER_PROCESSOR * (processors > 0 ? (unsigned)processors : 1);
	pthread_t *threads = calloc(n, sizeof(*threads));

	rounds = argument(argc, argv, 2, 1);
	steps = argument(argc, argv, 3, steps);
	random_state = rounds + 1;
	signal(SIGALRM, on_hang);
	pthread_barrier_init(&barrier, NULL, n + 1);
	if (!threads || evfd_registry_init(&registry, 0))
		fail("init", 0, 0);
	for (uintptr_t i = 0; i < n; i++)
		pthread_create(&threads[i], NULL, thread_main, (void *)i);
	do {
		alarm(hang_s);
		for (unsigned i = 0; i < COUNTERS; i++)
			counters[i] = (struct counter){ .handle = create() };
		pthread_barrier_wait(&barrier);
		pthread_barrier_wait(&barrier);
		check_round();
		rounds++;
	} while (evfd_port_now() < end);
	is_over = true;
	pthread_barrier_wait(&barrier);
	for (unsigned i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	if (evfd_registry_fini(&registry))
		fail("a slot is still pinned", 0, 0);
	printf("# table: stress of a crowd | closes, reuse, cancels, watches, "
	       "all at "
	       "once, 16 threads a processor | %llu calls |\n",
	       (unsigned long long)calls);
	free(threads);
	return 0;
}
