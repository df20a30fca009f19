/* SPDX-License-Identifier: MIT */
/* A context is a stack pointer; what a call must preserve is on the stack. */
#include "context.h"

#include <stdint.h>

__asm__(".text\n"
	".globl sim_context_switch\n"
	".type sim_context_switch, @function\n"
	"sim_context_switch:\n"
	"	pushq %rbp\n"
	"	pushq %rbx\n"
	"	pushq %r12\n"
	"	pushq %r13\n"
	"	pushq %r14\n"
	"	pushq %r15\n"
	"	movq %rsp, (%rdi)\n"
	"	movq %rsi, %rsp\n"
	"	popq %r15\n"
	"	popq %r14\n"
	"	popq %r13\n"
	"	popq %r12\n"
	"	popq %rbx\n"
	"	popq %rbp\n"
	"	ret\n"
	".size sim_context_switch, . - sim_context_switch\n"
	".section .note.GNU-stack,\"\",@progbits\n"
	".text\n");

#define SAVED 6

void *sim_context_make(void *stack, size_t size, void (*entry)(void))
{
	uintptr_t top = ((uintptr_t)stack + size) & ~(uintptr_t)15;
	uintptr_t *sp = (uintptr_t *)top;

	/* As after a call: the stack pointer is 8 off when entry() begins. */
	*--sp = 0;
	*--sp = (uintptr_t)entry;
	for (int i = 0; i < SAVED; i++)
		*--sp = 0;
	return sp;
}

const void *sim_context_lowest(const void *context)
{
	return context;
}
