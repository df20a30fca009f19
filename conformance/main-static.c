/* SPDX-License-Identifier: MIT */
/* evfd-conformance-static: the system that it runs on, and nothing else. */
#include "target.h"

extern struct conf_target conf_target_host;

int main(int argc, char **argv)
{
	struct conf_target *const targets[] = { &conf_target_host, NULL };

	return conf_main(argc, argv, targets);
}
