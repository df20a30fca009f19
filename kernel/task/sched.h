/* SPDX-License-Identifier: MIT */
/*
 * The scheduler: who runs, who waits to run, who sleeps.
 *
 * One run queue, first come first served, slices of SLICE_NS; one lock; but see
 * jitter.h. Sleep
 * and wake go by permit: a wake that comes before the sleep is remembered, and
 * the sleep returns at once. So a sleeper puts itself where its waker finds it,
 * then sleeps, and looks again when it returns; it may return for no reason.
 *
 * Programs are preempted; the kernel is not, except where it sleeps.
 */
#ifndef KERNEL_TASK_SCHED_H
#define KERNEL_TASK_SCHED_H

#include <stdint.h>

#define SCHED_SLICE_NS UINT64_C(5000000)
#define SCHED_FOREVER UINT64_MAX

struct thread;

/* The caller becomes this CPU's idle thread. */
void sched_init_cpu(void);
/* Its life. */
_Noreturn void sched_idle(void);

/* Put a new thread on the run queue. */
void sched_start(struct thread *t);
/* Until a wake, or clock_now() >= deadline_ns. Thread context, no spinlock. */
void sched_sleep(uint64_t deadline_ns);
/* Context: any; the caller answers for t's existence. */
void sched_wake(struct thread *t);
/* The same, and if it is running in its program, interrupt it there. */
void sched_kick(struct thread *t);
/* Let the others go first. Thread context, or on the way out of a trap. */
void sched_yield(void);
/* End the current thread. */
_Noreturn void sched_exit(void);

/* The timer interrupt. */
void sched_timer(void);
/* The current thread's number; 0 for the kernel's own. Context: any. */
int32_t sched_current_tid(void);

#endif
