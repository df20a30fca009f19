/* SPDX-License-Identifier: MIT */
/*
 * What a handler finds on its stack, laid out as Linux does on x86-64, and the
 * way back from it. Only the current thread.
 */
#ifndef KERNEL_TASK_SIGFRAME_H
#define KERNEL_TASK_SIGFRAME_H

#include <stdint.h>

#include "task/process.h"
#include "x86/trap.h"

#define SI_USER 0
#define SI_KERNEL 0x80
#define SI_TKILL (-6)
#define SEGV_MAPERR 1

struct siginfo {
	int32_t signo, error, code, pad;
	union {
		struct {
			int32_t pid;
			uint32_t uid;
		};
		uint64_t address;
	};
	uint64_t rest[13];
};

/* Make *f enter the handler, whose return restores *f and old_mask. 0, EFAULT. */
int sigframe_push(struct trapframe *f, const struct siginfo *info,
		  const struct signal_action *action, uint64_t old_mask);
/* rt_sigreturn: restore *f from the stack, and *mask. 0, EFAULT. */
int sigframe_pop(struct trapframe *f, uint64_t *mask);

#endif
