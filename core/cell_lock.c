/* SPDX-License-Identifier: MIT */
/*
 * The cell on a machine that compares and swaps less than 16 bytes: a spin
 * lock out of a small set, chosen by address. Held for a few instructions and
 * never while calling anything.
 *
 * Whoever may interrupt a holder on its own processor and come here again (an
 * interrupt handler, a signal handler) would spin for ever: the port brackets
 * the section, by masking interrupts or signals as its host needs.
 */
#include "atomic.h"
#include "cell.h"
#include "cell_lock.h"
#include "cell_plain.h"

#define LOCKS 64u

static struct {
	_Alignas(64) uint32_t held;
} locks[LOCKS];

static uint32_t *lock_of(const struct evfd_word *cell)
{
	return &locks[((uintptr_t)cell >> 6) % LOCKS].held;
}

static uintptr_t enter(const struct evfd_word *cell)
{
	uint32_t *lock = lock_of(cell);
	uintptr_t state = evfd_port_cell_enter();
	uint32_t expected = 0;

	while (!cas_ar(lock, &expected, 1)) {
		evfd_port_cell_relax();
		expected = 0;
	}
	return state;
}

static void leave(const struct evfd_word *cell, uintptr_t state)
{
	store_rel(lock_of(cell), 0);
	evfd_port_cell_leave(state);
}

struct evfd_word evfd_cell_load(const struct evfd_word *cell)
{
	uintptr_t state = enter(cell);
	struct evfd_word w = *cell;

	leave(cell, state);
	return w;
}

bool evfd_cell_cas(struct evfd_word *cell, struct evfd_word *expected,
		   struct evfd_word desired)
{
	uintptr_t state = enter(cell);
	bool done = cell->count == expected->count && cell->ctl == expected->ctl;

	if (done)
		*cell = desired;
	else
		*expected = *cell;
	leave(cell, state);
	return done;
}
