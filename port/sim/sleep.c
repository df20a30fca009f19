/* SPDX-License-Identifier: MIT */
/* Sleeping on a word and waking who does, as one step each. */
#include "machine.h"

#include <evfd/types.h>

static const struct evfd_word none;

static int leave(struct sim_op *op, int self)
{
	struct sim_thread *t = &sim_threads[self];
	bool was_woken;
	int result;

	op->kind = SIM_LEAVE;
	t->is_woken = false;
	t->asleep_since = (uint64_t)sim_depth;
	t->sleeps += !op->is_short;
	result = sim_leave_result(t, sim_step(op));
	was_woken = t->is_woken;
	if (result == EVFD_EINTR && !t->is_interrupted)
		t->interrupts_left--;
	t->is_interrupted = false;
	if (result == 0 && !was_woken)
		t->spurious_left--;
	if (result == EVFD_ETIMEDOUT && sim_clock < op->deadline_ns)
		sim_clock = op->deadline_ns;
	sim_note(op, (struct evfd_word){ .count = was_woken }, none, result);
	return result;
}

int sim_wait(uint32_t *word, uint32_t expected, uint64_t deadline_ns, bool is_short)
{
	struct sim_op op = {
		.kind = is_short ? SIM_WAIT_SHORT : SIM_WAIT,
		.is_short = is_short,
		.size = 4,
		.at = word,
		.value = expected,
		.deadline_ns = deadline_ns,
	};
	int self = sim_self();
	uint32_t value;

	if (self < 0 && *word == expected)
		sim_fail("setup, rest or end would sleep");
	value = (uint32_t)sim_view_take(&op, sim_step(&op));
	sim_note(&op, (struct evfd_word){ .count = value }, none,
		 value == expected);
	if (value != expected)
		return 0;
	return leave(&op, self);
}

/* Of those who sleep on word, the one that has slept n-th longest. */
static struct sim_thread *nth_sleeper(const uint32_t *word, int n)
{
	struct sim_thread *found = NULL;
	uint64_t since = 0;

	for (n++; n > 0; n--) {
		struct sim_thread *next = NULL;

		for (int i = 0; i < sim_thread_count(); i++) {
			struct sim_thread *t = &sim_threads[i];

			if (sim_sleeps_on(t, word) && t->asleep_since >= since &&
			    (!next || t->asleep_since < next->asleep_since))
				next = t;
		}
		if (!next)
			break;
		found = next;
		since = next->asleep_since + 1;
	}
	return found;
}

void sim_wake(uint32_t *word, uint32_t count)
{
	struct sim_op op = { .kind = SIM_WAKE, .at = word, .value = count };
	int first = sim_step(&op), woken = 0;

	sim_view_wake(word);
	while (count > 0) {
		struct sim_thread *t = nth_sleeper(word, first);

		if (!t)
			break;
		t->is_woken = true;
		sim_view_woken(t, word);
		t->woken_by = sim_self() < 0 ? -1 : sim_depth - 1;
		sim_wakes += !t->op.is_short;
		woken++;
		count--;
	}
	sim_note(&op, none, none, woken);
}
