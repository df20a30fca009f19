/* SPDX-License-Identifier: MIT */
/*
 * The cell on x86-64, where each locked instruction is a full barrier: packed, as
 * cmpxchg takes half the time of cmpxchg16b, and they see each other's bytes.
 *
 * clc, for who runs this in an emulator: QEMU 7.2 keeps for the flags that
 * cmpxchg16b does not change a number that an instruction before worked with, if
 * none between has made it compute them. Bits of that number then become TF or
 * NT, and a kernel meets exceptions that nothing in it raises.
 */
#include "cell.h"

static inline bool evfd_cell_swap(struct evfd_word *cell,
				  struct evfd_word *seen, struct evfd_word put)
{
	bool done;

	__asm__ volatile("clc\n\t"
			 "lock cmpxchg16b %1"
			 : "=@ccz"(done), "+m"(*cell), "+a"(seen->count),
			   "+d"(seen->ctl)
			 : "b"(put.count), "c"(put.ctl)
			 : "memory");
	return done;
}

#include "cell_packed.h"
