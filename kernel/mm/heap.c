/* SPDX-License-Identifier: MIT */
/*
 * Small sizes are cut from single pages and stay with their size for ever;
 * sizes over half a page are blocks of pages. Freed memory is filled with
 * POISON: whoever still uses it fails soon, and not far away.
 */
#include "mm/heap.h"

#include "lib/print.h"
#include "lib/spinlock.h"
#include "lib/string.h"
#include "mm/page.h"

#define SMALLEST 64
#define CLASSES 6 /* 64 .. 2048 */
#define POISON 0xdb

struct free_piece {
	struct free_piece *next;
};

static struct spinlock heap_lock = SPINLOCK_INIT("heap");
/* Guarded by heap_lock. */
static struct free_piece *pieces[CLASSES];
static size_t used_bytes;

static unsigned class_of(size_t size)
{
	unsigned class = 0;

	while ((size_t)SMALLEST << class < size)
		class ++;
	return class;
}

static void account(size_t bytes)
{
	__atomic_fetch_add(&used_bytes, bytes, __ATOMIC_RELAXED);
}

/* With heap_lock held; the page just allocated is nobody else's. */
static void cut_page(char *page, unsigned class)
{
	size_t size = (size_t)SMALLEST << class;

	for (size_t at = 0; at < PAGE_SIZE; at += size) {
		struct free_piece *f = (struct free_piece *)(page + at);

		f->next = pieces[class];
		pieces[class] = f;
	}
}

static void *small_alloc(unsigned class)
{
	struct free_piece *f;
	uint64_t flags = spin_lock(&heap_lock);

	if (!pieces[class]) {
		char *page = page_alloc(0);

		if (page)
			cut_page(page, class);
	}
	f = pieces[class];
	if (f)
		pieces[class] = f->next;
	spin_unlock(&heap_lock, flags);
	return f ? memset(f, 0, (size_t)SMALLEST << class) : NULL;
}

void *heap_alloc(size_t size)
{
	unsigned class;
	void *p;

	if (size > (size_t)PAGE_SIZE << PAGE_ORDER_MAX)
		return NULL;
	class = class_of(size);
	p = class < CLASSES ? small_alloc(class) : page_alloc(page_order(size));
	if (p)
		account(size);
	return p;
}

void heap_free(void *p, size_t size)
{
	unsigned class = class_of(size);
	struct free_piece *f = p;
	uint64_t flags;

	assert(p);
	account(-size);
	if (class >= CLASSES) {
		page_free(p, page_order(size));
		return;
	}
	memset(p, POISON, (size_t)SMALLEST << class);
	flags = spin_lock(&heap_lock);
	f->next = pieces[class];
	pieces[class] = f;
	spin_unlock(&heap_lock, flags);
}

size_t heap_used(void)
{
	return __atomic_load_n(&used_bytes, __ATOMIC_RELAXED);
}
