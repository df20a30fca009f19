/* SPDX-License-Identifier: MIT */
/*
 * A thread: a kernel stack, saved registers, and for those of programs a
 * process and signal state. The structure lies at the low end of its own stack,
 * its last field there to tell if the stack ever reached it.
 */
#ifndef KERNEL_TASK_THREAD_H
#define KERNEL_TASK_THREAD_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/list.h"
#include "x86/cpu.h"
#include "x86/trap.h"

#define THREAD_STACK_ORDER 2
#define THREAD_STACK_SIZE (PAGE_SIZE << THREAD_STACK_ORDER)
#define THREAD_STACK_MAGIC UINT64_C(0x6b637473646e6572)
#define THREAD_NAME_SIZE 16

struct process;

enum thread_state {
	THREAD_RUNNABLE, /* on the run queue */
	THREAD_RUNNING,
	THREAD_SLEEPING,
	THREAD_DEAD,
};

enum sleep_kind {
	SLEEP_NOT,
	SLEEP_SIGNALS, /* a signal or the end of the process wakes it: 'S' */
	SLEEP_SHORT,   /* for a lock or the like: 'D' */
};

struct signal_stack {
	uint64_t base;
	int32_t flags, pad;
	uint64_t size;
};

struct thread {
	/* Constant. */
	int32_t tid;		 /* 0: the kernel's own */
	struct process *process; /* NULL: the kernel's own */

	/* Guarded by the scheduler's lock. */
	enum thread_state state;
	bool has_permit;	/* woken before it slept */
	uint32_t cpu;		/* where it runs or ran */
	struct list queue_link; /* on the run queue */
	struct list timer_link; /* on the list of deadlines */
	uint64_t deadline_ns;
	uint64_t rsp; /* while it does not run */

	/* Guarded by process->lock. */
	struct list process_link;
	uint64_t pending; /* signals sent to this thread: bit s - 1 */
	uint64_t mask;	  /* written by the thread only */

	/* Only the thread itself; sleep_kind is read by anyone. */
	enum sleep_kind sleep_kind;
	bool has_saved_mask; /* restore it once a handler has run, or none */
	uint64_t saved_mask;
	struct signal_stack signal_stack;
	uint64_t fs_base;
	uint64_t clear_tid;   /* user address: zeroed and woken at the end */
	uint64_t robust_list; /* user address of its head */
	char name[THREAD_NAME_SIZE];
	_Alignas(16) unsigned char fpu[512];

	uint64_t magic;
};

static inline uint64_t thread_stack_top(const struct thread *t)
{
	return (uint64_t)t + THREAD_STACK_SIZE;
}

static inline struct thread *thread_current(void)
{
	struct thread *t;

	__asm__ volatile("movq %%gs:%c1, %0"
			 : "=r"(t)
			 : "i"(offsetof(struct cpu, current)));
	return t;
}

/*
 * A thread of p (NULL: of the kernel) that will call start(argument) on its
 * kernel stack, and if that returns go to the program by the frame at the top
 * of the stack. Not yet on the run queue. NULL: no memory.
 */
struct thread *thread_create(struct process *p, void (*start)(void *),
			     void *argument);
/* Of a thread that will never run again. Context: any. */
void thread_free(struct thread *t);
/* The registers with which it goes (back) to its program. */
struct trapframe *thread_frame(const struct thread *t);
/* What a CPU runs when there is nothing to run; on the stack it booted on. */
struct thread *thread_create_idle(void);

void thread_save_fpu(struct thread *t);
void thread_load_fpu(const struct thread *t);

#endif
