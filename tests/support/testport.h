/* SPDX-License-Identifier: MIT */
/*
 * A port for unit tests: POSIX threads under one lock, so that "who is asleep"
 * has an exact answer; a clock that moves only when told; memory that is
 * counted and can be made to run out.
 */
#ifndef EVFD_TESTS_TESTPORT_H
#define EVFD_TESTS_TESTPORT_H

#include <evfd/port.h>

/* Set the clock to 1 s and all counts to 0. Nobody may be asleep. */
void testport_reset(void);

/* Threads asleep in evfd_port_wait() to whom no wake is under way. */
uint32_t testport_asleep(void);
/* Return once n are; yields between looks. A hang is for the watchdog. */
void testport_until_asleep(uint32_t n);

/* Move the clock and tell every sleeper whose deadline has come. */
void testport_advance(uint64_t ns);
/* A signal for everybody who is asleep now. Returns how many that was. */
uint32_t testport_interrupt(void);
/* The next n calls of evfd_port_wait() find a signal pending. */
void testport_interrupt_next(uint32_t n);

/*
 * Call fn(arg) once, at the start of the next evfd_port_wake(), when whom it is
 * for has been decided and nobody has been woken yet. fn may do anything.
 */
void testport_on_wake(void (*fn)(void *arg), void *arg);

/*
 * Be patient for so many looks: each moves the clock by 1 ns, and fn(arg) is called
 * during one of them, counted from 1 (0: before the first). For one thread that waits;
 * 0 looks: not at all.
 */
void testport_be_patient(uint64_t looks, uint64_t look, void (*fn)(void *arg),
			 void *arg);

/* Let n more allocations succeed; UINT32_MAX: all. */
void testport_alloc_limit(uint32_t n);

/* Times that any thread found a cell locked (core/cell_lock.c). */
uint32_t testport_relaxes(void);

struct testport_counts {
	uint64_t waits; /* times that a thread went to sleep */
	uint64_t calls; /* calls of any evfd_port_ function but now and alloc */
	uint64_t wakes; /* calls of evfd_port_wake() */
	uint64_t woken; /* sleepers that they woke */
	uint64_t found, unfound; /* ends of patience */
	uint64_t allocs;	 /* live allocations */
};
struct testport_counts testport_counts(void);

/* A thread, for tests: panics instead of returning an error. */
struct testport_thread;
struct testport_thread *testport_start(void (*fn)(void *arg), void *arg);
void testport_join(struct testport_thread *t);
/* Has fn returned? Yields if not, for loops. */
bool testport_is_done(struct testport_thread *t);

#endif
