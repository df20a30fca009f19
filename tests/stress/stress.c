/* SPDX-License-Identifier: MIT */
/*
 * Threads against one counter, over and over: every unit written is read once, and
 * nobody is left asleep. A lost wakeup hangs the round; the watchdog says where.
 *
 * stress SECONDS [SEED [HANG_SECONDS]]
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "stress.h"

#define THREADS 6
#define STALE 64

static struct evfd_registry registry;
static pthread_barrier_t barrier;
static evfd_t handle, other, stale[STALE];
static uint64_t put, got; /* atomic; of one round */
static unsigned long rounds;
static int stop;
static unsigned hang_s = 20;
static const char *scene = "start";

/* Called after every atomic operation of core/ in the delayed build. */
void stress_delay(void);
void stress_delay(void)
{
	uint64_t dice;

	if (!random_state)
		return;
	dice = random_below(64);
	if (dice == 0)
		sched_yield();
	else if (dice < 8)
		for (volatile unsigned i = 0; i < dice * 64; i++)
			continue;
}

/* The cell has no atomics of atomic.h; the delayed build links with --wrap. */
bool __real_evfd_cell_cas(struct evfd_word *, struct evfd_word *,
			  struct evfd_word) __attribute__((weak));
bool __wrap_evfd_cell_cas(struct evfd_word *, struct evfd_word *, struct evfd_word);
bool __wrap_evfd_cell_cas(struct evfd_word *cell, struct evfd_word *expected,
			  struct evfd_word desired)
{
	bool done = __real_evfd_cell_cas(cell, expected, desired);

	stress_delay();
	return done;
}

static _Noreturn void fail(const char *what, long long a, long long b)
{
	fprintf(stderr, "stress: %s: %s (%lld, %lld), round %lu\n", scene, what,
		a, b, rounds);
	fflush(stderr);
	_exit(1);
}

static void on_hang(int signal)
{
	struct evfd_stat st = { .count = 0 };

	(void)signal;
	evfd_stat(&registry, handle, &st);
	fprintf(stderr, "stress: %s: hang in round %lu: count %llu, readers asleep %u, writers asleep %u: a wakeup was lost\n",
		scene, rounds, (unsigned long long)st.count, st.waiting_readers,
		st.waiting_writers);
	_exit(1);
}

static uint64_t some_deadline(void)
{
	switch (random_below(4)) {
	case 0:
		return evfd_port_now() + random_below(30000);
	case 1:
		return evfd_port_now() + random_below(2000);
	default:
		return EVFD_FOREVER;
	}
}

static void do_write(uint64_t value)
{
	int result;

	do
		result = evfd_write(&registry, handle, value, some_deadline());
	while (result == EVFD_ETIMEDOUT);
	if (result)
		fail("write", result, 0);
	__atomic_fetch_add(&put, value, __ATOMIC_RELAXED);
}

/* Read until `total` units have been read by all together. */
static void drain(uint64_t total)
{
	for (;;) {
		uint64_t value = 0;
		int result;

		if (__atomic_load_n(&got, __ATOMIC_RELAXED) >= total)
			return;
		result = evfd_read(&registry, handle, &value, some_deadline());
		if (result == EVFD_ECANCELED)
			return;
		if (result && result != EVFD_ETIMEDOUT)
			fail("read", result, 0);
		if (__atomic_add_fetch(&got, value, __ATOMIC_RELAXED) == total) {
			/* Those who still sleep have nothing to wait for. */
			evfd_cancel(&registry, handle);
			return;
		}
	}
}

static void do_take(uint64_t n)
{
	uint64_t value = 0;
	int result = evfd_take(&registry, handle, n, n, &value, EVFD_FOREVER);

	if (result || value != n)
		fail("take", result, (long long)value);
	__atomic_fetch_add(&got, value, __ATOMIC_RELAXED);
}

/* ---- scenes: what thread `me` of THREADS does in a round ------------------ */

/* Each writer waits for its unit to be consumed: one lost wakeup hangs. */
static void scene_handshake(unsigned me)
{
	unsigned writers = THREADS / 2, i;

	if (me >= writers) {
		drain(writers * 4);
		return;
	}
	for (i = 0; i < 4; i++)
		do_write(1);
}

/*
 * Two want three units at once, three want one at a time. The writer gives one and
 * waits until it has been taken: a wake spent on who cannot use it hangs.
 */
static void scene_takers(unsigned me)
{
	uint64_t value;
	unsigned i;

	switch (me) {
	case 0:
		for (i = 0; i < 6; i++) {
			do_write(1);
			if (evfd_take(&registry, other, 1, 1, &value, EVFD_FOREVER))
				fail("acknowledgement", 0, 0);
		}
		do_write(3);
		do_write(3);
		return;
	case 1:
	case 2:
		do_take(3);
		return;
	default:
		for (i = 0; i < 2; i++) {
			do_take(1);
			evfd_post(&registry, other, 1);
		}
	}
}

/*
 * Writers that wait for room, two for much and the others for little. The reader
 * makes a little room at a time and waits until it has been filled.
 */
