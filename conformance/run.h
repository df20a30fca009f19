/* SPDX-License-Identifier: MIT */
/* What the parts of the runner tell each other; not for cases. */
#ifndef CONF_RUN_H
#define CONF_RUN_H

#include "conf.h"

/* A skip that is expected, and why. Ends with a NULL profile. */
struct conf_pin {
	const char *profile;
	const char *pattern; /* of case names */
	enum conf_pin_kind {
		CONF_LACKS, /* the target lacks a capability, or the case says so */
		CONF_DEVIATES, /* it is tried, and must fail */
		CONF_RUNS,     /* it is no skip, whatever later pins say */
	} kind;
	const char *reason;
};
extern const struct conf_pin conf_pins[];

/* The cases of each file, in the order in which they run. Ends with NULL. */
extern const struct conf_case *const conf_suites[];

/* At the start of the target's shared memory: what a case left behind. */
struct conf_record {
	uint32_t has_failed; /* atomic; the first to set it fills in the rest */
	uint32_t is_written; /* atomic */
	const char *file, *text;
	int line;
	bool is_comparison;
	int64_t actual, expected;
	const char *skip;
	/* Where the last check was made, for hangs. */
	const char *at_file, *at_text;
	int at_line;
};
struct conf_record *conf_record(void);
void conf_record_clear(void);

extern uint64_t conf_hang_ns;

/* The case's own part of cleaning up, in its task: begin, and then as often as
 * wanted. Returns NULL or what could not be released: then the run cannot go
 * on. */
void conf_release_begin(void);
const char *conf_release(void);
/* Whether descriptors are open that were not when they were noted. */
bool conf_has_leaked(int *fd);
bool conf_tasks_are_gone(void);
void conf_tasks_forget(void);

/* Append the contract line of a case: C12 of C12_blocking_read_sleeps. */
void conf_put_line_of(struct conf_line *l, const struct conf_case *c);

/* ---- TAP ---------------------------------------------------------------- */

struct conf_tally {
	uint32_t number, passed, failed, skipped;
};
void tap_plan(uint32_t cases);
void tap_pass(struct conf_tally *t, const char *name);
void tap_skip(struct conf_tally *t, const char *name, const char *why);
void tap_fail(struct conf_tally *t, const char *name);
void tap_note(const char *a, const char *b, const char *c);
void tap_failure(const struct conf_case *c, const struct conf_record *r);
void tap_bail_out(const char *why);
void tap_close(const struct conf_tally *t, bool is_comment);

#endif
