/* SPDX-License-Identifier: MIT */
#include "programs.h"

const struct sim_effort sim_quick = { 2000, 1000, 1200, 2 };
const struct sim_effort sim_long = { 160000, 50000, 85000, 3 };
const char *const sim_covers =
	"schedule explorer | core/ and vfs/ as they are, one thread at a time";

const struct sim_program *const sim_tables[] = {
	counter_programs,  choosy_programs,
	slot_programs,	   watch_programs,
	handler_programs,  descriptor_programs,
	epoll_programs,	   poll_programs,
	veridian_programs, NULL,
};

bool sim_option(const char *name, const char *value, int *status)
{
	(void)name, (void)value, (void)status;
	return false;
}
