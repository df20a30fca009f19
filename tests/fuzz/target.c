/* SPDX-License-Identifier: MIT */
/* The differential fuzzer as a libFuzzer target: coverage finds what chance does not. */
#include <stdlib.h>

#include "program.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static struct program p;
	static bool is_ready;
	uint64_t made = 0;

	if (!is_ready) {
		sides_init();
		is_ready = true;
	}
	if (program_run_bytes(&p, bytes, n, &made) == SAME)
		return 0;
	program_shrink(&p);
	program_print(stderr, &p);
	abort();
}
