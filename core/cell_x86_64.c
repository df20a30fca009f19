/* SPDX-License-Identifier: MIT */
/* The cell on x86-64: lock cmpxchg16b, a full barrier. */
#include "cell_load.h"

struct evfd_word evfd_cell_load(const struct evfd_word *cell)
{
	return evfd_halves_load(cell);
}

bool evfd_cell_cas(struct evfd_word *cell, struct evfd_word *expected,
		   struct evfd_word desired)
{
	bool done;

	__asm__ volatile("lock cmpxchg16b %1"
			 : "=@ccz"(done), "+m"(*cell), "+a"(expected->count),
			   "+d"(expected->ctl)
			 : "b"(desired.count), "c"(desired.ctl)
			 : "memory");
	return done;
}
