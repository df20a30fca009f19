/* SPDX-License-Identifier: MIT */
/* For tools/coverage: a line that main() never gets to, and one that is listed as
 * such although it does. */
int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1)
		return 1;
	return 0;
}
