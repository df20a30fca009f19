/* SPDX-License-Identifier: MIT */
/* Force-included before the sources that mutator.py wrote. */
#ifndef EVFD_TESTS_MUTATION_SELECT_H
#define EVFD_TESTS_MUTATION_SELECT_H

/* The mutant that runs; 0: none. */
extern unsigned evfd_mutant;
/* Which mutants the run came by. MUTANTS comes from the command line. */
extern unsigned char evfd_mutants_met[MUTANTS + 1];

#define MUTANT(n) (evfd_mutants_met[n] = 1, evfd_mutant == (n))

#endif
