/* SPDX-License-Identifier: MIT */
#include "mm/page.h"

#include "lib/print.h"
#include "lib/spinlock.h"
#include "lib/string.h"

#define LOW_MEMORY_END 0x100000 /* the firmware's, and the trampoline's */

extern char kernel_start[], kernel_end[];

static struct spinlock page_lock = SPINLOCK_INIT("page");
/* Guarded by page_lock. */
static struct list free_blocks[PAGE_ORDER_MAX + 1];
static size_t used_pages, total_pages;
/* pages[i] describes page frame i. */
static struct page *pages;
static size_t page_count;

struct page *page_of(const void *block)
{
	uint64_t index = page_physical(block) / PAGE_SIZE;

	assert(index < page_count);
	return &pages[index];
}

void *page_address(const struct page *p)
{
	return page_virtual((uint64_t)(p - pages) * PAGE_SIZE);
}

unsigned page_order(size_t bytes)
{
	unsigned order = 0;

	while ((size_t)PAGE_SIZE << order < bytes)
		order++;
	return order;
}

/* Put a block on its list, joined with its buddy as often as that is free. */
static void release(size_t index, unsigned order)
{
	while (order < PAGE_ORDER_MAX) {
		size_t buddy = index ^ (size_t)1 << order;

		if (buddy >= page_count || !pages[buddy].is_free ||
		    pages[buddy].order != order)
			break;
		list_remove(&pages[buddy].link);
		pages[buddy].is_free = false;
		index &= ~((size_t)1 << order);
		order++;
	}
	pages[index].order = (uint8_t)order;
	pages[index].is_free = true;
	list_append(&free_blocks[order], &pages[index].link);
}

void *page_alloc(unsigned order)
{
	struct page *p = NULL;
	unsigned found = order;
	uint64_t flags;

	flags = spin_lock(&page_lock);
	while (found <= PAGE_ORDER_MAX && list_is_empty(&free_blocks[found]))
		found++;
	if (found <= PAGE_ORDER_MAX) {
		p = list_next(&free_blocks[found], struct page, link);
		list_remove(&p->link);
		p->is_free = false;
		p->order = (uint8_t)order;
		while (found > order) {
			found--;
			release((size_t)(p - pages) + ((size_t)1 << found), found);
		}
		used_pages += (size_t)1 << order;
	}
	spin_unlock(&page_lock, flags);
	if (!p)
		return NULL;
	return memset(page_address(p), 0, (size_t)PAGE_SIZE << order);
}

void page_free(void *block, unsigned order)
{
	struct page *p = page_of(block);
	uint64_t flags = spin_lock(&page_lock);

	assert(!p->is_free && p->order == order);
	used_pages -= (size_t)1 << order;
	release((size_t)(p - pages), order);
	spin_unlock(&page_lock, flags);
}

size_t page_used(void)
{
	return __atomic_load_n(&used_pages, __ATOMIC_RELAXED);
}

size_t page_total(void)
{
	return total_pages;
}

static void add_memory(const struct boot_range *r,
		       const struct boot_range *holes, size_t hole_count)
{
	for (uint64_t at = page_round_up(r->start); at + PAGE_SIZE <= r->end;
	     at += PAGE_SIZE) {
		bool is_hole = false;

		for (size_t i = 0; i < hole_count; i++)
			is_hole |= holes[i].start <= at && at < holes[i].end;
		if (is_hole)
			continue;
		release(at / PAGE_SIZE, 0);
		total_pages++;
	}
}

void page_init(const struct boot_info *b)
{
	uint64_t top = 0, table_size, table;
	struct boot_range holes[4] = {
		{ 0, LOW_MEMORY_END },
		{ LOW_MEMORY_END, (uint64_t)kernel_end - KERNEL_BASE },
		{ page_round_down(b->initramfs.start),
		  page_round_up(b->initramfs.end) },
	};

	for (size_t i = 0; i < b->memory_count; i++)
		if (b->memory[i].end > top)
			top = b->memory[i].end;
	page_count = top / PAGE_SIZE;
	table_size = page_round_up(page_count * sizeof(struct page));
	/* The table goes behind the image, unless the initramfs is there. */
	table = holes[1].end;
	if (table < holes[2].end && table + table_size > holes[2].start)
		table = holes[2].end;
	holes[3] = (struct boot_range){ table, table + table_size };
	pages = page_virtual(table);
	if (table + table_size > top)
		panic("not enough memory for the table of pages");
	memset(pages, 0, table_size);
	for (unsigned i = 0; i <= PAGE_ORDER_MAX; i++)
		list_init(&free_blocks[i]);
	for (size_t i = 0; i < b->memory_count; i++)
		add_memory(&b->memory[i], holes, 4);
}
