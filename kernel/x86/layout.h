/* SPDX-License-Identifier: MIT */
/*
 * The numbers that C and assembly share: where things are in memory, selectors,
 * bits of control registers.
 *
 *	0000000000010000 .. 00007ffffffff000	the program
 *	ffff800000000000 .. ffff800100000000	all physical memory below 4 GiB
 *	ffffffff80100000 ..			the kernel image
 */
#ifndef KERNEL_X86_LAYOUT_H
#define KERNEL_X86_LAYOUT_H

#ifdef __ASSEMBLER__
#define LAYOUT(n) n
#else
#define LAYOUT(n) UINT64_C(n)
#endif

#define KERNEL_BASE LAYOUT(0xffffffff80000000)
#define DIRECT_BASE LAYOUT(0xffff800000000000)
#define DIRECT_SIZE LAYOUT(0x100000000)
#define USER_BOTTOM LAYOUT(0x10000)
#define USER_TOP LAYOUT(0x7ffffffff000)
#define PAGE_SIZE 4096
#define TRAMPOLINE 0x8000

#define SEGMENT_KERNEL_CODE 0x08
#define SEGMENT_KERNEL_DATA 0x10
#define SEGMENT_USER_DATA 0x23
#define SEGMENT_USER_CODE 0x2b
#define SEGMENT_TSS 0x30

#define CR0_PE 0x00000001
#define CR0_MP 0x00000002
#define CR0_NE 0x00000020
#define CR0_WP 0x00010000
#define CR0_PG 0x80000000
#define CR4_PAE 0x00000020
#define CR4_OSFXSR 0x00000200
#define CR4_OSXMMEXCPT 0x00000400
#define CR4_SMEP 0x00100000
#define CR4_SMAP 0x00200000

#define MSR_EFER 0xc0000080
#define MSR_STAR 0xc0000081
#define MSR_LSTAR 0xc0000082
#define MSR_SFMASK 0xc0000084
#define MSR_FS_BASE 0xc0000100
#define MSR_GS_BASE 0xc0000101
#define MSR_KERNEL_GS_BASE 0xc0000102
#define EFER_SCE 0x001
#define EFER_LME 0x100
#define EFER_NXE 0x800

#define RFLAGS_TF 0x00100
#define RFLAGS_IF 0x00200
#define RFLAGS_DF 0x00400
#define RFLAGS_NT 0x04000
#define RFLAGS_AC 0x40000

/* Offsets into struct cpu (x86/cpu.h) and struct trapframe (x86/trap.h). */
#define CPU_USER_RSP 8
#define CPU_KERNEL_RSP 16
#define TRAPFRAME_CS 144

/* Vectors: exceptions are 0 to 31, these are ours. */
#define VECTOR_TIMER 0xf0
#define VECTOR_KICK 0xf1
#define VECTOR_FLUSH 0xf2
#define VECTOR_STOP 0xf3
#define VECTOR_SPURIOUS 0xff
/* In the vector field of a frame made by a system call. */
#define VECTOR_SYSCALL 0x100

#endif
