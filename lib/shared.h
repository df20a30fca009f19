/* SPDX-License-Identifier: MIT */
/* What lies in the memory of a shared counter, and how its users sleep. */
#ifndef EVFD_LIB_SHARED_H
#define EVFD_LIB_SHARED_H

#include "library.h"

#include "core/cell.h"

/* "evfd", and the number of this layout. As bytes it differs with their order. */
#define EVFD_SHARED_MAGIC UINT64_C(0x6576666400000002)

/* Of ctl, what word.h has generation and sleepers in. See the theory in shared.c. */
#define EVFD_SHARED_EPOCH_ONE (UINT64_C(1) << EVFD_GENERATION_SHIFT)
#define EVFD_SHARED_ROUND_ONE EVFD_ASLEEP_ONE

/* A struct evfd_shared. All zero: not made yet. */
struct evfd_lib_shared {
	_Alignas(64) struct evfd_word word;
	uint64_t magic;
	uint32_t bells[2]; /* rings for sleepers, by side; slept on */
	uint32_t late[2];  /* 1: somebody was rung for and found nothing yet */
	uint64_t zero[3];
};

/* Are the cell and the sleeping of this build good for several processes? */
extern const bool evfd_lib_shared_is_possible;

/*
 * As evfd_port_wait() and evfd_port_wake(), between all who map the word. 0, look
 * again, also if a peer has cut the file under it: the look then tells.
 */
int evfd_lib_shared_wait(uint32_t *word, uint32_t expected, uint64_t deadline_ns);
void evfd_lib_shared_wake_all(uint32_t *word);

#endif
