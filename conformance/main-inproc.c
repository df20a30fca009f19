/* SPDX-License-Identifier: MIT */
/* evfd-conformance where the system calls are not x86-64's: ours in this program. */
#include "target.h"

extern struct conf_target conf_target_inproc;

int main(int argc, char **argv)
{
	struct conf_target *const targets[] = { &conf_target_inproc, NULL };

	return conf_main(argc, argv, targets);
}
