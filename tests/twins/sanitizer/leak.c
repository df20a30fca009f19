/* SPDX-License-Identifier: MIT */
/* Broken on purpose: memory that nobody can find any more. LeakSanitizer must say. */
#include <stdio.h>
#include <stdlib.h>

static void *volatile kept;

int main(void)
{
	for (int i = 0; i < 100; i++)
		kept = malloc(100);
	printf("%p\n", kept);
	return 0;
}
