/* SPDX-License-Identifier: MIT */
/*
 * One CPU: its identity, its descriptor tables, what runs on it. Found through
 * the GS base, which in the kernel always holds the address of struct cpu.
 */
#ifndef KERNEL_X86_CPU_H
#define KERNEL_X86_CPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "x86/insn.h"
#include "x86/layout.h"

#define CPUS_MAX 16

struct thread;
struct space;

struct tss {
	uint32_t reserved0;
	uint64_t rsp[3];
	uint64_t reserved1;
	uint64_t ist[7];
	uint64_t reserved2;
	uint16_t reserved3, io_map;
} __attribute__((packed));

struct cpu {
	/* Known to entry.S by offset. */
	struct cpu *self;
	uint64_t user_rsp;   /* for a moment during syscall_entry */
	uint64_t kernel_rsp; /* top of the current thread's kernel stack */

	uint32_t index, apic_id;
	uint64_t gdt[8];
	struct tss tss;

	/* Guarded by the scheduler's lock. */
	struct thread *current, *idle;
	struct thread *dead; /* left this CPU for ever; to be freed */
	uint64_t slice_end_ns;
	uint64_t alarm_ns; /* when its timer will interrupt */
	bool is_idle;

	/* Only this CPU, or with interrupts disabled. */
	bool needs_resched;
	struct space *space; /* whose tables are loaded; NULL: the kernel's */

	/* Translation flushes asked of this CPU, and done by it; mm/shootdown.c. */
	uint32_t flush_asked, flush_done;
};

_Static_assert(offsetof(struct cpu, user_rsp) == CPU_USER_RSP, "entry.S");
_Static_assert(offsetof(struct cpu, kernel_rsp) == CPU_KERNEL_RSP, "entry.S");

extern struct cpu cpus[CPUS_MAX];
extern uint32_t cpus_online; /* those up: the first cpus_online of cpus */

/* Valid until the thread sleeps; only interrupt handlers and code that does
 * not sleep in between may keep it. */
static inline struct cpu *this_cpu(void)
{
	struct cpu *c;

	__asm__ volatile("movq %%gs:0, %0" : "=r"(c));
	return c;
}

/* Tables, system call entry and protections of the CPU that calls. */
void cpu_init(uint32_t index);
/* Start all others; returns when each is in its idle loop's hands. */
void cpu_start_others(void);
/* A copy of the kernel stack pointer for the next entry from user mode. */
void cpu_set_kernel_stack(struct cpu *c, uint64_t top);

/* QEMU leaves with 2 * status + 1. */
enum exit_status {
	EXIT_SUCCESS_STATUS = 0x10,
	EXIT_FAILURE_STATUS = 0x11,
	EXIT_PANIC = 0x12,
	EXIT_HUNG = 0x13,
};
_Noreturn void cpu_exit_machine(enum exit_status status);

#endif
