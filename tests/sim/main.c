/* SPDX-License-Identifier: MIT */
/*
 * Built as sim-wait and sim-park, by the host's way to wait.
 *
 * sim --list                     the programs
 * sim PROGRAM [options]          explore one
 * sim --quick | --long           explore all, as TAP; the last line tells how far
 * sim --check                    check the explorers by each other, as TAP
 *
 *	--all N      one of each set of equal schedules, N runs at most (default)
 *	--bound B    every schedule of at most B preemptions
 *	--random N   N schedules by chance, --seed S
 *	--naive N    every order of everything, N runs at most
 *	--replay S   one schedule, and its picture
 *	--part I/N   of --quick and --long, only each Nth program
 *	--first      --quick and --long end with the first failure
 *
 * A failure prints how to replay it and its picture. Exit status 1 if there is one.
 */
#include "check.h"
#include "port/sim/machine.h"
#include "programs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
	const char *program, *replay;
	uint64_t all, naive, random, seed;
	int bound;
	int part, parts; /* of all programs, every parts-th from part on */
	bool is_list, is_check, is_first;
	const struct sim_effort *effort;
};

static const char *own_name;

static const struct sim_program *nth_program(int n)
{
	for (size_t i = 0; sim_tables[i]; i++)
		for (const struct sim_program *p = sim_tables[i]; p->name; p++)
			if (n-- == 0)
				return p;
	return NULL;
}

static const struct sim_program *find(const char *name)
{
	const struct sim_program *p;
	int n = 0;

	while ((p = nth_program(n++)) != NULL)
		if (strcmp(p->name, name) == 0)
			break;
	return p;
}

static void list(void)
{
	const struct sim_program *p;

	for (int n = 0; (p = nth_program(n)) != NULL; n++)
		printf("%-24s %s\n%-24s   holds: %s\n", p->name, p->what, "",
		       p->holds);
}

/* ---- failures ---------------------------------------------------------------- */

static void show(const struct sim_program *p, const struct sim_schedule *s)
{
	enum sim_outcome outcome;

	sim_picture_enable(true);
	outcome = sim_schedule_run(p, s);
	printf("%s: %s\n", p->name, outcome == SIM_FAILED ? sim_failure : "passes");
	printf("replay: %s %s --replay ", own_name, p->name);
	sim_schedule_print(s);
	printf("\n");
	sim_picture_print();
	sim_picture_enable(false);
}

/* Few preemptions tell more than many: look for the least that fail, then take out
 * what switches are not needed. */
static void explain(const struct sim_program *p)
{
	static struct sim_schedule s;

	sim_schedule_save(&s);
	for (int bound = 0; bound < 3; bound++) {
		struct sim_tally t = { 0 };

		sim_explore_bound(p, bound, 20000, &t);
		if (!t.has_failed)
			continue;
		sim_schedule_save(&s);
		break;
	}
	sim_schedule_minimise(p, &s);
	show(p, &s);
}

/* ---- one program ----------------------------------------------------------------- */

static int replay(const struct sim_program *p, const char *text)
{
	static struct sim_schedule s;

	if (!sim_schedule_parse(&s, text)) {
		fprintf(stderr, "sim: not a schedule: %s\n", text);
		return 2;
	}
	sim_schedule_run(p, &s);
	sim_schedule_save(&s);
	show(p, &s);
	return sim_failure[0] != '\0';
}

static void tell(const struct sim_program *p, const struct sim_tally *t)
{
	printf("# %s: %llu runs, %llu to the end, %llu distinct, %llu "
	       "steps%s\n",
	       p->name, (unsigned long long)t->runs,
	       (unsigned long long)t->ended, (unsigned long long)t->distinct,
	       (unsigned long long)t->steps, t->is_complete ? ", complete" : "");
}

static int run_one(const struct sim_program *p, const struct options *o)
{
	struct sim_tally t = { 0 };

	if (o->replay)
		return replay(p, o->replay);
	if (o->naive)
		sim_explore_naive(p, o->naive, &t);
	else if (o->bound >= 0)
		sim_explore_bound(p, o->bound, o->all, &t);
	else if (o->random)
		sim_explore_random(p, o->random, o->seed, &t);
	else
		sim_explore_all(p, o->all, &t);
	if (t.has_failed)
		explain(p);
	tell(p, &t);
	return t.has_failed;
}

/* ---- all programs -------------------------------------------------------------------- */

static void explore(const struct sim_program *p, const struct sim_effort *e,
		    uint64_t seed, struct sim_tally *t)
{
	bool is_complete;

	sim_explore_reset();
	sim_explore_all(p, e->all, t);
	is_complete = t->is_complete;
	if (!is_complete && !t->has_failed)
		sim_explore_bound(p, e->preemptions, e->bound, t);
	if (!is_complete && !t->has_failed)
		sim_explore_random(p, e->random, seed, t);
	t->is_complete = is_complete;
}

