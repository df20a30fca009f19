/* SPDX-License-Identifier: MIT */
/*
 * Memory that tells when it is used too late. Each thread takes from an arena of its
 * own, in order, and nothing is used twice: so addresses depend on what the
 * thread did alone, and what has been given back can be told for good.
 */
#include "machine.h"

#include <evfd/port.h>
#include <string.h>

#define LINE 64u
#define ARENA (512u * 1024)
#define LINES (ARENA / LINE)
#define ARENAS (SIM_THREADS + 1) /* the last is of setup, rest and end */
#define STACK (64u * 1024)
#define BLOCKS 256

enum line {
	NEVER,
	LIVE,
	GONE
};

struct block {
	unsigned char *at;
	size_t size;
	bool is_live;
};

static struct arena {
	_Alignas(64) unsigned char bytes[ARENA];
	unsigned char lines[LINES];
	size_t used;
} arenas[ARENAS];
static struct block blocks[BLOCKS];
static int block_count;
static _Alignas(64) unsigned char stacks[SIM_THREADS][STACK];

unsigned char *sim_stack(int thread, size_t *size)
{
	*size = STACK;
	return stacks[thread];
}

void sim_memory_reset(void)
{
	for (int i = 0; i < ARENAS; i++) {
		memset(arenas[i].lines, NEVER, arenas[i].used / LINE);
		arenas[i].used = 0;
	}
	block_count = 0;
}

static void mark(const unsigned char *at, size_t size, enum line how)
{
	size_t offset = (size_t)(at - (unsigned char *)arenas);
	struct arena *a = &arenas[offset / sizeof(*a)];

	memset(&a->lines[(size_t)(at - a->bytes) / LINE], how,
	       (size + LINE - 1) / LINE);
}

void sim_memory_check(const volatile void *at)
{
	uintptr_t offset = (uintptr_t)at - (uintptr_t)arenas;
	struct arena *a = &arenas[offset / sizeof(*a)];
	size_t inside = offset % sizeof(*a);

	if ((uintptr_t)at < 4096)
		sim_fail("access to address %p", (void *)(uintptr_t)at);
	if (offset >= sizeof(arenas))
		return;
	if (inside >= ARENA || a->lines[inside / LINE] != LIVE)
		sim_fail("access to memory that was given back");
}

void sim_memory_check_leaks(void)
{
	for (int i = 0; i < block_count; i++)
		if (blocks[i].is_live)
			sim_fail("%zu bytes were not given back", blocks[i].size);
}

void *evfd_port_alloc(size_t size)
{
	struct sim_op op = { .kind = SIM_ALLOC, .value = size };
	struct evfd_word none = { 0 };
	size_t whole = (size + LINE - 1) / LINE * LINE;
	int self = sim_self();
	struct arena *a = &arenas[self < 0 ? ARENAS - 1 : self];
	unsigned char *p = NULL;

	if (sim_step(&op) == 1) {
		sim_threads[self].alloc_failures_left--;
	} else {
		if (whole > ARENA - a->used || block_count == BLOCKS)
			sim_fail("the simulator's memory is used up");
		p = &a->bytes[a->used];
		a->used += whole;
		memset(p, 0, whole);
		mark(p, whole, LIVE);
		sim_view_whole(p, whole);
		blocks[block_count++] = (struct block){ p, size, true };
	}
	sim_note(&op, none, none, p != NULL);
	return p;
}

void evfd_port_free(void *p, size_t size)
{
	struct sim_op op = { .kind = SIM_FREE, .value = size };
	struct evfd_word none = { 0 };
	int i = 0;

	sim_step(&op);
	while (i < block_count && blocks[i].at != p)
		i++;
	if (i == block_count || !blocks[i].is_live)
		sim_fail("%zu bytes given back that are not there", size);
	if (blocks[i].size != size)
		sim_fail("%zu bytes given back of %zu", size, blocks[i].size);
	blocks[i].is_live = false;
	sim_view_whole(p, size);
	mark(p, size, GONE);
	memset(p, 0xdf, size);
	sim_note(&op, none, none, 0);
}
