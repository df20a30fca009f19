/* SPDX-License-Identifier: MIT */
/* What target-host.c has for other targets whose threads are the host's, too. */
#ifndef CONF_HOST_H
#define CONF_HOST_H

#include <pthread.h>

#include "target.h"

/* In memory shared with children. */
struct conf_task {
	uint32_t in_use;
	uint32_t has_ended; /* futex */
	uint32_t calls;	    /* odd: inside a system call */
	uint32_t interrupts;
	int pid, tid;
	int result;
	bool is_process;
	conf_fn *fn;
	void *arg;
	pthread_t thread;
	/* target-libevfd.c's */
	uint64_t sleeps;      /* atomic: futex waits so far */
	uint32_t *timed_word; /* atomic: what it waits on, with a deadline */
};

/* A system call that does not count as one of the task's. */
int64_t conf_host_raw(uint64_t nr, const uint64_t a[6]);

#endif
