/* SPDX-License-Identifier: MIT */
#include "lib/jitter.h"

#include "x86/insn.h"

/* Spans are 2^9 to 2^19 ns and a part of the same again. */
#define SPAN_SHORTEST 9
#define SPAN_DOUBLINGS 11
#define REST_ONCE_IN 16

uint64_t jitter_state;
static uint64_t digest, steps;

static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

static uint64_t next(void)
{
	return mix(__atomic_add_fetch(&jitter_state, UINT64_C(0x9e3779b97f4a7c15),
				      __ATOMIC_RELAXED));
}

void jitter_init(uint64_t seed)
{
	jitter_state = seed ? mix(seed) : 0;
}

uint32_t jitter_below(uint32_t n)
{
	if (!__atomic_load_n(&jitter_state, __ATOMIC_RELAXED))
		return 0;
	return (uint32_t)(next() >> 32) % n;
}

bool jitter_happens(uint32_t times)
{
	return jitter_below(times) == 1;
}

uint64_t jitter_span_ns(uint64_t otherwise)
{
	uint64_t span;

	if (!__atomic_load_n(&jitter_state, __ATOMIC_RELAXED))
		return otherwise;
	span = UINT64_C(1) << (SPAN_SHORTEST + jitter_below(SPAN_DOUBLINGS));
	return span + next() % span;
}

void jitter_rest(void)
{
	if (jitter_happens(REST_ONCE_IN))
		cpu_pause();
}

void jitter_note(uint32_t cpu, int32_t tid)
{
	digest = mix(digest ^ ((uint64_t)cpu << 32 | (uint32_t)tid)) + steps++;
}

uint64_t jitter_digest(void)
{
	return digest;
}

uint64_t jitter_steps(void)
{
	return steps;
}
