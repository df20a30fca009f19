/* SPDX-License-Identifier: MIT */
/* A program that has a core/ of its own, and links the library: each counts for itself. */
#include <evfd.h>

#include "own.h"

int main(void)
{
	evfd_t h = evfd_create(1, 0, "the library's");
	struct evfd_stat st;
	uint64_t value;

	if (own_count(41) != 41 || evfd_write(h, 2) < 0 ||
	    evfd_stat(h, &st) < 0 || st.count != 3 || evfd_live() != 1 ||
	    evfd_tryread(h, &value) < 0 || value != 3)
		return 1;
	return evfd_close(h) < 0;
}
