/* SPDX-License-Identifier: MIT */
/* What do a write and the read of it cost when nobody waits? By handle, in a process with
 * threads; the floor is two locked instructions on one word, without any call. */
#include <sys/eventfd.h>

#include <evfd.h>

#include "channel.h"
#include "pair.h"

/* Those that are called without detours. */
static evfd_t handle;
static int descriptor;

static uint64_t run_evfd(uint64_t n, const void *arg)
{
	uint64_t start = bench_now(), put = 0, got = 0, value;

	(void)arg;
	for (uint64_t i = 0; i < n; i++) {
		put += pair_value(i);
		if (evfd_write(handle, pair_value(i)) || evfd_read(handle, &value))
			bench_die("a call failed");
		got += value;
	}
	bench_need(put == got, "evfd lost something");
	return bench_now() - start;
}

/* The same of a load and a compare-and-swap of 8 bytes: the least of any counter whose
 * words also tell whether the handle is stale, and so cannot be added to blindly. */
static uint64_t run_floor_cas(uint64_t n, const void *arg)
{
	static _Alignas(64) uint64_t word;
	uint64_t start = bench_now(), put = 0, got = 0;

	(void)arg;
	for (uint64_t i = 0; i < n; i++) {
		uint64_t seen = __atomic_load_n(&word, __ATOMIC_ACQUIRE);

		put += pair_value(i);
		bench_need(__atomic_compare_exchange_n(
				   &word, &seen, seen + pair_value(i), false,
				   __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE),
			   "somebody else was there");
		seen = __atomic_load_n(&word, __ATOMIC_ACQUIRE);
		got += seen;
		bench_need(__atomic_compare_exchange_n(&word, &seen, 0, false,
						       __ATOMIC_ACQ_REL,
						       __ATOMIC_ACQUIRE),
			   "somebody else was there");
	}
	bench_need(put == got, "the floor lost something");
	return bench_now() - start;
}

#ifdef __x86_64__
/* What our word asked for before it was packed: load both halves, compare-and-swap both,
 * twice. */
static uint64_t run_floor_16(uint64_t n, const void *arg)
{
	static _Alignas(16) struct {
		uint64_t count, ctl;
	} word;
	uint64_t start = bench_now(), put = 0, got = 0;

	(void)arg;
	for (uint64_t i = 0; i < n; i++) {
		for (int half = 0; half < 2; half++) {
			uint64_t count =
				__atomic_load_n(&word.count, __ATOMIC_ACQUIRE);
			uint64_t ctl =
				__atomic_load_n(&word.ctl, __ATOMIC_ACQUIRE);
			uint64_t next = half ? 0 : count + pair_value(i);

			got += half ? count : 0;
			__asm__ volatile("lock cmpxchg16b %0"
					 : "+m"(word), "+a"(count), "+d"(ctl)
					 : "b"(next), "c"(ctl)
					 : "cc", "memory");
		}
		put += pair_value(i);
	}
	bench_need(put == got, "the floor lost something");
	return bench_now() - start;
}
#endif

struct other {
	const struct channel_ops *ops;
	struct channel *channel;
	uint64_t most; /* the largest value to write */
};

static uint64_t run_channel(uint64_t n, const void *arg)
{
	const struct other *o = arg;
	uint64_t start = bench_now(), put = 0, got = 0;

	for (uint64_t i = 0; i < n; i++) {
		uint64_t value = o->most == 1 ? 1 : pair_value(i);

		put += value;
		o->ops->write(o->channel, value);
		got += o->ops->read(o->channel);
	}
	bench_need(put == got, "a rival lost something");
	return bench_now() - start;
}

int main(int argc, char **argv)
{
	static struct channel pipe, socket, sem;
	static const struct other others[] = {
		{ &channel_pipe, &pipe, 0 },
		{ &channel_socket, &socket, 0 },
		{ &channel_sem, &sem, 1 },
	};
	const struct bench_rival rivals[] = {
		{ "evfd", run_evfd, NULL, 0 },
		{ "kernel", pair_kernel, &descriptor, 0 },
		{ "floor", pair_floor, NULL, 0 },
		{ "pipe", run_channel, &others[0], 0 },
		{ "socketpair", run_channel, &others[1], 0 },
		{ "sem_t", run_channel, &others[2], 0 },
		{ "floor of loads and swaps", run_floor_cas, NULL, 0 },
#ifdef __x86_64__
		{ "floor of 16 bytes", run_floor_16, NULL, 0 },
#endif
	};
	const struct bench_table *t;
	struct bench_calls before;

	bench_begin(argc, argv);
	handle = evfd_create(0, 0, "pair");
	descriptor = eventfd(0, EFD_CLOEXEC);
	bench_need(handle != EVFD_NONE && descriptor >= 0, "no counters");
	for (int i = 0; i < 3; i++)
		others[i].ops->open(others[i].channel, false);
	before = bench_calls();
	t = bench_compare("pair", 1, rivals, sizeof(rivals) / sizeof(*rivals));
	bench_goal(t, "write + read; uncontended; by handle", 0, 1, 0.065, 0.05);
	bench_goal(t, "libevfd to two locked instructions", 0, 2, 1.6, 1.2);
	bench_goal(t, "libevfd to two loads and compare-and-swaps", 0, 6, 1.35,
		   1.05);
	bench_must("futex calls of evfd in all of this",
		   bench_calls_since(before).waits + bench_calls_since(before).wakes,
		   0, 0);
	return bench_end();
}
