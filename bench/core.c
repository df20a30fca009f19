/* SPDX-License-Identifier: MIT */
/*
 * One question: what do a write and the read of it cost, by handle, against the
 * eventfd of the kernel that this runs on?
 *
 * Both run in this process, in turns, in an order that changes every round, so
 * that what disturbs one disturbs the other; the ratio travels to another
 * machine, the nanoseconds do not. Every value read is checked against what was
 * written. A second thread exists and sleeps: a process with one thread only
 * gets cheaper descriptor lookups from the kernel.
 *
 * bench/core [--rounds N] [--pairs N] [--csv FILE]
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <evfd/core.h>

#define ROUNDS_MAX 1001u

static struct evfd_registry registry;
static evfd_t handle;
static int descriptor;

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "bench/core: %s\n", what);
	exit(1);
}

/* ---- the two ------------------------------------------------------------ */

static uint64_t pair_ours(uint64_t value)
{
	uint64_t got;

	if (evfd_write(&registry, handle, value, EVFD_FOREVER) ||
	    evfd_read(&registry, handle, &got, EVFD_FOREVER))
		die("a call failed");
	return got;
}

static uint64_t pair_kernel(uint64_t value)
{
	uint64_t got;

	if (write(descriptor, &value, sizeof(value)) != sizeof(value) ||
	    read(descriptor, &got, sizeof(got)) != sizeof(got))
		die("a system call failed");
	return got;
}

struct variant {
	const char *name;
	uint64_t (*pair)(uint64_t value);
	double ns[ROUNDS_MAX]; /* a pair, by round */
};

static struct variant ours = { "evfd", pair_ours, { 0 } };
static struct variant kernel = { "kernel", pair_kernel, { 0 } };

static void measure(struct variant *v, uint32_t round, uint32_t pairs)
{
	uint64_t start, end, put = 0, got = 0;

	start = evfd_port_now();
	for (uint32_t i = 0; i < pairs; i++) {
		uint64_t value = i % 1000 + 1;

		put += value;
		got += v->pair(value);
	}
	end = evfd_port_now();
	if (put != got)
		die("what was read is not what was written");
	v->ns[round] = (double)(end - start) / pairs;
}

/* ---- what comes of it ------------------------------------------------------ */

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

struct summary {
	double min, median, max;
};

static struct summary summarize(const double *values, uint32_t n)
{
	double sorted[ROUNDS_MAX];

	memcpy(sorted, values, n * sizeof(*values));
	qsort(sorted, n, sizeof(*sorted), compare);
	return (struct summary){ sorted[0], sorted[n / 2], sorted[n - 1] };
}

static void save(const char *path, uint32_t rounds)
{
	FILE *f = fopen(path, "w");

	if (!f)
		die("cannot write the CSV file");
	fputs("round,variant,ns_per_pair\n", f);
	for (uint32_t i = 0; i < rounds; i++) {
		fprintf(f, "%u,%s,%.3f\n", i, ours.name, ours.ns[i]);
		fprintf(f, "%u,%s,%.3f\n", i, kernel.name, kernel.ns[i]);
	}
	if (fclose(f))
		die("cannot write the CSV file");
}

static void report(uint32_t rounds)
{
	double ratios[ROUNDS_MAX];
	struct summary a = summarize(ours.ns, rounds);
	struct summary b = summarize(kernel.ns, rounds);
	struct summary r;

	for (uint32_t i = 0; i < rounds; i++)
		ratios[i] = ours.ns[i] / kernel.ns[i];
	r = summarize(ratios, rounds);
	printf("write + read of one counter, ns a pair, %u rounds\n", rounds);
	printf("%-8s %9s %9s %9s\n", "", "median", "min", "max");
	printf("%-8s %9.1f %9.1f %9.1f\n", ours.name, a.median, a.min, a.max);
	printf("%-8s %9.1f %9.1f %9.1f\n", kernel.name, b.median, b.min, b.max);
	printf("%-8s %9.3f %9.3f %9.3f\n", "ratio", r.median, r.min, r.max);
}

/* ---- arguments --------------------------------------------------------------- */

static uint32_t number(const char *text, uint32_t max)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (*end || n < 1 || n > max)
		die("a number is out of range");
	return (uint32_t)n;
}

static void *sleep_for_ever(void *arg)
{
	for (;;)
		pause();
	return arg;
}

int main(int argc, char **argv)
{
	uint32_t rounds = 21, pairs = 200000;
	const char *csv = NULL;
	pthread_t sleeper;

	for (int i = 1; i < argc; i += 2) {
		if (i + 1 == argc)
			die("usage: core [--rounds N] [--pairs N] [--csv "
			    "FILE]");
		if (!strcmp(argv[i], "--rounds"))
			rounds = number(argv[i + 1], ROUNDS_MAX);
		else if (!strcmp(argv[i], "--pairs"))
			pairs = number(argv[i + 1], 100000000);
		else if (!strcmp(argv[i], "--csv"))
			csv = argv[i + 1];
		else
			die("usage: core [--rounds N] [--pairs N] [--csv "
			    "FILE]");
	}
	descriptor = eventfd(0, EFD_CLOEXEC);
	if (descriptor < 0 || evfd_registry_init(&registry, 0) ||
	    evfd_create(&registry, 0, 0, NULL, "bench", &handle) ||
	    pthread_create(&sleeper, NULL, sleep_for_ever, NULL))
		die("cannot set up");
	for (uint32_t i = 0; i < rounds; i++) {
		measure(i % 2 ? &ours : &kernel, i, pairs);
		measure(i % 2 ? &kernel : &ours, i, pairs);
	}
	report(rounds);
	if (csv)
		save(csv, rounds);
	return 0;
}
