/* SPDX-License-Identifier: MIT */
/*
 * Schedules to choose from. Given a seed (kernel.seed=N on the kernel's command
 * line) the scheduler leaves to chance what it is free to decide: how long a
 * slice is, who of the runnable comes next, which idle CPU is told of work, if a
 * wake takes the CPU from the waker, how late an alarm is. And a CPU rests now
 * and then where it takes a lock or has released one. Without a seed every
 * answer is the plain one, 0.
 *
 * The numbers come in the order in which they are asked for. Where one host thread
 * runs all CPUs by turns and counts instructions (QEMU's -icount) that order, and
 * so the schedule, is the same each time; there a rest gives the turn to the next
 * CPU, and so does any CPU's alarm, between any two instructions.
 */
#ifndef KERNEL_LIB_JITTER_H
#define KERNEL_LIB_JITTER_H

#include <stdbool.h>
#include <stdint.h>

extern uint64_t jitter_state; /* 0: no seed */

/* 0: none. Before there are other CPUs. */
void jitter_init(uint64_t seed);
/* Any of 0 .. n - 1, n > 0. Context of all from here: any. */
uint32_t jitter_below(uint32_t n);
/* Once in so many times (> 1); never without a seed. */
bool jitter_happens(uint32_t times);
/* Many short spans for each long one; `otherwise` without a seed. */
uint64_t jitter_span_ns(uint64_t otherwise);
void jitter_rest(void);

static inline void jitter_point(void)
{
	/* Relaxed: set before there was anybody to see it. */
	if (__atomic_load_n(&jitter_state, __ATOMIC_RELAXED))
		jitter_rest();
}

/* This CPU goes over to that thread: one more step of the schedule. With the
 * scheduler's lock. */
void jitter_note(uint32_t cpu, int32_t tid);
/* What tells one schedule from another: who followed whom on which CPU. */
uint64_t jitter_digest(void);
uint64_t jitter_steps(void);

#endif
