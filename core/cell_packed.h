/* SPDX-License-Identifier: MIT */
/*
 * The cell where a compare-and-swap of 8 bytes costs half of one of 16, and both may
 * be made on the same word. A machine's file defines, and then includes this:
 *
 *	bool evfd_cell_swap(struct evfd_word *cell, struct evfd_word *seen,
 *			    struct evfd_word put);	all 16 bytes; as cas_ar()
 *
 * Theory
 *
 * Hardly ever is there a reader asleep *and* a count over 24 bits. So a count that is
 * small lies where the sleepers are not, in ctl, and 8 bytes are the whole state:
 *
 *  packed	ctl = generation | count (24) | flags		count: left over
 *  apart	ctl = generation | asleep (24) | flags | APART	count: the count
 *
 *  U1	A packed cell is its ctl: one load is the word, and from packed to packed a
 *	swap of ctl is the step. A cell that is apart has another ctl, so that fails.
 *  U2	Any other step swaps 16 bytes, ctl among them: all steps of a cell are in one
 *	order, that of its ctl.
 *  U3	`count` changes in steps that leave the cell apart, and in no others. So it is
 *	at any moment the count of the last word that was apart.
 *
 * U3 is for loads. One that finds the cell apart loads it in halves (cell_load.h):
 *
 *	load				others
 *	L1 ctl: apart, x
 *					S1 -> packed
 *	L2 count
 *					S2 -> apart, x
 *	L3 ctl: apart, x
 *
 * L2 finds the count of the last word that was apart before it, by U3, and L1 saw one:
 * so it was there between L1 and L3, and what cell_load.h says of ctl holds. (A
 * swap that left 0 behind in S1 would have L2 find a 0 that never was.)
 *
 * Zeroes are the word of zeroes. Memory that is not any cell's, where strangers can
 * write, may hold what no step leaves: a word that is apart though it could be
 * packed. It is found by what it means, and the next step puts it right.
 */
#ifndef EVFD_CORE_CELL_PACKED_H
#define EVFD_CORE_CELL_PACKED_H

#include "atomic.h"
#include "cell.h"
#include "cell_load.h"

#define EVFD_CELL_APART EVFD_WORD_CELL
#define EVFD_CELL_FIELD ((uint64_t)EVFD_ASLEEP_MAX << EVFD_ASLEEP_SHIFT)

static inline bool evfd_cell_can_pack(struct evfd_word w)
{
	return !(w.ctl & EVFD_CELL_FIELD) && w.count <= EVFD_ASLEEP_MAX;
}

static inline uint64_t evfd_cell_pack(struct evfd_word w)
{
	return w.ctl + (w.count << EVFD_ASLEEP_SHIFT);
}

/* The word that lies in a cell of these 16 bytes. */
static inline struct evfd_word evfd_cell_unpack(struct evfd_word raw)
{
	struct evfd_word w = {
		.count = (uint32_t)raw.ctl >> EVFD_ASLEEP_SHIFT,
		.ctl = raw.ctl & ~EVFD_CELL_FIELD,
	};

	if (raw.ctl & EVFD_CELL_APART) {
		w.count = raw.count;
		w.ctl = raw.ctl & ~(uint64_t)EVFD_CELL_APART;
	}
	return w;
}

/* The load of a cell that was apart. Not inline: hardly ever needed. */
static __attribute__((__noinline__)) struct evfd_word evfd_cell_load_apart(
	const struct evfd_word *cell)
{
	return evfd_cell_unpack(evfd_halves_load(cell));
}

struct evfd_word evfd_cell_load(const struct evfd_word *cell)
{
	struct evfd_word raw = { .ctl = load_acq(&cell->ctl) };

	if (raw.ctl & EVFD_CELL_APART)
		return evfd_cell_load_apart(cell);
	return evfd_cell_unpack(raw);
}

/* From or to a word that is apart. */
static bool evfd_cell_cas_apart(struct evfd_word *cell, struct evfd_word *expected,
				struct evfd_word desired)
{
	struct evfd_word seen, put, w;

	/* Torn is as good as wrong: the swap compares, and returns what is there. */
	seen.ctl = load_acq(&cell->ctl);
	seen.count = load_acq(&cell->count);
	do {
		w = evfd_cell_unpack(seen);
		if (w.count != expected->count || w.ctl != expected->ctl) {
			*expected = evfd_cell_load(cell);
			return false;
		}
		put.count = desired.count;
		put.ctl = desired.ctl | EVFD_CELL_APART;
		if (evfd_cell_can_pack(desired)) {
			put.count = seen.count; /* U3 */
			put.ctl = evfd_cell_pack(desired);
		}
	} while (!evfd_cell_swap(cell, &seen, put));
	return true;
}

bool evfd_cell_cas(struct evfd_word *cell, struct evfd_word *expected,
		   struct evfd_word desired)
{
	struct evfd_word raw = { .count = 0 };

	if (!evfd_cell_can_pack(*expected) || !evfd_cell_can_pack(desired))
		return evfd_cell_cas_apart(cell, expected, desired);
	raw.ctl = evfd_cell_pack(*expected);
	if (cas_ar(&cell->ctl, &raw.ctl, evfd_cell_pack(desired)))
		return true;
	if (raw.ctl & EVFD_CELL_APART)
		return evfd_cell_cas_apart(cell, expected, desired);
	*expected = evfd_cell_unpack(raw);
	return false;
}

bool evfd_cell_load_quick(const struct evfd_word *cell, uint64_t like,
			  struct evfd_word *w)
{
	struct evfd_word raw = { .ctl = load_acq(&cell->ctl) };

	if (raw.ctl & EVFD_CELL_APART || (raw.ctl ^ like) >> 32 != 0)
		return false;
	*w = evfd_cell_unpack(raw);
	return true;
}

bool evfd_cell_is_empty_quick(const struct evfd_word *cell, uint64_t like)
{
	uint64_t other = load_rlx(&cell->ctl) ^ (like >> 32 << 32);

	return !(other & (UINT64_MAX << 32 | EVFD_CELL_FIELD | EVFD_CELL_APART |
			  EVFD_WORD_CANCELLED));
}

bool evfd_cell_cas_quick(struct evfd_word *cell, struct evfd_word expected,
			 uint64_t count)
{
	uint64_t ctl = evfd_cell_pack(expected);
	uint64_t more = (count - expected.count) << EVFD_ASLEEP_SHIFT;

	return count <= EVFD_ASLEEP_MAX && cas_ar(&cell->ctl, &ctl, ctl + more);
}

#endif
