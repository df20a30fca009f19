/* SPDX-License-Identifier: MIT */
/* The Test Anything Protocol, version 13, without a libc. */
#include "run.h"

static void put_line(const char *a, const char *b, const char *c)
{
	struct conf_line l = { .length = 0 };

	conf_put(&l, a);
	conf_put(&l, b);
	conf_put(&l, c);
	conf_put(&l, "\n");
	conf_flush(&l);
}

void conf_put_line_of(struct conf_line *l, const struct conf_case *c)
{
	for (const char *s = c->name; *s && *s != '_'; s++)
		l->text[l->length++] = *s;
}

void tap_plan(uint32_t cases)
{
	struct conf_line l = { .length = 0 };

	conf_put(&l, "TAP version 13\n1..");
	conf_put_number(&l, cases);
	conf_put(&l, "\n");
	conf_flush(&l);
}

static void put_result(struct conf_tally *t, const char *verdict,
		       const char *name, const char *why)
{
	struct conf_line l = { .length = 0 };

	conf_put(&l, verdict);
	conf_put_number(&l, ++t->number);
	conf_put(&l, " - ");
	conf_put(&l, name);
	if (why) {
		conf_put(&l, " # SKIP ");
		conf_put(&l, why);
	}
	conf_put(&l, "\n");
	conf_flush(&l);
}

void tap_pass(struct conf_tally *t, const char *name)
{
	t->passed++;
	put_result(t, "ok ", name, NULL);
}

void tap_skip(struct conf_tally *t, const char *name, const char *why)
{
	t->skipped++;
	put_result(t, "ok ", name, why);
}

void tap_fail(struct conf_tally *t, const char *name)
{
	t->failed++;
	put_result(t, "not ok ", name, NULL);
}

void tap_note(const char *a, const char *b, const char *c)
{
	struct conf_line l = { .length = 0 };

	conf_put(&l, "# ");
	conf_put(&l, a);
	conf_put(&l, b);
	conf_put(&l, c);
	conf_put(&l, "\n");
	conf_flush(&l);
}

static void put_place(const char *file, int line, const char *text)
{
	struct conf_line l = { .length = 0 };

	if (!file)
		return;
	conf_put(&l, "# at ");
	conf_put(&l, file);
	conf_put(&l, ":");
	conf_put_number(&l, line);
	conf_put(&l, ": ");
	conf_put(&l, text);
	conf_put(&l, "\n");
	conf_flush(&l);
}

static void put_value(const char *what, int64_t value)
{
	struct conf_line l = { .length = 0 };

	conf_put(&l, what);
	conf_put_value(&l, value);
	conf_put(&l, "\n");
	conf_flush(&l);
}

void tap_failure(const struct conf_case *c, const struct conf_record *r)
{
	struct conf_line l = { .length = 0 };

	tap_note(c->sentence, "", "");
	if (__atomic_load_n(&r->is_written, __ATOMIC_ACQUIRE)) {
		put_place(r->file, r->line, r->text);
		if (r->is_comparison) {
			put_value("#      got: ", r->actual);
			put_value("# expected: ", r->expected);
		} else {
			tap_note("     this is not so", "", "");
		}
	} else {
		put_place(__atomic_load_n(&r->at_file, __ATOMIC_RELAXED),
			  __atomic_load_n(&r->at_line, __ATOMIC_RELAXED),
			  __atomic_load_n(&r->at_text, __ATOMIC_RELAXED));
		tap_note("     the last check before it stopped", "", "");
	}
	conf_put(&l, "# to do: read ");
	conf_put_line_of(&l, c);
	conf_put(&l, " in docs/contract.md; run it alone: --target ");
	conf_put(&l, T->name);
	conf_put(&l, " --only ");
	conf_put(&l, c->name);
	conf_put(&l, "\n");
	conf_flush(&l);
}

void tap_bail_out(const char *why)
{
	put_line("Bail out! ", why, "");
}

void tap_close(const struct conf_tally *t, bool is_comment)
{
	struct conf_line l = { .length = 0 };

	if (is_comment)
		conf_put(&l, "# ");
	conf_put_number(&l, t->passed);
	conf_put(&l, " passed, ");
	conf_put_number(&l, t->failed);
	conf_put(&l, " failed");
	if (t->skipped) {
		conf_put(&l, ", ");
		conf_put_number(&l, t->skipped);
		conf_put(&l, " skipped");
	}
	conf_put(&l, "\n");
	conf_flush(&l);
}
