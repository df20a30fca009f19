/* SPDX-License-Identifier: MIT */
/*
 * From the boot loader's 32-bit protected mode (or, for the other CPUs, from
 * real mode) to kernel_main() or cpu_main() in 64-bit mode at the linked address.
 *
 * The tables built here serve until the end of time as the kernel's own:
 *
 *	PML4[0]    0 .. 4 GiB at its own address; dropped when all CPUs are up
 *	PML4[256]  the same at DIRECT_BASE, never executable
 *	PML4[511]  the kernel image; pagetable_protect_image() refines it
 */
#include "x86/layout.h"

#define PHYS(symbol) ((symbol) - KERNEL_BASE)

#define PTE_P_W 0x03
#define PTE_LARGE_P_W 0x83
#define PTE_UNCACHED 0x18

	.section .note.pvh, "a", @note
	.balign 4
	.long 4, 8, 18			/* XEN_ELFNOTE_PHYS32_ENTRY */
	.asciz "Xen"
	.quad PHYS(pvh_entry)

	.section .text.boot, "ax"
	.code32

/* The boot CPU. ebx: the PVH start info; paging off, interrupts off. */
	.globl pvh_entry
pvh_entry:
	cld
	movl $PHYS(boot_stack_top), %esp
	movl %ebx, PHYS(pvh_start_info)
	call build_tables
	movl $PHYS(boot_cpu_64), %edi
	jmp enter_long_mode

build_tables:
	/* 2048 pages of 2 MiB; the last GiB is devices. */
	movl $PHYS(boot_pd), %edi
	movl $PTE_LARGE_P_W, %eax
	movl $2048, %ecx
1:	movl %eax, (%edi)
	movl $0, 4(%edi)
	cmpl $0xc0000000, %eax
	jb 2f
	orl $PTE_UNCACHED, (%edi)
2:	addl $0x200000, %eax
	addl $8, %edi
	loop 1b

	movl $PHYS(boot_pdpt), %edi
	movl $(PHYS(boot_pd) + PTE_P_W), %eax
	movl $4, %ecx
3:	movl %eax, (%edi)
	addl $0x1000, %eax
	addl $8, %edi
	loop 3b

	movl $(PHYS(boot_pd) + PTE_P_W), PHYS(image_pdpt) + 510 * 8
	movl $(PHYS(boot_pdpt) + PTE_P_W), PHYS(kernel_pml4)
	movl $(PHYS(boot_pdpt) + PTE_P_W), PHYS(kernel_pml4) + 256 * 8
	movl $0x80000000, PHYS(kernel_pml4) + 256 * 8 + 4	/* NX */
	movl $(PHYS(image_pdpt) + PTE_P_W), PHYS(kernel_pml4) + 511 * 8
	ret

/* Turn on 64-bit mode and go on at physical address edi. */
enter_long_mode:
	movl $(CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT), %eax
	movl %eax, %cr4
	movl $PHYS(kernel_pml4), %eax
	movl %eax, %cr3
	movl $MSR_EFER, %ecx
	rdmsr
	orl $(EFER_SCE | EFER_LME | EFER_NXE), %eax
	wrmsr
	movl $(CR0_PE | CR0_MP | CR0_NE | CR0_WP | CR0_PG), %eax
	movl %eax, %cr0
	lgdt PHYS(boot_gdt_pointer)
	pushl $SEGMENT_KERNEL_CODE
	pushl %edi
	lret

	.code64
boot_cpu_64:
	movabsq $boot_stack_top, %rsp
	xorl %ebp, %ebp
	movabsq $kernel_main, %rax
	jmp high_address

/* Each further CPU takes the next number and the stack prepared for it. */
other_cpu_64:
	movl $1, %edi
	lock xaddl %edi, PHYS(cpus_entered)
	movq cpu_boot_stacks(, %rdi, 8), %rsp
	xorl %ebp, %ebp
	movabsq $cpu_main, %rax

high_address:
	movl $SEGMENT_KERNEL_DATA, %ecx
	movl %ecx, %ds
	movl %ecx, %es
	movl %ecx, %ss
	xorl %ecx, %ecx
	movl %ecx, %fs
	movl %ecx, %gs
	call *%rax
	ud2

/*
 * Copied to TRAMPOLINE, where the start-up interrupt lets a CPU begin in real
 * mode. Names nothing by linked address until it is in protected mode.
 */
	.section .rodata
	.code16
	.globl trampoline_start, trampoline_end
trampoline_start:
	cli
	cld
	xorw %ax, %ax
	movw %ax, %ds
	lgdtl TRAMPOLINE + (trampoline_gdt_pointer - trampoline_start)
	movl $(CR0_PE | CR0_NE), %eax
	movl %eax, %cr0
	ljmpl $0x18, $(TRAMPOLINE + (trampoline_32 - trampoline_start))

	.code32
trampoline_32:
	movl $SEGMENT_KERNEL_DATA, %eax
	movl %eax, %ds
	movl %eax, %ss
	movl $(TRAMPOLINE + 0x1000), %esp
	movl $PHYS(other_cpu_64), %edi
	movl $PHYS(enter_long_mode), %eax
	jmp *%eax

	.balign 8
trampoline_gdt_pointer:
	.word boot_gdt_end - boot_gdt - 1
	.long PHYS(boot_gdt)
trampoline_end:

	.balign 8
boot_gdt:
	.quad 0
	.quad 0x00af9b000000ffff	/* 0x08: 64-bit code */
	.quad 0x00cf93000000ffff	/* 0x10: data */
	.quad 0x00cf9b000000ffff	/* 0x18: 32-bit code */
boot_gdt_end:
boot_gdt_pointer:
	.word boot_gdt_end - boot_gdt - 1
	.quad PHYS(boot_gdt)

	.data
	.balign 4
	.globl cpus_entered, pvh_start_info
cpus_entered:
	.long 1
pvh_start_info:
	.long 0

	.bss
	.balign 4096
	.globl kernel_pml4
kernel_pml4:
	.skip 4096
image_pdpt:
	.skip 4096
boot_pdpt:
	.skip 4096
boot_pd:
	.skip 4 * 4096
	.skip 16384
boot_stack_top:

	.section .note.GNU-stack, "", @progbits
