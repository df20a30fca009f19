/* SPDX-License-Identifier: MIT */
/*
 * A SIGTRAP after each instruction from steps_on() to steps_off(), by the trap flag.
 * x86-64 only; elsewhere none comes.
 */
#ifndef EVFD_LIB_TESTS_STEP_H
#define EVFD_LIB_TESTS_STEP_H

#include <signal.h>
#include <stddef.h>
#include <ucontext.h>

/* Whose third argument is for steps_end(). */
static inline void steps_install(void (*handler)(int, siginfo_t *, void *))
{
	struct sigaction step = { .sa_sigaction = handler,
				  .sa_flags = SA_RESTART | SA_SIGINFO };

	sigaction(SIGTRAP, &step, NULL);
}

#ifdef __x86_64__
#define TRAP_FLAG 0x100

/* Past the red zone, as below. */
static inline void steps_on(void)
{
	__asm__ volatile("lea -128(%%rsp), %%rsp; pushfq; orq %0, (%%rsp);"
			 "popfq; lea 128(%%rsp), %%rsp" ::"i"(TRAP_FLAG)
			 : "memory", "cc");
}

static inline void steps_off(void)
{
	__asm__ volatile("lea -128(%%rsp), %%rsp; pushfq; andq %0, (%%rsp);"
			 "popfq; lea 128(%%rsp), %%rsp" ::"i"(~TRAP_FLAG)
			 : "memory", "cc");
}

/* In the handler: what it has interrupted goes on without. */
static inline void steps_end(void *context)
{
	greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;

	registers[REG_EFL] &= ~(greg_t)TRAP_FLAG;
}
#else
static inline void steps_on(void)
{
}
static inline void steps_off(void)
{
}
static inline void steps_end(void *context)
{
	(void)context;
}
#endif

#endif
