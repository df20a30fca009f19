/* SPDX-License-Identifier: MIT */
/*
 * The cell of core/cell_packed.h as it is, in place of cell.c: what it does with 8
 * bytes are steps as everywhere else, and its swap of 16 is one.
 */
#include "../../core/cell.h"
#include "machine.h"

static inline struct evfd_word evfd_cell_unpack(struct evfd_word raw);

static bool evfd_cell_swap(struct evfd_word *cell, struct evfd_word *seen,
			   struct evfd_word put)
{
	struct sim_op op = {
		.kind = SIM_CELL_SWAP,
		.at = cell,
		.old = *seen,
		.new = put,
	};
	struct evfd_word before;
	bool is_same;

	sim_step(&op);
	before = *cell;
	is_same = before.count == seen->count && before.ctl == seen->ctl;
	if (is_same)
		*cell = put;
	else
		*seen = before;
	sim_note(&op, evfd_cell_unpack(before), evfd_cell_unpack(*cell), is_same);
	return is_same;
}

#include "../../core/cell_packed.h"

struct evfd_word sim_word(const struct evfd_word *cell)
{
	return evfd_cell_unpack(*cell);
}
