/* SPDX-License-Identifier: MIT */
/* Broken on purpose: one byte too far. AddressSanitizer must say. */
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
	char *volatile p = malloc(8);

	(void)argv;
	if (!p)
		return 0;
	p[7 + argc] = 1;
	printf("%d\n", p[7 + argc]);
	free(p);
	return 0;
}
