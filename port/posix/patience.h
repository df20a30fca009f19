/* SPDX-License-Identifier: MIT */
/*
 * When threads of a POSIX process look again before they sleep. What the waits of
 * this port tell the policy, and what a program may ask of it.
 */
#ifndef EVFD_PORT_POSIX_PATIENCE_H
#define EVFD_PORT_POSIX_PATIENCE_H

#include <stdbool.h>
#include <stdint.h>

/* Allow or forbid looking; allowed at first. At once, for all threads. Returns what
 * it was. Context: any. */
bool evfd_posix_allow_patience(bool is_allowed);

/* What a wake costs, in nanoseconds from the waker's call to the sleeper's return, as
 * measured so far; 0 while unknown. Context: any. */
uint64_t evfd_posix_wake_latency(void);

/*
 * Around a wake: before the system call that makes it. Around a sleep: before it, and
 * once it was ended by a wake. what: a word or a thread, the same on both sides.
 * Context: of the wake, any; of the sleep, thread.
 */
void evfd_posix_waking(const void *what);
void evfd_posix_sleep_begin(const void *what);
void evfd_posix_sleep_end(const void *what);

#endif
