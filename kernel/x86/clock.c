/* SPDX-License-Identifier: MIT */
#include "x86/clock.h"

#include "lib/print.h"
#include "x86/apic.h"
#include "x86/insn.h"

#define PIT_HZ 1193182
#define PIT_COUNTER2 0x42
#define PIT_COMMAND 0x43
#define PIT_GATE 0x61
#define PIT_HAS_EXPIRED 0x20
#define MEASURE_PIT_TICKS 4000 /* 3.4 ms */
#define SAMPLE_TRIES 8

#define CMOS_INDEX 0x70
#define CMOS_DATA 0x71

#define NS_PER_S UINT64_C(1000000000)

static uint64_t tsc_start;
static uint64_t ns_per_tsc_32; /* times 2^32 */
static uint64_t apic_per_ns_32;
static uint64_t realtime_offset;

struct sample {
	uint64_t tsc;
	uint32_t pit, apic;
};

static uint32_t pit_read(void)
{
	uint32_t low;

	out8(PIT_COMMAND, 0x80); /* latch counter 2 */
	low = in8(PIT_COUNTER2);
	return low | (uint32_t)in8(PIT_COUNTER2) << 8;
}

/*
 * The three counters at one moment. The host may take the CPU away between two
 * reads, so of several tries the one that took least counts.
 */
static struct sample sample_take(void)
{
	struct sample best = { 0, 0, 0 };
	uint64_t best_took = UINT64_MAX;

	for (int i = 0; i < SAMPLE_TRIES; i++) {
		struct sample s;
		uint64_t took;

		s.tsc = tsc_read();
		s.pit = pit_read();
		s.apic = apic_timer_count();
		took = tsc_read() - s.tsc;
		if (took < best_took) {
			best_took = took;
			best = s;
		}
	}
	return best;
}

/* False if the PIT ran out meanwhile, which says nothing about how often. */
static bool measure(void)
{
	struct sample a, b;
	uint64_t ns;

	out8(PIT_GATE, (in8(PIT_GATE) & 0xfc) | 1);
	out8(PIT_COMMAND, 0xb0); /* counter 2, count down once */
	out8(PIT_COUNTER2, 0xff);
	out8(PIT_COUNTER2, 0xff);
	apic_timer_arm(UINT32_MAX);
	a = sample_take();
	do
		b = sample_take();
	while (a.pit - b.pit < MEASURE_PIT_TICKS &&
	       !(in8(PIT_GATE) & PIT_HAS_EXPIRED));
	apic_timer_arm(0);
	if (in8(PIT_GATE) & PIT_HAS_EXPIRED)
		return false;
	ns = (a.pit - b.pit) * NS_PER_S / PIT_HZ;
	ns_per_tsc_32 = (ns << 32) / (b.tsc - a.tsc);
	apic_per_ns_32 = ((uint64_t)(a.apic - b.apic) << 32) / ns;
	return true;
}

static uint32_t cmos_read(uint8_t index)
{
	uint8_t v;

	out8(CMOS_INDEX, index);
	v = in8(CMOS_DATA);
	return (uint32_t)(v >> 4) * 10 + (v & 15);
}

/* Days since 1970 of a date in 2000 .. 2099. */
static uint64_t days_from_date(uint32_t year, uint32_t month, uint32_t day)
{
	static const uint16_t before[12] = { 0,	  31,  59,  90,	 120, 151,
					     181, 212, 243, 273, 304, 334 };
	uint32_t leap_days = year / 4 + (year % 4 != 0 || month > 2);

	return 10957 + year * 365 + leap_days + before[(month - 1) % 12] + day - 1;
}

static uint64_t realtime_read(void)
{
	uint64_t days, seconds;

	while (cmos_read(10) >= 80) /* an update is under way */
		cpu_pause();
	days = days_from_date(cmos_read(9), cmos_read(8), cmos_read(7));
	seconds = cmos_read(4) * 3600 + cmos_read(2) * 60 + cmos_read(0);
	return (days * 86400 + seconds) * NS_PER_S;
}

void clock_init(void)
{
	tsc_start = tsc_read();
	for (int tries = 0; !measure(); tries++)
		if (tries == 10)
			panic("the PIT does not count: cannot measure time");
	realtime_offset = realtime_read() - clock_now();
}

uint64_t clock_now(void)
{
	unsigned __int128 ticks = tsc_read() - tsc_start;

	return (uint64_t)(ticks * ns_per_tsc_32 >> 32) + 1;
}

uint64_t clock_realtime_offset(void)
{
	return realtime_offset;
}

uint64_t clock_arm(uint64_t at_ns)
{
	uint64_t now = clock_now(), ns = at_ns > now ? at_ns - now : 1;
	uint64_t ticks;

	if (ns > NS_PER_S)
		ns = NS_PER_S;
	ticks = (ns * apic_per_ns_32 >> 32) + 1;
	apic_timer_arm(ticks < UINT32_MAX ? (uint32_t)ticks : UINT32_MAX);
	return now + ns;
}

void clock_spin_ns(uint64_t ns)
{
	uint64_t end = clock_now() + ns;

	while (clock_now() < end)
		cpu_pause();
}
