/* SPDX-License-Identifier: MIT */
/*
 * evfd_cell_load() for the cells whose halves are ordinary 8-byte atomics.
 *
 * ctl, count, ctl again: both reads of ctl agree, so a count whose generation and
 * flags are those was there in between. (ctl can have changed and come back only
 * in the numbers of sleepers, which no decision without a compare-and-swap uses:
 * generations and flags do not come back.) The last read comes after the others by
 * their acquire, and needs none of its own: an equal ctl is as good, whoever put it.
 */
#ifndef EVFD_CORE_CELL_LOAD_H
#define EVFD_CORE_CELL_LOAD_H

#include "atomic.h"
#include "cell.h"

static inline struct evfd_word evfd_halves_load(const struct evfd_word *cell)
{
	struct evfd_word w;
	uint64_t before;

	do {
		before = load_acq(&cell->ctl);
		w.count = load_acq(&cell->count);
		w.ctl = load_rlx(&cell->ctl);
	} while (w.ctl != before);
	return w;
}

#endif