/* One line of TAP; returns whether it passed. */
static bool run_as_test(const struct sim_program *p, const struct options *o,
			int number, struct sim_tally *sum)
{
	struct sim_tally t = { 0 };

	explore(p, o->effort, o->seed, &t);
	printf("%s %d - %s: %llu schedules%s\n", t.has_failed ? "not ok" : "ok",
	       number, p->name, (unsigned long long)t.distinct,
	       t.is_complete ? ", all there are" : "");
	if (t.has_failed)
		explain(p);
	fflush(stdout);
	sum->is_complete = t.is_complete;
	sum->distinct += t.distinct;
	sum->steps += t.steps;
	return !t.has_failed;
}

static bool is_wanted(const struct sim_program *p, int n, const struct options *o)
{
	bool has_handler = false;

	for (int i = 0; i < SIM_THREADS; i++)
		has_handler |= p->handler[i] != 0;
	return n % o->parts == o->part && (!has_handler || sim_has_handlers) &&
	       (!o->program || strcmp(o->program, p->name) == 0);
}

static int run_all(const struct options *o)
{
	const struct sim_program *p;
	struct sim_tally sum = { 0 };
	int plan = 0, number = 0, failures = 0, complete = 0;

	for (int n = 0; (p = nth_program(n)) != NULL; n++)
		plan += is_wanted(p, n, o);
	printf("1..%d\n", plan);
	for (int n = 0; (p = nth_program(n)) != NULL; n++) {
		if (!is_wanted(p, n, o))
			continue;
		failures += !run_as_test(p, o, ++number, &sum);
		complete += sum.is_complete;
		if (failures && o->is_first)
			return 1;
	}
	printf("# table: %s | %llu distinct schedules (%llu steps) of %d "
	       "programs, %d to the end |\n",
	       sim_covers, (unsigned long long)sum.distinct,
	       (unsigned long long)sum.steps, plan, complete);
	return failures > 0;
}

/* ---- arguments ------------------------------------------------------------------------ */

static int usage(void)
{
	fprintf(stderr,
		"usage: sim --list | --check | --quick | --long | PROGRAM "
		"[--all N | --bound B | --random N | --naive N | "
		"--replay SCHEDULE] [--seed S] [--first]\n");
	return 2;
}

/* Options with a number. Returns false for any other. */
static bool parse_number(struct options *o, const char *name, const char *value)
{
	char *end;
	uint64_t n;

	if (!value)
		return false;
	n = strtoull(value, &end, 0);
	if (strcmp(name, "--all") == 0)
		o->all = n;
	else if (strcmp(name, "--naive") == 0)
		o->naive = n;
	else if (strcmp(name, "--random") == 0)
		o->random = n;
	else if (strcmp(name, "--seed") == 0)
		o->seed = n;
	else if (strcmp(name, "--bound") == 0)
		o->bound = (int)n;
	else if (strcmp(name, "--replay") == 0)
		o->replay = value;
	else if (strcmp(name, "--part") == 0 && *end == '/') {
		o->part = (int)n - 1;
		o->parts = atoi(end + 1);
		return o->part >= 0 && o->parts > o->part;
	} else
		return false;
	return true;
}

static bool parse(struct options *o, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--list") == 0)
			o->is_list = true;
		else if (strcmp(argv[i], "--check") == 0)
			o->is_check = true;
		else if (strcmp(argv[i], "--quick") == 0)
			o->effort = &sim_quick;
		else if (strcmp(argv[i], "--long") == 0)
			o->effort = &sim_long;
		else if (strcmp(argv[i], "--first") == 0)
			o->is_first = true;
		else if (parse_number(o, argv[i], argv[i + 1]))
			i++;
		else if (argv[i][0] != '-' && !o->program)
			o->program = argv[i];
		else
			return false;
	}
	return o->is_list || o->is_check || o->effort || o->program;
}

int main(int argc, char **argv)
{
	struct options o = { .all = UINT64_MAX, .bound = -1, .seed = 1, .parts = 1 };
	const struct sim_program *p;
	int status;

	own_name = strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0];
	if (argc > 1 && sim_option(argv[1], argv[2], &status))
		return status;
	if (!parse(&o, argc, argv))
		return usage();
	if (o.is_list) {
		list();
		return 0;
	}
	if (o.is_check)
		return check_explorers();
	p = o.program ? find(o.program) : NULL;
	if (o.program && !p) {
		fprintf(stderr, "sim: no program %s\n", o.program);
		return 2;
	}
	if (o.effort)
		return run_all(&o);
	return run_one(p, &o);
}
