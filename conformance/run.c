/* SPDX-License-Identifier: MIT */
/*
 * The runner: which cases, whether a skip was expected, and the verdict.
 *
 *	capability missing, or the case skips itself:
 *		pinned as CONF_LACKS: skip; else failure (unexpected skip)
 *	it passes: pinned at all: failure (the pin is stale); else pass
 *	it fails: pinned as CONF_DEVIATES: skip; else failure
 */
#include "run.h"

#define PATTERNS 32u

enum exit_code {
	EXIT_PASS,
	EXIT_FAIL,
	EXIT_USAGE,
	EXIT_BAIL_OUT
};

struct options {
	const char *only[PATTERNS];
	uint32_t only_count;
	bool is_list, is_help, is_strict_tap;
	const char *target, *profile;
	const char *program;
	uint64_t program_arg;
	uint32_t scale;
	const char *error;
};

struct conf_target *conf_target;
const struct conf_case *conf_running;

const struct conf_case *const conf_suites[] = {
	conf_create_cases,
	conf_read_cases,
	conf_write_cases,
	conf_block_cases,
	conf_poll_cases,
	conf_epoll_cases,
	conf_edge_cases,
	conf_descriptor_cases,
	conf_seed_cases,
	conf_native_cases,
	conf_library_cases,
	conf_badinput_cases,
	NULL,
};

static const struct {
	uint32_t cap;
	const char *text;
} cap_texts[] = {
	{ CONF_FORK, "needs processes that fork" },
	{ CONF_EXEC, "needs exec" },
	{ CONF_SIGNALS, "needs signals" },
	{ CONF_FDINFO, "needs introspection text of descriptors" },
	{ CONF_FAULTS, "needs bad pointers to be survivable" },
	{ CONF_NOFILE, "needs a limit of descriptors that can be set" },
	{ CONF_POST, "needs a kernel-side post to a descriptor" },
	{ CONF_PLAIN, "needs a file that cannot be polled" },
	{ CONF_SCARCE, "needs a system-wide limit that can be reached" },
	{ CONF_OPTIN_330, "needs system call 330" },
	{ CONF_VERIDIAN, "needs VeridianOS's profile" },
	{ CONF_NATIVE, "needs the native interface" },
	{ CONF_EMBED, "needs watches, or registries of its own" },
	{ CONF_DESCRIPTOR, "needs counters that have descriptors" },
	{ CONF_RAW, "needs system calls with arguments of any kind" },
};

/* ---- selection ---------------------------------------------------------- */

static bool is_selected(const struct options *o, const struct conf_case *c)
{
	struct conf_line l = { .length = 0 };

	if (!o->only_count)
		return true;
	conf_put_line_of(&l, c);
	l.text[l.length] = '\0';
	for (uint32_t i = 0; i < o->only_count; i++)
		if (conf_matches(o->only[i], c->name) ||
		    conf_same(o->only[i], l.text))
			return true;
	return false;
}

static uint32_t count_selected(const struct options *o)
{
	uint32_t n = 0;

	for (uint32_t i = 0; conf_suites[i]; i++)
		for (const struct conf_case *c = conf_suites[i]; c->name; c++)
			n += is_selected(o, c);
	return n;
}

static const struct conf_pin *pin_of(const struct conf_case *c)
{
	for (const struct conf_pin *p = conf_pins; p->profile; p++)
		if (conf_matches(p->profile, T->profile) &&
		    conf_matches(p->pattern, c->name))
			return p->kind == CONF_RUNS ? NULL : p;
	return NULL;
}

static const char *missing_cap(const struct conf_case *c)
{
	for (size_t i = 0; i < sizeof(cap_texts) / sizeof(cap_texts[0]); i++)
		if (c->needs & ~T->caps & cap_texts[i].cap)
			return cap_texts[i].text;
	return NULL;
}

/* ---- one case ----------------------------------------------------------- */

static int case_task(void *arg)
{
	const char **stuck = arg; /* what could not be released */
	struct conf_record *record = conf_record();
	int result, fd;

	conf_release_begin();
	result = conf_running->fn();
	if (!result && !record->skip && conf_tasks_are_gone()) {
		conf_true("every descriptor of the case is closed",
			  !conf_has_leaked(&fd));
	} else if (!record->skip) {
		conf_true("the case returns 0 and has joined its tasks",
			  !result && conf_tasks_are_gone());
	}
	*stuck = conf_release();
	return 0;
}

