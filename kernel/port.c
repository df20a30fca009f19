/* SPDX-License-Identifier: MIT */
/*
 * What the event counters and descriptors need of this kernel: all of
 * evfd/port.h. They sleep on the same queues as a program's futexes.
 */
#include <evfd/port.h>

#include "lib/print.h"
#include "mm/heap.h"
#include "mm/usercopy.h"
#include "task/signal.h"
#include "task/sleepq.h"
#include "x86/clock.h"

static struct sleep_key key_of(const uint32_t *word)
{
	return (struct sleep_key){ NULL, (uint64_t)word };
}

static int wait(uint32_t *word, uint32_t expected, uint64_t deadline_ns,
		enum sleep_kind kind)
{
	struct sleep_request rq = {
		.key = key_of(word),
		.load = sleepq_load_kernel,
		.expected = expected,
		.bits = SLEEP_BITS_ALL,
		.deadline_ns = deadline_ns,
		.kind = kind,
	};
	int result = sleepq_wait(&rq);

	return result == EVFD_EAGAIN ? 0 : result;
}

int evfd_port_wait(uint32_t *word, uint32_t expected, uint64_t deadline_ns)
{
	return wait(word, expected, deadline_ns, SLEEP_SIGNALS);
}

void evfd_port_wait_short(uint32_t *word, uint32_t expected)
{
	wait(word, expected, EVFD_FOREVER, SLEEP_SHORT);
}

void evfd_port_wake(uint32_t *word, uint32_t count)
{
	sleepq_wake(key_of(word), count, SLEEP_BITS_ALL);
}

uint64_t evfd_port_now(void)
{
	return clock_now();
}

/* To sleep costs little here, and to spin may keep out who would end the wait. */
uint64_t evfd_port_patience(void)
{
	return 0;
}

void evfd_port_patience_end(bool was_found)
{
	(void)was_found;
}

void *evfd_port_alloc(size_t size)
{
	return heap_alloc(size);
}

void evfd_port_free(void *p, size_t size)
{
	heap_free(p, size);
}

_Noreturn void evfd_port_panic(const char *what, const char *file, int line)
{
	panic_at(file, line, "%s", what);
}

int evfd_port_copy_in(void *to, uint64_t user_from, size_t n)
{
	return copy_from_user(to, user_from, n);
}

int evfd_port_copy_out(uint64_t user_to, const void *from, size_t n)
{
	return copy_to_user(user_to, from, n);
}

void evfd_port_sigmask(const uint64_t *set, uint64_t *old)
{
	*old = thread_current()->mask;
	signal_set_mask(*set);
}

void evfd_port_sigmask_after_handler(const uint64_t *old)
{
	struct thread *me = thread_current();

	me->saved_mask = *old;
	me->has_saved_mask = true;
}
