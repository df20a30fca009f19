/* SPDX-License-Identifier: MIT */
/* The local interrupt controller of each CPU: its timer, and interrupts from
 * CPU to CPU. */
#ifndef KERNEL_X86_APIC_H
#define KERNEL_X86_APIC_H

#include <stdint.h>

/* Of the CPU that calls. The first call also silences the old controllers. */
void apic_init(void);
void apic_end_of_interrupt(void);

/* Timer ticks left of a free-running count down; for clock_init(). */
uint32_t apic_timer_count(void);
/* One VECTOR_TIMER after so many ticks; 0: none. */
void apic_timer_arm(uint32_t ticks);

/* Let CPU `index` (whose APIC id is its index under QEMU) begin at a page
 * below 1 MiB in real mode. */
void apic_start_cpu(uint32_t index, uint32_t page);
/* Raise a vector on another CPU. Context: any. */
void apic_send(uint32_t index, uint8_t vector);
/* Halt all other CPUs, for a panic. */
void apic_stop_others(void);

#endif
