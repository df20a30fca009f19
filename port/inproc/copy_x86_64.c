/* SPDX-License-Identifier: MIT */
/*
 * Copies between ours and an address that may be bad, on x86-64: a routine whose
 * every faulting instruction lies between two labels, and a handler of SIGSEGV and
 * SIGBUS that sends a fault between them to a third. Faults elsewhere go to whoever
 * handled them before. The routine keeps nothing on the stack, so
 * leaving it from anywhere is a return.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
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

static struct sigaction before_segv, before_bus;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void on_fault(int signal, siginfo_t *info, void *context)
{
	ucontext_t *u = context;
	greg_t *rip = &u->uc_mcontext.gregs[REG_RIP];

	(void)info;
	if (*rip >= (greg_t)(uintptr_t)inproc_copy &&
	    *rip < (greg_t)(uintptr_t)inproc_copy_end) {
		*rip = (greg_t)(uintptr_t)inproc_copy_fault;
		return;
	}
	/* Not ours: the instruction faults again, for whoever it is for. */
	sigaction(signal, signal == SIGBUS ? &before_bus : &before_segv, NULL);
}

static void catch (int signal, struct sigaction *before)
{
	struct sigaction now, sa = {
		.sa_sigaction = on_fault,
		.sa_flags = SA_SIGINFO | SA_NODEFER,
	};

	sigaction(signal, NULL, &now);
	if (now.sa_sigaction == on_fault)
		return;
	*before = now;
	sigemptyset(&sa.sa_mask);
	sigaction(signal, &sa, NULL);
}

void inproc_catch_faults(void)
{
	pthread_mutex_lock(&lock);
	catch (SIGSEGV, &before_segv);
	catch (SIGBUS, &before_bus);
	pthread_mutex_unlock(&lock);
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
