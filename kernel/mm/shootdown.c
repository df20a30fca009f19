/* SPDX-License-Identifier: MIT */
#include "mm/shootdown.h"

#include "lib/print.h"
#include "x86/apic.h"
#include "x86/cpu.h"

void shootdown_answer(void)
{
	struct cpu *c = this_cpu();
	uint32_t asked = __atomic_load_n(&c->flush_asked, __ATOMIC_ACQUIRE);

	cr3_write(cr3_read()); /* H1 */
	__atomic_store_n(&c->flush_done, asked, __ATOMIC_RELEASE);
}

static bool has_caught_up(const struct cpu *c, uint32_t asked)
{
	uint32_t done = __atomic_load_n(&c->flush_done, __ATOMIC_ACQUIRE);

	return (int32_t)(done - asked) >= 0;
}

void shootdown(uint32_t cpu_mask)
{
	uint32_t asked[CPUS_MAX], me;

	assert(interrupts_enabled());
	interrupts_disable();
	me = this_cpu()->index;
	cr3_write(cr3_read());
	for (uint32_t i = 0; i < cpus_online; i++) {
		if (i == me || !(cpu_mask >> i & 1))
			continue;
		asked[i] = __atomic_add_fetch(&cpus[i].flush_asked, 1,
					      __ATOMIC_ACQ_REL); /* A0 */
		apic_send(i, VECTOR_FLUSH);
	}
	interrupts_enable();
	for (uint32_t i = 0; i < cpus_online; i++)
		while (i != me && cpu_mask >> i & 1 &&
		       !has_caught_up(&cpus[i], asked[i]))
			cpu_pause();
}
