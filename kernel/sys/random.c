/* SPDX-License-Identifier: MIT */
#include "sys/random.h"

#include "x86/insn.h"

/* The splitmix64 generator; the counter makes each call's input its own. */
uint64_t random_u64(void)
{
	static uint64_t counter;
	uint64_t z = __atomic_add_fetch(&counter, UINT64_C(0x9e3779b97f4a7c15),
					__ATOMIC_RELAXED) ^
		     tsc_read();

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}
