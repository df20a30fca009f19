/* SPDX-License-Identifier: MIT */
/*
 * For copies that may fault: a handler of SIGSEGV and SIGBUS that asks the copy
 * whether the fault is its own. Others go to whoever handled them before.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>

#include "internal.h"

static struct sigaction before_segv, before_bus;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void on_fault(int signal, siginfo_t *info, void *context)
{
	(void)info;
	if (inproc_copy_leave(context))
		return;
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
