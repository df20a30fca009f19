/* SPDX-License-Identifier: MIT */
/* What the files of the weak memory share. memory.c has the theory. */
#ifndef EVFD_TESTS_WEAK_WEAK_H
#define EVFD_TESTS_WEAK_WEAK_H

#include "port/sim/machine.h"

/* ---- memory.c ------------------------------------------------------------------- */

#define WEAK_SELVES (SIM_THREADS + 1) /* the last one: setup, rest and end */
#define WEAK_ALONE SIM_THREADS

/* Who is running: a handler is the thread that it interrupts. */
int weak_self(void);
/* Does `self` know of what `other` did at that time of its own? */
bool weak_knows(int self, int other, uint16_t time);
/* The present time of self. */
uint16_t weak_time(int self);
/* sim_view_take(), which also tells the other half of a cell. */
uint64_t weak_take(const struct sim_op *op, int way, uint64_t *ctl);
/* Plain memory there has been written: atomics begin anew. */
void weak_forget(uintptr_t at, size_t size);

/* ---- one order made weaker --------------------------------------------------------- */

enum weak_part {
	WEAK_DONE,   /* an operation, or a compare-and-swap that succeeds */
	WEAK_FAILED, /* a compare-and-swap that fails */
};

struct weak_change {
	const struct sim_site *site; /* NULL: none. All sites like it are meant. */
	enum weak_part part;
	enum sim_order order;
	bool is_reached; /* set by an operation there, whatever its part */
};

extern struct weak_change weak_change;
/* Are these one place in the source? Of a header there are several. */
bool weak_is_same_site(const struct sim_site *a, const struct sim_site *b);
/* The order of that part of an operation as the source has it. */
enum sim_order weak_order_of(const struct sim_site *site, enum weak_part part);

/* ---- race.c ---------------------------------------------------------------------------- */

void weak_races_reset(void);
/* The running thread makes an atomic access. */
void weak_race_atomic(const struct sim_op *op, bool changes);
/* The running thread writes all of it, plainly. */
void weak_race_whole(const volatile void *at, size_t size);

extern const struct sim_program weak_programs[]; /* programs.c */
/* Of sim_tables, how many are about core/ (those after the first are about vfs/). */
extern const int weak_core_tables;

/* cell.c or cell_locked.c: no schedule has begun. */
void weak_cell_reset(void);

/* ---- litmus.c, orders.c ------------------------------------------------------------------ */

/* TAP; return the exit status. */
int weak_check_litmus(void);
/* Which of the orders whose names begin so (NULL: all) are weakened. */
enum weak_asked {
	WEAK_ALL,     /* each must be in orders_table.c, and as that says */
	WEAK_KNOWN,   /* those that are there */
	WEAK_MISSING, /* those that are not: print rows for them */
};
int weak_check_orders(const char *beginning, enum weak_asked asked);

#endif
