/* SPDX-License-Identifier: MIT */
/*
 * The cell on AArch64: an exclusive pair, which every such machine has. Acquire
 * on the load, release on the store. A failing comparison stores back what it
 * read, because only a successful store makes the 16-byte load single-copy
 * atomic.
 */
#include "cell_load.h"
#include "cell_plain.h"

struct evfd_word evfd_cell_load(const struct evfd_word *cell)
{
	return evfd_halves_load(cell);
}

bool evfd_cell_cas(struct evfd_word *cell, struct evfd_word *expected,
		   struct evfd_word desired)
{
	struct evfd_word seen, put;
	uint32_t failed;

	do {
		__asm__ volatile("ldaxp %0, %1, %2"
				 : "=&r"(seen.count), "=&r"(seen.ctl)
				 : "Q"(*cell)
				 : "memory");
		put = seen.count == expected->count && seen.ctl == expected->ctl ?
			      desired :
			      seen;
		__asm__ volatile("stlxp %w0, %2, %3, %1"
				 : "=&r"(failed), "=Q"(*cell)
				 : "r"(put.count), "r"(put.ctl)
				 : "memory");
	} while (failed);
	if (seen.count == expected->count && seen.ctl == expected->ctl)
		return true;
	*expected = seen;
	return false;
}
