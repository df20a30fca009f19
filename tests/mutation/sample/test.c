/* SPDX-License-Identifier: MIT */
/* Tests of sample.c, too few of them. */
#include "sample.h"

#include <stdio.h>

int main(void)
{
	bool is_right = sample_sum(0) == 0 && sample_sum(3) == 6 &&
			sample_is_flag(SAMPLE_SOME, 4) &&
			!sample_is_flag(SAMPLE_SOME, 12) &&
			sample_is_flag(SAMPLE_ALL, 8);
	sem_t bell;

	printf("%sok 1\n", is_right ? "" : "not ");
	sem_init(&bell, 0, 0);
	sample_wake(&bell);
	sem_wait(&bell);
	return 0;
}
