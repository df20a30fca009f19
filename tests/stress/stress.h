/* SPDX-License-Identifier: MIT */
/* What the programs here have in common. */
#ifndef EVFD_TESTS_STRESS_H
#define EVFD_TESTS_STRESS_H

#include "core/cell.h"
#include "core/registry.h"
#include "tests/support/random.h"

/* The program's own: end it, saying what is wrong. */
static _Noreturn void fail(const char *what, long long a, long long b);

/* One state a thread; 0: its steps are not delayed. */
static _Thread_local uint64_t random_state;

static uint64_t random_below(uint64_t n)
{
	return random_next(&random_state) % n;
}

/* At rest nobody is registered, or as many as are owed by who left (T1). */
static void check_rest(struct evfd_registry *r, evfd_t h)
{
	struct evfd_ref ref;
	uint32_t asleep;

	if (!evfd_resolve(r, h, &ref))
		fail("a handle that was never one", 0, 0);
	asleep = ref.object->tokens;
	asleep += evfd_word_asleep(evfd_cell_load(&ref.object->word));
	if (asleep != ref.object->debt)
		fail("sleepers or tokens left over", asleep, ref.object->debt);
}

#endif