static bool is_same_census(const struct conf_census *a, const struct conf_census *b)
{
	for (size_t i = 0; i < sizeof(a->alive) / sizeof(a->alive[0]); i++)
		if (a->alive[i] != b->alive[i])
			return false;
	return true;
}

/* Run it in a task of its own, so that it may hang. NULL, or why the run
 * cannot go on. */
static const char *run_in_task(const struct conf_case *c)
{
	static const char *stuck;
	struct conf_census before, after;
	struct conf_task *t;
	const char *left;

	if (T->case_begin && (left = T->case_begin(c->needs)))
		return left;
	conf_record_clear();
	conf_running = c;
	stuck = NULL;
	if (T->census)
		T->census(&before);
	t = T->spawn(case_task, &stuck);
	if (T->wait(t, 4 * conf_hang_ns) == CONF_HANG)
		return "the case hangs";
	if (stuck)
		return stuck;
	if (T->census) {
		T->census(&after);
		conf_at(__FILE__, __LINE__, "census after the case");
		conf_true("what is alive is what was alive before the case",
			  is_same_census(&before, &after));
	}
	left = T->case_end ? T->case_end() : NULL;
	conf_at(__FILE__, __LINE__, "end of the case");
	if (left)
		conf_true(left, false);
	return NULL;
}

static void judge(struct conf_tally *t, const struct conf_case *c, const char *skip)
{
	const struct conf_pin *pin = pin_of(c);
	const struct conf_record *r = conf_record();
	bool has_failed =
		!skip && __atomic_load_n(&r->has_failed, __ATOMIC_ACQUIRE);

	if (skip && pin && pin->kind == CONF_LACKS) {
		tap_skip(t, c->name, pin->reason);
	} else if (skip) {
		tap_fail(t, c->name);
		tap_note("unexpected skip: it ", skip, "");
		tap_note("to do: give the target that, or pin the skip for "
			 "profile ",
			 T->profile, " in conformance/pins.c");
	} else if (has_failed && pin && pin->kind == CONF_DEVIATES) {
		tap_skip(t, c->name, pin->reason);
	} else if (has_failed) {
		tap_fail(t, c->name);
		tap_failure(c, r);
	} else if (pin) {
		tap_fail(t, c->name);
		tap_note("passes although pinned as skip: ", pin->reason, "");
		tap_note("to do: take the pin for profile ", T->profile,
			 " out of conformance/pins.c");
	} else {
		tap_pass(t, c->name);
	}
}

/* False if the run cannot go on. */
static bool run_case(struct conf_tally *t, const struct conf_case *c)
{
	const char *skip = missing_cap(c);
	const char *stuck = skip ? NULL : run_in_task(c);

	if (stuck) {
		tap_fail(t, c->name);
		tap_note(stuck, "", "");
		tap_failure(c, conf_record());
		tap_bail_out(stuck);
		return false;
	}
	judge(t, c, skip ? skip : conf_record()->skip);
	return true;
}

static int run_all(const struct options *o)
{
	struct conf_tally t = { .number = 0 };
	uint32_t selected = count_selected(o);
	bool goes_on = true;

	tap_plan(selected);
	tap_note("target ", T->name, "");
	tap_note("expected skips of profile ", T->profile, "");
	for (uint32_t i = 0; goes_on && conf_suites[i]; i++)
		for (const struct conf_case *c = conf_suites[i];
		     goes_on && c->name; c++)
			if (is_selected(o, c))
				goes_on = run_case(&t, c);
	tap_close(&t, o->is_strict_tap);
	if (!goes_on)
		return EXIT_BAIL_OUT;
	return t.failed || !selected ? EXIT_FAIL : EXIT_PASS;
}

static int list_all(const struct options *o)
{
	for (uint32_t i = 0; conf_suites[i]; i++) {
		for (const struct conf_case *c = conf_suites[i]; c->name; c++) {
			struct conf_line l = { .length = 0 };

			if (!is_selected(o, c))
				continue;
			conf_put(&l, c->name);
			conf_put(&l, "\t");
			conf_put_line_of(&l, c);
			conf_put(&l, "\t");
			conf_put(&l, c->sentence);
			conf_put(&l, "\n");
			conf_flush(&l);
		}
	}
	return EXIT_PASS;
}

