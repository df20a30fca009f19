/* SPDX-License-Identifier: MIT */
/*
 * The list is the program's and may be anything: a cycle, a bad address, words
 * that are not locks. So it is walked for at most LIST_LIMIT steps, the first
 * failing access ends it, and only words that hold this thread's number change.
 */
#include "task/robust.h"

#include <stdbool.h>

#include "mm/usercopy.h"
#include "task/futex.h"
#include "task/process.h"

#define FUTEX_WAITERS 0x80000000u
#define FUTEX_OWNER_DIED 0x40000000u
#define FUTEX_OWNER 0x3fffffffu
#define LIST_LIMIT 2048

struct robust_head {
	uint64_t first;
	int64_t word_offset;
	uint64_t pending; /* being taken or released right now */
};

/* Bit 0 of a link tells a priority-inheritance lock, which there is not. */
static uint64_t entry_of(uint64_t link)
{
	return link & ~UINT64_C(1);
}

static void release(uint64_t word)
{
	struct thread *me = thread_current();
	uint32_t was, seen;

	if (load_user32(&was, word))
		return;
	do {
		if ((was & FUTEX_OWNER) != (uint32_t)me->tid)
			return;
		seen = was;
		if (cas_user32(word, &seen, (was & FUTEX_WAITERS) | FUTEX_OWNER_DIED))
			return;
		if (seen == was)
			break;
		was = seen;
	} while (true);
	if (was & FUTEX_WAITERS)
		futex_wake_one(me->process->space, word);
}

void robust_release(uint64_t user_head)
{
	struct robust_head head;
	uint64_t entry, next;

	if (!user_head || copy_from_user(&head, user_head, sizeof(head)))
		return;
	entry = entry_of(head.first);
	for (int i = 0; i < LIST_LIMIT && entry != user_head; i++) {
		/* Once released, the entry may be gone. */
		if (copy_from_user(&next, entry, sizeof(next)))
			return;
		if (entry != entry_of(head.pending))
			release(entry + (uint64_t)head.word_offset);
		entry = entry_of(next);
	}
	if (entry_of(head.pending))
		release(entry_of(head.pending) + (uint64_t)head.word_offset);
}
