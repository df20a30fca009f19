/* SPDX-License-Identifier: MIT */
/*
 * A program for the differential fuzzer: a list of system calls with numbers for
 * arguments, and what it takes to make one, print it, read it back and run it.
 */
#ifndef EVFD_TESTS_FUZZ_PROGRAM_H
#define EVFD_TESTS_FUZZ_PROGRAM_H

#include <stdio.h>

#include "port/inproc/inproc.h"

#define ARGS_MAX 8
#define CALLS_MAX 64
/* Descriptors are 3 .. FD_LIMIT - 1: 0 to 2 are open on both sides, never named. */
#define FD_FIRST 3
#define FD_LIMIT 24
/* What a program may point at: this much, and behind it nothing. */
#define ARENA 512

struct call {
	uint8_t kind;
	int64_t args[ARGS_MAX];
	int64_t results[2]; /* of the last run */
};

struct program {
	/* Reads into bad addresses lose the value, as Linux's do. */
	bool is_lossy;
	uint32_t n;
	struct call calls[CALLS_MAX];
};

/* One of the two that are compared. */
struct side {
	struct inproc_process *process; /* NULL: the host kernel */
	unsigned char *arena;
	int proc_fds; /* host: /proc/self/fdinfo */
};

/* ---- calls.c: each system call --------------------------------------------- */

/* What an argument is, for the generator. */
enum arg {
	ARG_NONE,
	ARG_FD,
	ARG_EPOLL,
	ARG_VALUE,
	ARG_WHERE,
	ARG_SIZE,
	ARG_SMALL,
	ARG_FLAGS,
	ARG_POLL,
	ARG_MASK,
	ARG_OP,
	ARG_EVENTS,
	ARG_COMMAND,
	ARG_REQUEST,
};

struct call_info {
	const char *name;
	int64_t (*run)(struct side *s, const int64_t *a);
	uint8_t weight;
	bool changes_table;
	enum arg args[ARGS_MAX];
};

extern const struct call_info calls_info[];
extern const uint32_t calls_count;

int64_t side_syscall(struct side *s, uint64_t number, uint64_t a0, uint64_t a1,
		     uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5);
/* Would this call sleep, as the in-process side stands? Such are left out. */
bool call_would_block(const struct side *inproc, const struct call *c);

/* ---- text.c: programs as text -------------------------------------------------- */

void program_print(FILE *to, const struct program *p);
/* Returns the number of the line that is wrong, or 0. */
int program_parse(FILE *from, struct program *p);

/* ---- run.c: both sides ------------------------------------------------------------ */

/* Make both sides of this process; once. Panics if it cannot. */
void sides_init(void);

#define SAME (-1)
/* Run p on both sides. The index of the first call that differs, or SAME. The
 * number of calls made is added to *made. */
int program_run(struct program *p, uint64_t *made);
/* Make a program from bytes while running it; returns as program_run(). */
int program_run_bytes(struct program *p, const uint8_t *bytes, size_t n,
		      uint64_t *made);
/* Make a program that differs smaller, as long as it differs. */
void program_shrink(struct program *p);

#endif
