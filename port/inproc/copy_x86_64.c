/* SPDX-License-Identifier: MIT */
/*
 * Copies between ours and an address that may be bad, on x86-64: a routine whose
 * every faulting instruction lies between two labels; a fault between them goes on
 * at a third. The routine keeps nothing on the stack, so leaving it from anywhere is
 * a return.
 */
#define _GNU_SOURCE
#include <ucontext.h>

#include "internal.h"

/* 0, or -1 if an address of either side faulted. */
int inproc_copy(void *to, const void *from, size_t n);
extern const char inproc_copy_end[], inproc_copy_fault[];

__asm__(".pushsection .text\n"
	".globl inproc_copy, inproc_copy_end, inproc_copy_fault\n"
	".hidden inproc_copy, inproc_copy_end, inproc_copy_fault\n"
	".type inproc_copy, @function\n"
	"inproc_copy:\n"
	"	.cfi_startproc\n"
	"	cmpq $8, %rdx\n"
	"	jne 1f\n"
	"	movq (%rsi), %rax\n"
	"	movq %rax, (%rdi)\n"
	"	xorl %eax, %eax\n"
	"	ret\n"
	"1:	movq %rdx, %rcx\n"
	"	rep movsb\n"
	"	xorl %eax, %eax\n"
	"	ret\n"
	"inproc_copy_end:\n"
	"inproc_copy_fault:\n"
	"	movl $-1, %eax\n"
	"	ret\n"
	"	.cfi_endproc\n"
	".size inproc_copy, . - inproc_copy\n"
	".popsection\n");

bool inproc_copy_leave(void *context)
{
	ucontext_t *u = context;
	greg_t *rip = &u->uc_mcontext.gregs[REG_RIP];

	if (*rip < (greg_t)(uintptr_t)inproc_copy ||
	    *rip >= (greg_t)(uintptr_t)inproc_copy_end)
		return false;
	*rip = (greg_t)(uintptr_t)inproc_copy_fault;
	return true;
}

int evfd_port_copy_in(void *to, uint64_t user_from, size_t n)
{
	const void *from = (const void *)(uintptr_t)user_from;

	return inproc_copy(to, from, n) < 0 ? EVFD_EFAULT : 0;
}

int evfd_port_copy_out(uint64_t user_to, const void *from, size_t n)
{
	return inproc_copy((void *)(uintptr_t)user_to, from, n) < 0 ? EVFD_EFAULT :
								      0;
}
