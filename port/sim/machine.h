/* SPDX-License-Identifier: MIT */
/*
 * What runs one schedule, for the explorers. A schedule is a sequence of steps; a
 * step is one operation of one thread and what follows it up to the next.
 */
#ifndef EVFD_SIM_MACHINE_H
#define EVFD_SIM_MACHINE_H

#include "sim.h"

#include "../../core/word.h"
#include "atomic.h"

#define SIM_STEPS 4000
#define SIM_TEXT 480

/* Beyond enum sim_atomic. */
enum sim_kind {
	SIM_CELL_LOAD = SIM_CAS + 1,
	SIM_CELL_HALF,
	SIM_CELL_CAS,
	SIM_CELL_SWAP, /* of both halves, each of which is a place of its own */
	SIM_START,
	SIM_WAIT,
	SIM_WAIT_SHORT,
	SIM_LEAVE, /* a sleep, because of a wake or for another reason */
	SIM_WAKE,
	SIM_NOW,
	SIM_ALLOC,
	SIM_FREE,
	SIM_COPY,
};

/* What a thread does in its next step. */
struct sim_op {
	uint8_t kind;
	uint8_t size;
	bool is_short; /* of SIM_LEAVE */
	const volatile void *at;
	uint64_t value; /* operand; of waits what is expected; of wakes how many */
	uint64_t expected; /* of SIM_CAS */
	uint64_t deadline_ns;
	struct evfd_word old, new; /* of SIM_CELL_CAS, _SWAP */
	const struct sim_site *site;
};

/* A place that a step looks at or changes. Steps are in conflict when both touch
 * a place and one changes it. */
struct sim_access {
	uintptr_t place;
	bool changes;
};
#define SIM_ACCESSES 2

/* What steps are in the order that matters: see order.c. */
struct sim_event {
	uint8_t thread, choice, choices;
	uint8_t accesses;
	struct sim_access access[SIM_ACCESSES];
	int before[SIM_ACCESSES]; /* last event at that place, or -1 */
	int cause;	  /* the wake that made this step possible, or -1 */
	uint32_t enabled; /* threads that could have gone on instead, and this */
	uint16_t seq;	  /* of the thread's, from 1 */
	uint16_t clock[SIM_THREADS]; /* of each thread, how many came before */
	uint64_t hash, prefix;
};

extern struct sim_event sim_events[SIM_STEPS];
extern int sim_depth;  /* events so far */
extern int sim_chosen; /* of them, chosen: the others came after rest() */

/* The thread that takes step sim_depth, which is one of `enabled`; *choice which of
 * its ways. -1: go no further with this schedule. */
typedef int sim_choose_fn(uint32_t enabled, int *choice);
/* The step is now sim_events[sim_depth - 1], and has not been taken yet. */
typedef void sim_chosen_fn(void);

enum sim_outcome {
	SIM_PASSED,
	SIM_FAILED,
	SIM_CUT
};

/* Run one schedule. chosen may be NULL. */
enum sim_outcome sim_run(const struct sim_program *p, sim_choose_fn *choose,
			 sim_chosen_fn *chosen);
/* Of the schedule that failed. */
extern char sim_failure[SIM_TEXT];
extern const struct sim_program *sim_program;

int sim_thread_count(void);
/* In how many ways thread t can take its next step. */
int sim_choices(int t);
/* Would thread t leave a sleep that nothing has ended? */
bool sim_is_leaving(int t);
/* Do the next steps of a and b come to the same in either order? */
bool sim_is_independent(int a, int b);
/* Is one of them a handler that interrupts the other? */
bool sim_is_handler_of(int a, int b);

/* ---- inside the machine ------------------------------------------------------ */

struct sim_thread {
	void (*fn)(void);
	void *context;
	struct sim_op op; /* its next step */
	int choice;	  /* the way in which that is taken */
	int interrupts;	  /* the thread that it is a handler on, or -1 */
	int first, last;  /* events, or -1 */
	int woken_by;	  /* event */
	bool is_done, is_woken, is_interrupted;
	uint64_t asleep_since;
	uint32_t sleeps;
	uint8_t interrupts_left, spurious_left, alloc_failures_left,
		copy_faults_left;
};

extern struct sim_thread sim_threads[SIM_THREADS];
extern uint32_t sim_wakes;
extern uint64_t sim_clock;

/* Is t asleep on word, with nothing to end that yet? */
static inline bool sim_sleeps_on(const struct sim_thread *t,
				 const volatile void *word)
{
	return t->op.kind == SIM_LEAVE && !t->is_done && !t->is_woken &&
	       t->op.at == word;
}

/* Stop until *op may be taken; which of its ways is returned. */
int sim_step(const struct sim_op *op);
/* Note the step just taken for the picture: what was there, what is there now. */
void sim_note(const struct sim_op *op, struct evfd_word before,
	      struct evfd_word after, int64_t result);

/* ---- sleep.c ---------------------------------------------------------------------- */

/* As evfd_port_wait() and, if is_short, evfd_port_wait_short(). */
int sim_wait(uint32_t *word, uint32_t expected, uint64_t deadline_ns,
	     bool is_short);
