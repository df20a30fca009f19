/* SPDX-License-Identifier: MIT */
/*
 * Spinlocks. Holding one disables interrupts on the CPU, so whatever one guards
 * may be used by interrupt handlers; the holder must not sleep, and must not
 * touch a program's memory but through the loads that fail in place of sleeping
 * (mm/usercopy.h).
 *
 * Rules: the order is in README.md. Taking one that the CPU already holds, and
 * releasing one that it does not, is a panic.
 */
#ifndef KERNEL_LIB_SPINLOCK_H
#define KERNEL_LIB_SPINLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct spinlock {
	uint32_t holder;  /* CPU index + 1; 0: free */
	uint32_t waiters; /* CPUs that spin */
	const char *name;
};

#define SPINLOCK_INIT(name) \
	{                   \
		0, 0, name  \
	}

static inline void spin_init(struct spinlock *l, const char *name)
{
	*l = (struct spinlock)SPINLOCK_INIT(name);
}

/* Returns what spin_unlock() needs to restore the interrupt flag. */
uint64_t spin_lock(struct spinlock *l);
void spin_unlock(struct spinlock *l, uint64_t flags);
bool spin_is_held(const struct spinlock *l); /* by this CPU */
/* Only for a panic. */
void spin_reset(struct spinlock *l);

#endif
