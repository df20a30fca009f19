/* SPDX-License-Identifier: MIT */
/*
 * What does it cost to have n counters? To create them, to use one of them again and
 * again, to use them at random, and in memory; and to create and close one. Over core/,
 * with a registry of its own for each try: memory that is touched for the first time
 * belongs to the price.
 */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <evfd/core.h>

#include "harness.h"

#define SPARE 64
#define CHOICES (1u << 16) /* of a random walk */

struct population {
	uint64_t n;
	struct evfd_registry registry;
	evfd_t *handles;
	int *fds;
	uint32_t *walk;
};

/* ---- ours --------------------------------------------------------------------- */

static void make_with(struct population *p, uint32_t flags, const char *label)
{
	bench_need(evfd_registry_init(&p->registry, (uint32_t)p->n) == 0,
		   "registry");
	for (uint64_t i = 0; i < p->n; i++)
		bench_need(evfd_create(&p->registry, 0, flags, NULL, label,
				       &p->handles[i]) == 0,
			   "evfd_create");
}

/* As the kernel's: without a label, and nothing is counted. */
static void make_evfd(struct population *p)
{
	make_with(p, 0, NULL);
}

static void make_labelled(struct population *p)
{
	make_with(p, 0, "label");
}

static void make_counted(struct population *p)
{
	make_with(p, EVFD_COUNTED, NULL);
}

static void make_all(struct population *p)
{
	make_with(p, EVFD_COUNTED, "label");
}

static void unmake_evfd(struct population *p)
{
	for (uint64_t i = 0; i < p->n; i++)
		bench_need(evfd_close(&p->registry, p->handles[i]) == 0,
			   "evfd_close");
	bench_need(evfd_registry_fini(&p->registry) == 0, "somebody is left");
}

static uint64_t pair_evfd(struct population *p, evfd_t h)
{
	uint64_t value = 0;

	bench_need(evfd_write(&p->registry, h, 1, EVFD_NOWAIT) == 0 &&
			   evfd_read(&p->registry, h, &value, EVFD_NOWAIT) == 0,
		   "a call failed");
	return value;
}

static uint64_t hot_evfd(uint64_t n, const void *arg)
{
	struct population *p = *(struct population *const *)arg;
	uint64_t start = bench_now(), got = 0;

	for (uint64_t i = 0; i < n; i++)
		got += pair_evfd(p, p->handles[p->n / 2]);
	bench_need(got == n, "a write was lost");
	return bench_now() - start;
}

static uint64_t random_evfd(uint64_t n, const void *arg)
{
	struct population *p = *(struct population *const *)arg;
	uint64_t start = bench_now(), got = 0;

	for (uint64_t i = 0; i < n; i++)
		got += pair_evfd(p, p->handles[p->walk[i % CHOICES]]);
	bench_need(got == n, "a write was lost");
	return bench_now() - start;
}

/* An operation is the creation of one. */
static uint64_t create_evfd(uint64_t n, const void *arg)
{
	struct population *p = *(struct population *const *)arg;
	struct population fresh = { .n = p->n, .handles = p->handles };
	uint64_t ns = 0, made = 0;

	for (; made < n; made += p->n) {
		uint64_t start = bench_now();

		make_evfd(&fresh);
		ns += bench_now() - start;
		unmake_evfd(&fresh);
	}
	return bench_scale(ns, n, made);
}

static uint64_t create_close_evfd(uint64_t n, const void *arg)
{
	struct population *p = *(struct population *const *)arg;
	uint64_t start = bench_now();
	evfd_t h;

	for (uint64_t i = 0; i < n; i++)
		bench_need(evfd_create(&p->registry, 0, 0, NULL, NULL, &h) == 0 &&
				   evfd_close(&p->registry, h) == 0,
			   "a call failed");
	return bench_now() - start;
}

/* ---- the kernel's ----------------------------------------------------------------- */

static void make_kernel(struct population *p)
{
	for (uint64_t i = 0; i < p->n; i++) {
		p->fds[i] = eventfd(0, EFD_CLOEXEC);
		bench_need(p->fds[i] >= 0, "eventfd");
	}
}

