/* SPDX-License-Identifier: MIT */
/* The few of libc's string functions that the kernel and the core use. */
#ifndef KERNEL_LIB_STRING_H
#define KERNEL_LIB_STRING_H

#include <stdbool.h>
#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);
int strcmp(const char *a, const char *b);
/* If s begins with prefix: what follows it, else NULL. */
const char *string_after(const char *s, const char *prefix);

#endif
