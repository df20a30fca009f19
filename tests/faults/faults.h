/* SPDX-License-Identifier: MIT */
/*
 * Fault injection: the conformance cases over port/inproc, with one of the
 * things that a port may refuse refused.
 *
 * Theory. Every call of a case goes through a boundary (target.c), and every
 * place where the port may fail is a point (inject.c). Points are numbered in
 * the order in which a run meets them. A run with a plan makes point n fail,
 * or n and all that follow; so plans 1, 2, ... are all the faults of a case.
 *
 * The boundary judges a call in which a point failed (judge.c):
 *
 *  J1  what it returned is what errors.c documents for that call and fault;
 *  J2  if it failed, nothing has changed: descriptors and their tables, files,
 *	counts, sleepers, pins, interest sets, limits, the signal mask are as
 *	they were (state.c), as far as nobody else was at work meanwhile;
 *  J3  the same call is then made again, without faults, and the case goes on
 *	with what it returns now. So the case must pass: what it finds wrong
 *	from there on, the failed call has left behind.
 *
 * And after each run nothing is left: no descriptor, file, object or pin, and
 * as many allocations given back as were made (run.c).
 *
 * What a port may do without failing is a point as well: a sleep that ends for
 * no reason. The call must not show it at all.
 */
#ifndef FAULTS_H
#define FAULTS_H

#include "conformance/native.h"
#include "conformance/target.h"
#include "port/inproc/inproc.h"

struct conf_case;

/* What happens at a point in place of what was asked for. */
enum fault {
	FAULT_NONE,
	FAULT_ALLOC,	/* no memory */
	FAULT_COPY_IN,	/* EFAULT, nothing or half of it copied */
	FAULT_COPY_OUT, /* the same */
	FAULT_PUT,	/* the case's put function: EFAULT */
	FAULT_SIGNAL, /* a handler without SA_RESTART is due during the sleep */
	FAULT_RESTART,	/* one with SA_RESTART */
	FAULT_IGNORED,	/* a signal without a handler */
	FAULT_DEADLINE, /* the deadline of the sleep passes */
	FAULT_NOTHING,	/* evfd_port_wait() returns for no reason */
	FAULT_SHORT,	/* evfd_port_wait_short() does */
	FAULT_BLOCK,	/* evfd_port_block() does */
	FAULTS
};
extern const char *const fault_names[FAULTS];

/* System calls that conformance/abi.h does not name. */
enum {
	SYS_GETRLIMIT = 97,
	SYS_SETRLIMIT = 160,
	SYS_MKDIRAT = 258,
	SYS_NEWFSTATAT = 262,
	SYS_PRLIMIT64 = 302,
};

/* Numbers of the calls that are no system calls. */
enum {
	CALL_SYSTEM_CREATE = 1000,
	CALL_PROCESS_CREATE,
	CALL_FORK,
	CALL_OPEN_PLAIN,
	CALL_REGISTRY_INIT,
	CALL_CREATE,
	CALL_RESTORE,
	CALL_READ,
	CALL_READ_PUT,
	CALL_TAKE,
	CALL_WRITE,
	CALL_WAIT_ANY,
	CALL_VERIDIAN_CREATE,
	CALL_VERIDIAN_READ,
	CALL_VERIDIAN_WRITE,
	CALL_VERIDIAN_INSTALL,
	CALL_NODE_READ,
	CALL_NODE_WRITE,
};

/* ---- errors.c: what is documented ------------------------------------------ */

struct rule {
	uint32_t call;
	enum fault fault;
	const char *name;
	int32_t errors[2]; /* one of these; 0: no more */
	uint32_t otherwise;
	const char *source;
};
/* rule.otherwise: what the call may do but fail. */
#define ABSORBS 1u /* go on as if nothing had happened */
#define LESS 2u	   /* succeed with a part: the case may then see less */
#define ZERO 4u	   /* return 0: the time is up */
extern const struct rule rules[];
extern const uint32_t rule_count;
const struct rule *rule_of(uint32_t call, enum fault fault);