static void unmake_kernel(struct population *p)
{
	for (uint64_t i = 0; i < p->n; i++)
		close(p->fds[i]);
}

static uint64_t pair_kernel(int fd)
{
	uint64_t value = 1;

	bench_need(write(fd, &value, 8) == 8 && read(fd, &value, 8) == 8,
		   "a call failed");
	return value;
}

static uint64_t hot_kernel(uint64_t n, const void *arg)
{
	struct population *p = *(struct population *const *)arg;
	uint64_t start = bench_now(), got = 0;

	for (uint64_t i = 0; i < n; i++)
		got += pair_kernel(p->fds[p->n / 2]);
	bench_need(got == n, "a write was lost");
	return bench_now() - start;
}

static uint64_t random_kernel(uint64_t n, const void *arg)
{
	struct population *p = *(struct population *const *)arg;
	uint64_t start = bench_now(), got = 0;

	for (uint64_t i = 0; i < n; i++)
		got += pair_kernel(p->fds[p->walk[i % CHOICES]]);
	bench_need(got == n, "a write was lost");
	return bench_now() - start;
}

static uint64_t create_kernel(uint64_t n, const void *arg)
{
	struct population *p = *(struct population *const *)arg;
	uint64_t ns = 0, made = 0;

	for (; made < n; made += p->n) {
		uint64_t start = bench_now();

		make_kernel(p);
		ns += bench_now() - start;
		unmake_kernel(p);
	}
	return bench_scale(ns, n, made);
}

static uint64_t create_close_kernel(uint64_t n, const void *arg)
{
	uint64_t start = bench_now();

	(void)arg;
	for (uint64_t i = 0; i < n; i++) {
		int fd = eventfd(0, EFD_CLOEXEC);

		bench_need(fd >= 0 && close(fd) == 0, "a call failed");
	}
	return bench_now() - start;
}

/* ---- asking ------------------------------------------------------------------------ */

/* Memory that the process has touched, and memory of the kernel's small objects. */
static double resident(void)
{
	return (double)bench_number("/proc/self/smaps_rollup", "Rss:") * 1024;
}

static double slab(void)
{
	return (double)bench_number("/proc/meminfo", "Slab:") * 1024;
}

static double bytes_of(struct population *p, void (*make)(struct population *),
		       double (*memory)(void))
{
	double before;

	malloc_trim(0); /* what was freed before is not to be used again */
	memset(p->handles, 0, p->n * sizeof(*p->handles)); /* not theirs */
	before = memory();
	make(p);
	return (memory() - before) / (double)p->n;
}

/* Slabs are left half empty by whoever used them last. So many others are made first, by
 * processes that have descriptors of their own, and those that are asked for find no
 * room that is left over. */
#define HOLDERS 8

/* A child, until its parent closes `stay`. */
static void hold(uint64_t n, const int ready[2], const int stay[2])
{
	struct population others = { .n = n, .fds = calloc(n, sizeof(int)) };
	char byte = 0;

	close(stay[1]);
	bench_need(others.fds, "no memory");
	make_kernel(&others);
	bench_need(write(ready[1], &byte, 1) == 1 && read(stay[0], &byte, 1) == 0,
		   "pipe");
	_exit(0);
}

static double bytes_of_kernel(struct population *p)
{
	int ready[2], stay[2];
	double bytes;
	char byte;

	bench_need(pipe(ready) == 0 && pipe(stay) == 0, "pipe");
	for (int i = 0; i < HOLDERS; i++) {
		pid_t child = fork();

		bench_need(child >= 0, "fork");
		if (child == 0)
			hold(p->n, ready, stay);
		bench_need(read(ready[0], &byte, 1) == 1, "a child has ended");
	}
	p->fds = calloc(p->n, sizeof(*p->fds));
	bench_need(p->fds, "no memory");
	bytes = bytes_of(p, make_kernel, slab);
	unmake_kernel(p);
	free(p->fds);
	p->fds = NULL;
	close(stay[1]);
	for (int i = 0; i < HOLDERS; i++)
		bench_need(wait(NULL) > 0, "wait");
	close(stay[0]);
	close(ready[0]);
	close(ready[1]);
	return bytes;
}

