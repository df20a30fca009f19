/* SPDX-License-Identifier: MIT */
/* The files that came with the kernel: a cpio archive in the newc format, read
 * in place, never changed, never freed. */
#ifndef KERNEL_FS_INITRAMFS_H
#define KERNEL_FS_INITRAMFS_H

#include <stdbool.h>
#include <stdint.h>

struct initramfs_file {
	const uint8_t *bytes;
	uint64_t size;
	uint32_t ino, mode; /* mode with its file type bits */
};

void initramfs_init(const uint8_t *archive, uint64_t size);
/* By absolute path. */
bool initramfs_find(const char *path, struct initramfs_file *file);

#endif
