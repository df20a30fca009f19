/* SPDX-License-Identifier: MIT */
/*
 * The host that decides everything: one thread runs at a time, and before every
 * atomic operation and every port call somebody is asked which. So a program of a few
 * threads over the real core/ and vfs/ can be run in every order there is.
 *
 * Every order of whole operations, that is: what a weaker memory shows beyond
 * that is not seen here. Plain memory is taken to be guarded by what the atomics
 * say; that it is, ThreadSanitizer checks elsewhere.
 *
 * What this host may do to a program, and so does in some schedule:
 *  - wake any of those who sleep on a word, not only the longest asleep;
 *  - let a deadline pass at any moment, also after the wake that ended the sleep;
 *  - interrupt a sleep, or end it for no reason (as often as the program allows);
 *  - refuse memory, or fault in a copy (as often as the program allows);
 *  - run a handler in the middle of a thread's operation.
 */
#ifndef EVFD_PORT_SIM_H
#define EVFD_PORT_SIM_H

#include <stdbool.h>
#include <stdint.h>

#define SIM_THREADS 8

/* Marks that thread a handler which interrupts thread i: once it has begun,
 * thread i stands still until it has ended. A handler may not sleep. */
#define SIM_INTERRUPTS(i) ((i) + 1)

/*
 * A program: what its threads do, and what must hold whatever the order. A check
 * that fails, a crash, an access to memory that was given back, a sleeper who should
 * not sleep at the end, memory not given back: each is a failure, told with
 * the schedule that led to it.
 *
 * setup, each, rest and end run alone; nothing they do is interleaved. Threads
 * share nothing among them but what they share through core/ and vfs/, and variables
 * of which each is written by one thread and read by rest or end. They decide by
 * the results of their calls only: the same schedule must be the same run.
 */
struct sim_program {
	const char *name;
	const char *what;  /* what meets what */
	const char *holds; /* what is checked */
	void (*setup)(void);
	void (*threads[SIM_THREADS])(void);
	uint8_t handler[SIM_THREADS]; /* SIM_INTERRUPTS(i), or 0 */
	void (*each)(void);	      /* after every step; may be NULL */
	/* When nobody can go on: look who sleeps, then end what they sleep on. */
	void (*rest)(void);
	/* When all threads have ended: final checks, and give everything back. */
	void (*end)(void);
	uint32_t may_sleep; /* bit i: thread i may be asleep at rest */
	/* How often, a thread. */
	uint8_t interrupts, spurious, alloc_failures, copy_faults;
	bool split_cell; /* load the cell in halves, as machines do */
};

/* The word that lies in a cell: nobody's step, and no lock is taken. For each(). */
struct evfd_word;
struct evfd_word sim_word(const struct evfd_word *cell);

/* SIM_DEADLINE: one that comes whenever the scheduler likes. */
#define SIM_DEADLINE UINT64_C(2000000000)

/* End the schedule as a failure. Context: anywhere in a program. */
_Noreturn void sim_fail(const char *format, ...)
	__attribute__((format(printf, 1, 2)));
#define sim_check(condition) \
	((condition) ?       \
		 (void)0 :   \
		 sim_fail("%s:%d: not so: %s", __func__, __LINE__, #condition))
#define sim_check_equal(a, b) \
	sim_check_equal_at((uint64_t)(a), (uint64_t)(b), #a, __func__, __LINE__)
void sim_check_equal_at(uint64_t is, uint64_t should, const char *what,
			const char *function, int line);

/* The number of the calling thread, -1 in setup, each, rest and end. */
int sim_self(void);
/* For rest: every sleep now ends as by a signal, with EVFD_EINTR. */
void sim_interrupt_sleepers(void);

/* Of the schedule under way. */
bool sim_is_asleep(int thread); /* in evfd_port_wait(), and nothing woke it */
bool sim_is_done(int thread);
uint32_t sim_sleeps(int thread); /* times that it was put to sleep */
uint32_t sim_woken(void); /* sleepers woken by evfd_port_wake(), but from short waits */

#endif
