/* SPDX-License-Identifier: MIT */
/* What do a write and the read of it cost when nobody waits? By handle, in a process with
 * threads; the floor is two locked instructions on one word, without any call. */
#include <stdio.h>

#include <evfd.h>

#include "channel.h"
#include "harness.h"

static uint64_t value_at(uint64_t i)
{
	return i % 1000 + 1;
}

/* Those that are called without detours. */
static evfd_t handle;
static struct channel kernel;

static uint64_t run_evfd(uint64_t n, const void *arg)
{
	uint64_t start = bench_now(), put = 0, got = 0, value;

	(void)arg;
	for (uint64_t i = 0; i < n; i++) {
		put += value_at(i);
		if (evfd_write(handle, value_at(i)) || evfd_read(handle, &value))
			bench_die("a call failed");
		got += value;
	}
	bench_need(put == got, "evfd lost something");
	return bench_now() - start;
}

static uint64_t run_floor(uint64_t n, const void *arg)
{
	static _Alignas(64) uint64_t word;
	uint64_t start = bench_now(), put = 0, got = 0;

	(void)arg;
	for (uint64_t i = 0; i < n; i++) {
		put += value_at(i);
		__atomic_fetch_add(&word, value_at(i), __ATOMIC_ACQ_REL);
		got += __atomic_exchange_n(&word, 0, __ATOMIC_ACQ_REL);
	}
	bench_need(put == got, "the floor lost something");
	return bench_now() - start;
}

#ifdef __x86_64__
/* What our word asks for: load both halves, compare-and-swap both, twice. */
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
			uint64_t next = half ? 0 : count + value_at(i);

			got += half ? count : 0;
			__asm__ volatile("lock cmpxchg16b %0"
					 : "+m"(word), "+a"(count), "+d"(ctl)
					 : "b"(next), "c"(ctl)
					 : "cc", "memory");
		}
		put += value_at(i);
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
		uint64_t value = o->most == 1 ? 1 : value_at(i);

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
		{ &channel_kernel, &kernel, 0 },
		{ &channel_pipe, &pipe, 0 },
		{ &channel_socket, &socket, 0 },
		{ &channel_sem, &sem, 1 },
	};
	const struct bench_rival rivals[] = {
		{ "evfd", run_evfd, NULL, 0 },
		{ "kernel", run_channel, &others[0], 0 },
		{ "floor", run_floor, NULL, 0 },
		{ "pipe", run_channel, &others[1], 0 },
		{ "socketpair", run_channel, &others[2], 0 },
		{ "sem_t", run_channel, &others[3], 0 },
#ifdef __x86_64__
		{ "floor of 16 bytes", run_floor_16, NULL, 0 },
#endif
	};
	const struct bench_table *t;
	struct bench_calls before;

	bench_begin(argc, argv);
	handle = evfd_create(0, 0, "pair");
	bench_need(handle != EVFD_NONE, "evfd_create");
	for (int i = 0; i < 4; i++)
		others[i].ops->open(others[i].channel, false);
	before = bench_calls();
	t = bench_compare("pair", 1, rivals, sizeof(rivals) / sizeof(*rivals));
	bench_goal(t, "write + read; uncontended; by handle", 0, 1, 0.065, 0.05);
	bench_goal(t, "the same / two locked instructions", 0, 2, 1.6, 1.2);
	bench_must("futex calls of evfd in all of this",
		   bench_calls_since(before).waits + bench_calls_since(before).wakes,
		   0, 0);
	return bench_end();
}
