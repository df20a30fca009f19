/* SPDX-License-Identifier: MIT */
/*
 * Into the kernel and out of it, from one thread to another, and the copies to
 * and from a program's memory.
 *
 * Every entry builds a struct trapframe on the thread's kernel stack, so that
 * one exit serves them all: iretq, also for system calls, which keeps the
 * non-canonical return address of sysret out of the picture.
 */
#include "x86/layout.h"

	.text

	.macro push_registers
	pushq %rdi
	pushq %rsi
	pushq %rdx
	pushq %rcx
	pushq %rax
	pushq %r8
	pushq %r9
	pushq %r10
	pushq %r11
	pushq %rbx
	pushq %rbp
	pushq %r12
	pushq %r13
	pushq %r14
	pushq %r15
	.endm

/* One stub a vector, 16 bytes each; those without an error code push 0. */
	.balign 16
	.globl trap_stubs
trap_stubs:
	.set vector, 0
	.rept 256
	.balign 16
	.if !((vector == 8) || ((vector >= 10) && (vector <= 14)) || \
	      (vector == 17) || (vector == 21) || (vector == 29) || \
	      (vector == 30))
	pushq $0
	.endif
	pushq $vector
	jmp trap_common
	.set vector, vector + 1
	.endr

trap_common:
	push_registers
	cld
	clac
	testb $3, TRAPFRAME_CS(%rsp)
	jz 1f
	swapgs
1:	movq %rsp, %rdi
	xorl %ebp, %ebp
	call trap

	.globl trap_return
trap_return:
	testb $3, TRAPFRAME_CS(%rsp)
	jz 1f
	swapgs
1:	popq %r15
	popq %r14
	popq %r13
	popq %r12
	popq %rbp
	popq %rbx
	popq %r11
	popq %r10
	popq %r9
	popq %r8
	popq %rax
	popq %rcx
	popq %rdx
	popq %rsi
	popq %rdi
	addq $16, %rsp
	iretq

/* SFMASK has cleared IF, DF, TF, NT and AC. rcx: return address, r11: rflags. */
	.globl syscall_entry
syscall_entry:
	swapgs
	movq %rsp, %gs:CPU_USER_RSP
	movq %gs:CPU_KERNEL_RSP, %rsp
	pushq $SEGMENT_USER_DATA
	pushq %gs:CPU_USER_RSP
	pushq %r11
	pushq $SEGMENT_USER_CODE
	pushq %rcx
	pushq %rax
	pushq $VECTOR_SYSCALL
	push_registers
	movq %rsp, %rdi
	xorl %ebp, %ebp
	call syscall_trap
	jmp trap_return

/* void context_switch(uint64_t *save_rsp, uint64_t rsp) */
	.globl context_switch
context_switch:
	pushq %rbp
	pushq %rbx
	pushq %r12
	pushq %r13
	pushq %r14
	pushq %r15
	movq %rsp, (%rdi)
	movq %rsi, %rsp
	popq %r15
	popq %r14
	popq %r13
	popq %r12
	popq %rbx
	popq %rbp
	ret

/* A new thread's first steps: rbx(r12), then out through the frame above. */
	.globl thread_entry
thread_entry:
	call sched_first_run
	movq %r12, %rdi
	call *%rbx
	movq %rsp, %rdi
	call trap_leave
	jmp trap_return

	.macro on_fault at, to
	.pushsection .extable, "a"
	.quad \at, \to
	.popsection
	.endm

/*
 * int user_copy(void *to, const void *from, size_t n)
 *
 * 0, or -EFAULT with any part copied. One side is a program's address, already
 * known to be below USER_TOP. Access is open only between stac and clac.
 */
	.globl user_copy
user_copy:
	stac
	movq %rdx, %rcx
	shrq $3, %rcx
1:	rep movsq
	movl %edx, %ecx
	andl $7, %ecx
2:	rep movsb
	xorl %eax, %eax
	clac
	ret
3:	movl $-14, %eax
	clac
	ret
	on_fault 1b, 3b
	on_fault 2b, 3b

/* int user_load32(uint32_t *to, const uint32_t *from): one aligned load. */
	.globl user_load32
user_load32:
	stac
1:	movl (%rsi), %eax
	clac
	movl %eax, (%rdi)
	xorl %eax, %eax
	ret
2:	movl $-14, %eax
	clac
	ret
	on_fault 1b, 2b

/*
 * int user_cas32(uint32_t *word, uint32_t *expected, uint32_t desired)
 * 0, with what was there in *expected; -EFAULT.
 */
	.globl user_cas32
user_cas32:
	movl (%rsi), %eax
	stac
1:	lock cmpxchgl %edx, (%rdi)
	clac
	movl %eax, (%rsi)
	xorl %eax, %eax
	ret
2:	movl $-14, %eax
	clac
	ret
	on_fault 1b, 2b

	.section .note.GNU-stack, "", @progbits
