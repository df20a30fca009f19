/* SPDX-License-Identifier: MIT */
/* Everything above the port, linked with the skeleton of one. Not to be run. */
int main(void)
{
	return 0;
}
