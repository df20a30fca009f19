/* SPDX-License-Identifier: MIT */
/*
 * The only ways to touch a program's memory. A bad address is found by trying:
 * the fault is caught through a table of the instructions that may fault, so
 * another thread may unmap the memory at any moment.
 */
#ifndef KERNEL_MM_USERCOPY_H
#define KERNEL_MM_USERCOPY_H

#include <stddef.h>
#include <stdint.h>

/* 0, or EFAULT with any part of the destination written. Missing pages are
 * brought in; thread context, no spinlock and no space's mutex held. */
int copy_from_user(void *to, uint64_t user_from, size_t n);
int copy_to_user(uint64_t user_to, const void *from, size_t n);

/*
 * A NUL-terminated string of at most size - 1 bytes. Its length, EFAULT, or
 * ENAMETOOLONG.
 */
int64_t copy_string_from_user(char *to, uint64_t user_from, size_t size);

/* One aligned word. EINVAL not aligned; EFAULT. With a spinlock held a page
 * that is not there is EFAULT too: let go, user_touch(), try again. */
int load_user32(uint32_t *to, uint64_t user_from);
/* Write desired if *expected is there; *expected becomes what was there. */
int cas_user32(uint64_t user_word, uint32_t *expected, uint32_t desired);
/* Bring the word's page in, writable if asked. 0 or EFAULT. */
int user_touch(uint64_t user_word, int for_writing);

#endif