/* ---- the command line --------------------------------------------------- */

static const char help[] =
	"usage: evfd-conformance [options]\n"
	"Judges an eventfd (and its poll, select and epoll) against a "
	"contract;\n"
	"prints TAP, and as its last line what passed, failed and was "
	"skipped.\n"
	"\n"
	"  --target NAME      what to judge; see below\n"
	"  --only PATTERN     cases by name (* and ?) or line (C12); "
	"repeatable\n"
	"  --list             case, contract line, one sentence; runs nothing\n"
	"  --target-profile P whose expected skips apply, if not the target's "
	"own\n"
	"  --scale N          divide repetition counts by N\n"
	"  --hang SECONDS     what counts as a hang (30)\n"
	"  --strict-tap       the last line as a TAP comment\n"
	"  --help             this\n"
	"\n"
	"Exit code: 0 all passed or skipped as expected, 1 not, 2 usage or "
	"the\n"
	"target cannot run here, 3 a case hung and the run was ended.\n"
	"\n"
	"targets:\n";

static void parse_option(struct options *o, const char *name, const char *value,
			 bool *took_value)
{
	*took_value = true;
	if (conf_same(name, "--list"))
		o->is_list = true, *took_value = false;
	else if (conf_same(name, "--help"))
		o->is_help = true, *took_value = false;
	else if (conf_same(name, "--strict-tap"))
		o->is_strict_tap = true, *took_value = false;
	else if (!value)
		o->error = name;
	else if (conf_same(name, "--only") && o->only_count < PATTERNS)
		o->only[o->only_count++] = value;
	else if (conf_same(name, "--target"))
		o->target = value;
	else if (conf_same(name, "--target-profile"))
		o->profile = value;
	else if (conf_same(name, "--scale"))
		o->scale = (uint32_t)conf_number(value, 10);
	else if (conf_same(name, "--hang"))
		conf_hang_ns = conf_number(value, 10) * UINT64_C(1000000000);
	else if (conf_same(name, "--program"))
		o->program = value;
	else if (conf_same(name, "--argument"))
		o->program_arg = conf_number(value, 10);
	else
		o->error = name;
}

static void parse(struct options *o, int argc, char **argv)
{
	for (int i = 1; i < argc && !o->error; i++) {
		bool took_value;

		parse_option(o, argv[i], i + 1 < argc ? argv[i + 1] : NULL,
			     &took_value);
		i += took_value;
	}
}

static int show_help(struct conf_target *const *targets)
{
	T->print(help, conf_length(help));
	for (; *targets; targets++) {
		struct conf_line l = { .length = 0 };

		conf_put(&l, "  ");
		conf_put(&l, (*targets)->name);
		conf_put(&l, "\t");
		conf_put(&l, (*targets)->about);
		conf_put(&l, "\n");
		conf_flush(&l);
	}
	return EXIT_PASS;
}

/* What exec() of a target became: end with the program's result. */
static int run_program(const struct options *o)
{
	for (const struct conf_program *p = conf_programs; p->name; p++)
		if (conf_same(p->name, o->program))
			return p->fn(o->program_arg);
	return EXIT_USAGE;
}

int conf_main(int argc, char **argv, struct conf_target *const *targets)
{
	struct options o = { .scale = 0 };
	const char *refusal;

	parse(&o, argc, argv);
	conf_target = targets[0];
	for (uint32_t i = 0; o.target && targets[i]; i++)
		if (conf_same(o.target, targets[i]->name))
			conf_target = targets[i];
	if (o.error || (o.target && !conf_same(o.target, T->name))) {
		tap_note("unknown option, or value missing: ",
			 o.error ? o.error : o.target, "; try --help");
		return EXIT_USAGE;
	}
	if (o.program)
		return run_program(&o);
	conf_badinput_fill();
	if (o.is_help)
		return show_help(targets);
	if (o.is_list)
		return list_all(&o);
	refusal = T->setup(T);
	if (refusal) {
		tap_note("target ", T->name, " cannot run here:");
		tap_note(refusal, "", "");
		return EXIT_USAGE;
	}
	if (o.profile)
		T->profile = o.profile;
	if (o.scale)
		T->scale = o.scale;
	return run_all(&o);
}
