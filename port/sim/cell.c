/* SPDX-License-Identifier: MIT */
/*
 * The 16-byte cell: a compare-and-swap is one step. A load is one step too, or
 * three in programs with split_cell: ctl, count and ctl again, as core/cell_load.h
 * does it.
 */
#include "../../core/cell_plain.h"
#include "machine.h"

struct evfd_word sim_word(const struct evfd_word *cell)
{
	return *cell;
}

static uint64_t load_half(const struct evfd_word *cell, bool is_ctl)
{
	struct sim_op op = { .kind = SIM_CELL_HALF, .at = cell, .value = is_ctl };
	struct evfd_word none = { 0 };
	uint64_t half;

	sim_step(&op);
	half = is_ctl ? cell->ctl : cell->count;
	sim_note(&op, none, *cell, (int64_t)half);
	return half;
}

static struct evfd_word load_halves(const struct evfd_word *cell)
{
	struct evfd_word w;
	uint64_t before;

	do {
		before = load_half(cell, true);
		w.count = load_half(cell, false);
		w.ctl = load_half(cell, true);
	} while (w.ctl != before);
	return w;
}

struct evfd_word evfd_cell_load(const struct evfd_word *cell)
{
	struct sim_op op = { .kind = SIM_CELL_LOAD, .at = cell };

	if (sim_program->split_cell && sim_self() >= 0)
		return load_halves(cell);
	sim_step(&op);
	sim_note(&op, *cell, *cell, 0);
	return *cell;
}

bool evfd_cell_cas(struct evfd_word *cell, struct evfd_word *expected,
		   struct evfd_word desired)
{
	struct sim_op op = {
		.kind = SIM_CELL_CAS,
		.at = cell,
		.old = *expected,
		.new = desired,
	};
	struct evfd_word before;
	bool is_same;

	sim_step(&op);
	before = *cell;
	is_same = before.count == expected->count && before.ctl == expected->ctl;
	if (is_same)
		*cell = desired;
	else
		*expected = before;
	sim_note(&op, before, *cell, is_same);
	return is_same;
}
