/* SPDX-License-Identifier: MIT */
/*
 * Signals. Sent ones are pending until a thread on its way back to the program
 * takes them (trap_leave). Stopping and continuing are not done: those signals
 * are ignored.
 */
#ifndef KERNEL_TASK_SIGNAL_H
#define KERNEL_TASK_SIGNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "task/process.h"
#include "x86/trap.h"

#define SIGNAL_ILL 4
#define SIGNAL_TRAP 5
#define SIGNAL_FPE 8
#define SIGNAL_KILL 9
#define SIGNAL_SEGV 11
#define SIGNAL_PIPE 13
#define SIGNAL_CHLD 17
#define SIGNAL_CONT 18
#define SIGNAL_STOP 19
#define SIGNAL_TTOU 22
#define SIGNAL_URG 23
#define SIGNAL_WINCH 28

/* Would t go to a handler, or end, if it were about to leave the kernel?
 * Context: any; t exists. */
bool signal_is_pending(const struct thread *t);

/* Send; s is 1 .. SIGNALS. */
void signal_send_process(struct process *p, int s);
/* For process_with_thread(): to a thread of the current process; s: int *. */
void signal_send_thread(struct thread *t, void *s);

/* The current thread's mask. SIGKILL and SIGSTOP cannot be in it. */
void signal_set_mask(uint64_t mask);

/* On the way out of the kernel. */
void signal_deliver(struct trapframe *f);
/* No handler has run: a broken-off system call is made again, a mask that was
 * for its time only is put back. True if signals may be deliverable by that. */
bool signal_finish_syscall(struct trapframe *f);

/* The program did something that the CPU or the memory did not allow. */
void signal_fault(struct trapframe *f, uint64_t address, int error);
void signal_exception(struct trapframe *f);

/* System calls. */
int64_t signal_action(int s, uint64_t user_new, uint64_t user_old);
int64_t signal_return(struct trapframe *f);
int64_t signal_alternate_stack(const struct trapframe *f, uint64_t user_new,
			       uint64_t user_old);
int64_t signal_suspend(uint64_t mask);

#endif
