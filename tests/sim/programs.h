/* SPDX-License-Identifier: MIT */
/* The programs, by what they are about. Each table ends with a nameless one. */
#ifndef EVFD_TESTS_SIM_PROGRAMS_H
#define EVFD_TESTS_SIM_PROGRAMS_H

#include "port/sim/sim.h"

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
