/* SPDX-License-Identifier: MIT */
/* Robust futexes: what a thread holds when it ends is marked as such, and one
 * waiter is told. */
#ifndef KERNEL_TASK_ROBUST_H
#define KERNEL_TASK_ROBUST_H

#include <stdint.h>

/* Walk the current thread's list, whose head is at that address. */
void robust_release(uint64_t user_head);

#endif
