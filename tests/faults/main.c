/* SPDX-License-Identifier: MIT */
/*
 * faults: every case of the suite with each of its faults. See faults.h.
 *
 *	faults [--only PATTERN] [--most N] [--all] [--jobs N]
 *	faults --only CASE --plan one|rest --at N
 *
 * A case runs in a process of its own, once without faults to count its points,
 * then once for each point and plan; with --most N at most so many times for
 * each plan, at points spread evenly. --all: all, and what errors.c lists must
 * have shown. TAP, a line a case.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/atomic.h"
#include "faults.h"

#define SCALE 1000	/* repetition counts are divided by this */
#define HANG_SECONDS 60 /* a run that takes longer hangs */
#define JOBS_MAX 16
#define CASES_MAX 1024

static const char *const plan_names[] = {
	[PLAN_NONE] = "none",
	[PLAN_ONE] = "one",
	[PLAN_REST] = "rest",
};

/* What a worker tells about a case, in shared memory. */
struct report {
	uint64_t progress; /* atomic */
	enum plan plan;
	uint64_t at;
	bool is_done;
	char complaint[1024];
	struct tally tally;
};

struct options {
	const char *only;
	uint64_t most; /* runs a plan; 0: no limit */
	uint32_t jobs;
	bool is_all;
	enum plan plan; /* only this, at `at` */
	uint64_t at;
};

static struct options options = { .jobs = 4 };
static const struct conf_case *cases[CASES_MAX];
static struct report *reports; /* one a case; shared */
static uint32_t case_count;

/* ---- a case, in the worker ------------------------------------------------------ */

static bool is_fine(struct report *r)
{
	if (!judge_complaint[0])
		return true;
	snprintf(r->complaint, sizeof(r->complaint), "%s", judge_complaint);
	return false;
}

/* Start where a former worker ended. */
static bool run_plan(const struct conf_case *c, struct report *r,
		     enum plan plan, uint64_t from)
{
	uint64_t points = r->tally.points, step = 1;

	if (options.most && points > options.most)
		step = (points + options.most - 1) / options.most;
	/* Cases are much alike at their beginnings: not the same point of each. */
	if (step > 1)
		from += (uint64_t)(r - reports) % step;
	for (uint64_t at = from; at <= points; at += step) {
		r->plan = plan;
		r->at = at;
		add_ar(&r->progress, 1);
		run_once(c, plan, at);
		if (!is_fine(r))
			return false;
		/* Where threads race there may be more points than counted. */
		if (inject_points() > points && !options.most)
			points = inject_points();
	}
	return true;
}

static void run_case(const struct conf_case *c, struct report *r)
{
	bool is_fine_yet = true;

	tally = &r->tally;
	if (options.plan != PLAN_NONE) {
		r->tally.points = options.at;
		run_plan(c, r, options.plan, options.at);
		return;
	}
	run_once(c, PLAN_NONE, 0);
	r->tally.points = inject_points();
	is_fine_yet = is_fine(r) && run_plan(c, r, PLAN_ONE, 1);
	if (is_fine_yet)
		run_plan(c, r, PLAN_REST, 1);
}

/* ---- workers, in the parent ------------------------------------------------------- */

struct job {
	pid_t pid;
	uint32_t number; /* of the case */
	uint64_t progress;
	time_t since;
};

static struct tally total;
static uint32_t passed, failed;

static time_t seconds_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

static void start(struct job *j, uint32_t number)
{
	fflush(stdout);
	*j = (struct job){ .number = number, .since = seconds_now() };
	j->pid = fork();
	if (j->pid < 0)
		exit(2);
	if (j->pid > 0)
		return;
	run_case(cases[number], &reports[number]);
	reports[number].is_done = true;
	/* The leak detector has its say in exit(). */
	exit(reports[number].complaint[0] ? 1 : 0);
}

static void add_up(const struct tally *t)
{
	const uint64_t *from = (const uint64_t *)t;
	uint64_t *to = (uint64_t *)&total;

	for (size_t i = 0; i < offsetof(struct tally, rules) / 8; i++)
		to[i] += from[i];
	for (size_t i = offsetof(struct tally, rules) / 8; i < sizeof(*t) / 8; i++)
		to[i] |= from[i];
}

static void finish(const struct job *j, int status)
{
	const struct conf_case *c = cases[j->number];
	struct report *r = &reports[j->number];
	bool is_good = r->is_done && !r->complaint[0] && status == 0;

	add_up(&r->tally);
	passed += is_good;
	failed += !is_good;
	printf("%s %u - %s: %llu points, %llu runs\n", is_good ? "ok" : "not ok",
	       passed + failed, run_name_of(c), (unsigned long long)r->tally.points,
	       (unsigned long long)r->tally.runs);
	if (is_good)
		return;
	if (r->complaint[0])
		printf("# %s\n", r->complaint);
	else if (WIFSIGNALED(status))
		printf("# the program died of signal %d\n", WTERMSIG(status));
	else
		printf("# the program ended with status %d\n", WEXITSTATUS(status));
	printf("# to do: --only %s --plan %s --at %llu shows the run\n",
	       run_name_of(c), plan_names[r->plan], (unsigned long long)r->at);
}

