/* SPDX-License-Identifier: MIT */
/*
 * For core/cell_lock.c on POSIX: a signal handler that posts must not find a cell
 * locked by the thread it interrupted, so all signals wait meanwhile.
 */
#include <pthread.h>
#include <sched.h>
#include <signal.h>

#include "core/cell_lock.h"

static _Thread_local sigset_t mine;

uintptr_t evfd_port_cell_enter(void)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	mine = before; /* from here on no handler comes in between */
	return 0;
}

void evfd_port_cell_leave(uintptr_t state)
{
	sigset_t before = mine;

	(void)state;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void evfd_port_cell_relax(void)
{
	sched_yield();
}
