/* SPDX-License-Identifier: MIT */
#include "x86/trap.h"

#include "lib/print.h"
#include "mm/shootdown.h"
#include "mm/space.h"
#include "sys/syscall.h"
#include "task/process.h"
#include "task/sched.h"
#include "task/signal.h"
#include "task/thread.h"
#include "x86/apic.h"
#include "x86/cpu.h"

#define GATE_INTERRUPT 0x8e00
#define GATE_FROM_USER 0xee00

#define EXCEPTION_DEBUG 1
#define EXCEPTION_BREAKPOINT 3
#define EXCEPTION_DOUBLE_FAULT 8
#define EXCEPTION_PAGE_FAULT 14

#define FAULT_WRITE 2
#define FAULT_FETCH 16

struct gate {
	uint16_t offset0, selector, attributes, offset1;
	uint32_t offset2, reserved;
};

extern const char trap_stubs[][16];
extern const struct {
	uint64_t at, to;
} extable_start[], extable_end[];

void trap(struct trapframe *f);
void syscall_trap(struct trapframe *f);

static struct gate gates[256];

void trap_load_table(void)
{
	struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) pointer = { sizeof(gates) - 1, (uint64_t)gates };

	for (unsigned i = 0; i < 256; i++) {
		uint64_t to = (uint64_t)trap_stubs[i];
		uint16_t attributes = i == EXCEPTION_BREAKPOINT ? GATE_FROM_USER :
								  GATE_INTERRUPT;

		if (i == EXCEPTION_DOUBLE_FAULT)
			attributes |= 1; /* on a stack of its own */
		gates[i] = (struct gate){
			(uint16_t)to,	      SEGMENT_KERNEL_CODE,  attributes,
			(uint16_t)(to >> 16), (uint32_t)(to >> 32), 0
		};
	}
	__asm__ volatile("lidt %0" : : "m"(pointer) : "memory");
}

/* A user copy that hit a bad address goes on at its error exit. */
static bool fix_up(struct trapframe *f)
{
	for (size_t i = 0; &extable_start[i] < extable_end; i++) {
		if (extable_start[i].at == f->rip) {
			f->rip = extable_start[i].to;
			return true;
		}
	}
	return false;
}

static _Noreturn void die(const struct trapframe *f, uint64_t address)
{
	panic("exception %lu in the kernel: rip %lx error %lx address %lx rsp "
	      "%lx",
	      f->vector, f->rip, f->error, address, f->rsp);
}

static unsigned fault_access(uint64_t error)
{
	if (error & FAULT_WRITE)
		return SPACE_WRITE;
	return error & FAULT_FETCH ? SPACE_EXEC : SPACE_READ;
}

/*
 * A missing page is brought in, for the program or for a copy on its behalf;
 * that may sleep. Where sleeping is impossible (interrupts are disabled: a
 * spinlock is held) the copy fails and its caller tries again without the lock.
 */
static void page_fault(struct trapframe *f)
{
	uint64_t address = cr2_read();
	bool from_user = trapframe_is_user(f);
	struct process *p = thread_current()->process;
	int result = -1;

	if (!from_user && !(f->rflags & RFLAGS_IF)) {
		if (address >= USER_TOP || !fix_up(f))
			die(f, address);
		return;
	}
	interrupts_enable();
	if (p && address < USER_TOP)
		result = space_fault(p->space, address, fault_access(f->error));
	if (result && from_user)
		signal_fault(f, address, result);
	else if (result && !fix_up(f))
		die(f, address);
	interrupts_disable();
}

static void interrupt(struct trapframe *f)
{
	switch (f->vector) {
	case VECTOR_TIMER:
		sched_timer();
		break;
	case VECTOR_FLUSH:
		shootdown_answer();
		break;
	case VECTOR_STOP:
		cpu_halt_for_ever();
	default: /* VECTOR_KICK: to be interrupted was the message */
		break;
	}
	if (f->vector != VECTOR_SPURIOUS)
		apic_end_of_interrupt();
}

void trap(struct trapframe *f)
{
	if (f->vector >= VECTOR_TIMER)
		interrupt(f);
	else if (f->vector == EXCEPTION_PAGE_FAULT)
		page_fault(f);
	else if (!trapframe_is_user(f))
		die(f, 0);
	else if (f->vector < 32)
		signal_exception(f);
	if (trapframe_is_user(f))
		trap_leave(f);
}

void syscall_trap(struct trapframe *f)
{
	interrupts_enable();
	f->rax = (uint64_t)syscall_dispatch(f);
	trap_leave(f);
}

void trap_leave(struct trapframe *f)
{
	for (;;) {
		interrupts_disable();
		if (this_cpu()->needs_resched) {
			sched_yield();
		} else if (signal_is_pending(thread_current())) {
			interrupts_enable();
			signal_deliver(f);
		} else if (!signal_finish_syscall(f)) {
			return;
		}
	}
}
