/* SPDX-License-Identifier: MIT */
#ifndef EVFD_TESTS_MUTATION_SAMPLE_H
#define EVFD_TESTS_MUTATION_SAMPLE_H

#include <semaphore.h>
#include <stdbool.h>

enum sample_mode {
	SAMPLE_NONE,
	SAMPLE_SOME,
	SAMPLE_ALL
};

unsigned sample_sum(unsigned n);
bool sample_is_flag(enum sample_mode mode, unsigned flags);
void sample_wake(sem_t *bell);
int sample_untested(int value);

#endif
