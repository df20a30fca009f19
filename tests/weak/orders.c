/* SPDX-License-Identifier: MIT */
/*
 * Each order of a layer made weaker by one step, one after the other: something
 * must break, as orders_table.c says, or it says why the order is kept.
 */
#include "orders.h"
#include "tests/sim/programs.h"
#include "weak.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SITES 256

/* What is spent on one program: for an order that must be missed, and for one that
 * is kept; and, to find a program for a new one, in rounds. */
struct effort {
	uint64_t all, random;
};
static const struct effort to_break = { 60000, 60000 };
static const struct effort to_doubt = { 150, 150 };
static const struct effort to_find = { 150, 300 };
/* Runs that tell whether a program comes by the order at all. */
static const uint64_t few = 60;

static const struct sim_site *sites[SITES];
static int site_count;
static uint64_t runs; /* of all */

/* ---- sites --------------------------------------------------------------------- */

/* From the folder of the layer on. */
static const char *file_of(const struct sim_site *s)
{
	static const char *const layers[] = { "core/", "vfs/" };
	const char *found = NULL;

	for (int i = 0; i < 2; i++)
		for (const char *p = s->file; (p = strstr(p, layers[i])); p++)
			found = p;
	return found;
}

static bool is_wanted(const struct sim_site *s)
{
	const char *file = file_of(s);

	if (!file || s->order == SIM_RLX)
		return false;
	return !weak_only_file || strcmp(file, weak_only_file) == 0;
}

static int compare(const void *a, const void *b)
{
	const struct sim_site *x = *(const struct sim_site *const *)a;
	const struct sim_site *y = *(const struct sim_site *const *)b;
	int files = strcmp(file_of(x), file_of(y));

	return files ? files : x->line - y->line;
}

static void find_sites(const char *beginning)
{
	extern const struct sim_site *const __start_sim_sites[];
	extern const struct sim_site *const __stop_sim_sites[];

	for (const struct sim_site *const *s = __start_sim_sites;
	     s < __stop_sim_sites; s++) {
		bool is_new = is_wanted(*s) &&
			      (!beginning || strncmp(file_of(*s), beginning,
						     strlen(beginning)) == 0);

		for (int i = 0; i < site_count && is_new; i++)
			is_new = !weak_is_same_site(sites[i], *s);
		if (is_new && site_count < SITES)
			sites[site_count++] = *s;
	}
	qsort(sites, (size_t)site_count, sizeof(sites[0]), compare);
}

static bool is_alike(const struct sim_site *a, const struct sim_site *b)
{
	return a->kind == b->kind && strcmp(a->text, b->text) == 0 &&
	       strcmp(a->function, b->function) == 0 &&
	       strcmp(file_of(a), file_of(b)) == 0;
}

/* "core/watch.c unlock_delivering cas &l->state", and " 2" if it is the second. */
static void name_site(char *to, size_t size, const struct sim_site *s)
{
	static const char *const verbs[] = {
		[SIM_LOAD] = "load",	[SIM_STORE] = "store",
		[SIM_SWAP] = "swap",	[SIM_ADD] = "add",
		[SIM_SUB] = "sub",	[SIM_OR] = "or",
		[SIM_AND] = "and",	[SIM_CAS] = "cas",
		[SIM_CELL_CAS] = "cas",
	};
	int nth = 1, n;

	n = snprintf(to, size, "%s %s %s %s", file_of(s), s->function,
		     verbs[s->kind], s->text);
	for (int i = 0; i < site_count && sites[i] != s; i++)
		nth += is_alike(sites[i], s);
	if (nth > 1)
		snprintf(to + n, size - (size_t)n, " %d", nth);
}

/* ---- weaker by one step ------------------------------------------------------------ */

/* Make site s weaker in the n-th way; returns what that is, or NULL if there are
 * fewer. */
static const char *nth_change(const struct sim_site *s, int n)
{
	static const struct {
		enum weak_part part;
		enum sim_order from, to;
		const char *name;
	} changes[] = {
		{ WEAK_DONE, SIM_AR, SIM_ACQ, "no release" },
		{ WEAK_DONE, SIM_AR, SIM_REL, "no acquire" },
		{ WEAK_DONE, SIM_ACQ, SIM_RLX, "no acquire" },
		{ WEAK_DONE, SIM_REL, SIM_RLX, "no release" },
		{ WEAK_FAILED, SIM_ACQ, SIM_RLX, "no acquire on failure" },
	};

	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		bool is_cas = s->kind == SIM_CAS || s->kind == SIM_CELL_CAS;

		if (changes[i].part == WEAK_FAILED && !is_cas)
			continue;
		if (weak_order_of(s, changes[i].part) != changes[i].from || n-- > 0)
			continue;
		weak_change =
			(struct weak_change){ s, changes[i].part, changes[i].to };
		return changes[i].name;
	}
	return NULL;
}

/* ---- what breaks ---------------------------------------------------------------------- */

/* Not the program failed, but we: a table was too small. */
static bool is_limit_of_ours(void)
{
	return strncmp(sim_failure, "more than ", 10) == 0 ||
	       strncmp(sim_failure, "too m", 5) == 0;
}

