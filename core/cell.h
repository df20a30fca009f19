/* SPDX-License-Identifier: MIT */
/*
 * The 16-byte atomic that holds a word. Which file implements it is chosen when
 * building: cell_x86_64.c, cell_aarch64.c, cell_s390x.c where the machine
 * compares and swaps 16 bytes, cell_lock.c anywhere else. Nothing here knows what
 * the bits mean.
 */
#ifndef EVFD_CORE_CELL_H
#define EVFD_CORE_CELL_H

#include "word.h"

/*
 * The count at some moment, and a ctl that was there before and after that
 * moment. Acquire. (Not one 16-byte load: where the pair matters, a cell_cas()
 * follows and decides.) Context: any.
 */
struct evfd_word evfd_cell_load(const struct evfd_word *cell);

/*
 * Replace *expected by desired, or store what is there in *expected and return false
 * (which is *expected again if it was something else for a moment only). Acquire and
 * release on success, acquire on failure. Context: any.
 */
bool evfd_cell_cas(struct evfd_word *cell, struct evfd_word *expected,
		   struct evfd_word desired);

/*
 * For words that the machine is quick with: load one, if the upper half of its ctl is that
 * of `like`; tell that such a one has no count and was not cancelled (which orders nothing);
 * replace the count of one that was loaded so. False: nothing is done, it takes the
 * others. Orders as theirs. Context: any.
 */
bool evfd_cell_load_quick(const struct evfd_word *cell, uint64_t like,
			  struct evfd_word *w);
bool evfd_cell_is_empty_quick(const struct evfd_word *cell, uint64_t like);
bool evfd_cell_cas_quick(struct evfd_word *cell, struct evfd_word expected,
			 uint64_t count);

#endif
