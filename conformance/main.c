/* SPDX-License-Identifier: MIT */
/* evfd-conformance: this system, and ours in this program. */
#include "target.h"

extern struct conf_target conf_target_host, conf_target_inproc;

int main(int argc, char **argv)
{
	struct conf_target *const targets[] = { &conf_target_host,
						&conf_target_inproc, NULL };

	return conf_main(argc, argv, targets);
}
