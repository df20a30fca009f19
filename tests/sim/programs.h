/* SPDX-License-Identifier: MIT */
/* The programs, by what they are about. Each table ends with a nameless one. */
#ifndef EVFD_TESTS_SIM_PROGRAMS_H
#define EVFD_TESTS_SIM_PROGRAMS_H

#include "port/sim/sim.h"

/* How far a program is explored. */
struct sim_effort {
	uint64_t all, bound, random;
	int preemptions;
};

/* ---- of each build, in its tables.c --------------------------------------------- */

extern const struct sim_effort sim_quick, sim_long;
/* What it is and what it covers, as a line of the table of `make check-all` begins. */
extern const char *const sim_covers;
/* The tables of programs that it runs; NULL ends them. */
extern const struct sim_program *const sim_tables[];
/* Is that an option, the first, of this build alone? *status is then the exit
 * status. */
bool sim_option(const char *name, const char *value, int *status);

/* ------------------------------------------------------------------------------------- */

extern const struct sim_program counter_programs[];
extern const struct sim_program choosy_programs[];
extern const struct sim_program slot_programs[];
extern const struct sim_program watch_programs[];
extern const struct sim_program handler_programs[];
extern const struct sim_program descriptor_programs[];
extern const struct sim_program epoll_programs[];
extern const struct sim_program poll_programs[];
extern const struct sim_program veridian_programs[];

#endif
