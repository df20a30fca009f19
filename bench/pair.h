/* SPDX-License-Identifier: MIT */
/* What pair.c and pair_core.c have in common, which cannot be one program: <evfd.h> and
 * <evfd/core.h> use the same names. */
#ifndef EVFD_BENCH_PAIR_H
#define EVFD_BENCH_PAIR_H

#include <stdint.h>
#include <unistd.h>

#include "harness.h"

/* What the ith pair moves. */
static inline uint64_t pair_value(uint64_t i)
{
	return i % 1000 + 1;
}

/* Two locked instructions on one word, without any call. */
static inline uint64_t pair_floor(uint64_t n, const void *arg)
{
	static _Alignas(64) uint64_t word;
	uint64_t start = bench_now(), put = 0, got = 0;

	(void)arg;
	for (uint64_t i = 0; i < n; i++) {
		put += pair_value(i);
		__atomic_fetch_add(&word, pair_value(i), __ATOMIC_ACQ_REL);
		got += __atomic_exchange_n(&word, 0, __ATOMIC_ACQ_REL);
	}
	bench_need(put == got, "the floor lost something");
	return bench_now() - start;
}

/* arg: an eventfd. */
static inline uint64_t pair_kernel(uint64_t n, const void *arg)
{
	int fd = *(const int *)arg;
	uint64_t start = bench_now(), put = 0, got = 0, value;

	for (uint64_t i = 0; i < n; i++) {
		value = pair_value(i);
		put += value;
		if (write(fd, &value, sizeof(value)) != sizeof(value) ||
		    read(fd, &value, sizeof(value)) != sizeof(value))
			bench_die("a system call failed");
		got += value;
	}
	bench_need(put == got, "the kernel lost something");
	return bench_now() - start;
}

#endif
