/* SPDX-License-Identifier: MIT */
#include "task/thread.h"

#include "lib/print.h"
#include "lib/string.h"
#include "mm/page.h"

#define FPU_CONTROL 0x037f
#define SSE_CONTROL 0x1f80
#define SSE_CONTROL_OFFSET 24

/* What context_switch() pops, and thread_entry finds. */
struct first_switch {
	uint64_t r15, r14, r13, r12, rbx, rbp, rip;
};

void thread_entry(void);

static int32_t next_tid = 1;

static void fpu_reset(struct thread *t)
{
	uint16_t fcw = FPU_CONTROL;
	uint32_t mxcsr = SSE_CONTROL;

	memcpy(t->fpu, &fcw, sizeof(fcw));
	memcpy(t->fpu + SSE_CONTROL_OFFSET, &mxcsr, sizeof(mxcsr));
}

static struct thread *thread_new(void)
{
	struct thread *t = page_alloc(THREAD_STACK_ORDER);

	if (!t)
		return NULL;
	t->magic = THREAD_STACK_MAGIC;
	list_init(&t->queue_link);
	list_init(&t->timer_link);
	list_init(&t->process_link);
	fpu_reset(t);
	return t;
}

struct trapframe *thread_frame(const struct thread *t)
{
	return (struct trapframe *)thread_stack_top(t) - 1;
}

struct thread *thread_create(struct process *p, void (*start)(void *), void *argument)
{
	struct thread *t = thread_new();
	struct first_switch *first;

	if (!t)
		return NULL;
	if (p)
		t->tid = __atomic_fetch_add(&next_tid, 1, __ATOMIC_RELAXED);
	t->process = p;
	first = (struct first_switch *)thread_frame(t) - 1;
	first->rip = (uint64_t)thread_entry;
	first->rbx = (uint64_t)start;
	first->r12 = (uint64_t)argument;
	t->rsp = (uint64_t)first;
	return t;
}

struct thread *thread_create_idle(void)
{
	struct thread *t = thread_new();

	if (!t)
		panic("no memory for an idle thread");
	t->state = THREAD_RUNNING;
	return t;
}

void thread_free(struct thread *t)
{
	page_free(t, THREAD_STACK_ORDER);
}

void thread_save_fpu(struct thread *t)
{
	__asm__ volatile("fxsave64 %0" : "=m"(t->fpu));
}

void thread_load_fpu(const struct thread *t)
{
	__asm__ volatile("fxrstor64 %0" : : "m"(t->fpu));
}