static void scene_full(unsigned me)
{
	uint64_t value = 0;
	unsigned i;

	switch (me) {
	case 0:
		if (evfd_post(&registry, handle, EVFD_MAX))
			fail("fill", 0, 0);
		evfd_post(&registry, other, THREADS - 1);
		for (i = 3; i < THREADS; i++) {
			if (evfd_take(&registry, handle, 1, 1, &value, EVFD_FOREVER))
				fail("make room", 0, 0);
			do
				evfd_peek(&registry, handle, &value);
			while (value != EVFD_MAX && (sched_yield(), true));
		}
		for (i = 0; i < 2; i++)
			if (evfd_read(&registry, handle, &value, EVFD_FOREVER))
				fail("drain", 0, 0);
		return;
	case 1:
	case 2:
		evfd_take(&registry, other, 1, 1, &value, EVFD_FOREVER);
		if (evfd_write(&registry, handle, EVFD_MAX, EVFD_FOREVER))
			fail("a large write", 0, 0);
		return;
	default:
		evfd_take(&registry, other, 1, 1, &value, EVFD_FOREVER);
		if (evfd_write(&registry, handle, 1, EVFD_FOREVER))
			fail("a small write", 0, 0);
	}
}

/* Everybody sleeps; one closes; all must come back, also through reuse. */
static void scene_close(unsigned me)
{
	evfd_t tenant;
	uint64_t value;
	int result;

	if (me == 0) {
		evfd_close(&registry, handle);
		if (evfd_create(&registry, 0, 0, NULL, "tenant", &tenant) ||
		    evfd_post(&registry, tenant, 1) ||
		    evfd_close(&registry, tenant))
			fail("the next tenant", 0, 0);
		return;
	}
	result = evfd_read(&registry, handle, &value, EVFD_FOREVER);
	if (result != EVFD_EBADF)
		fail("read of a closed counter", result, 0);
	result = evfd_write(&registry, stale[random_below(STALE)], 1, EVFD_NOWAIT);
	if (result != EVFD_EBADF)
		fail("write to a stale handle", result, 0);
}

/* Waiting for either of two counters. */
static void scene_any(unsigned me)
{
	struct evfd_any set[2] = { { .handle = handle }, { .handle = other } };
	uint64_t value;
	int result;

	if (me % 2) {
		evfd_post(&registry, me % 4 == 1 ? handle : other, 1);
		return;
	}
	result = evfd_wait_any(&registry, set, 2, &value, EVFD_FOREVER);
	if (result < 0 || value != 1)
		fail("wait for any", result, (long long)value);
}

static const struct {
	const char *name;
	void (*run)(unsigned me);
	uint32_t flags;
} scenes[] = {
	{ "handshake, counter", scene_handshake, 0 },
	{ "handshake, semaphore", scene_handshake, EVFD_SEMAPHORE },
	{ "takers, counter", scene_takers, 0 },
	{ "takers, semaphore", scene_takers, EVFD_SEMAPHORE },
	{ "full", scene_full, 0 },
	{ "close", scene_close, 0 },
	{ "any of two", scene_any, EVFD_SEMAPHORE },
};
#define SCENES (sizeof(scenes) / sizeof(scenes[0]))

static void *thread_main(void *arg)
{
	unsigned me = (unsigned)(uintptr_t)arg;

	random_state = (uint64_t)(me + 1) * 0x9e3779b97f4a7c15 ^ rounds;
	for (;;) {
		pthread_barrier_wait(&barrier);
		if (stop)
			return NULL;
		scenes[rounds % SCENES].run(me);
		pthread_barrier_wait(&barrier);
	}
}

static void round_begin(void)
{
	uint32_t flags = scenes[rounds % SCENES].flags;

	scene = scenes[rounds % SCENES].name;
	put = got = 0;
	if (evfd_create(&registry, 0, flags, NULL, NULL, &handle) ||
	    evfd_create(&registry, 0, flags, NULL, NULL, &other))
		fail("create", 0, 0);
	alarm(hang_s);
}

static void round_end(void)
{
	uint64_t left = 0;

	check_rest(&registry, handle);
	check_rest(&registry, other);
	if (scenes[rounds % SCENES].run == scene_handshake ||
	    scenes[rounds % SCENES].run == scene_takers) {
		evfd_peek(&registry, handle, &left);
		if (got + left != put)
			fail("units lost or made", (long long)(got + left),
			     (long long)put);
	}
	stale[rounds % STALE] = handle;
	evfd_close(&registry, handle);
	evfd_close(&registry, other);
	if (evfd_registry_live(&registry))
		fail("counters left open", evfd_registry_live(&registry), 0);
}

int main(int argc, char **argv)
{
	uint64_t end =
		evfd_port_now() + (argc > 1 ? strtoull(argv[1], NULL, 0) : 2) *
					  UINT64_C(1000000000);
	pthread_t threads[THREADS];
	unsigned i;

	rounds = argc > 2 ? strtoul(argv[2], NULL, 0) : 1;
	if (argc > 3)
		hang_s = (unsigned)strtoul(argv[3], NULL, 0);
	signal(SIGALRM, on_hang);
	pthread_barrier_init(&barrier, NULL, THREADS + 1);
	if (evfd_registry_init(&registry, 0))
		fail("init", 0, 0);
	for (i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, thread_main,
			       (void *)(uintptr_t)i);
	for (; evfd_port_now() < end; rounds++) {
		round_begin();
		pthread_barrier_wait(&barrier);
		pthread_barrier_wait(&barrier);
		round_end();
	}
	stop = 1;
	pthread_barrier_wait(&barrier);
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	if (evfd_registry_fini(&registry))
		fail("a slot is still pinned", 0, 0);
	printf("# table: stress | threads at once, delayed after every atomic "
	       "| "
	       "%lu rounds |\n",
	       rounds);
	return 0;
}
