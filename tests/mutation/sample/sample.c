/* SPDX-License-Identifier: MIT */
/* Something to mutate, for run.py --check. */
#include "sample.h"

unsigned sample_sum(unsigned n)
{
	unsigned sum = 0;

	while (n > 0)
		sum += n--;
	return sum;
}

bool sample_is_flag(enum sample_mode mode, unsigned flags)
{
	return mode == SAMPLE_SOME ? flags & 4u && !(flags & 8u) : flags != 0;
}

void sample_wake(sem_t *bell)
{
	sem_post(bell);
}

/* Nothing tests this. */
int sample_untested(int value)
{
	if (value < 0)
		return -1;
	return value;
}
