/* SPDX-License-Identifier: MIT */
/* The question of pair.c for those who embed core/ itself. */
#include <sys/eventfd.h>

#include <evfd/core.h>

#include "pair.h"

static struct evfd_registry registry;
static evfd_t handle;

static uint64_t run_core(uint64_t n, const void *arg)
{
	uint64_t start = bench_now(), put = 0, got = 0, value;

	(void)arg;
	for (uint64_t i = 0; i < n; i++) {
		put += pair_value(i);
		if (evfd_write(&registry, handle, pair_value(i), EVFD_FOREVER) ||
		    evfd_read(&registry, handle, &value, EVFD_FOREVER))
			bench_die("a call failed");
		got += value;
	}
	bench_need(put == got, "core lost something");
	return bench_now() - start;
}

int main(int argc, char **argv)
{
	int fd = eventfd(0, EFD_CLOEXEC);
	const struct bench_rival rivals[] = {
		{ "evfd core", run_core, NULL, 0 },
		{ "kernel", pair_kernel, &fd, 0 },
		{ "floor", pair_floor, NULL, 0 },
	};
	const struct bench_table *t;

	bench_begin(argc, argv);
	bench_need(fd >= 0 && evfd_registry_init(&registry, 0) == 0 &&
			   evfd_create(&registry, 0, 0, NULL, "pair", &handle) == 0,
		   "no counters");
	t = bench_compare("pair", 1, rivals, 3);
	bench_goal(t, "write + read; uncontended; by handle; core/", 0, 1,
		   0.065, 0.05);
	bench_goal(t, "core/ to two locked instructions", 0, 2, 1.6, 1.2);
	return bench_end();
}
