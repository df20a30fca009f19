/* SPDX-License-Identifier: MIT */
/* Whether threads look again before they sleep: the port decides, within what the program
 * allows. */
#include "port/posix/patience.h"

#include "library.h"

bool evfd_allow_spin(bool is_allowed)
{
	return evfd_posix_allow_patience(is_allowed);
}
