/* SPDX-License-Identifier: MIT */
/* The futex system call over sleep queues. */
#ifndef KERNEL_TASK_FUTEX_H
#define KERNEL_TASK_FUTEX_H

#include <stdint.h>

struct space;

/* futex(2) with the registers of the call. */
int64_t futex(const uint64_t args[6]);
/* Wake one waiter for a word that the kernel has changed. */
void futex_wake_one(const struct space *s, uint64_t address);

#endif
