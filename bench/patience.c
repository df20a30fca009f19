/* SPDX-License-Identifier: MIT */
/* libevfd keeps its waiting policy to itself: reached by the name that it has inside. Apart
 * from channel.c, for whose <evfd.h> those names are wrong. */
#include "lib/rename.h"

#include "port/posix/patience.h"

#include "channel.h"

void channel_allow_patience(bool is_allowed)
{
	evfd_posix_allow_patience(is_allowed);
}
