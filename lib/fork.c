/* SPDX-License-Identifier: MIT */
/*
 * Theory
 *
 * fork() copies the memory of all threads and one of the threads: to the child it is
 * as if the others had stopped for ever where they were. What that may leave behind:
 *
 *  - A lock that one of them held. Those that calls wait for are taken before the
 *    fork, in the order in which calls nest them, and let go on both sides.
 *  - Sleepers that there are not, on the list of a counter (on stacks that the child
 *    uses again), in its word, or owed tokens; a list that is held. No thread of the
 *    child sleeps yet, so all of that is taken off every counter.
 *  - Doorbells, which are one with the parent's. They are closed here, unheard and
 *    not rung; who wants a descriptor asks for one again.
 *  - The insides of a set that another thread had locked, and writers on their way to
 *    one with a member. Its queue is made anew, of all members.
 *
 * A counter whose close was interrupted so is closed, and its slot lost to the child;
 * a doorbell that was just being made or closed stays open until it executes.
 *
 * Not here: the locks of cell_lock.c and of the pthread fallback. Where the library is
 * made of these, a child of several threads can only execute.
 */
#include "core/cell.h"
#include "descriptor.h"
#include "library.h"
#include "set.h"

/* What a word says beside its generation that is no sleeper. */
#define KEPT (EVFD_CREATE_FLAGS | EVFD_WORD_CANCELLED)
#define CLOSED 1u /* of pins */

void evfd_lib_fork_begin(void)
{
	evfd_lib_descriptors_hold();
	evfd_lib_registry_hold();
}

void evfd_lib_fork_parent(void)
{
	evfd_lib_registry_let_go();
	evfd_lib_descriptors_let_go();
}

/* By compare-and-swap: a signal handler of the child may post. Pages of counters that
 * nobody slept on stay shared with the parent. */
static void forget_sleepers(struct evfd_object *o)
{
	struct evfd_word w = evfd_cell_load(&o->word), next;

	do {
		next = w;
		next.ctl &= UINT64_MAX << EVFD_GENERATION_SHIFT | KEPT;
	} while (next.ctl != w.ctl && !evfd_cell_cas(&o->word, &w, next));
	if (o->watches.head || o->watches.state)
		o->watches = (struct evfd_watchlist){ 0 };
	if (o->tokens || o->debt || o->choosy[0] || o->choosy[1])
		o->tokens = o->debt = o->choosy[0] = o->choosy[1] = 0;
	if (o->pins & ~CLOSED)
		o->pins &= CLOSED;
}

void evfd_lib_fork_child(void)
{
	struct evfd_registry *r = evfd_lib_registry();

	for (uint32_t i = 0; r && i < r->used; i++)
		forget_sleepers(&r->chunks[i / EVFD_CHUNK_SLOTS]
					 ->objects[i % EVFD_CHUNK_SLOTS]);
	evfd_lib_descriptors_forget();
	evfd_lib_sets_renew();
	evfd_lib_fork_parent();
}
