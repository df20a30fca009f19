/* SPDX-License-Identifier: MIT */
/* Memory that shows every step to all at once: there is one value, the last. */
#include "machine.h"

void sim_view_reset(void)
{
}

void sim_view_begin(void)
{
}

int sim_view_ways(const struct sim_thread *t)
{
	(void)t;
	return 1;
}

static bool changes_cell(const struct sim_op *op)
{
	return sim_value_at(op->at, 8) == op->old.count &&
	       sim_value_at((const volatile char *)op->at + 8, 8) == op->old.ctl &&
	       (op->old.count != op->new.count || op->old.ctl != op->new.ctl);
}

bool sim_view_changes(const struct sim_thread *t, int way)
{
	const struct sim_op *op = &t->op;
	uint64_t before;

	(void)way;
	switch (op->kind) {
	case SIM_CELL_LOAD:
	case SIM_CELL_HALF:
	case SIM_WAKE:
		return false;
	case SIM_CELL_CAS:
	case SIM_CELL_SWAP:
		return changes_cell(op);
	case SIM_WAIT:
	case SIM_WAIT_SHORT:
		return sim_value_at(op->at, op->size) == op->value;
	default:
		before = sim_value_at(op->at, op->size);
		return sim_value_after(op, before) != before;
	}
}

uint64_t sim_view_take(const struct sim_op *op, int way)
{
	uint64_t before = sim_value_at(op->at, op->size), after;

	(void)way;
	if (op->kind == SIM_WAIT || op->kind == SIM_WAIT_SHORT)
		return before;
	after = sim_value_after(op, before);
	if (after != before)
		sim_value_set(op->at, op->size, after);
	return before;
}

void sim_view_wake(const volatile void *word)
{
	(void)word;
}

void sim_view_woken(const struct sim_thread *t, const volatile void *word)
{
	(void)t, (void)word;
}

void sim_view_whole(const volatile void *at, size_t size)
{
	(void)at, (void)size;
}
