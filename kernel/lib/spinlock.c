/* SPDX-License-Identifier: MIT */
#include "lib/spinlock.h"

#include "lib/jitter.h"
#include "lib/print.h"
#include "x86/cpu.h"

static bool try(struct spinlock *l, uint32_t me)
{
	uint32_t free = 0;

	return __atomic_compare_exchange_n(&l->holder, &free, me, false,
					   __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

static void spin(struct spinlock *l, uint32_t me)
{
	__atomic_fetch_add(&l->waiters, 1, __ATOMIC_RELAXED);
	do
		while (__atomic_load_n(&l->holder, __ATOMIC_RELAXED))
			cpu_pause();
	while (!try(l, me));
	__atomic_fetch_sub(&l->waiters, 1, __ATOMIC_RELAXED);
}

/*
 * Who comes pauses once if others wait: a CPU that takes the lock in a loop would
 * else starve them where one host thread runs all CPUs by turns (-icount). Not
 * tickets: where CPUs outnumber the host's, the next in line is often the one
 * that does not run.
 */
uint64_t spin_lock(struct spinlock *l)
{
	bool were_enabled = interrupts_enabled();
	uint32_t me;

	interrupts_disable();
	me = this_cpu()->index + 1;
	if (__atomic_load_n(&l->holder, __ATOMIC_RELAXED) == me)
		panic("spinlock %s taken twice", l->name);
	jitter_point();
	if (__atomic_load_n(&l->waiters, __ATOMIC_RELAXED))
		cpu_pause();
	if (!try(l, me))
		spin(l, me);
	return were_enabled;
}

void spin_unlock(struct spinlock *l, uint64_t flags)
{
	if (!spin_is_held(l))
		panic("spinlock %s released but not held", l->name);
	__atomic_store_n(&l->holder, 0, __ATOMIC_RELEASE);
	if (flags)
		interrupts_enable();
	jitter_point();
}

bool spin_is_held(const struct spinlock *l)
{
	return !interrupts_enabled() &&
	       __atomic_load_n(&l->holder, __ATOMIC_RELAXED) ==
		       this_cpu()->index + 1;
}

void spin_reset(struct spinlock *l)
{
	spin_init(l, l->name);
}
