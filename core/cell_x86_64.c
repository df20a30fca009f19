/* SPDX-License-Identifier: MIT */
/*
 * The cell on x86-64: lock cmpxchg16b, a full barrier.
 *
 * clc, for who runs this in an emulator: QEMU 7.2 keeps for the flags that
 * cmpxchg16b does not change a number that an instruction before worked with, if
 * none between has made it compute them. Bits of that number then become TF or
 * NT, and a kernel meets exceptions that nothing in it raises.
 */
#include "cell_load.h"

struct evfd_word evfd_cell_load(const struct evfd_word *cell)
{
	return evfd_halves_load(cell);
}

bool evfd_cell_cas(struct evfd_word *cell, struct evfd_word *expected,
		   struct evfd_word desired)
{
	bool done;

	__asm__ volatile("clc\n\t"
			 "lock cmpxchg16b %1"
			 : "=@ccz"(done), "+m"(*cell), "+a"(expected->count),
			   "+d"(expected->ctl)
			 : "b"(desired.count), "c"(desired.ctl)
			 : "memory");
	return done;
}
