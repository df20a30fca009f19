/* SPDX-License-Identifier: MIT */
/*
 * For shared_kill.c: processes that share counters, what they do, and the log of it
 * that each keeps in the shared memory, where it is found after its death.
 */
#ifndef EVFD_LIB_TESTS_PEERS_H
#define EVFD_LIB_TESTS_PEERS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <evfd.h>

enum {
	SEMAPHORE,
	COUNTER,
	FULL,
	COUNTERS
};
#define SURVIVORS 3 /* in the storm, one a counter */
#define VICTIMS 2   /* at once */

/* ---- operations, and a log of them ------------------------------------------------ */

enum verb {
	POST,
	WRITE,
	TAKE,
	READ,
	SWAP,
	CANCEL,
	INIT
};
enum how {
	TRY,
	SLEEP,
	UNTIL
};

struct op {
	enum verb verb;
	uint64_t amount;
	enum how how;
	unsigned on;
};

/* Of one process, which writes it. state: 2n, n operations done; + 1, one under way. */
struct log {
	uint64_t state;
	struct op op;
	uint64_t sum[2][COUNTERS]; /* [n & 1]: what the n operations added */
};

/* The shared memory. */
extern struct world {
	struct evfd_shared counters[COUNTERS];
	struct log survivors[SURVIVORS], victims[VICTIMS], self;
} * world;

uint64_t done(const struct log *log, unsigned on);
/* As the next of the log; returns what the call does. */
int do_logged(struct log *log, const struct op *op);
bool is_under_way(const struct log *log);

/* This process will send itself the signal n instructions into its next operation.
 * (x86-64 only.) */
void act_at_step(uint64_t n, int signal);

/* A pseudo-random number below n; of a sequence of its own after any_of(). */
uint64_t any(uint64_t n);
void any_of(uint64_t who);

/* ---- verdicts --------------------------------------------------------------------- */

extern const char *doing; /* what is tried */
extern unsigned number;	  /* of the TAP line to come */
extern unsigned hang_s;

void watch_for_hangs(void);
/* Not a hang yet: hang_s from now. */
void progress(void);
_Noreturn void fail(const char *what);

uint64_t count_of(unsigned on);
/* Has this operation no reason to sleep? */
bool can_go_on(const struct op *op);
/* At rest the count is base and the sum of all that was done, and of those of the n
 * doubts that happened; is_wild: or less. */
void check_sum(unsigned on, uint64_t base, const uint64_t *doubts, unsigned n,
	       bool is_wild);

/* ---- processes -------------------------------------------------------------------- */

struct process {
	pid_t pid;
	int stat; /* /proc/.../stat */
	int orders;
	struct log *log;
};
extern struct process survivors[SURVIVORS];

/* A child that dies with this process. */
pid_t fork_child(void);
void process_open(struct process *p);
bool is_asleep(const struct process *p);
/* Nothing can happen by itself any more: the call is over, or sleeps as it should. */
bool is_at_rest(const struct process *p);
/* The first n survivors are. */
void await_rest(unsigned n);

/* next: what each does, over and over; NULL: what is written to its orders. */
void survivors_start(struct op (*next)(unsigned on));
void survivors_end(void);

#endif