void sim_wake(uint32_t *word, uint32_t count);

/* ---- wait.c or park.c, of which one is built ---------------------------------------- */

/* May handlers call the host? */
extern const bool sim_has_handlers;
void sim_waits_reset(void);

/* ---- what memory shows to whom: strong.c, or another built in its place ------------- */

void sim_view_reset(void);
/* The threads begin, knowing what setup has done. */
void sim_view_begin(void);
/* In how many ways the next step of t, which is an atomic operation or begins a
 * wait, may be taken: which of the values that are still to be had it finds. */
int sim_view_ways(const struct sim_thread *t);
/* Does the next step of t, so taken (way < 0: in any way), change what is there;
 * or, of a wait, go to sleep; or, of a wake, tell later waits anything? */
bool sim_view_changes(const struct sim_thread *t, int way);
/* Take it; returns what it found. */
uint64_t sim_view_take(const struct sim_op *op, int way);
/* Whoever waits there from now on sees what the caller sees. */
void sim_view_wake(const volatile void *word);
/* So does t, which the caller is just waking there. */
void sim_view_woken(const struct sim_thread *t, const volatile void *word);
/* These bytes have just been made, or are about to go. */
void sim_view_whole(const volatile void *at, size_t size);

/* ---- step.c: what a step may be and what it touches ------------------------------- */

/* What stands at *at; size is 1, 2, 4 or 8. */
uint64_t sim_value_at(const volatile void *at, size_t size);
/* What op, an atomic one that finds `before`, will leave there. */
uint64_t sim_value_after(const struct sim_op *op, uint64_t before);
/* Put x there. */
void sim_value_set(const volatile void *at, size_t size, uint64_t x);
/* What the next step of t looks at and changes, if it is taken in that way (-1: in
 * any). Returns how many. */
int sim_accesses(const struct sim_thread *t, int way,
		 struct sim_access access[SIM_ACCESSES]);
/* With what result thread t leaves its sleep in way `choice`. */
int sim_leave_result(const struct sim_thread *t, int choice);

/* ---- memory.c --------------------------------------------------------------------- */

void sim_memory_reset(void);
/* Fails the schedule if *at is memory that was given back. */
void sim_memory_check(const volatile void *at);
/* Fails the schedule if anything has not been given back. */
void sim_memory_check_leaks(void);
unsigned char *sim_stack(int thread, size_t *size);

/* ---- order.c ----------------------------------------------------------------------- */

void sim_order_reset(void);
/* Complete sim_events[d], all but its place in the order being set. */
void sim_order_add(int d);
/* Events that event d could have come before, had the choice been otherwise: their
 * indices, at most SIM_RACES. */
#define SIM_RACES 64
int sim_order_races(int d, int races[SIM_RACES]);
/* Threads with which the events after e that do not depend on e, and then d, can
 * begin; as bits. */
uint32_t sim_order_initials(int e, int d);

/* ---- explore.c ----------------------------------------------------------------------- */

struct sim_tally {
	uint64_t runs;	   /* schedules run, cut ones too */
	uint64_t ended;	   /* run to the end */
	uint64_t distinct; /* of them, different in more than the order of
			    * independent steps */
	uint64_t steps;
	bool is_complete; /* there are no others */
	bool has_failed;
};

/* Every schedule, up to the order of independent steps; at most `limit` runs. */
void sim_explore_all(const struct sim_program *p, uint64_t limit,
		     struct sim_tally *t);
/* Every schedule with at most `bound` preemptions; at most `limit` runs. */
void sim_explore_bound(const struct sim_program *p, int bound, uint64_t limit,
		       struct sim_tally *t);
/* n schedules by chance; the seed decides them all. */
void sim_explore_random(const struct sim_program *p, uint64_t n, uint64_t seed,
			struct sim_tally *t);
/* Every order of all steps, dependent or not: to check the others by. */
void sim_explore_naive(const struct sim_program *p, uint64_t limit,
		       struct sim_tally *t);

/* Forget what has been counted as distinct, and the failure. */
void sim_explore_reset(void);

/* ---- schedules as text (replay.c) ------------------------------------------------------ */

/* "a3b!1a2": thread a three steps, thread b one in its way 1, thread a two. */
struct sim_schedule {
	int n;
	uint8_t thread[SIM_STEPS], choice[SIM_STEPS];
};

/* The schedule just run. */
void sim_schedule_save(struct sim_schedule *s);
bool sim_schedule_parse(struct sim_schedule *s, const char *text);
void sim_schedule_print(const struct sim_schedule *s);
/* Run it; what comes after its end is decided by the fewest switches. */
enum sim_outcome sim_schedule_run(const struct sim_program *p,
				  const struct sim_schedule *s);
/* Fewer switches, as long as it still fails: in place. */
void sim_schedule_minimise(const struct sim_program *p, struct sim_schedule *s);

/* ---- picture.c ---------------------------------------------------------------------------- */

/* Have the next runs noted, or not. */
void sim_picture_enable(bool enabled);
void sim_picture_reset(void);
void sim_picture_print(void);

#endif
