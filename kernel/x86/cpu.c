/* SPDX-License-Identifier: MIT */
#include "x86/cpu.h"

#include "lib/print.h"
#include "lib/string.h"
#include "mm/page.h"
#include "task/sched.h"
#include "x86/apic.h"
#include "x86/trap.h"

#define QEMU_EXIT_PORT 0xf4
#define FW_CFG_SELECT 0x510
#define FW_CFG_DATA 0x511
#define FW_CFG_CPU_COUNT 5

#define STACK_ORDER 2 /* 16 KiB, for booting and double faults */
#define IST_DOUBLE_FAULT 1

struct cpu cpus[CPUS_MAX];
uint32_t cpus_online = 1;
void *cpu_boot_stacks[CPUS_MAX];

extern uint32_t cpus_entered;
extern const char trampoline_start[], trampoline_end[];
extern uint64_t kernel_pml4[];
void syscall_entry(void);
void cpu_main(void);

/* An address spread over a descriptor the way that the 386 wanted it. */
static void gdt_set_tss(struct cpu *c)
{
	uint64_t base = (uint64_t)&c->tss;

	c->gdt[6] = (sizeof(struct tss) - 1) | (base & 0xffffff) << 16 |
		    UINT64_C(0x89) << 40 | (base >> 24 & 0xff) << 56;
	c->gdt[7] = base >> 32;
}

static void load_segments(struct cpu *c)
{
	struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed))
	pointer = { sizeof(c->gdt) - 1, (uint64_t)c->gdt };

	c->gdt[1] = UINT64_C(0x00af9b000000ffff); /* kernel code */
	c->gdt[2] = UINT64_C(0x00cf93000000ffff); /* kernel data */
	c->gdt[4] = UINT64_C(0x00cff3000000ffff); /* user data */
	c->gdt[5] = UINT64_C(0x00affb000000ffff); /* user code */
	c->tss.io_map = sizeof(struct tss);
	gdt_set_tss(c);
	__asm__ volatile("lgdt %0\n\tltr %w1"
			 :
			 : "m"(pointer), "r"(SEGMENT_TSS)
			 : "memory");
}

/* What the kernel relies on is named, not discovered one fault at a time. */
static void require_features(void)
{
	uint32_t r[4];
	bool has_cx16, has_smep, has_smap;

	cpuid(1, r);
	has_cx16 = r[2] >> 13 & 1;
	cpuid(7, r);
	has_smep = r[1] >> 7 & 1;
	has_smap = r[1] >> 20 & 1;
	if (!has_cx16 || !has_smep || !has_smap)
		panic("the CPU lacks cmpxchg16b, SMEP or SMAP; run QEMU with "
		      "-cpu qemu64,+smep,+smap");
}

void cpu_init(uint32_t index)
{
	struct cpu *c = &cpus[index];

	c->self = c;
	c->index = index;
	msr_write(MSR_GS_BASE, (uint64_t)c);
	msr_write(MSR_KERNEL_GS_BASE, 0);
	load_segments(c);
	trap_load_table();
	require_features();
	cr4_set(CR4_SMEP | CR4_SMAP);
	/* sysret is not used, but its selector base must still be sane. */
	msr_write(MSR_STAR,
		  (uint64_t)SEGMENT_KERNEL_CODE << 32 | (uint64_t)0x1b << 48);
	msr_write(MSR_LSTAR, (uint64_t)syscall_entry);
	msr_write(MSR_SFMASK,
		  RFLAGS_IF | RFLAGS_DF | RFLAGS_TF | RFLAGS_NT | RFLAGS_AC);
}

void cpu_set_kernel_stack(struct cpu *c, uint64_t top)
{
	c->kernel_rsp = top;
	c->tss.rsp[0] = top;
}

static uint32_t configured_cpus(void)
{
	uint32_t n;

	out16(FW_CFG_SELECT, FW_CFG_CPU_COUNT);
	n = in8(FW_CFG_DATA);
	n |= (uint32_t)in8(FW_CFG_DATA) << 8;
	if (n < 1)
		return 1;
	return n < CPUS_MAX ? n : CPUS_MAX;
}

static char *stack_alloc(void)
{
	char *stack = page_alloc(STACK_ORDER);

	if (!stack)
		panic("no memory for a CPU's stack");
	return stack + (PAGE_SIZE << STACK_ORDER);
}

/* Run by every CPU but the first, on its boot stack, interrupts disabled. */
void cpu_main(void)
{
	uint32_t index = __atomic_load_n(&cpus_online, __ATOMIC_ACQUIRE);

	cpu_init(index);
	apic_init();
	sched_init_cpu();
	__atomic_store_n(&cpus_online, index + 1, __ATOMIC_RELEASE);
	sched_idle();
}

/* One at a time, so that the next free number is a CPU's own. */
void cpu_start_others(void)
{
	uint32_t n = configured_cpus();

	for (uint32_t i = 0; i < n; i++)
		cpus[i].tss.ist[IST_DOUBLE_FAULT - 1] = (uint64_t)stack_alloc();
	for (uint32_t i = 1; i < n; i++)
		cpu_boot_stacks[i] = stack_alloc();
	memcpy((void *)(DIRECT_BASE + TRAMPOLINE), trampoline_start,
	       (size_t)(trampoline_end - trampoline_start));
	for (uint32_t i = 1; i < n; i++) {
		apic_start_cpu(i, TRAMPOLINE);
		while (__atomic_load_n(&cpus_online, __ATOMIC_ACQUIRE) == i)
			cpu_pause();
	}
	kernel_pml4[0] = 0;
	cr3_write(cr3_read());
}

_Noreturn void cpu_exit_machine(enum exit_status status)
{
	out32(QEMU_EXIT_PORT, status);
	cpu_halt_for_ever();
}
