/* SPDX-License-Identifier: MIT */
/*
 * What the programs over core/ share: one registry, a counter or two, what each
 * thread got, and the invariants of core/counter.c as checks.
 */
#ifndef EVFD_TESTS_SIM_COUNTERS_H
#define EVFD_TESTS_SIM_COUNTERS_H

#include "core/registry.h"
#include "port/sim/sim.h"

#define NOTHING 12345 /* the result of a call that has not returned */

extern struct evfd_registry registry;
extern evfd_t counter, other;
/* Of each thread: the result of its last call, and the units that it took. */
extern int results[SIM_THREADS];
extern uint64_t got[SIM_THREADS];
/* Units put in by calls that succeeded: a sum, so who adds first is the same. */
extern uint64_t put;

/* A fresh registry, empty or with `counter`. */
void open_registry(void);
void open_counter(uint64_t initial, uint32_t flags);

/* As the calls of core.h, keeping accounts for thread t. */
void thread_read(int t, uint64_t deadline_ns);
void thread_take(int t, uint64_t min, uint64_t max, uint64_t deadline_ns);
void thread_write(int t, uint64_t value, uint64_t deadline_ns);
void thread_post(int t, uint64_t value);

/* A thread that makes one call. */
#define THREAD(name, call)     \
	static void name(void) \
	{                      \
		call;          \
	}

/* Those that several files have, thread 0 as a, 1 as b ... They write and post 1. */
void open_empty(void), open_semaphore(void);
void read_a(void), read_b(void), read_c(void);
void deadline_a(void), try_a(void), try_b(void);
void write_b(void), write_c(void), write_d(void);
void post_b(void), post_c(void), post_d(void);
void cancel_c(void), close_a(void), close_b(void), close_c(void);

/* After every step: nothing is counted that cannot be there. */
void check_always(void);
/* Units put in = units got + units in the counter. */
void check_sums(void);
/* T1 of core/counter.c for readers, when nobody is in the middle of anything. */
void check_registrations(void);
/* Nobody sleeps over a value that he could have. */
void check_no_sleeper_over_value(void);

/* Threads 0 to n - 1 that have ended. */
int ended_of(int n);
uint64_t count_now(void);
uint32_t asleep_now(const struct evfd_ref *ref);
/* All of the above, and close_counter(). */
void check_rest(void);
/* Close the counter: whoever sleeps gets EVFD_EBADF. */
void close_counter(void);
/* After close_counter(): those who slept did. Give the registry back. */
void end_counter(void);

#endif
