/* SPDX-License-Identifier: MIT */
/*
 * A word is known by its space and address, private or not: no memory is shared
 * between processes yet, and within one the two kinds must meet (glibc's
 * pthread_join waits without the private flag for a word that the kernel wakes).
 */
#include "task/futex.h"

#include <evfd/types.h>

#include "mm/usercopy.h"
#include "task/process.h"
#include "task/sleepq.h"
#include "x86/clock.h"

#define FUTEX_WAIT 0
#define FUTEX_WAKE 1
#define FUTEX_REQUEUE 3
#define FUTEX_CMP_REQUEUE 4
#define FUTEX_WAKE_OP 5
#define FUTEX_WAIT_BITSET 9
#define FUTEX_WAKE_BITSET 10
#define FUTEX_PRIVATE 128
#define FUTEX_REALTIME 256

#define NS_PER_S UINT64_C(1000000000)

static struct sleep_key key_of(uint64_t address)
{
	return (struct sleep_key){ thread_current()->process->space, address };
}

/* WAIT has a span of time; WAIT_BITSET a moment on one of two clocks. */
static int deadline_from(uint64_t user_timeout, uint32_t op, uint64_t *deadline)
{
	uint64_t time[2], ns, now = clock_now();
	uint64_t offset = op & FUTEX_REALTIME ? clock_realtime_offset() : 0;

	*deadline = EVFD_FOREVER;
	if (!user_timeout)
		return 0;
	if (copy_from_user(time, user_timeout, sizeof(time)))
		return EVFD_EFAULT;
	if (time[0] > INT64_MAX || time[1] >= NS_PER_S)
		return EVFD_EINVAL;
	if (time[0] >= EVFD_FOREVER / 4 / NS_PER_S)
		return 0;
	ns = time[0] * NS_PER_S + time[1];
	if ((op & ~(FUTEX_PRIVATE | FUTEX_REALTIME)) == FUTEX_WAIT)
		*deadline = now + ns;
	else
		*deadline = ns > offset ? ns - offset : 1;
	return 0;
}

static int64_t wait(uint64_t address, uint32_t expected, uint32_t bits,
		    uint64_t deadline)
{
	struct sleep_request rq = {
		.key = key_of(address),
		.load = load_user32,
		.expected = expected,
		.bits = bits,
		.deadline_ns = deadline,
		.kind = SLEEP_SIGNALS,
	};
	int result;

	do
		result = sleepq_wait(&rq);
	while (result == EVFD_EFAULT && !user_touch(address, false));
	if (result == EVFD_EINTR && deadline == EVFD_FOREVER)
		return EVFD_ERESTARTSYS;
	return result;
}

static int64_t requeue(const uint64_t args[6], bool does_compare)
{
	struct sleep_request from = {
		.key = key_of(args[0]),
		.load = does_compare ? load_user32 : NULL,
		.expected = (uint32_t)args[5],
	};
	int64_t result;

	if ((int32_t)args[2] < 0 || (int32_t)args[3] < 0)
		return EVFD_EINVAL;
	do
		result = sleepq_requeue(&from, key_of(args[4]),
					(uint32_t)args[2], (uint32_t)args[3]);
	while (result == EVFD_EFAULT && !user_touch(args[0], false));
	return result;
}

/* Operations and comparisons of WAKE_OP, as futex(2) encodes them. */
static uint32_t apply(uint32_t code, uint32_t old)
{
	uint32_t argument = code >> 12 & 0xfff;

	if (code >> 31)
		argument = 1u << (argument & 31);
	switch (code >> 28 & 7) {
	case 0:
		return argument;
	case 1:
		return old + argument;
	case 2:
		return old | argument;
	case 3:
		return old & ~argument;
	default:
		return old ^ argument;
	}
}

static bool holds(uint32_t code, uint32_t old)
{
	int32_t a = (int32_t)old, b = (int32_t)(code & 0xfff);

	switch (code >> 24 & 15) {
	case 0:
		return a == b;
	case 1:
		return a != b;
	case 2:
		return a < b;
	case 3:
		return a <= b;
	case 4:
		return a > b;
	default:
		return a >= b;
	}
}

static int64_t wake_op(const uint64_t args[6])
{
	uint32_t code = (uint32_t)args[5], old, was;
	int64_t woken;
	int result;

	if ((code >> 28 & 7) > 4 || (code >> 24 & 15) > 5)
		return EVFD_ENOSYS;
	result = load_user32(&was, args[4]);
	do {
		old = was;
		if (!result)
			result = cas_user32(args[4], &was, apply(code, old));
	} while (!result && was != old);
	if (result)
		return result;
	woken = sleepq_wake(key_of(args[0]), (uint32_t)args[2], SLEEP_BITS_ALL);
	if (holds(code, old))
		woken += sleepq_wake(key_of(args[4]), (uint32_t)args[3],
				     SLEEP_BITS_ALL);
	return woken;
}

int64_t futex(const uint64_t args[6])
{
	uint32_t op = (uint32_t)args[1];
	uint32_t command = op & ~(FUTEX_PRIVATE | FUTEX_REALTIME);
	bool has_bits =
		command == FUTEX_WAIT_BITSET || command == FUTEX_WAKE_BITSET;
	uint32_t bits = has_bits ? (uint32_t)args[5] : SLEEP_BITS_ALL;
	uint64_t deadline;
	int result;

	if (args[0] % sizeof(uint32_t) || !bits)
		return EVFD_EINVAL;
	switch (command) {
	case FUTEX_WAIT:
	case FUTEX_WAIT_BITSET:
		result = deadline_from(args[3], op, &deadline);
		return result ? result :
				wait(args[0], (uint32_t)args[2], bits, deadline);
	case FUTEX_WAKE:
	case FUTEX_WAKE_BITSET:
		return sleepq_wake(key_of(args[0]), (uint32_t)args[2], bits);
	case FUTEX_REQUEUE:
		return requeue(args, false);
	case FUTEX_CMP_REQUEUE:
		return requeue(args, true);
	case FUTEX_WAKE_OP:
		return wake_op(args);
	default:
		return EVFD_ENOSYS;
	}
}

void futex_wake_one(const struct space *s, uint64_t address)
{
	sleepq_wake((struct sleep_key){ s, address }, 1, SLEEP_BITS_ALL);
}
