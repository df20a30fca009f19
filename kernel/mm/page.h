/* SPDX-License-Identifier: MIT */
/*
 * Physical memory in blocks of 2^order pages (buddy system), seen through the
 * direct map.
 */
#ifndef KERNEL_MM_PAGE_H
#define KERNEL_MM_PAGE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/list.h"
#include "x86/layout.h"
#include "x86/pvh.h"

#define PAGE_ORDER_MAX 14 /* 64 MiB */

/* What is known of each page. The first page of a block stands for it. */
struct page {
	struct list link; /* free: buddy list; used: the owner's to use */
	uint8_t order;
	bool is_free;
};

/* Take over all RAM but what the kernel image and the initramfs occupy. */
void page_init(const struct boot_info *b);

/* A zeroed block, or NULL. Context: any. */
void *page_alloc(unsigned order);
void page_free(void *block, unsigned order);
/* Pages in use by anyone, and all that there are to use. */
size_t page_used(void);
size_t page_total(void);

/* The smallest order whose blocks hold so many bytes. */
unsigned page_order(size_t bytes);

struct page *page_of(const void *block);
void *page_address(const struct page *p);

static inline uint64_t page_physical(const void *address)
{
	return (uint64_t)address - DIRECT_BASE;
}

static inline void *page_virtual(uint64_t physical)
{
	return (void *)(DIRECT_BASE + physical);
}

static inline uint64_t page_round_down(uint64_t address)
{
	return address & ~(uint64_t)(PAGE_SIZE - 1);
}

static inline uint64_t page_round_up(uint64_t address)
{
	return page_round_down(address + PAGE_SIZE - 1);
}

#endif
