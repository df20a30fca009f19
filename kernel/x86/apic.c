/* SPDX-License-Identifier: MIT */
#include "x86/apic.h"

#include "x86/clock.h"
#include "x86/cpu.h"

#define APIC_BASE (DIRECT_BASE + 0xfee00000)

enum apic_register {
	APIC_ID = 0x020,
	APIC_EOI = 0x0b0,
	APIC_SPURIOUS = 0x0f0,
	APIC_COMMAND = 0x300,
	APIC_COMMAND_TARGET = 0x310,
	APIC_TIMER = 0x320,
	APIC_TIMER_INITIAL = 0x380,
	APIC_TIMER_CURRENT = 0x390,
	APIC_TIMER_DIVIDE = 0x3e0,
};

#define APIC_ENABLE 0x100
#define DIVIDE_BY_16 0x3
#define COMMAND_INIT 0x4500
#define COMMAND_STARTUP 0x4600
#define COMMAND_FIXED 0x4000
#define COMMAND_PENDING 0x1000
#define TO_ALL_OTHERS 0xc0000

#define PIC1 0x20
#define PIC2 0xa0

static uint32_t apic_read(enum apic_register r)
{
	return *(volatile uint32_t *)(APIC_BASE + r);
}

static void apic_write(enum apic_register r, uint32_t v)
{
	*(volatile uint32_t *)(APIC_BASE + r) = v;
}

/* Move them off the exceptions' vectors, then mask all their lines. */
static void silence_old_controllers(void)
{
	static const uint8_t words[][2] = {
		{ PIC1, 0x11 },	    { PIC2, 0x11 },	{ PIC1 + 1, 0x20 },
		{ PIC2 + 1, 0x28 }, { PIC1 + 1, 0x04 }, { PIC2 + 1, 0x02 },
		{ PIC1 + 1, 0x01 }, { PIC2 + 1, 0x01 }, { PIC1 + 1, 0xff },
		{ PIC2 + 1, 0xff },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		out8(words[i][0], words[i][1]);
}

void apic_init(void)
{
	struct cpu *c = this_cpu();

	if (c->index == 0)
		silence_old_controllers();
	c->apic_id = apic_read(APIC_ID) >> 24;
	apic_write(APIC_SPURIOUS, APIC_ENABLE | VECTOR_SPURIOUS);
	apic_write(APIC_TIMER_DIVIDE, DIVIDE_BY_16);
	apic_write(APIC_TIMER, VECTOR_TIMER);
	apic_write(APIC_TIMER_INITIAL, 0);
}

void apic_end_of_interrupt(void)
{
	apic_write(APIC_EOI, 0);
}

uint32_t apic_timer_count(void)
{
	return apic_read(APIC_TIMER_CURRENT);
}

void apic_timer_arm(uint32_t ticks)
{
	apic_write(APIC_TIMER_INITIAL, ticks);
}

static void command(uint32_t target, uint32_t what)
{
	/* The pair of writes must not be torn by a handler that sends too. */
	bool were_enabled = interrupts_enabled();

	interrupts_disable();
	apic_write(APIC_COMMAND_TARGET, target << 24);
	apic_write(APIC_COMMAND, what);
	while (apic_read(APIC_COMMAND) & COMMAND_PENDING)
		cpu_pause();
	if (were_enabled)
		interrupts_enable();
}

void apic_start_cpu(uint32_t index, uint32_t page)
{
	command(index, COMMAND_INIT);
	clock_spin_ns(200000);
	command(index, COMMAND_STARTUP | page >> 12);
}

void apic_send(uint32_t index, uint8_t vector)
{
	command(cpus[index].apic_id, COMMAND_FIXED | vector);
}

void apic_stop_others(void)
{
	command(0, COMMAND_FIXED | TO_ALL_OTHERS | VECTOR_STOP);
}
