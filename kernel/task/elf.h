/* SPDX-License-Identifier: MIT */
/* Static ELF executables for x86-64, position independent or not. */
#ifndef KERNEL_TASK_ELF_H
#define KERNEL_TASK_ELF_H

#include <stdint.h>

#include "mm/space.h"

struct elf_program {
	uint64_t entry;
	uint64_t headers; /* where the program headers are in memory; 0: nowhere */
	uint16_t header_count, header_size;
	uint64_t end; /* of the highest segment */
};

/*
 * Map the segments of an image, which stays where it is, into an empty space.
 * Nothing in the image is trusted. NULL, or why it was refused (the space is
 * then good for destruction only).
 */
const char *elf_load(struct space *s, const uint8_t *image, uint64_t size,
		     struct elf_program *program);

#endif
