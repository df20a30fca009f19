/* SPDX-License-Identifier: MIT */
#include "lib/spinlock.h"

#include "lib/print.h"
#include "x86/cpu.h"

uint64_t spin_lock(struct spinlock *l)
{
	bool were_enabled = interrupts_enabled();
	uint32_t me, free;

	interrupts_disable();
	me = this_cpu()->index + 1;
	if (__atomic_load_n(&l->holder, __ATOMIC_RELAXED) == me)
		panic("spinlock %s taken twice", l->name);
	for (;;) {
		free = 0;
		if (__atomic_compare_exchange_n(&l->holder, &free, me, false,
						__ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
			return were_enabled;
		while (__atomic_load_n(&l->holder, __ATOMIC_RELAXED))
			cpu_pause();
	}
}

void spin_unlock(struct spinlock *l, uint64_t flags)
{
	if (!spin_is_held(l))
		panic("spinlock %s released but not held", l->name);
	__atomic_store_n(&l->holder, 0, __ATOMIC_RELEASE);
	if (flags)
		interrupts_enable();
}

bool spin_is_held(const struct spinlock *l)
{
	return !interrupts_enabled() &&
	       __atomic_load_n(&l->holder, __ATOMIC_RELAXED) ==
		       this_cpu()->index + 1;
}

void spin_reset(struct spinlock *l)
{
	__atomic_store_n(&l->holder, 0, __ATOMIC_RELEASE);
}
