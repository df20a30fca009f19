/* SPDX-License-Identifier: MIT */
/* A schedule as a picture: a column a thread, a line a step. */
#include "machine.h"

#include <evfd/types.h>
#include <stdio.h>
#include <string.h>

#define WIDTH 38

static struct line {
	int thread;
	struct sim_op op;
	struct evfd_word before, after;
	int64_t result;
} lines[SIM_STEPS];
static int line_count;
static bool is_enabled;

void sim_picture_enable(bool enabled)
{
	is_enabled = enabled;
}

void sim_picture_reset(void)
{
	line_count = 0;
}

void sim_note(const struct sim_op *op, struct evfd_word before,
	      struct evfd_word after, int64_t result)
{
	if (!is_enabled || sim_self() < 0 || line_count == SIM_STEPS)
		return;
	lines[line_count++] = (struct line){
		.thread = sim_self(),
		.op = *op,
		.before = before,
		.after = after,
		.result = result,
	};
}

/* ---- names ------------------------------------------------------------------------ */

/* The places of a schedule in the order in which they first appear, by line of the
 * cache: o->word@A and o->tokens@A are of one object. */
static char line_name(const volatile void *at)
{
	static uintptr_t seen[26];
	static int n;
	uintptr_t line = (uintptr_t)at / 64;

	if (!at) {
		n = 0;
		return 0;
	}
	for (int i = 0; i < n; i++)
		if (seen[i] == line)
			return (char)('A' + i);
	if (n == 26)
		return '?';
	seen[n++] = line;
	return (char)('A' + n - 1);
}

/* What the source calls a place, at most length: "&o->tokens" tells more than the
 * parameter that it was passed as. */
static const char *text_of(const volatile void *at)
{
	const char *best = "word";
	size_t length = 0;

	for (int i = 0; i < line_count; i++) {
		const struct sim_site *site = lines[i].op.site;

		if (site && lines[i].op.at == at && strlen(site->text) > length) {
			best = site->text;
			length = strlen(best);
		}
	}
	return best;
}

static void name(char *to, size_t size, const struct line *l)
{
	const char *text = text_of(l->op.at);

	if (l->op.kind >= SIM_CELL_LOAD && l->op.kind <= SIM_CELL_SWAP)
		text = "o->word";
	if (*text == '&')
		text++;
	snprintf(to, size, "%.24s@%c", text, line_name(l->op.at));
}

/* ---- values ------------------------------------------------------------------------- */

static const char *error_name(int64_t error)
{
	switch (error) {
	case EVFD_ETIMEDOUT:
		return "deadline";
	case EVFD_EINTR:
		return "interrupted";
	default:
		return "?";
	}
}

static void number(char *to, size_t size, uint64_t x)
{
	if (x < 1000000)
		snprintf(to, size, "%llu", (unsigned long long)x);
	else if (x >= UINT64_MAX - 9)
		snprintf(to, size, "-%llu", (unsigned long long)-x);
	else
		snprintf(to, size, "..%04llx", (unsigned long long)x & 0xffff);
}

/* "7 g1 s2 W": count, generation, readers asleep, flags. */
static void word(char *to, size_t size, struct evfd_word w)
{
	static const char flags[] = "SCTwxrc";
	uint32_t set = evfd_word_flags(w);
	char count[24];
	int n;

	number(count, sizeof(count), w.count);
	n = snprintf(to, size, "%s g%u", count, evfd_word_generation(w));
	if (evfd_word_asleep(w))
		n += snprintf(to + n, size - (size_t)n, " z%u",
			      evfd_word_asleep(w));
	if (set)
		n += snprintf(to + n, size - (size_t)n, " ");
	for (int i = 0; flags[i]; i++)
		if (set >> i & 1)
			n += snprintf(to + n, size - (size_t)n, "%c", flags[i]);
}

/* ---- lines ---------------------------------------------------------------------------- */

