/* SPDX-License-Identifier: MIT */
/* What is quick on a cell to which all words are alike: included by its file. */
#ifndef EVFD_CORE_CELL_PLAIN_H
#define EVFD_CORE_CELL_PLAIN_H

#include "cell.h"

bool evfd_cell_load_quick(const struct evfd_word *cell, uint64_t like,
			  struct evfd_word *w)
{
	*w = evfd_cell_load(cell);
	return (w->ctl ^ like) >> 32 == 0;
}

bool evfd_cell_is_empty_quick(const struct evfd_word *cell, uint64_t like)
{
	struct evfd_word w;

	return evfd_cell_load_quick(cell, like, &w) && w.count == 0 &&
	       !(w.ctl & EVFD_WORD_CANCELLED);
}

bool evfd_cell_cas_quick(struct evfd_word *cell, struct evfd_word expected,
			 uint64_t count)
{
	struct evfd_word desired = { .count = count, .ctl = expected.ctl };

	return evfd_cell_cas(cell, &expected, desired);
}

#endif
