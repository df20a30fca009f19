/* SPDX-License-Identifier: MIT */
/*
 * Time: nanoseconds since boot from the time stamp counter, which QEMU keeps in
 * step on all CPUs, and one-shot alarms from the APIC timer.
 */
#ifndef KERNEL_X86_CLOCK_H
#define KERNEL_X86_CLOCK_H

#include <stdint.h>

/* Measure both counters against the PIT; read the real-time clock. First CPU,
 * once, interrupts disabled. */
void clock_init(void);
/* Monotonic, never 0. Context: any. */
uint64_t clock_now(void);
/* What to add to clock_now() for nanoseconds since 1970. */
uint64_t clock_realtime_offset(void);
/* Interrupt this CPU about that time, or earlier if it is more than a second
 * away. Returns when it will be. Only the last call counts. */
uint64_t clock_arm(uint64_t at_ns);
/* For hardware that wants a pause during boot. */
void clock_spin_ns(uint64_t ns);

#endif
