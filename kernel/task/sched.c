/* SPDX-License-Identifier: MIT */
/*
 * Switching. A thread changes its state and leaves its CPU in one hold of
 * sched_lock: the lock is taken by the thread that leaves, and released by the
 * one that arrives, on the same CPU. So nobody can find a sleeper in the state
 * SLEEPING whose registers are not saved yet, and no thread is on two CPUs.
 *
 *	leaver				arriver
 *	lock, state = SLEEPING
 *	pick next, context_switch() ->	unlock
 *
 * Deadlines are one list in order of time. Each CPU arms its own alarm for the
 * first deadline or the end of its slice, whichever comes first, each time it
 * switches: a deadline is armed at least by the CPU whose thread goes to sleep.
 *
 * What is free to decide, jitter.c may: any runnable thread may be next, a slice
 * may end at any time, a deadline may be noticed late.
 */
#include "task/sched.h"

#include "lib/jitter.h"
#include "lib/print.h"
#include "lib/spinlock.h"
#include "mm/space.h"
#include "task/process.h"
#include "task/thread.h"
#include "x86/apic.h"
#include "x86/clock.h"
#include "x86/cpu.h"

/* Among so many of the runnable a seed may choose. */
#define CHOICES 16

void context_switch(uint64_t *save_rsp, uint64_t rsp);
void sched_first_run(void);

static struct spinlock sched_lock = SPINLOCK_INIT("sched");
/* Guarded by sched_lock. */
static struct list run_queue = LIST_INIT(run_queue);
static struct list deadlines = LIST_INIT(deadlines);

int32_t sched_current_tid(void)
{
	struct thread *t = thread_current();

	return t ? t->tid : 0;
}

void sched_init_cpu(void)
{
	struct cpu *c = this_cpu();

	c->idle = thread_create_idle();
	c->current = c->idle;
	c->slice_end_ns = SCHED_FOREVER;
	c->alarm_ns = SCHED_FOREVER;
}

/* ---- with sched_lock held ------------------------------------------------ */

static void deadline_insert(struct thread *t, uint64_t deadline_ns)
{
	struct list *at = &deadlines;
	uint64_t late_ns = jitter_span_ns(0);

	t->deadline_ns = deadline_ns;
	if (deadline_ns >= SCHED_FOREVER - late_ns)
		return;
	t->deadline_ns = deadline_ns += late_ns;
	/* From the end: most deadlines are later than those before. */
	while (at->prev != &deadlines &&
	       list_prev(at, struct thread, timer_link)->deadline_ns > deadline_ns)
		at = at->prev;
	list_insert_before(at, &t->timer_link);
}

/* An alarm that is set already and comes earlier does as well: it will be set
 * again when it has come. Setting one costs more than a switch does. */
static void arm(struct cpu *c)
{
	uint64_t at = c->slice_end_ns;
	struct thread *first;

	if (!list_is_empty(&deadlines)) {
		first = list_next(&deadlines, struct thread, timer_link);
		if (first->deadline_ns < at)
			at = first->deadline_ns;
	}
	if (at < c->alarm_ns)
		c->alarm_ns = clock_arm(at);
}

/* Let one idle CPU know that there is work for it: rather this one, if an
 * interrupt handler calls, since it will look as soon as that returns. */
static void alert_idle(void)
{
	struct cpu *me = this_cpu();
	uint32_t first = me->index + jitter_below(cpus_online);

	for (uint32_t i = 0; i < cpus_online; i++) {
		struct cpu *c = &cpus[(first + i) % cpus_online];

		if (c->is_idle) {
			c->is_idle = false;
			if (c != me)
				apic_send(c->index, VECTOR_KICK);
			return;
		}
	}
}

static void make_runnable(struct thread *t)
{
	t->state = THREAD_RUNNABLE;
	list_remove(&t->timer_link);
	list_append(&run_queue, &t->queue_link);
	alert_idle();
	if (jitter_happens(4))
		this_cpu()->needs_resched = true;
}

static void wake_locked(struct thread *t)
{
	if (t->state == THREAD_SLEEPING)
		make_runnable(t);
	else
		t->has_permit = true;
}

/* The first, or with a seed any of those in front. */
static struct thread *take_runnable(void)
{
	struct list *before = &run_queue;
	struct thread *t;

	for (uint32_t n = jitter_below(CHOICES); n > 0; n--)
		before = before->next->next == &run_queue ? &run_queue :
							    before->next;
	t = list_next(before, struct thread, queue_link);
	list_remove(&t->queue_link);
	return t;
}

static struct thread *pick_next(struct cpu *c)
{
	if (list_is_empty(&run_queue))
		return c->current->state == THREAD_RUNNING ? c->current : c->idle;
	return take_runnable();
}

static uint64_t slice_end(void)
{
	return clock_now() + jitter_span_ns(SCHED_SLICE_NS);
}

