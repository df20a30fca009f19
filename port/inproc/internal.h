/* SPDX-License-Identifier: MIT */
/* What the files of port/inproc share. */
#ifndef EVFD_PORT_INPROC_INTERNAL_H
#define EVFD_PORT_INPROC_INTERNAL_H

#include <pthread.h>
#include <setjmp.h>

#include "inproc.h"

#include "core/atomic.h"

#define INPROC_SIGNALS 64

struct inproc_process {
	struct evfd_process *evfd;
	uint32_t is_killed; /* atomic */
	void (*on_signal)(int signal, void *ctx);
	void *signal_ctx;
};

struct inproc_thread {
	struct inproc_thread *next, *prev; /* guarded by inproc_threads_lock */
	struct inproc_process *process;
	uint32_t bell;	    /* atomic; slept on: see wait.c */
	uint32_t attention; /* atomic: a signal, a kill or a mask to restore */

	pthread_mutex_t lock; /* guards what follows */
	bool is_asleep;
	uint64_t deadline_ns; /* of the sleep under way */
	uint64_t sleeps;      /* begun so far */
	uint64_t mask, pending, restore_mask;
	bool has_restore_mask;
	unsigned char how[INPROC_SIGNALS];
	uint64_t taken;

	/* Of threads that inproc_thread_start() made. */
	bool is_started;
	uint32_t is_done; /* atomic */
	pthread_t pthread;
	void *(*fn)(void *);
	void *arg, *result;
	jmp_buf out; /* where a killed thread goes */
};

/* ---- wait.c --------------------------------------------------------------- */

/* Is there a reason for t not to sleep? With t->lock. */
bool inproc_is_interrupted(const struct inproc_thread *t);
/* If t sleeps, make it look whether there is one, or its deadline has come. */
void inproc_kick(struct inproc_thread *t);

/* ---- process.c -------------------------------------------------------------- */

extern pthread_mutex_t inproc_threads_lock;
extern struct inproc_thread *inproc_threads;

/* ---- copy_jump.c, copy_x86_64.c: asked by fault.c ------------------------------ */

/* In a handler of SIGSEGV or SIGBUS with this context: if a copy is what faulted,
 * make it fail (it may not return) and return true. */
bool inproc_copy_leave(void *context);

#endif
