/* SPDX-License-Identifier: MIT */
/*
 * The CPU's four-level page tables: only 4 KiB pages. Whoever calls owns the
 * tables (a space's mutex, or boot); flushing is the caller's business.
 */
#ifndef KERNEL_MM_PAGETABLE_H
#define KERNEL_MM_PAGETABLE_H

#include <stddef.h>
#include <stdint.h>

typedef uint64_t pte_t;

#define PTE_PRESENT UINT64_C(0x001)
#define PTE_WRITE UINT64_C(0x002)
#define PTE_USER UINT64_C(0x004)
/* Ours: the page is there but the mapping allows no access (PROT_NONE). */
#define PTE_HELD UINT64_C(0x200)
#define PTE_NX (UINT64_C(1) << 63)
#define PTE_ADDRESS UINT64_C(0x000ffffffffff000)

/* Empty but for the kernel's half, or NULL. */
pte_t *pagetable_create(void);
/* The tables only; no leaf may be left. */
void pagetable_destroy(pte_t *root);
/* The leaf of an address, made if need be; NULL: no memory. */
pte_t *pagetable_leaf(pte_t *root, uint64_t address);
/*
 * The first leaf in use at *address or after, before end, and its address; NULL
 * if there is none. Skips what has no tables.
 */
pte_t *pagetable_next(pte_t *root, uint64_t *address, uint64_t end);

/* Text read-only, data not executable, nothing else mapped in the image's half. */
void pagetable_protect_image(void);

#endif
