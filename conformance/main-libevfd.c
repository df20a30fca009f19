/* SPDX-License-Identifier: MIT */
/* evfd-conformance-libevfd: the library, by handle and by descriptor. */
#include "target.h"

extern struct conf_target conf_target_libevfd, conf_target_libevfd_descriptor;

int main(int argc, char **argv)
{
	struct conf_target *const targets[] = { &conf_target_libevfd,
						&conf_target_libevfd_descriptor,
						NULL };

	return conf_main(argc, argv, targets);
}
