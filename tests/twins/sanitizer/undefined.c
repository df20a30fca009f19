/* SPDX-License-Identifier: MIT */
/* Broken on purpose: signed overflow. UndefinedBehaviorSanitizer must say. */
#include <limits.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	(void)argv;
	printf("%d\n", INT_MAX - 1 + argc + argc);
	return 0;
}
