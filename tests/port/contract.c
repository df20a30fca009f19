/* SPDX-License-Identifier: MIT */
/*
 * include/evfd/port.h as a test of the port that this is linked with: what can
 * be told from outside of each function. Run on a new port before anything
 * else. Needs POSIX threads only to have threads; a host without them takes the
 * bodies and starts the threads its own way.
 *
 * Nothing here can prove that a thread sleeps rather than spins: waking for no
 * reason is allowed. What must hold is that no wake is lost.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include <evfd/port.h>

#include "core/atomic.h"

#define SLEEPERS 4
#define ROUNDS 20000u
#define MS UINT64_C(1000000)

static unsigned failures, cases;

static void verdict(bool is_good, const char *name)
{
	cases++;
	failures += !is_good;
	printf("%s %u - %s\n", is_good ? "ok" : "not ok", cases, name);
}

/* ---- one thread --------------------------------------------------------------- */

static void check_now(void)
{
	uint64_t last = evfd_port_now();
	bool is_good = last != 0;

	for (int i = 0; i < 10000; i++) {
		uint64_t now = evfd_port_now();

		is_good &= now >= last && now != UINT64_MAX;
		last = now;
	}
	verdict(is_good, "now: never 0, never back");
}

static void check_alloc(void)
{
	static const size_t sizes[] = { 1, 8, 63, 64, 65, 4096, 100000 };
	bool is_zero = true, is_aligned = true;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		for (int again = 0; again < 4; again++) {
			unsigned char *p = evfd_port_alloc(sizes[i]);

			if (!p) {
				is_aligned = false;
				continue;
			}
			is_aligned &= (uintptr_t)p % 64 == 0;
			for (size_t j = 0; j < sizes[i]; j++) {
				is_zero &= p[j] == 0;
				p[j] = 0xa5;
			}
			evfd_port_free(p, sizes[i]);
		}
	verdict(is_aligned, "alloc: aligned to 64");
	verdict(is_zero, "alloc: zeroed, also what was used before");
}

static void check_wait_returns(void)
{
	uint32_t word = 1;
	uint64_t before;

	verdict(evfd_port_wait(&word, 0, EVFD_FOREVER) == 0,
		"wait: another value, no sleep");
	evfd_port_wait_short(&word, 0);
	verdict(true, "wait_short: another value, no sleep");
	verdict(evfd_port_wait(&word, 0, 1) == 0,
		"wait: another value comes before a deadline that has passed");
	before = evfd_port_now();
	while (evfd_port_wait(&word, 1, before + MS) == 0)
		continue;
	verdict(evfd_port_now() >= before + MS,
		"wait: no timeout before its time");
	verdict(evfd_port_wait(&word, 1, 1) == EVFD_ETIMEDOUT,
		"wait: a deadline that has passed");
	evfd_port_wake(&word, 1);
	evfd_port_wake(&word, UINT32_MAX);
	verdict(true, "wake: nobody there");
}

/* ---- several ------------------------------------------------------------------- */

/* A turn for each of two threads, handed over by wait and wake. */
struct pair {
	uint32_t turn;
	bool is_short;
	uint64_t ahead; /* the deadline is that long after now */
	uint32_t early; /* timeouts before it */
};

static void wait_timed(struct pair *p, uint32_t seen)
{
	uint64_t deadline = evfd_port_now() + p->ahead;

	if (evfd_port_wait(&p->turn, seen, deadline) == EVFD_ETIMEDOUT &&
	    evfd_port_now() < deadline)
		add_ar(&p->early, 1);
}

static void await_turn(struct pair *p, uint32_t mine)
{
	uint32_t seen;

	while ((seen = load_acq(&p->turn)) % 2 != mine) {
		if (p->is_short)
			evfd_port_wait_short(&p->turn, seen);
		else if (p->ahead == EVFD_FOREVER)
			evfd_port_wait(&p->turn, seen, EVFD_FOREVER);
		else
			wait_timed(p, seen);
	}
}

static void take_turns(struct pair *p, uint32_t mine)
{
	for (uint32_t i = 0; i < ROUNDS; i++) {
		await_turn(p, mine);
		add_ar(&p->turn, 1);
		evfd_port_wake(&p->turn, 1);
	}
}

static void *second(void *arg)
{
	take_turns(arg, 1);
	return NULL;
}

static void check_handing_over(bool is_short, uint64_t ahead, const char *name)
{
	struct pair p = { .is_short = is_short, .ahead = ahead };
	pthread_t thread;

	if (pthread_create(&thread, NULL, second, &p))
		abort();
	take_turns(&p, 0);
	pthread_join(thread, NULL);
	verdict(p.turn == 2 * ROUNDS && p.early == 0, name);
}

/* Units for many sleepers on one word, and a neighbour that nobody wakes. */
static struct {
	uint32_t units;
	uint32_t neighbour;
	uint32_t taken;
} pool;

static void *take_units(void *arg)
{
	uint32_t left = ROUNDS;

	(void)arg;
	while (left > 0) {
		uint32_t seen = load_acq(&pool.units);

		if (seen == 0)
			evfd_port_wait(&pool.units, 0, EVFD_FOREVER);
		else if (cas_ar(&pool.units, &seen, seen - 1))
			left--;
	}
	add_ar(&pool.taken, ROUNDS);
	return NULL;
}

static void check_many(void)
{
	pthread_t threads[SLEEPERS];
	uint32_t left = SLEEPERS * ROUNDS;

	for (int i = 0; i < SLEEPERS; i++)
		if (pthread_create(&threads[i], NULL, take_units, NULL))
			abort();
	for (uint32_t n = 1; left > 0; n = n % SLEEPERS + 1) {
		uint32_t units = n < left ? n : left;

		add_ar(&pool.units, units);
		evfd_port_wake(&pool.neighbour, 1);
		evfd_port_wake(&pool.units, units);
		left -= units;
	}
	for (int i = 0; i < SLEEPERS; i++)
		pthread_join(threads[i], NULL);
	verdict(pool.taken == SLEEPERS * ROUNDS && pool.units == 0,
		"wake n: as many as there are units");
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	check_now();
	check_alloc();
	check_wait_returns();
	check_handing_over(false, EVFD_FOREVER, "wait and wake: no wake is lost");
	check_handing_over(true, EVFD_FOREVER, "wait_short and wake: none is lost");
	check_handing_over(false, 1000 * MS, "wait with a deadline: none is lost");
	/* More seconds than 32 bits have. */
	check_handing_over(false, UINT64_C(3000000000000) * MS,
			   "wait with a deadline in 95 years: none is lost");
	check_many();
	printf("1..%u\n", cases);
	return failures ? 1 : 0;
}