/* All that belongs to the thread and lives in the CPU. */
static void load_thread(struct cpu *c, struct thread *next)
{
	assert(next->magic == THREAD_STACK_MAGIC);
	cpu_set_kernel_stack(c, thread_stack_top(next));
	space_load(next->process ? next->process->space : NULL);
	msr_write(MSR_FS_BASE, next->fs_base);
	thread_load_fpu(next);
}

/* Free who died here, and let go of the lock that the leaver took. */
static void finish_switch(uint64_t flags)
{
	struct cpu *c = this_cpu();
	struct thread *dead = c->dead;

	c->dead = NULL;
	spin_unlock(&sched_lock, flags);
	if (dead)
		thread_free(dead);
}

/* Leave the CPU; the caller has set its state and holds sched_lock, which is
 * released. Returns when the thread runs again, perhaps on another CPU. */
static void switch_away(uint64_t flags)
{
	struct cpu *c = this_cpu();
	struct thread *prev = c->current, *next = pick_next(c);

	c->slice_end_ns = next == c->idle ? SCHED_FOREVER : slice_end();
	c->needs_resched = false;
	if (next != prev) {
		if (prev->state == THREAD_DEAD)
			c->dead = prev;
		thread_save_fpu(prev);
		load_thread(c, next);
		next->cpu = c->index;
		c->current = next;
		jitter_note(c->index, next->tid);
	}
	next->state = THREAD_RUNNING;
	arm(c);
	if (next != prev)
		context_switch(&prev->rsp, next->rsp);
	finish_switch(flags);
}

/* ---- for everyone -------------------------------------------------------- */

/* A new thread arrives here in place of returning from switch_away(). */
void sched_first_run(void)
{
	finish_switch(true);
}

void sched_start(struct thread *t)
{
	uint64_t flags = spin_lock(&sched_lock);

	make_runnable(t);
	spin_unlock(&sched_lock, flags);
}

void sched_sleep(uint64_t deadline_ns)
{
	struct thread *t = thread_current();
	uint64_t flags = spin_lock(&sched_lock);

	assert(flags); /* a spinlock was held: whoever wants it would hang */
	if (t->has_permit || deadline_ns <= clock_now()) {
		t->has_permit = false;
		spin_unlock(&sched_lock, flags);
		return;
	}
	t->state = THREAD_SLEEPING;
	deadline_insert(t, deadline_ns);
	switch_away(flags);
}

void sched_wake(struct thread *t)
{
	uint64_t flags = spin_lock(&sched_lock);

	wake_locked(t);
	spin_unlock(&sched_lock, flags);
}

void sched_kick(struct thread *t)
{
	uint64_t flags = spin_lock(&sched_lock);

	wake_locked(t);
	if (t->state == THREAD_RUNNING && t->cpu != this_cpu()->index)
		apic_send(t->cpu, VECTOR_KICK);
	spin_unlock(&sched_lock, flags);
}

void sched_yield(void)
{
	struct thread *t = thread_current();
	uint64_t flags;

	this_cpu()->needs_resched = false;
	/* Unlocked: who comes in this moment has come after us. */
	if (list_is_empty(&run_queue))
		return;
	flags = spin_lock(&sched_lock);
	if (!list_is_empty(&run_queue)) {
		t->state = THREAD_RUNNABLE;
		list_append(&run_queue, &t->queue_link);
	}
	switch_away(flags);
}

_Noreturn void sched_exit(void)
{
	uint64_t flags = spin_lock(&sched_lock);

	thread_current()->state = THREAD_DEAD;
	switch_away(flags);
	panic("a dead thread runs");
}

void sched_timer(void)
{
	struct cpu *c = this_cpu();
	uint64_t flags = spin_lock(&sched_lock);
	uint64_t now = clock_now();

	c->alarm_ns = SCHED_FOREVER;
	while (!list_is_empty(&deadlines)) {
		struct thread *t =
			list_next(&deadlines, struct thread, timer_link);

		if (t->deadline_ns > now)
			break;
		make_runnable(t);
	}
	if (now >= c->slice_end_ns) {
		c->needs_resched = !list_is_empty(&run_queue);
		c->slice_end_ns = slice_end();
	}
	arm(c);
	spin_unlock(&sched_lock, flags);
}

/*
 * Only alarms come from outside, so if no CPU has work and no alarm is set, none of
 * the threads will ever wake. With sched_lock held.
 */
static void check_hope(void)
{
	if (!list_is_empty(&deadlines))
		return;
	for (uint32_t i = 0; i < cpus_online; i++)
		if (!cpus[i].is_idle)
			return;
	print("kernel: all threads sleep and no alarm is set\n");
	cpu_exit_machine(EXIT_HUNG);
}

_Noreturn void sched_idle(void)
{
	struct cpu *c = this_cpu();

	interrupts_disable();
	for (;;) {
		uint64_t flags = spin_lock(&sched_lock);
		bool has_work = !list_is_empty(&run_queue);

		c->is_idle = !has_work;
		if (has_work) {
			switch_away(flags);
		} else {
			check_hope();
			spin_unlock(&sched_lock, flags);
		}
		if (!has_work)
			interrupts_wait();
	}
}
