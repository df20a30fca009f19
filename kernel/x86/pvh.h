/* SPDX-License-Identifier: MIT */
/* What the boot loader tells, copied to where it stays. */
#ifndef KERNEL_X86_PVH_H
#define KERNEL_X86_PVH_H

#include <stddef.h>
#include <stdint.h>

#define BOOT_RANGES_MAX 16
#define BOOT_COMMAND_LINE_MAX 4096

struct boot_range {
	uint64_t start, end; /* physical */
};

struct boot_info {
	struct boot_range memory[BOOT_RANGES_MAX]; /* usable RAM below 4 GiB */
	size_t memory_count;
	struct boot_range initramfs; /* empty if there is none */
	char command_line[BOOT_COMMAND_LINE_MAX];
};

/* Panics if the structure is not one. */
const struct boot_info *pvh_read(void);

#endif
