/* SPDX-License-Identifier: MIT */
/*
 * What a step touches, told before it is taken.
 *
 * An operation that leaves a place as it was (a failed compare-and-swap, an `or` of
 * bits that are set) only looks at it. Who sleeps on a word is a place of its own
 * beside the word. The value of a wait is looked at and the queue changed in one
 * step, as the contract of evfd_port_wait() wants it. Memory is each thread's own
 * (memory.c), so giving it out touches nothing.
 */
#include "machine.h"

#include <evfd/types.h>

uint64_t sim_value_at(const volatile void *at, size_t size)
{
	switch (size) {
	case 1:
		return *(const volatile uint8_t *)at;
	case 2:
		return *(const volatile uint16_t *)at;
	case 4:
		return *(const volatile uint32_t *)at;
	default:
		return *(const volatile uint64_t *)at;
	}
}

void sim_value_set(const volatile void *at, size_t size, uint64_t x)
{
	if (size == 1)
		*(volatile uint8_t *)(uintptr_t)at = (uint8_t)x;
	else if (size == 2)
		*(volatile uint16_t *)(uintptr_t)at = (uint16_t)x;
	else if (size == 4)
		*(volatile uint32_t *)(uintptr_t)at = (uint32_t)x;
	else
		*(volatile uint64_t *)(uintptr_t)at = x;
}

uint64_t sim_value_after(const struct sim_op *op, uint64_t before)
{
	uint64_t mask =
		op->size < 8 ? (UINT64_C(1) << op->size * 8) - 1 : UINT64_MAX;

	switch (op->kind) {
	case SIM_STORE:
	case SIM_SWAP:
		return op->value & mask;
	case SIM_ADD:
		return (before + op->value) & mask;
	case SIM_SUB:
		return (before - op->value) & mask;
	case SIM_OR:
		return before | (op->value & mask);
	case SIM_AND:
		return before & op->value;
	case SIM_CAS:
		return before == op->expected ? op->value & mask : before;
	default:
		return before;
	}
}

static uintptr_t queue_of(const volatile void *word)
{
	return (uintptr_t)word | 1; /* words are aligned */
}

static int sleepers_on(const volatile void *word)
{
	int n = 0;

	for (int i = 0; i < sim_thread_count(); i++)
		n += sim_sleeps_on(&sim_threads[i], word);
	return n;
}

int sim_accesses(const struct sim_thread *t, int way,
		 struct sim_access access[SIM_ACCESSES])
{
	const struct sim_op *op = &t->op;
	uintptr_t place = (uintptr_t)op->at;

	switch (op->kind) {
	case SIM_WAIT:
	case SIM_WAIT_SHORT:
		access[0] = (struct sim_access){ place, false };
		access[1] = (struct sim_access){ queue_of(op->at), true };
		/* It only goes to sleep if the value is the one expected. */
		return sim_view_changes(t, way) ? 2 : 1;
	case SIM_LEAVE:
		access[0] = (struct sim_access){ queue_of(op->at), true };
		access[1] = (struct sim_access){ (uintptr_t)&sim_clock, true };
		if (t->is_woken)
			return 0;
		return op->deadline_ns < EVFD_FOREVER ? 2 : 1;
	case SIM_WAKE:
		access[0].place = queue_of(op->at);
		access[0].changes =
			sleepers_on(op->at) > 0 || sim_view_changes(t, way);
		return 1;
	case SIM_NOW:
		access[0] = (struct sim_access){ (uintptr_t)&sim_clock, false };
		return 1;
	case SIM_CELL_SWAP:
		access[0].place = place;
		access[1].place = place + sizeof(op->old.count);
		access[0].changes = access[1].changes = sim_view_changes(t, way);
		return 2;
	case SIM_START:
	case SIM_ALLOC:
	case SIM_FREE:
	case SIM_COPY:
		return 0;
	default:
		access[0].place = place;
		access[0].changes = sim_view_changes(t, way);
		return 1;
	}
}

/* Fill in with what results t may leave its sleep; returns how many. */
static int ways_to_leave(const struct sim_thread *t, int results[4])
{
	int n = 0;

	if (t->is_interrupted) {
		results[0] = EVFD_EINTR;
		return 1;
	}
	if (t->is_woken)
		results[n++] = 0;
	if (!t->op.is_short && t->op.deadline_ns < EVFD_FOREVER)
		results[n++] = EVFD_ETIMEDOUT;
	if (!t->op.is_short && t->interrupts_left)
		results[n++] = EVFD_EINTR;
	if (!t->is_woken && t->spurious_left)
		results[n++] = 0;
	return n;
}

int sim_leave_result(const struct sim_thread *t, int choice)
{
	int results[4];

	ways_to_leave(t, results);
	return results[choice];
}

int sim_choices(int thread)
{
	const struct sim_thread *t = &sim_threads[thread];
	int results[4], n;

	switch (t->op.kind) {
	case SIM_LEAVE:
		return ways_to_leave(t, results);
	case SIM_WAKE:
		/* Which of them, when not all. */
		n = sleepers_on(t->op.at);
		return t->op.value < (uint64_t)n ? n : 1;
	case SIM_ALLOC:
		return t->alloc_failures_left ? 2 : 1;
	case SIM_COPY:
		return t->copy_faults_left ? 2 : 1;
	case SIM_START:
	case SIM_NOW:
	case SIM_FREE:
		return 1;
	default:
		return sim_view_ways(t);
	}
}

bool sim_is_leaving(int t)
{
	return sim_threads[t].op.kind == SIM_LEAVE && !sim_threads[t].is_woken;
}

bool sim_is_handler_of(int a, int b)
{
	return sim_threads[a].interrupts == b || sim_threads[b].interrupts == a;
}

bool sim_is_independent(int a, int b)
{
	struct sim_access of_a[SIM_ACCESSES], of_b[SIM_ACCESSES];
	int na = sim_accesses(&sim_threads[a], -1, of_a);
	int nb = sim_accesses(&sim_threads[b], -1, of_b);

	if (sim_is_handler_of(a, b))
		return false;
	for (int i = 0; i < na; i++)
		for (int k = 0; k < nb; k++)
			if (of_a[i].place == of_b[k].place &&
			    (of_a[i].changes || of_b[k].changes))
				return false;
	return true;
}
