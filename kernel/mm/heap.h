/* SPDX-License-Identifier: MIT */
/*
 * Memory for the kernel's own structures: power-of-two sizes from 64 bytes on.
 * The caller keeps the size; there is no header.
 */
#ifndef KERNEL_MM_HEAP_H
#define KERNEL_MM_HEAP_H

#include <stddef.h>

/* Zeroed, aligned to 64 bytes (from a page on: to a page); NULL: none left.
 * Context: any. */
void *heap_alloc(size_t size);
/* size as it was asked for. Context: any. */
void heap_free(void *p, size_t size);
/* Bytes allocated now, for the leak check. */
size_t heap_used(void);

#endif