static void ask_bytes(uint64_t descriptors)
{
	static const struct {
		const char *name;
		void (*make)(struct population *);
	} dressed[] = { { "evfd, labelled", make_labelled },
			{ "evfd, counted", make_counted },
			{ "evfd, labelled and counted", make_all } };
	struct population p = { .n = bench_is_smoke() ? 100 : 10000 };
	double ours, theirs;

	if (p.n > descriptors)
		return;
	p.handles = calloc(p.n, sizeof(*p.handles));
	bench_need(p.handles, "no memory");
	theirs = bytes_of_kernel(&p);
	ours = bytes_of(&p, make_evfd, resident);
	bench_point("bytes a counter", p.n, "kernel", theirs);
	bench_point("bytes a counter", p.n, "evfd", ours);
	if (!bench_is_smoke())
		bench_figure("bytes a counter / kernel", ours / theirs, 0.2, 0.13);
	unmake_evfd(&p);
	for (size_t i = 0; i < sizeof(dressed) / sizeof(*dressed); i++) {
		bench_point("bytes a counter", p.n, dressed[i].name,
			    bytes_of(&p, dressed[i].make, resident));
		unmake_evfd(&p);
	}
	free(p.handles);
}

static void ask(uint64_t n, uint64_t descriptors)
{
	struct population p = { .n = n }, *arg = &p;
	bool has_kernel = n <= descriptors;
	size_t count = has_kernel ? 2 : 1;
	const struct bench_rival creations[] = {
		{ "evfd", create_evfd, &arg, 0 },
		{ "kernel", create_kernel, &arg, 0 },
	};
	const struct bench_rival uses[] = {
		{ "evfd hot", hot_evfd, &arg, 0 },
		{ "evfd random", random_evfd, &arg, 0 },
		{ "kernel hot", hot_kernel, &arg, 0 },
		{ "kernel random", random_kernel, &arg, 0 },
	};

	p.handles = calloc(n, sizeof(*p.handles));
	p.fds = calloc(n, sizeof(*p.fds));
	p.walk = calloc(CHOICES, sizeof(*p.walk));
	bench_need(p.handles && p.fds && p.walk, "no memory");
	for (uint64_t i = 0, x = 1; i < CHOICES; i++) {
		x = x * 6364136223846793005u + 1442695040888963407u;
		p.walk[i] = (uint32_t)((x >> 33) % n);
	}
	bench_compare("creating one of n counters", n, creations, count);
	bench_point("bytes a counter", n, "evfd",
		    bytes_of(&p, make_evfd, resident));
	if (has_kernel)
		make_kernel(&p);
	bench_compare("write + read of one of n counters", n, uses, count * 2);
	unmake_evfd(&p);
	if (has_kernel)
		unmake_kernel(&p);
	free(p.handles);
	free(p.fds);
	free(p.walk);
}

static void ask_create_close(void)
{
	struct population p = { .n = 1 }, *arg = &p;
	const struct bench_rival rivals[] = {
		{ "evfd", create_close_evfd, &arg, 0 },
		{ "kernel", create_close_kernel, NULL, 0 },
	};

	bench_need(evfd_registry_init(&p.registry, 0) == 0, "registry");
	bench_goal(bench_compare("create + close", 1, rivals, 2),
		   "create + close", 0, 1, 0.15, 0.13);
	bench_need(evfd_registry_fini(&p.registry) == 0, "somebody is left");
}

int main(int argc, char **argv)
{
	struct rlimit limit;

	bench_begin(argc, argv);
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	ask_bytes(limit.rlim_cur - SPARE);
	ask_create_close();
	for (uint64_t n = 1; n <= (bench_is_smoke() ? 100u : 1000000u); n *= 10)
		ask(n, limit.rlim_cur - SPARE);
	return bench_end();
}