/* Kill what has not moved for too long. */
static void watch(struct job *jobs)
{
	for (uint32_t i = 0; i < options.jobs; i++) {
		struct job *j = &jobs[i];
		uint64_t progress;

		if (!j->pid)
			continue;
		progress = load_acq(&reports[j->number].progress);
		if (progress != j->progress) {
			j->progress = progress;
			j->since = seconds_now();
		} else if (seconds_now() - j->since > HANG_SECONDS) {
			printf("# %s hangs\n", run_name_of(cases[j->number]));
			kill(j->pid, SIGKILL);
			j->since = seconds_now();
		}
	}
}

/* Wait for one worker to end. */
static void reap(struct job *jobs, const sigset_t *child)
{
	const struct timespec second = { 1, 0 };
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) == 0) {
		sigtimedwait(child, NULL, &second);
		watch(jobs);
	}
	for (uint32_t i = 0; i < options.jobs; i++) {
		if (jobs[i].pid != pid)
			continue;
		finish(&jobs[i], status);
		jobs[i].pid = 0;
	}
}

static void run_all(void)
{
	struct job jobs[JOBS_MAX] = { { 0 } };
	uint32_t next = 0, running = 0;
	sigset_t child;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	while (next < case_count || running) {
		for (uint32_t i = 0; i < options.jobs && next < case_count; i++) {
			if (jobs[i].pid)
				continue;
			start(&jobs[i], next++);
			running++;
		}
		reap(jobs, &child);
		running--;
	}
}

/* ---- the whole -------------------------------------------------------------------- */

/* What is listed and never seen is not documentation but a guess. */
static void check_lists(void)
{
	bool is_good = true;

	for (uint32_t i = 0; i < rule_count; i++) {
		if (total.rules[i / 64] >> i % 64 & 1)
			continue;
		printf("# no case shows %s: %s\n", rules[i].name,
		       fault_names[rules[i].fault]);
		is_good = false;
	}
	for (uint32_t i = 0; i < excuse_count; i++) {
		if (total.excuses >> i & 1)
			continue;
		printf("# no case needs the excuse of %s\n", excuses[i].pattern);
		is_good = false;
	}
	passed += is_good;
	failed += !is_good;
	printf("%s %u - every rule and every excuse is needed\n",
	       is_good ? "ok" : "not ok", passed + failed);
}

static bool parse(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		const char *value = i + 1 < argc ? argv[i + 1] : NULL;

		if (!strcmp(argv[i], "--all")) {
			options.is_all = true;
			continue;
		}
		if (!value)
			return false;
		i++;
		if (!strcmp(argv[i - 1], "--only"))
			options.only = value;
		else if (!strcmp(argv[i - 1], "--most"))
			options.most = strtoull(value, NULL, 10);
		else if (!strcmp(argv[i - 1], "--jobs"))
			options.jobs = (uint32_t)strtoull(value, NULL, 10);
		else if (!strcmp(argv[i - 1], "--at"))
			options.at = strtoull(value, NULL, 10);
		else if (!strcmp(argv[i - 1], "--plan"))
			options.plan =
				!strcmp(value, "rest") ? PLAN_REST : PLAN_ONE;
		else
			return false;
	}
	return options.jobs >= 1 && options.jobs <= JOBS_MAX;
}

int main(int argc, char **argv)
{
	const char *refusal;

	if (!parse(argc, argv)) {
		fprintf(stderr,
			"usage: faults [--only PATTERN] [--most N] "
			"[--all] [--jobs N] [--plan one|rest --at N]\n");
		return 2;
	}
	refusal = faults_setup();
	if (refusal) {
		printf("Bail out! %s\n", refusal);
		return 2;
	}
	faults_target.scale = SCALE;
	case_count = run_select(options.only, cases, CASES_MAX);
	reports = mmap(NULL, case_count * sizeof(*reports),
		       PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (!case_count || reports == MAP_FAILED)
		return 2;
	printf("1..%u\n", case_count + options.is_all);
	run_all();
	if (options.is_all)
		check_lists();
	printf("# %llu points, %llu runs, %llu with a fault, %llu states "
	       "compared, "
	       "%llu short, %llu excused\n",
	       (unsigned long long)total.points, (unsigned long long)total.runs,
	       (unsigned long long)total.struck, (unsigned long long)total.compared,
	       (unsigned long long)total.less, (unsigned long long)total.excused);
	if (options.is_all)
		printf("# table: fault injection | errors, what a failed call "
		       "leaves, "
		       "leaks: %u cases, each point of the port that can fail "
		       "| "
		       "%llu faults, %llu states compared |\n",
		       case_count, (unsigned long long)total.struck,
		       (unsigned long long)total.compared);
	return failed ? 1 : 0;
}
