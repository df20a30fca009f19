/* SPDX-License-Identifier: MIT */
/* Entries into the kernel: exceptions, interrupts and system calls. */
#ifndef KERNEL_X86_TRAP_H
#define KERNEL_X86_TRAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "x86/layout.h"

/* A program's (or the interrupted kernel's) registers, as entry.S saves them. */
struct trapframe {
	uint64_t r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx,
		rsi, rdi;
	uint64_t vector; /* VECTOR_SYSCALL while a system call is unfinished */
	uint64_t error;	 /* the CPU's error code; a system call's number */
	uint64_t rip, cs, rflags, rsp, ss;
};

_Static_assert(offsetof(struct trapframe, cs) == TRAPFRAME_CS, "entry.S");
_Static_assert(sizeof(struct trapframe) % 16 == 0, "the stack is aligned");

static inline bool trapframe_is_user(const struct trapframe *f)
{
	return f->cs & 3;
}

/* Point this CPU at the common interrupt table. */
void trap_load_table(void);
/*
 * The last thing before a program goes on: give way if asked to, end or divert
 * the thread if a signal says so, settle a system call that a signal broke.
 * Returns with interrupts disabled.
 */
void trap_leave(struct trapframe *f);

#endif
