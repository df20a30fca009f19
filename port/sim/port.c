/* SPDX-License-Identifier: MIT */
/* The port's functions, and the atomics: each stops, and then does what it says. */
#include "machine.h"

#include <evfd/port.h>
#include <string.h>

#define LOWEST_ADDRESS 4096

static const struct evfd_word none;

static struct evfd_word number(uint64_t x)
{
	return (struct evfd_word){.count = x};
}

/* ---- atomics ------------------------------------------------------------------ */

static void store(volatile void *at, size_t size, uint64_t x)
{
	if (size == 1)
		*(volatile uint8_t *)at = (uint8_t)x;
	else if (size == 2)
		*(volatile uint16_t *)at = (uint16_t)x;
	else if (size == 4)
		*(volatile uint32_t *)at = (uint32_t)x;
	else
		*(volatile uint64_t *)at = x;
}

static uint64_t apply(struct sim_op *op, const volatile void *at)
{
	uint64_t before, after;

	sim_step(op);
	before = sim_value_at(at, op->size);
	after = sim_value_after(op);
	if (after != before)
		store((volatile void *)(uintptr_t)at, op->size, after);
	sim_note(op, number(before), number(after), 0);
	return before;
}

uint64_t sim_atomic(enum sim_atomic what, const volatile void *at, size_t size,
		    uint64_t value, const struct sim_site *site)
{
	struct sim_op op = {
		.kind = (uint8_t)what,
		.size = (uint8_t)size,
		.at = at,
		.value = value,
		.site = site,
	};

	return apply(&op, at);
}

bool sim_cas(const volatile void *at, size_t size, void *expected,
	     uint64_t value, const struct sim_site *site)
{
	struct sim_op op = {
		.kind = SIM_CAS,
		.size = (uint8_t)size,
		.at = at,
		.value = value,
		.expected = sim_value_at(expected, size),
		.site = site,
	};
	uint64_t before = apply(&op, at);

	if (before == op.expected)
		return true;
	store(expected, size, before);
	return false;
}

/* ---- waiting --------------------------------------------------------------------- */

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
	sim_note(op, number(was_woken), none, result);
	return result;
}

static int wait(uint32_t *word, uint32_t expected, uint64_t deadline_ns, bool is_short)
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

	if (self < 0 && *word == expected)
		sim_fail("setup, rest or end would sleep");
	sim_step(&op);
	sim_note(&op, number(*word), none, *word == expected);
	if (*word != expected)
		return 0;
	return leave(&op, self);
}

int evfd_port_wait(uint32_t *word, uint32_t expected, uint64_t deadline_ns)
{
	return wait(word, expected, deadline_ns, false);
}

void evfd_port_wait_short(uint32_t *word, uint32_t expected)
{
	wait(word, expected, EVFD_FOREVER, true);
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

void evfd_port_wake(uint32_t *word, uint32_t count)
{
	struct sim_op op = {.kind = SIM_WAKE, .at = word, .value = count};
	int first = sim_step(&op), woken = 0;

	while (count > 0) {
		struct sim_thread *t = nth_sleeper(word, first);

		if (!t)
			break;
		t->is_woken = true;
		t->woken_by = sim_self() < 0 ? -1 : sim_depth - 1;
		sim_wakes += !t->op.is_short;
		woken++;
		count--;
	}
	sim_note(&op, none, none, woken);
}

uint64_t evfd_port_now(void)
{
	struct sim_op op = {.kind = SIM_NOW};

	sim_step(&op);
	sim_note(&op, none, none, (int64_t)sim_clock);
	return sim_clock;
}

_Noreturn void evfd_port_panic(const char *what, const char *file, int line)
{
	sim_fail("%s:%d: %s", file, line, what);
}

/* ---- a program's memory and signals -------------------------------------------------- */

static int copy(void *to, const void *from, uint64_t user, size_t n)
{
	struct sim_op op = {.kind = SIM_COPY, .value = n};
	int self = sim_self();
	bool is_bad = user < LOWEST_ADDRESS;

	if (sim_step(&op) == 1) {
		sim_threads[self].copy_faults_left--;
		is_bad = true;
	}
	sim_note(&op, none, none, is_bad ? EVFD_EFAULT : 0);
	if (is_bad)
		return EVFD_EFAULT;
	memcpy(to, from, n);
	return 0;
}

int evfd_port_copy_in(void *to, uint64_t user_from, size_t n)
{
	return copy(to, (const void *)(uintptr_t)user_from, user_from, n);
}

int evfd_port_copy_out(uint64_t user_to, const void *from, size_t n)
{
	return copy((void *)(uintptr_t)user_to, from, user_to, n);
}

/* Signals come as interrupted sleeps, whatever the mask. */
void evfd_port_sigmask(const uint64_t *set, uint64_t *old)
{
	(void)set;
	*old = 0;
}

void evfd_port_sigmask_after_handler(const uint64_t *old)
{
	(void)old;
}
