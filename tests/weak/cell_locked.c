/* SPDX-License-Identifier: MIT */
/*
 * The cell of machines that compare and swap less than 16 bytes, as it is. It is
 * included, because a schedule that was left in the middle may leave a lock held.
 *
 * Who finds a lock held sleeps until some lock has been let go since it came.
 */
#include "../../core/cell_lock.c"

#include "orders.h"
#include "weak.h"

#include <evfd/types.h>
#include <string.h>

const char *const weak_only_file = "core/cell_lock.c";

static uint32_t turn;
static uint32_t heard[SIM_THREADS];

void weak_cell_reset(void)
{
	memset(locks, 0, sizeof(locks));
	turn = 0;
}

struct evfd_word sim_word(const struct evfd_word *cell)
{
	return *cell;
}

uintptr_t evfd_port_cell_enter(void)
{
	if (sim_self() >= 0)
		heard[sim_self()] = load_acq(&turn);
	return 0;
}

void evfd_port_cell_leave(uintptr_t state)
{
	(void)state;
	add_ar(&turn, 1);
	sim_wake(&turn, UINT32_MAX);
}

void evfd_port_cell_relax(void)
{
	sim_wait(&turn, heard[sim_self()], EVFD_FOREVER, true);
	heard[sim_self()] = load_acq(&turn);
}
