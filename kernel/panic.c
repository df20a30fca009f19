/* SPDX-License-Identifier: MIT */
#include "lib/print.h"
#include "task/sched.h"
#include "x86/apic.h"
#include "x86/cpu.h"
#include "x86/serial.h"

/* The callers' addresses, by the frame pointers that the build keeps. */
static void print_backtrace(void)
{
	const uint64_t *frame = __builtin_frame_address(0);

	print("kernel: called from");
	for (int depth = 0; depth < 16; depth++) {
		if ((uintptr_t)frame < DIRECT_BASE || (uintptr_t)frame % 8)
			break;
		print(" %lx", frame[1]);
		frame = (const uint64_t *)frame[0];
	}
	print("\n");
}

void panic_at(const char *file, int line, const char *fmt, ...)
{
	static uint32_t has_panicked;
	char what[256];
	va_list ap;

	interrupts_disable();
	if (__atomic_exchange_n(&has_panicked, 1, __ATOMIC_ACQ_REL))
		cpu_halt_for_ever();
	apic_stop_others();
	serial_break_lock();

	va_start(ap, fmt);
	format_va(what, sizeof(what), fmt, ap);
	va_end(ap);
	print("\nkernel: panic: %s\nkernel: at %s:%d, cpu %u, thread %d\n",
	      what, file, line, this_cpu()->index, sched_current_tid());
	print_backtrace();
	cpu_exit_machine(EXIT_PANIC);
}