static void draw_cell(char *to, size_t size, const struct line *l)
{
	char what[32], before[40], after[40];

	name(what, sizeof(what), l);
	word(before, sizeof(before), l->before);
	word(after, sizeof(after), l->after);
	if (l->op.kind == SIM_CELL_LOAD)
		snprintf(to, size, "%s is %s", what, after);
	else if (l->op.kind == SIM_CELL_HALF)
		snprintf(to, size, "half of %s", what);
	else if (l->result)
		snprintf(to, size, "%s %s -> %s", what, before, after);
	else
		snprintf(to, size, "%s cas fails: %s", what, after);
}

static void draw_atomic(char *to, size_t size, const struct line *l)
{
	static const char *const verbs[] = { "",     " =",  " swap", " add",
					     " sub", " or", " and",  " cas" };
	char what[32], before[24], after[24];

	name(what, sizeof(what), l);
	number(before, sizeof(before), l->before.count);
	number(after, sizeof(after), l->after.count);
	if (l->op.kind == SIM_LOAD)
		snprintf(to, size, "%s is %s", what, before);
	else if (l->op.kind == SIM_CAS && l->before.count != l->op.expected)
		snprintf(to, size, "%s cas fails: %s", what, before);
	else
		snprintf(to, size, "%s%s %s -> %s", what, verbs[l->op.kind],
			 before, after);
}

static void draw_wait(char *to, size_t size, const struct line *l)
{
	char what[32];

	name(what, sizeof(what), l);
	if (l->op.kind == SIM_WAKE)
		snprintf(to, size, "wake %s: %lld woken", what,
			 (long long)l->result);
	else if (l->op.kind != SIM_LEAVE)
		snprintf(to, size, "wait %s == %llu: %s", what,
			 (unsigned long long)l->op.value,
			 l->result ? "sleeps" : "is not");
	else if (l->result < 0)
		snprintf(to, size, "leaves %s: %s", what, error_name(l->result));
	else
		snprintf(to, size, "%s at %s",
			 l->before.count ? "woken" : "leaves for nothing", what);
}

static void draw(char *to, size_t size, const struct line *l)
{
	switch (l->op.kind) {
	case SIM_CELL_LOAD:
	case SIM_CELL_HALF:
	case SIM_CELL_CAS:
	case SIM_CELL_SWAP:
		draw_cell(to, size, l);
		break;
	case SIM_WAIT:
	case SIM_WAIT_SHORT:
	case SIM_LEAVE:
	case SIM_WAKE:
		draw_wait(to, size, l);
		break;
	case SIM_START:
		snprintf(to, size, "begins");
		break;
	case SIM_NOW:
		snprintf(to, size, "now");
		break;
	case SIM_ALLOC:
		snprintf(to, size, "alloc %llu%s", (unsigned long long)l->op.value,
			 l->result ? "" : " fails");
		break;
	case SIM_FREE:
		snprintf(to, size, "free %llu", (unsigned long long)l->op.value);
		break;
	case SIM_COPY:
		snprintf(to, size, "copy %llu bytes%s",
			 (unsigned long long)l->op.value,
			 l->result < 0 ? " faults" : "");
		break;
	default:
		draw_atomic(to, size, l);
	}
}

void sim_picture_print(void)
{
	line_name(NULL);
	printf("step");
	for (int t = 0; t < sim_thread_count(); t++)
		printf(" | %c%-*s", 'a' + t, WIDTH - 1,
		       sim_threads[t].interrupts < 0 ? "" : " (handler)");
	putchar('\n');
	for (int i = 0; i < line_count; i++) {
		const struct line *l = &lines[i];
		char text[160];

		draw(text, sizeof(text), l);
		printf("%4d", i);
		for (int t = 0; t <= l->thread; t++)
			printf(" | %-*.*s", WIDTH, WIDTH,
			       t == l->thread ? text : "");
		if (l->op.site)
			printf(" %s:%d", l->op.site->function, l->op.site->line);
		putchar('\n');
	}
}
