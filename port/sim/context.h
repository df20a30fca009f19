/* SPDX-License-Identifier: MIT */
/*
 * Stacks to switch between. context_x86_64.c does it in a dozen instructions,
 * context_ucontext.c wherever there is <ucontext.h>; one of them is built.
 */
#ifndef EVFD_SIM_CONTEXT_H
#define EVFD_SIM_CONTEXT_H

#include <stddef.h>

/* Ready to run entry() on that stack; entry never returns. */
void *sim_context_make(void *stack, size_t size, void (*entry)(void));

/* Stop here, noting in *from how to go on here, and go on at `to`. A context may
 * be left for ever: nothing needs to be given back. */
void sim_context_switch(void **from, void *to);

/* The lowest address in use on a stack that is stopped, or NULL if not known. */
const void *sim_context_lowest(const void *context);

#endif
