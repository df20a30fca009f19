/* SPDX-License-Identifier: MIT */
/*
 * What do descriptors add? A write and a read as system calls of vfs/ in this process,
 * against the kernel's; net of a call that does nothing, for getting into a kernel is
 * not what is compared. And with 1 to 20 000 descriptors open.
 */
#include <stdlib.h>

#include "harness.h"
#include "world.h"

struct open_one {
	const struct world *world;
	int fd;
};

static uint64_t empty(uint64_t n, const void *arg)
{
	const struct world *w = arg;
	uint64_t start = bench_now();

	for (uint64_t i = 0; i < n; i++)
		w->call(SYS_getppid, 0, 0, 0, 0); /* ENOSYS of vfs/ */
	return bench_now() - start;
}

static uint64_t pair(uint64_t n, const void *arg)
{
	const struct open_one *o = arg;
	uint64_t start = bench_now(), put = 0, got = 0;

	for (uint64_t i = 0; i < n; i++) {
		put += i % 1000 + 1;
		world_write(o->world, o->fd, i % 1000 + 1);
		got += world_read(o->world, o->fd);
	}
	bench_need(put == got, "what was read is not what was written");
	return bench_now() - start;
}

static void ask_net(const struct world worlds[2])
{
	const struct open_one one[2] = { { &worlds[0], world_eventfd(&worlds[0]) },
					 { &worlds[1], world_eventfd(&worlds[1]) } };
	const struct bench_rival rivals[] = {
		{ "evfd", pair, &one[0], 0 },
		{ "evfd empty", empty, &worlds[0], 0 },
		{ "kernel", pair, &one[1], 0 },
		{ "kernel empty", empty, &worlds[1], 0 },
	};
	const struct bench_table *t =
		bench_compare("write + read by system call", 1, rivals, 4);

	bench_goal_net(t, "descriptor layer; write + read; net of the empty call",
		       (const uint32_t[]){ 0, 1 }, (const uint32_t[]){ 2, 3 },
		       0.5, 0.25);
	for (int i = 0; i < 2; i++)
		world_close(&worlds[i], one[i].fd);
}

/* ---- among many ----------------------------------------------------------------- */

struct many {
	const struct world *world;
	uint64_t n;
	int *fds;
};

/* An operation is the creation of one. */
static uint64_t create(uint64_t n, const void *arg)
{
	const struct many *m = arg;
	uint64_t ns = 0, made = 0;

	for (; made < n; made += m->n) {
		uint64_t start = bench_now();

		for (uint64_t k = 0; k < m->n; k++)
			m->fds[k] = world_eventfd(m->world);
		ns += bench_now() - start;
		for (uint64_t k = 0; k < m->n; k++)
			world_close(m->world, m->fds[k]);
	}
	return bench_scale(ns, n, made);
}

static void ask_many(const struct world worlds[2], uint64_t n)
{
	int *fds = calloc(n, sizeof(*fds));
	struct open_one last[2];
	struct many many[2];
	struct bench_rival creations[2], pairs[2];
	size_t count = 0;

	bench_need(fds, "no memory");
	for (size_t i = 0; i < 2 && n <= worlds[i].descriptors; i++, count++) {
		many[i] = (struct many){ &worlds[i], n, fds };
		creations[i] = (struct bench_rival){ worlds[i].name, create,
						     &many[i], 0 };
	}
	bench_compare("creating one of n descriptors", n, creations, count);
	for (size_t i = 0; i < count; i++) {
		for (uint64_t k = 0; k < n; k++)
			last[i].fd = world_eventfd(&worlds[i]);
		last[i].world = &worlds[i];
		pairs[i] =
			(struct bench_rival){ worlds[i].name, pair, &last[i], 0 };
	}
	bench_compare("write + read of the last of n descriptors", n, pairs, count);
	/* All of them, lowest first; our own descriptors are not the kernel's. */
	for (size_t i = 0; i < count; i++)
		for (uint64_t k = 0; k < n; k++)
			world_close(&worlds[i], last[i].fd - (int)k);
	free(fds);
}

int main(int argc, char **argv)
{
	static const uint64_t sizes[] = { 1, 10, 100, 1000, 10000, 19000 };
	struct world worlds[2];

	bench_begin(argc, argv);
	world_begin(worlds);
	ask_net(worlds);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		if (!bench_is_smoke() || sizes[i] <= 100)
			ask_many(worlds, sizes[i]);
	return bench_end();
}
