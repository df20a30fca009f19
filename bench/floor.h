/* SPDX-License-Identifier: MIT */
/*
 * What any safe handle asks of a look: its slot through a directory, and a word in two
 * halves of which one is compared with the handle. The floor of what takes one.
 */
#ifndef EVFD_BENCH_FLOOR_H
#define EVFD_BENCH_FLOOR_H

#include <stdint.h>

#include <evfd.h>

#define FLOOR_SLOTS_MAX 10240
#define FLOOR_CHUNK 256

static struct floor_slot {
	_Alignas(64) uint64_t count;
	uint64_t ctl;
} floor_slots[FLOOR_SLOTS_MAX], *volatile floor_chunks[FLOOR_SLOTS_MAX / FLOOR_CHUNK];

static inline void floor_init(void)
{
	for (int i = 0; i < FLOOR_SLOTS_MAX / FLOOR_CHUNK; i++)
		floor_chunks[i] = &floor_slots[i * FLOOR_CHUNK];
}

static inline struct floor_slot *floor_slot(uint64_t h)
{
	return &floor_chunks[(uint32_t)h / FLOOR_CHUNK][h % FLOOR_CHUNK];
}

/* A call, as those of the library are. */
static __attribute__((__noinline__)) int floor_look(uint64_t h)
{
	struct floor_slot *slot = floor_slot(h);
	uint64_t count = __atomic_load_n(&slot->count, __ATOMIC_ACQUIRE);
	uint64_t ctl = __atomic_load_n(&slot->ctl, __ATOMIC_ACQUIRE);

	if (ctl >> 32 != h >> 32)
		return -1;
	return count ? EVFD_IN | EVFD_OUT : EVFD_OUT;
}

#endif
