/* SPDX-License-Identifier: MIT */
/*
 * Making all CPUs forget translations.
 *
 * Each CPU has a count of flushes asked of it and a count of those done. Asking
 * adds one, interrupts, and waits until done has caught up. Two askers may ask
 * each other at once: both wait with interrupts enabled, so both answer. Hence
 * the rule: no spinlock may be held.
 *
 *	A0 asker: entries changed, then asked += 1	pairs with H1
 *	H1 other: sees asked, flushes, then done = asked
 */
#ifndef KERNEL_MM_SHOOTDOWN_H
#define KERNEL_MM_SHOOTDOWN_H

#include <stdint.h>

/* Return when no CPU in the mask (bit: index) uses translations from before the
 * call. Thread context, interrupts enabled. */
void shootdown(uint32_t cpu_mask);
/* The interrupt handler's part. */
void shootdown_answer(void);

#endif
