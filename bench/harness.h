/* SPDX-License-Identifier: MIT */
/*
 * What the programs of bench/ share. A program asks one question: it runs its rivals
 * in turns in this process, so that whatever disturbs one disturbs the other, and
 * reports medians and ratios. A ratio travels to another machine, nanoseconds do not.
 *
 *	bench_begin(argc, argv);
 *	t = bench_compare("pair", 1, rivals, 2);
 *	bench_goal(t, "write + read", 0, 1, 0.065, 0.05);
 *	return bench_end();
 *
 * Every sample is checked by the one who takes it: what was read is what was
 * written, else bench_die(). Numbers that do not depend on time (system calls, wakes)
 * are for bench_must(): a run in which one is wrong fails.
 *
 * A program writes NAME.csv, every sample, with the machine's description, and
 * NAME.medians.csv and NAME.figures.csv, what bench/report makes tables and
 * pictures of. Arguments: --smoke takes moments instead of minutes and judges no
 * time; --out DIR; --rounds N and --ms N override the length of a run.
 */
#ifndef EVFD_BENCH_HARNESS_H
#define EVFD_BENCH_HARNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void bench_begin(int argc, char **argv);
/* The program's status: 0, unless a bench_must() was not so. */
int bench_end(void);
/* Did somebody ask for moments only? Then big populations are to be small. */
bool bench_is_smoke(void);

_Noreturn void bench_die(const char *what);
/* Die if a call that cannot fail did. */
static inline void bench_need(bool ok, const char *what)
{
	if (!ok)
		bench_die(what);
}

/* A number that does not depend on time: print it, and remember if it is wrong. */
void bench_must(const char *what, uint64_t seen, uint64_t least, uint64_t most);

/* ---- rivals in turns ---------------------------------------------------------- */

struct bench_rival {
	const char *name;
	/* Do n operations, check what they moved, return the nanoseconds. */
	uint64_t (*run)(uint64_t n, const void *arg);
	const void *arg;
	uint64_t at_most; /* operations a sample; 0: as fit into its time */
};

/* For who did `done` operations in ns, when n were asked for. */
static inline uint64_t bench_scale(uint64_t ns, uint64_t n, uint64_t done)
{
	return (uint64_t)((double)ns * (double)n / (double)done);
}

#define BENCH_RIVALS 10u
#define BENCH_NONE BENCH_RIVALS /* in place of a rival: 0 ns */
#define BENCH_ROUNDS 51u

/* What came of a comparison; good until the next. */
struct bench_table {
	uint32_t rivals, rounds;
	double ns[BENCH_RIVALS][BENCH_ROUNDS]; /* an operation */
	bool is_disturbed[BENCH_RIVALS][BENCH_ROUNDS];
};

/* `x` is what the question is plotted against: writers, objects, length of a burst. */
const struct bench_table *bench_compare(const char *question, uint64_t x,
					const struct bench_rival *rivals,
					size_t n);

double bench_median(const struct bench_table *t, uint32_t rival);

/* Where a goal stands: a row of the table, and what is wanted of its figure, the ratio of
 * medians, which is returned. */
double bench_goal(const struct bench_table *t, const char *row, uint32_t ours,
		  uint32_t theirs, double goal, double stretch);
/* The same of (ours - our empty call) / (theirs - their empty call). */
double bench_goal_net(const struct bench_table *t, const char *row,
		      const uint32_t ours[2], const uint32_t theirs[2],
		      double goal, double stretch);
/* A figure that is no ratio of times. */
void bench_figure(const char *row, double figure, double goal, double stretch);

/* A line of NAME.medians.csv for a number that is no time: bytes, wakes. */
void bench_point(const char *question, uint64_t x, const char *rival, double value);

/* ---- time, processors, threads -------------------------------------------------- */

uint64_t bench_now(void);

/* The first number after `key` in a file of the kernel's; 0 if there is none. */
uint64_t bench_number(const char *path, const char *key);

/* Processors to use: 0 and 1 differ if bench_has_two(). */
bool bench_has_two(void);
/* Pin the calling thread to processor `which`; -1: to any of them. */
void bench_pin(int which);

/*
 * Keep idle processors from halting, by threads that run when nothing else does:
 * tells what a wake costs the kernel from what it costs a hypervisor.
 */
void bench_keep_awake(bool wanted);

/* Threads of a sample: each pinned, all begun together. */
struct bench_role {
	void (*run)(void *arg);
	void *arg;
	int processor;
};

#define BENCH_ROLES 9u

/* Nanoseconds from the first beginning to the last end. */
uint64_t bench_together(const struct bench_role *roles, size_t n);

/* ---- what libevfd asked of the kernel ---------------------------------------------- */

/* Calls of futex(2) through syscall(3) since the program began: nothing else in these
 * programs makes any, glibc's own do not go that way. */
struct bench_calls {
	uint64_t waits, wakes;
};
struct bench_calls bench_calls(void);
struct bench_calls bench_calls_since(struct bench_calls before);
/* They are, but counting costs a locked instruction a call: not for who is timed in calls
 * that sleep, against rivals who do not pay it. */
void bench_count_calls(bool wanted);

#endif
