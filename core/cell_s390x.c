/* SPDX-License-Identifier: MIT */
/* The cell on s390x: compare double and swap, which serialises. */
#include "cell_load.h"
#include "cell_plain.h"

struct evfd_word evfd_cell_load(const struct evfd_word *cell)
{
	return evfd_halves_load(cell);
}

bool evfd_cell_cas(struct evfd_word *cell, struct evfd_word *expected,
		   struct evfd_word desired)
{
	unsigned __int128 old =
		(unsigned __int128)expected->count << 64 | expected->ctl;
	unsigned __int128 new =
		(unsigned __int128)desired.count << 64 | desired.ctl;
	uint32_t condition;

	__asm__ volatile("cdsg %0, %3, %1\n\t"
			 "ipm %2\n\t"
			 "srl %2, 28"
			 : "+d"(old), "+S"(*cell), "=d"(condition)
			 : "d"(new)
			 : "cc", "memory");
	expected->count = (uint64_t)(old >> 64);
	expected->ctl = (uint64_t)old;
	return condition == 0;
}
