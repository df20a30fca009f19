/* SPDX-License-Identifier: MIT */
/* Broken on purpose: memory that nobody can free. LeakSanitizer must say. */
#include <stdio.h>
#include <stdlib.h>

static void *volatile kept;

int main(void)
{
	kept = malloc(100);
	printf("%p\n", kept);
	kept = NULL;
	return 0;
}
