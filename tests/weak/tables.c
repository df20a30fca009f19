/* SPDX-License-Identifier: MIT */
/* What the simulator's front runs over the weak memory. */
#include "tests/sim/programs.h"
#include "weak.h"

#include <string.h>

const struct sim_effort sim_quick = { 60, 0, 40, 2 };
const struct sim_effort sim_long = { 2500, 500, 1500, 2 };
const char *const sim_covers =
	"weak memory | core/ and vfs/ as they are over C11's memory";

const struct sim_program *const sim_tables[] = {
	weak_programs,
	counter_programs,
	choosy_programs,
	slot_programs,
	watch_programs,
	handler_programs,
	descriptor_programs,
	epoll_programs,
	poll_programs,
	veridian_programs,
	NULL,
};
const int weak_core_tables = 6;

bool sim_option(const char *name, const char *value, int *status)
{
	static const char *const asked[] = {
		[WEAK_ALL] = "--orders",
		[WEAK_KNOWN] = "--known",
		[WEAK_MISSING] = "--suggest",
	};

	if (strcmp(name, "--litmus") == 0) {
		*status = weak_check_litmus();
		return true;
	}
	for (int i = WEAK_ALL; i <= WEAK_MISSING; i++) {
		if (strcmp(name, asked[i]) == 0) {
			*status = weak_check_orders(value, (enum weak_asked)i);
			return true;
		}
	}
	return false;
}
