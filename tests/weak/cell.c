/* SPDX-License-Identifier: MIT */
/*
 * The cell as its contract has it: acquire loads of the halves, by the text that the
 * machines use, and a compare-and-swap that orders no more than cell.h says. What
 * a failing one finds may be old, as long as it is not what was expected.
 */
#include "orders.h"
#include "weak.h"

#include "core/cell_plain.h"

const char *const weak_only_file = NULL;

void weak_cell_reset(void)
{
}

struct evfd_word sim_word(const struct evfd_word *cell)
{
	return *cell;
}

static const struct sim_site contract_site = {
	.text = "cell",
	.file = "core/cell.h",
	.function = "evfd_cell_cas",
	.kind = SIM_CELL_CAS,
	.order = SIM_AR,
};
static const struct sim_site *const contract
	__attribute__((section("sim_sites"), used)) = &contract_site;

static uint64_t load_half(const struct evfd_word *cell, const volatile void *at,
			  const struct sim_site *site)
{
	struct sim_op op = {
		.kind = SIM_CELL_HALF,
		.size = 8,
		.at = cell,
		.value = at == &cell->ctl,
		.site = site,
	};
	struct evfd_word none = { 0 };
	uint64_t half = sim_view_take(&op, sim_step(&op));

	sim_note(&op, none, *cell, (int64_t)half);
	return half;
}

#undef load_acq
#define load_acq(p) load_half(cell, (p), sim_here(SIM_LOAD, SIM_ACQ, p))
#undef load_rlx
#define load_rlx(p) load_half(cell, (p), sim_here(SIM_LOAD, SIM_RLX, p))
#include "core/cell_load.h"

struct evfd_word evfd_cell_load(const struct evfd_word *cell)
{
	return evfd_halves_load(cell);
}

bool evfd_cell_cas(struct evfd_word *cell, struct evfd_word *expected,
		   struct evfd_word desired)
{
	struct sim_op op = {
		.kind = SIM_CELL_CAS,
		.size = 8,
		.at = cell,
		.old = *expected,
		.new = desired,
		.site = contract,
	};
	struct evfd_word before;
	bool is_same;

	before.count = weak_take(&op, sim_step(&op), &before.ctl);
	is_same = before.count == expected->count && before.ctl == expected->ctl;
	if (!is_same)
		*expected = before;
	sim_note(&op, before, is_same ? desired : before, is_same);
	return is_same;
}