static bool breaks(const struct sim_program *p, const struct effort *e)
{
	struct sim_tally t = { 0 };

	weak_change.is_reached = false;
	sim_explore_reset();
	sim_explore_random(p, few, 1, &t);
	if (!t.has_failed && weak_change.is_reached)
		sim_explore_random(p, e->random, 1, &t);
	if (!t.has_failed && weak_change.is_reached)
		sim_explore_all(p, e->all, &t);
	runs += t.runs;
	return t.has_failed && !is_limit_of_ours();
}

/* Handlers may not call a host whose locks they may find held. */
static bool can_run(const struct sim_program *p)
{
	for (int i = 0; i < SIM_THREADS; i++)
		if (p->handler[i] && (!sim_has_handlers || weak_only_file))
			return false;
	return true;
}

/* A program that breaks, of that name, or of all that are about the layer of s. If
 * there is none, *reached is how many come by s. */
static const struct sim_program *find_broken(const char *name,
					     const struct sim_site *s,
					     const struct effort *e, int *reached)
{
	bool is_core = strncmp(file_of(s), "core/", 5) == 0;

	*reached = 0;
	for (int i = 0; sim_tables[i]; i++) {
		if (!name && i > 0 && (i < weak_core_tables) != is_core)
			continue;
		for (const struct sim_program *p = sim_tables[i]; p->name; p++) {
			if ((name && strcmp(p->name, name) != 0) || !can_run(p))
				continue;
			if (breaks(p, e))
				return p;
			*reached += weak_change.is_reached;
		}
	}
	return NULL;
}

static const struct weak_order *find_row(const char *site, const char *change)
{
	for (const struct weak_order *o = weak_orders; o->site; o++)
		if (strcmp(o->site, site) == 0 && strcmp(o->change, change) == 0)
			return o;
	return NULL;
}

struct tally {
	int rows, broken, kept, failures;
};

static void judge(const struct weak_order *row, const char *site,
		  const char *change, struct tally *t)
{
	const struct sim_site *s = weak_change.site;
	const struct sim_program *p;
	bool passed = false;
	const char *what = "not in the table";
	int reached;

	if (row && row->program) {
		passed = find_broken(row->program, s, &to_break, &reached);
		what = passed ? row->program : "nothing breaks";
		t->broken += passed;
	} else if (row) {
		p = find_broken(NULL, s, &to_doubt, &reached);
		passed = !p && reached > 0;
		what = reached ? row->reason : "no program has it";
		what = p ? p->name : what;
		t->kept += passed;
	}
	t->failures += !passed;
	printf("%s %d - %s: %s: %s%s\n", passed ? "ok" : "not ok", ++t->rows,
	       site, change, passed && !row->program ? "kept: " : "", what);
	if (passed && row->program)
		printf("#   %s\n", sim_failure);
	fflush(stdout);
}

/* As a row of the table, to be looked at before it goes there. */
static void suggest(const char *site, const char *change)
{
	int reached;
	const struct sim_program *p =
		find_broken(NULL, weak_change.site, &to_find, &reached);

	printf("\t{ \"%s\", \"%s\",\n\t  ", site, change);
	if (p)
		printf("\"%s\", NULL },\n", p->name);
	else
		printf("KEPT, ... }, of %d programs\n", reached);
	fflush(stdout);
}

/* The n-th way to make sites[i] weaker, made; false if there are fewer. */
static bool weaken(int i, int n, char *name, size_t size, const char **change)
{
	*change = nth_change(sites[i], n);
	if (*change)
		name_site(name, size, sites[i]);
	return *change;
}

static bool is_asked(enum weak_asked asked, const struct weak_order *row)
{
	return asked == WEAK_ALL || (asked == WEAK_MISSING) == !row;
}

int weak_check_orders(const char *beginning, enum weak_asked asked)
{
	const char *change;
	struct tally t = { 0 };
	int plan = 0, ways = 0;
	char name[160];

	find_sites(beginning);
	for (int i = 0; i < site_count; i++)
		for (int n = 0; weaken(i, n, name, sizeof(name), &change); n++) {
			plan += is_asked(asked, find_row(name, change));
			ways++;
		}
	if (asked != WEAK_MISSING)
		printf("1..%d\n", plan);
	for (int i = 0; i < site_count; i++)
		for (int n = 0; weaken(i, n, name, sizeof(name), &change); n++) {
			const struct weak_order *row = find_row(name, change);

			if (!is_asked(asked, row))
				continue;
			if (asked == WEAK_MISSING)
				suggest(name, change);
			else
				judge(row, name, change, &t);
		}
	weak_change.site = NULL;
	if (asked != WEAK_MISSING)
		printf("# table: weak memory | orders weakened by one step, or "
		       "kept with a reason | %d orders, %d ways, %d kept, %d "
		       "not "
		       "settled, %llu executions | %d/%d\n",
		       site_count, ways, t.kept, ways - plan,
		       (unsigned long long)runs, t.broken, plan - t.kept);
	return t.failures > 0;
}
