/* SPDX-License-Identifier: MIT */
#ifndef EVFD_TESTS_SUPPORT_RANDOM_H
#define EVFD_TESTS_SUPPORT_RANDOM_H

#include <stdint.h>

/* xorshift: *state, which must not be 0, becomes the next of 2^64 - 1 numbers. */
static inline uint64_t random_next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

#endif
