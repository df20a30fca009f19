/* SPDX-License-Identifier: MIT */
#include "mm/pagetable.h"

#include "lib/print.h"
#include "lib/string.h"
#include "mm/page.h"
#include "x86/insn.h"

#define ENTRIES 512
#define KERNEL_HALF 256
#define LEAF_LEVEL 0
#define ROOT_LEVEL 3

extern pte_t kernel_pml4[];
extern char kernel_start[], kernel_rodata[], kernel_data[], kernel_end[];

/* How much one entry of a level covers: 4 KiB, 2 MiB, 1 GiB, 512 GiB. */
static uint64_t span(int level)
{
	return (uint64_t)PAGE_SIZE << 9 * level;
}

static size_t index_at(uint64_t address, int level)
{
	return address / span(level) % ENTRIES;
}

static pte_t *table_of(pte_t entry)
{
	return page_virtual(entry & PTE_ADDRESS);
}

pte_t *pagetable_create(void)
{
	pte_t *root = page_alloc(0);

	if (root)
		memcpy(root + KERNEL_HALF, kernel_pml4 + KERNEL_HALF,
		       KERNEL_HALF * sizeof(pte_t));
	return root;
}

/* Depth: at most ROOT_LEVEL, the number of table levels. */
static void destroy_tables(pte_t *table, int level)
{
	size_t count = level == ROOT_LEVEL ? KERNEL_HALF : ENTRIES;

	for (size_t i = 0; i < count; i++) {
		if (level == LEAF_LEVEL)
			assert(!table[i]);
		else if (table[i])
			destroy_tables(table_of(table[i]), level - 1);
	}
	page_free(table, 0);
}

void pagetable_destroy(pte_t *root)
{
	destroy_tables(root, ROOT_LEVEL);
}

pte_t *pagetable_leaf(pte_t *root, uint64_t address)
{
	pte_t *table = root;

	for (int level = ROOT_LEVEL; level > LEAF_LEVEL; level--) {
		pte_t *e = &table[index_at(address, level)];

		if (!*e) {
			void *page = page_alloc(0);

			if (!page)
				return NULL;
			*e = page_physical(page) | PTE_PRESENT | PTE_WRITE |
			     PTE_USER;
		}
		table = table_of(*e);
	}
	return &table[index_at(address, LEAF_LEVEL)];
}

pte_t *pagetable_next(pte_t *root, uint64_t *address, uint64_t end)
{
	while (*address < end) {
		pte_t *table = root;
		int level = ROOT_LEVEL;
		pte_t *e = &table[index_at(*address, level)];

		while (level > LEAF_LEVEL && *e) {
			level--;
			table = table_of(*e);
			e = &table[index_at(*address, level)];
		}
		if (*e)
			return e;
		*address = (*address / span(level) + 1) * span(level);
	}
	return NULL;
}

static void protect(pte_t *root, char *from, char *to, pte_t bits)
{
	for (char *at = from; at < to; at += PAGE_SIZE) {
		pte_t *e = pagetable_leaf(root, (uint64_t)at);

		if (!e)
			panic("no memory for the kernel's page tables");
		*e = ((uint64_t)at - KERNEL_BASE) | PTE_PRESENT | bits;
	}
}

/* The finer tables are complete before they replace what maps this code. */
void pagetable_protect_image(void)
{
	pte_t *aside = page_alloc(0);

	if (!aside)
		panic("no memory for the kernel's page tables");
	protect(aside, kernel_start, kernel_rodata, 0);
	protect(aside, kernel_rodata, kernel_data, PTE_NX);
	protect(aside, kernel_data, kernel_end, PTE_NX | PTE_WRITE);
	kernel_pml4[ENTRIES - 1] = aside[ENTRIES - 1];
	cr3_write(cr3_read());
	page_free(aside, 0);
}
