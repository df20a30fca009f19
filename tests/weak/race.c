/* SPDX-License-Identifier: MIT */
/*
 * Data races: two accesses to the same bytes, one of them a write and one of them
 * plain, that nothing orders. core/ and vfs/ are compiled with -fsanitize=thread, which
 * calls __tsan_read4() and the like before every plain access; instead of the
 * sanitizer's, these here are linked. What orders is what memory.c says, so a race
 * is found in whatever order the two were run.
 *
 * For every four bytes: when each thread last accessed them, by its own time. Whoever
 * accesses them must know of all those times.
 */
#include "weak.h"

#include <string.h>

#define ENTRIES (1u << 14)
#define BLOCKS 256
#define GRAIN 4u

enum access {
	PLAIN_READ,
	PLAIN_WRITE,
	ATOMIC_READ,
	ATOMIC_WRITE,
	ACCESSES
};

static const char *const names[] = { "plain read", "plain write", "atomic read",
				     "atomic write" };

/* With which earlier accesses each is in conflict. */
static const bool conflict[ACCESSES][ACCESSES] = {
	[PLAIN_READ] = { [PLAIN_WRITE] = true, [ATOMIC_WRITE] = true },
	[PLAIN_WRITE] = { true, true, true, true },
	[ATOMIC_READ] = { [PLAIN_WRITE] = true },
	[ATOMIC_WRITE] = { [PLAIN_READ] = true, [PLAIN_WRITE] = true },
};

static struct entry {
	uintptr_t grain;
	uint32_t run;
	uint16_t times[ACCESSES][WEAK_SELVES]; /* 0: never */
} entries[ENTRIES];
static uint32_t run = 1;

/* Memory that was made during this schedule is written by whoever asked for it. */
static struct block {
	uintptr_t at;
	size_t size;
	int self;
	uint16_t time;
} blocks[BLOCKS];
static int block_count;

void weak_races_reset(void)
{
	run++;
	block_count = 0;
}

static struct entry *slot_of(uintptr_t grain)
{
	uint32_t i = (uint32_t)(grain * 0x9e3779b1u) % ENTRIES;

	for (uint32_t n = 0; n < ENTRIES; n++, i = (i + 1) % ENTRIES)
		if (entries[i].run != run || entries[i].grain == grain)
			return &entries[i];
	sim_fail("too much memory touched in one schedule");
}

static struct entry *entry_of(uintptr_t grain)
{
	struct entry *e = slot_of(grain);

	if (e->run == run)
		return e;
	*e = (struct entry){ .grain = grain, .run = run };
	for (int i = 0; i < block_count; i++) {
		const struct block *b = &blocks[i];

		if (grain * GRAIN - b->at < b->size)
			e->times[PLAIN_WRITE][b->self] = b->time;
	}
	return e;
}

/* Where in the program, for addr2line. */
static unsigned long offset_of(const void *pc)
{
	extern const char __executable_start[];

	return pc ? (unsigned long)((const char *)pc - __executable_start) : 0;
}

static void check(const struct entry *e, enum access how, int self, const void *pc)
{
	for (int other = 0; other < SIM_THREADS; other++)
		for (int was = 0; was < ACCESSES; was++) {
			uint16_t time = e->times[was][other];

			if (time && conflict[how][was] && other != self &&
			    !weak_knows(self, other, time))
				sim_fail("data race: %s by thread %c after %s "
					 "by thread %c (at 0x%lx)",
					 names[how], 'a' + self, names[was],
					 'a' + other, offset_of(pc));
		}
}

static void note(uintptr_t at, size_t size, enum access how, const void *pc)
{
	int self = weak_self();

	for (uintptr_t g = at / GRAIN; g <= (at + size - 1) / GRAIN; g++) {
		struct entry *e = entry_of(g);

		check(e, how, self, pc);
		e->times[how][self] = weak_time(self);
	}
}

void weak_race_atomic(const struct sim_op *op, bool changes)
{
	uintptr_t at = (uintptr_t)op->at;
	size_t size = op->size;

	if (weak_self() == WEAK_ALONE)
		return;
	if (op->kind == SIM_CELL_HALF && op->value)
		at += 8;
	if (op->kind == SIM_CELL_CAS)
		size = 16;
	note(at, size, ATOMIC_READ, NULL);
	if (changes)
		note(at, size, ATOMIC_WRITE, NULL);
}

void weak_race_whole(const volatile void *p, size_t size)
{
	uintptr_t at = (uintptr_t)p;
	int self = weak_self();

	if (self == WEAK_ALONE)
		return;
	if (block_count == BLOCKS)
		sim_fail("more than %d blocks in one schedule", BLOCKS);
	for (uintptr_t g = at / GRAIN; g < (at + size) / GRAIN; g++) {
		struct entry *e = slot_of(g);

		if (e->run == run)
			check(e, PLAIN_WRITE, self, NULL);
	}
	blocks[block_count++] = (struct block){ at, size, self, weak_time(self) };
}

static void plain(const void *p, size_t size, enum access how, const void *pc)
{
	if (how == PLAIN_WRITE)
		weak_forget((uintptr_t)p, size);
	if (weak_self() == WEAK_ALONE)
		return;
	sim_memory_check(p);
	note((uintptr_t)p, size, how, pc);
}

/* ---- what the compiler calls ------------------------------------------------------ */

#define HOOK(name, size, how)                                     \
	void name(void *p);                                       \
	void name(void *p)                                        \
	{                                                         \
		plain(p, size, how, __builtin_return_address(0)); \
	}
#define RANGE(name, how)                                          \
	void name(void *p, size_t size);                          \
	void name(void *p, size_t size)                           \
	{                                                         \
		plain(p, size, how, __builtin_return_address(0)); \
	}
#define NOTHING(name)       \
	void name(void *p); \
	void name(void *p)  \
	{                   \
		(void)p;    \
	}

HOOK(__tsan_read1, 1, PLAIN_READ)
HOOK(__tsan_read2, 2, PLAIN_READ)
HOOK(__tsan_read4, 4, PLAIN_READ)
HOOK(__tsan_read8, 8, PLAIN_READ)
HOOK(__tsan_read16, 16, PLAIN_READ)
HOOK(__tsan_unaligned_read2, 2, PLAIN_READ)
HOOK(__tsan_unaligned_read4, 4, PLAIN_READ)
HOOK(__tsan_unaligned_read8, 8, PLAIN_READ)
HOOK(__tsan_unaligned_read16, 16, PLAIN_READ)
HOOK(__tsan_write1, 1, PLAIN_WRITE)
HOOK(__tsan_write2, 2, PLAIN_WRITE)
HOOK(__tsan_write4, 4, PLAIN_WRITE)
HOOK(__tsan_write8, 8, PLAIN_WRITE)
HOOK(__tsan_write16, 16, PLAIN_WRITE)
HOOK(__tsan_unaligned_write2, 2, PLAIN_WRITE)
HOOK(__tsan_unaligned_write4, 4, PLAIN_WRITE)
HOOK(__tsan_unaligned_write8, 8, PLAIN_WRITE)
HOOK(__tsan_unaligned_write16, 16, PLAIN_WRITE)
RANGE(__tsan_read_range, PLAIN_READ)
RANGE(__tsan_write_range, PLAIN_WRITE)
NOTHING(__tsan_func_entry)
NOTHING(__tsan_func_exit)
NOTHING(__tsan_init)
