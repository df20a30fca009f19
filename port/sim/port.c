/* SPDX-License-Identifier: MIT */
/* The port's functions, and the atomics: each stops, and then does what it says. */
#include "machine.h"

#include <evfd/port.h>
#include <string.h>

#define LOWEST_ADDRESS 4096

static const struct evfd_word none;

static struct evfd_word number(uint64_t x)
{
	return (struct evfd_word){ .count = x };
}

/* ---- atomics ------------------------------------------------------------------ */

static uint64_t apply(struct sim_op *op)
{
	uint64_t before = sim_view_take(op, sim_step(op));

	sim_note(op, number(before), number(sim_value_after(op, before)), 0);
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

	return apply(&op);
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
	uint64_t before = apply(&op);

	if (before == op.expected)
		return true;
	sim_value_set(expected, size, before);
	return false;
}

/* ---- time, and the end ------------------------------------------------------------ */

uint64_t evfd_port_now(void)
{
	struct sim_op op = { .kind = SIM_NOW };

	sim_step(&op);
	sim_note(&op, none, none, (int64_t)sim_clock);
	return sim_clock;
}

/* Sleeping is what is looked at here. */
uint64_t evfd_port_patience(void)
{
	return 0;
}

void evfd_port_patience_end(bool was_found)
{
	(void)was_found;
}

_Noreturn void evfd_port_panic(const char *what, const char *file, int line)
{
	sim_fail("%s:%d: %s", file, line, what);
}

/* ---- a program's memory and signals -------------------------------------------------- */

static int copy(void *to, const void *from, uint64_t user, size_t n)
{
	struct sim_op op = { .kind = SIM_COPY, .value = n };
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
