/* SPDX-License-Identifier: MIT */
/*
 * A process: a program's memory, descriptors and threads. It ends when its last
 * thread does; what is left then is its status, until the owner frees it.
 */
#ifndef KERNEL_TASK_PROCESS_H
#define KERNEL_TASK_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/list.h"
#include "lib/spinlock.h"
#include "mm/space.h"
#include "task/thread.h"

#define SIGNALS 64
#define PROCESS_PATH_MAX 256

struct evfd_process;
struct evfd_system;

/* As rt_sigaction passes it. */
struct signal_action {
	uint64_t handler, flags, restorer, mask;
};

struct process {
	/* Constant. */
	int32_t pid;
	struct space *space;
	struct evfd_process *files;
	struct evfd_system *system; /* that files belongs to */
	char path[PROCESS_PATH_MAX];

	struct spinlock lock;
	/* Guarded by lock. */
	struct list threads;
	bool is_dying;	  /* also read without: once set it stays */
	int32_t status;	  /* as wait4 reports it: exit code << 8, or signal */
	uint64_t pending; /* signals for whichever thread takes them */
	struct signal_action actions[SIGNALS]; /* [s - 1] */

	uint32_t has_ended; /* slept on by process_wait() */
};

/*
 * A process with one thread that will run start(argument) in the kernel, in the
 * new and empty address space, before it enters the program. NULL: no memory.
 */
struct process *process_create(struct evfd_system *s, const char *path,
			       void (*start)(void *), void *argument);
/* Sleep until it has ended; its wait status. Then free it. */
int32_t process_wait(struct process *p);
void process_free(struct process *p);

/* Add a thread to the current process. EAGAIN if the process is ending. */
int process_add_thread(struct thread *t);
/* The thread of the current process with that tid, found and used under the
 * lock: calls f(thread, argument). ESRCH if there is none. */
int process_with_thread(int32_t tid, void (*f)(struct thread *, void *),
			void *argument);
/* End all threads of the process; the first status given stays. */
void process_end(struct process *p, int32_t status);
/* End the current thread; with code as its process's if it is the last. */
_Noreturn void process_exit_thread(int32_t code);

#endif
