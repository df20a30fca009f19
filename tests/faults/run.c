/* SPDX-License-Identifier: MIT */
/* One run of one case, as conformance/run.c makes it, and what must hold then. */
#include <stdio.h>
#include <string.h>

#include "conformance/run.h"
#include "core/atomic.h"
#include "faults.h"

extern const struct conf_case faults_extra_cases[]; /* extra.c */

static uint32_t select_of(const struct conf_case *c, const char *pattern,
			  const struct conf_case **cases, uint32_t room)
{
	uint32_t n = 0;

	for (; c->name; c++)
		if (n < room && !(c->needs & ~T->caps) &&
		    (!pattern || conf_matches(pattern, c->name)))
			cases[n++] = c;
	return n;
}

uint32_t run_select(const char *pattern, const struct conf_case **cases,
		    uint32_t room)
{
	uint32_t n = 0;

	for (uint32_t i = 0; conf_suites[i]; i++)
		n += select_of(conf_suites[i], pattern, cases + n, room - n);
	return n + select_of(faults_extra_cases, pattern, cases + n, room - n);
}

const char *run_name_of(const struct conf_case *c)
{
	return c->name;
}

bool run_has_failed(void)
{
	return load_acq(&conf_record()->has_failed);
}

static int case_task(void *arg)
{
	struct conf_record *record = conf_record();
	const char **stuck = arg;
	int result, fd = -1;

	conf_release_begin();
	inject_allow(true);
	result = conf_running->fn();
	inject_allow(false);
	if (!record->has_failed) {
		conf_true("the case returns 0 and has joined its tasks",
			  !result && conf_tasks_are_gone());
		conf_true("every descriptor of the case is closed",
			  !conf_has_leaked(&fd));
	}
	*stuck = conf_release();
	return 0;
}

static bool is_excused(const struct conf_case *c)
{
	for (uint32_t i = 0; i < excuse_count; i++) {
		if (!(inject_struck() & excuses[i].faults) ||
		    !conf_matches(excuses[i].pattern, c->name))
			continue;
		tally->excuses |= UINT64_C(1) << i;
		tally->excused++;
		return true;
	}
	return false;
}

static void judge_case(const struct conf_case *c, uint64_t less_before)
{
	const struct conf_record *r = conf_record();

	if (!r->has_failed || tally->less != less_before || is_excused(c))
		return;
	judge_complain("the case fails at %s:%d: %s (%lld, expected %lld)",
		       r->file, r->line, r->text, (long long)r->actual,
		       (long long)r->expected);
}

static void judge_memory(const struct inproc_calls *before)
{
	struct inproc_calls after;

	inproc_calls(&after);
	if (after.allocs - before->allocs != after.frees - before->frees ||
	    after.bytes != before->bytes)
		judge_complain("%llu allocations, %llu given back, %lld bytes "
			       "left",
			       (unsigned long long)(after.allocs - before->allocs),
			       (unsigned long long)(after.frees - before->frees),
			       (long long)(after.bytes - before->bytes));
}

static void judge_census(const struct conf_census *before)
{
	struct conf_census after;

	T->census(&after);
	if (memcmp(before, &after, sizeof(after)))
		judge_complain(
			"alive that was not before: %lld processes, %lld "
			"files, %lld eventfds, %lld epolls, %lld items",
			(long long)(after.alive[0] - before->alive[0]),
			(long long)(after.alive[1] - before->alive[1]),
			(long long)(after.alive[2] - before->alive[2]),
			(long long)(after.alive[3] - before->alive[3]),
			(long long)(after.alive[4] - before->alive[4]));
}

void run_once(const struct conf_case *c, enum plan plan, uint64_t at)
{
	static const char *stuck;
	uint64_t less = tally->less;
	struct inproc_calls memory;
	struct conf_census census;
	const char *left;

	conf_record_clear();
	conf_running = c;
	inproc_calls(&memory);
	state_forget_all();
	inject_plan(plan, at);
	inject_allow(true);
	left = T->case_begin(c->needs);
	inject_allow(false);
	if (left) {
		judge_complain("the case cannot begin: %s", left);
		return;
	}
	stuck = NULL;
	T->census(&census);
	if (T->wait(T->spawn(case_task, &stuck), UINT64_MAX / 2) == CONF_HANG ||
	    stuck) {
		judge_complain("%s", stuck ? stuck : "the case hangs");
		return;
	}
	judge_case(c, less);
	judge_census(&census);
	left = T->case_end();
	if (left)
		judge_complain("not so: %s", left);
	judge_memory(&memory);
	tally->runs++;
	tally->struck += inject_struck() != 0;
}