/* A case that sees a fault although every call was as documented, and why. */
struct excuse {
	const char *pattern;
	uint32_t faults; /* bits: 1 << enum fault */
	const char *reason;
};
extern const struct excuse excuses[];
extern const uint32_t excuse_count;

/* ---- state.c ------------------------------------------------------------------ */

/* All that a failed call must leave as it was, as numbers. */
struct record {
	uint64_t what, which, values[4];
};
struct state {
	struct record *records;
	uint32_t count, room;
};
/* Systems, processes and registries of the case, for state_take(). */
void state_forget_all(void);
void state_add_process(struct inproc_process *p);
void state_remove_process(struct inproc_process *p);
void state_add_registry(struct evfd_registry *r);
void state_remove_registry(struct evfd_registry *r);
/* Requires that nobody else is at work. */
void state_take(struct state *s, struct evfd_system *system);
/* False: `text` says what differs. */
bool state_is_same(const struct state *a, const struct state *b, char *text,
		   size_t size);

/* ---- judge.c ------------------------------------------------------------------ */

#define SAVED_PIECES 4
#define SAVED_BYTES 512

/* A call of the case that is under way. */
struct judged {
	uint32_t is_used; /* atomic */
	uint32_t number;
	bool is_syscall;
	bool is_pure; /* keeps no memory when it fails */
	bool is_retry;
	bool is_compared;
	bool must_repeat; /* the retry has to return `first` */
	int64_t first;
	uint32_t faults; /* that struck in this attempt; bits 1 << enum fault; atomic */
	struct inproc_thread *thread;
	struct judged *outer; /* of the same thread: ours is made by a callback */
	uint64_t epoch;
	uint64_t bytes;
	struct state before, after;
	struct {
		uint64_t address, size;
		unsigned char bytes[SAVED_BYTES];
	} saved[SAVED_PIECES];
};

/* The calling thread's; NULL: it is in no call that is judged. */
extern _Thread_local struct judged *judged_now;

/*
 *	struct judged *c = judge_begin(number);
 *	do
 *		result = ...;
 *	while (judge_again(c, result));
 */
struct judged *judge_begin(uint32_t number);
bool judge_again(struct judged *c, int64_t result);
/* Memory that a call writes and, made again, reads. */
void judge_save(struct judged *c, uint64_t address, uint64_t size);
/* Something that is not judged changes the state. */
void judge_change(void);
/* Calls of threads that were killed in them are over. */
void judge_drop_dead(void);

/* What was found wrong first; "" nothing. */
extern char judge_complaint[512];
void judge_complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

struct tally {
	uint64_t points, runs, struck, compared, less, excused;
	uint64_t rules[4]; /* bits: those that a call has used */
	uint64_t excuses;  /* bits */
};
extern struct tally *tally; /* of this process, or shared with others */

/* ---- inject.c ----------------------------------------------------------------- */

enum plan {
	PLAN_NONE, /* count */
	PLAN_ONE,  /* the point `at` */
	PLAN_REST, /* that and all that follow */
};
/* Forgets the points met so far. */
void inject_plan(enum plan plan, uint64_t at);
/* Points are met only between true and false. */
void inject_allow(bool allowed);
uint64_t inject_points(void);
/* Of the run: bits 1 << enum fault. */
uint32_t inject_struck(void);
/* The calling thread is about to judge. */
void inject_pause(bool paused);
/* A point of the boundary's own. */
bool inject_here(enum fault fault);

/* ---- run.c --------------------------------------------------------------------- */

/* The cases that inproc can run and whose names match (NULL: all), up to `room`. */
uint32_t run_select(const char *pattern, const struct conf_case **cases,
		    uint32_t room);
const char *run_name_of(const struct conf_case *c);
/* Run one case once. What is wrong is in judge_complaint. */
void run_once(const struct conf_case *c, enum plan plan, uint64_t at);
/* A check of the case under way has failed: what it does now is clean up. */
bool run_has_failed(void);

/* ---- target.c ------------------------------------------------------------------- */

extern struct conf_target faults_target;
/* NULL, or a sentence saying why it cannot run here. */
const char *faults_setup(void);

#endif
