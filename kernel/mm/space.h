/* SPDX-License-Identifier: MIT */
/*
 * A program's address space: a sorted list of mappings, and page tables that are
 * filled in when a page is first touched.
 *
 * Every page frame belongs to one space. A page of a file mapping is a copy of
 * the file's bytes, which stay in memory while the kernel runs.
 *
 * All calls: thread context, no spinlock held, and not while touching a
 * program's memory by a copy (its fault takes the mutex).
 */
#ifndef KERNEL_MM_SPACE_H
#define KERNEL_MM_SPACE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/list.h"
#include "mm/pagetable.h"
#include "task/mutex.h"

/* Linux's PROT_ values. */
#define SPACE_READ 1u
#define SPACE_WRITE 2u
#define SPACE_EXEC 4u

/* Bytes that a mapping starts with; the rest of it is zeros. */
struct space_source {
	const uint8_t *bytes;
	uint64_t size;
};

struct mapping {
	struct list link;
	uint64_t start, end; /* multiples of PAGE_SIZE */
	unsigned access;
	struct space_source source; /* what lies at start */
};

struct space {
	struct mutex mutex;
	/* Guarded by mutex. */
	struct list mappings;
	pte_t *root; /* itself constant */
	uint64_t break_start, break_end;
	/* CPUs that have root loaded; atomic. */
	uint32_t cpu_mask;
};

enum space_placement {
	SPACE_ANYWHERE,	  /* at the hint if free, else wherever there is room */
	SPACE_AT,	  /* there, in place of what is there */
	SPACE_AT_IF_FREE, /* there, or EEXIST */
};

struct space *space_create(void);
/* No CPU may have it loaded any more. */
void space_destroy(struct space *s);
/* Load the tables of s (NULL: the kernel's own) on this CPU. Interrupts
 * disabled. */
void space_load(struct space *s);

/*
 * Map [address, address + size). Returns the address, or EINVAL (not aligned,
 * empty), ENOMEM (no room, or beyond the program's half), EEXIST. source may be
 * NULL.
 */
int64_t space_map(struct space *s, uint64_t address, uint64_t size, unsigned access,
		  enum space_placement where, const struct space_source *source);
/* 0 or EINVAL, ENOMEM. Holes are no error. */
int space_unmap(struct space *s, uint64_t address, uint64_t size);
/* 0, EINVAL; ENOMEM also if part of the range is not mapped. */
int space_protect(struct space *s, uint64_t address, uint64_t size,
		  unsigned access);
/* Forget the contents; the next touch finds them as at first. 0, EINVAL, ENOMEM. */
int space_discard(struct space *s, uint64_t address, uint64_t size);
/* Where the break begins, once the program is loaded. */
void space_set_break(struct space *s, uint64_t start);
/* The new break, or the old one if that is not possible. */
uint64_t space_break(struct space *s, uint64_t wanted);

/* Make one page accessible. 0; EFAULT no mapping allows it; ENOMEM. */
int space_fault(struct space *s, uint64_t address, unsigned access);

#endif
