/* SPDX-License-Identifier: MIT */
/* A context is an ucontext_t at the low end of its own stack. Slow: each switch
 * is a system call for the signal mask. */
#include "context.h"

#include <stdint.h>
#include <ucontext.h>

static ucontext_t first; /* of whoever has no stack of ours */

void *sim_context_make(void *stack, size_t size, void (*entry)(void))
{
	ucontext_t *u = stack;

	getcontext(u);
	u->uc_stack.ss_sp = u + 1;
	u->uc_stack.ss_size = size - sizeof(*u);
	u->uc_link = NULL;
	makecontext(u, entry, 0);
	return u;
}

void sim_context_switch(void **from, void *to)
{
	if (!*from)
		*from = &first;
	swapcontext(*from, to);
}

const void *sim_context_lowest(const void *context)
{
	(void)context;
	return NULL;
}
