/* SPDX-License-Identifier: MIT */
/*
 * Theory
 *
 * A comparison takes `rounds` rounds; in each, every rival has one sample, in an order
 * that is reversed from round to round. How many operations fit into a sample is tried
 * out before, which also warms up.
 *
 * The gate. Around a sample we read how much processor time the whole machine and this
 * process have used. If others used more than 4 % of the sample's time, or a
 * hypervisor took a tick, the sample is taken again, at most 3 times, and the
 * least disturbed stays, marked. All repetitions together may take no longer than
 * the samples themselves: a machine that is never quiet costs twice the time,
 * and every figure is marked.
 *
 * A figure is the ratio of medians over the rounds in which neither side was disturbed,
 * or over all if fewer than a third are clean; then it is marked. Its spread is
 * that of the rounds' own ratios: quartiles, and their median as a second opinion.
 *
 * The process has threads before anything is measured: with one thread only, the
 * kernel looks descriptors up more cheaply, and glibc's mutexes and our rival sem_t
 * leave out the lock prefix, which no program that needs events can have.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"

#define NS_PER_S UINT64_C(1000000000)
#define NS_PER_MS UINT64_C(1000000)
#define OTHERS_MAX 0.04 /* of a sample's time */
#define RETRIES 3
#define TRIES 3
#define PATH 4096

static struct {
	bool is_smoke;
	uint32_t rounds;
	uint64_t sample_ns;
	const char *out;
	FILE *samples, *medians, *figures;
	uint64_t first_ns, repeated_ns; /* spent on samples, on their repetition */
	unsigned wrong;
	int processors[2];
	cpu_set_t all;
	char name[64];
	const char *gate;
} bench;

/* ---- failing ------------------------------------------------------------------ */

_Noreturn void bench_die(const char *what)
{
	fprintf(stderr, "%s: %s (errno %d)\n", bench.name, what, errno);
	exit(1);
}

void bench_must(const char *what, uint64_t seen, uint64_t least, uint64_t most)
{
	bool ok = seen >= least && seen <= most;

	if (!ok)
		bench.wrong++;
	printf("%-6s %s: %llu", ok ? "ok" : "WRONG", what,
	       (unsigned long long)seen);
	if (!ok)
		printf(" is not %llu to %llu", (unsigned long long)least,
		       (unsigned long long)most);
	putchar('\n');
}

bool bench_is_smoke(void)
{
	return bench.is_smoke;
}

/* ---- clocks -------------------------------------------------------------------- */

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec;
}

uint64_t bench_now(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

uint64_t bench_number(const char *path, const char *key)
{
	char text[4096], *at;
	FILE *f = fopen(path, "r");
	size_t n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;

	if (f)
		fclose(f);
	text[n] = '\0';
	at = strstr(text, key);
	return at ? strtoull(at + strlen(key), NULL, 10) : 0;
}

/* Ticks of /proc/stat's first line: those that were used, or those stolen. */
static uint64_t ticks(bool stolen)
{
	unsigned long long t[8] = { 0 };
	FILE *f = fopen("/proc/stat", "r");

	bench_need(f && fscanf(f, "cpu %llu %llu %llu %llu %llu %llu %llu %llu",
			       &t[0], &t[1], &t[2], &t[3], &t[4], &t[5], &t[6],
			       &t[7]) == 8,
		   "cannot read /proc/stat");
	fclose(f);
	return stolen ? t[7] : t[0] + t[1] + t[2] + t[5] + t[6];
}

static uint64_t ticks_ns(uint64_t n)
{
	return n * (NS_PER_S / (uint64_t)sysconf(_SC_CLK_TCK));
}

#define CGROUP1 "/sys/fs/cgroup/cpuacct/cpuacct.usage"
#define CGROUP2 "/sys/fs/cgroup/cpu.stat"

static void choose_gate(void)
{
	if (access(CGROUP1, R_OK) == 0)
		bench.gate = CGROUP1;
	else if (bench_number(CGROUP2, "usage_usec "))
		bench.gate = CGROUP2;
	else
		bench.gate = "/proc/stat";
}

/* Processor time that everybody has used. */
static uint64_t used_ns(void)
{
	if (!strcmp(bench.gate, CGROUP1))
		return bench_number(CGROUP1, "");
	if (!strcmp(bench.gate, CGROUP2))
		return bench_number(CGROUP2, "usage_usec ") * 1000;
	return ticks_ns(ticks(false));
}

struct gate {
	uint64_t when, own, used, stolen;
};

/* Own first: reading it brings the accounts of our running threads up to date. */
static struct gate look(void)
{
	return (struct gate){
		.when = bench_now(),
		.own = clock_ns(CLOCK_PROCESS_CPUTIME_ID),
		.used = used_ns(),
		.stolen = ticks_ns(ticks(true)),
	};
}

/* The others' part of the time between two looks. */
static double others(struct gate a, struct gate b)
{
	double used = (double)(b.used - a.used), own = (double)(b.own - a.own);
	double stolen = (double)(b.stolen - a.stolen);

	return ((used > own ? used - own : 0) + stolen) / (double)(b.when - a.when);
}

/* ---- samples -------------------------------------------------------------------- */

struct sample {
	double ns;     /* an operation */
	double others; /* part of the time */
};

static struct sample take(const struct bench_rival *r, uint64_t n)
{
	struct gate before = look(), after;
	uint64_t ns = r->run(n, r->arg);

	after = look();
	return (struct sample){ (double)ns / (double)n, others(before, after) };
}

static struct sample take_quiet(const struct bench_rival *r, uint64_t n)
{
	uint64_t start = bench_now(), end;
	struct sample best = take(r, n);

	end = bench_now();
	bench.first_ns += end - start;
	for (int i = 0; i < RETRIES && best.others > OTHERS_MAX &&
			!bench.is_smoke && bench.repeated_ns < bench.first_ns;
	     i++) {
		struct sample again = take(r, n);

		if (again.others < best.others)
			best = again;
		bench.repeated_ns += bench_now() - end;
		end = bench_now();
	}
	return best;
}

/* The best of a few tries, unless the first is short already. */
static uint64_t try_out(const struct bench_rival *r, uint64_t n)
{
	uint64_t best = r->run(n, r->arg);

	for (int i = 1;
	     i < TRIES && best > bench.sample_ns / 4 && !bench.is_smoke; i++) {
		uint64_t ns = r->run(n, r->arg);

		best = ns < best ? ns : best;
	}
	return best;
}

/* How many operations fill a sample. */
static uint64_t calibrate(const struct bench_rival *r)
{
	uint64_t most = r->at_most ? r->at_most : UINT64_MAX / 2, n = 8;

	for (;;) {
		uint64_t ns = try_out(r, n < most ? n : most);

		if (bench.is_smoke || n >= most)
			break;
		if (ns > bench.sample_ns / 4) {
			n = bench_scale(n, bench.sample_ns, ns) + 1;
			break;
		}
		n *= 4;
	}
	return n < most ? n : most;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

struct summary {
	double low, median, high; /* quartiles */
};

static struct summary summarize(const double *values, uint32_t n)
{
	double v[BENCH_ROUNDS];

	memcpy(v, values, n * sizeof(*v));
	qsort(v, n, sizeof(*v), compare);
	return (struct summary){ v[n / 4], v[n / 2], v[n - 1 - n / 4] };
}

static void record(const char *question, uint64_t x, const struct bench_rival *r,
		   const struct bench_table *t, uint32_t i)
{
	struct summary s = summarize(t->ns[i], t->rounds);
	uint32_t disturbed = 0;

	for (uint32_t k = 0; k < t->rounds; k++)
		disturbed += t->is_disturbed[i][k];
	printf("  %-24s %12.1f ns  (%.1f to %.1f)%s\n", r->name, s.median,
	       s.low, s.high, disturbed ? "  disturbed" : "");
	fprintf(bench.medians, "%s,%llu,%s,%.3f,%.3f,%.3f,%u\n", question,
		(unsigned long long)x, r->name, s.median, s.low, s.high,
		disturbed);
}

const struct bench_table *bench_compare(const char *question, uint64_t x,
					const struct bench_rival *rivals, size_t n)
{
	static struct bench_table t;
	uint64_t operations[BENCH_RIVALS];

	bench_need(n <= BENCH_RIVALS, "too many rivals");
	t.rivals = (uint32_t)n;
	t.rounds = bench.rounds;
	for (size_t i = 0; i < n; i++)
		operations[i] = calibrate(&rivals[i]);
	for (uint32_t round = 0; round < t.rounds; round++) {
		for (size_t k = 0; k < n; k++) {
			size_t i = round % 2 ? n - 1 - k : k;
			struct sample s = take_quiet(&rivals[i], operations[i]);

			t.ns[i][round] = s.ns;
			t.is_disturbed[i][round] = s.others > OTHERS_MAX;
			fprintf(bench.samples, "%s,%llu,%s,%u,%llu,%.3f,%.3f\n",
				question, (unsigned long long)x, rivals[i].name,
				round, (unsigned long long)operations[i], s.ns,
				s.others);
		}
	}
	printf("%s, %llu:\n", question, (unsigned long long)x);
	for (uint32_t i = 0; i < n; i++)
		record(question, x, &rivals[i], &t, i);
	fflush(stdout);
	return &t;
}

/* ---- figures ---------------------------------------------------------------------- */

double bench_median(const struct bench_table *t, uint32_t rival)
{
	return summarize(t->ns[rival], t->rounds).median;
}

static double at(const struct bench_table *t, uint32_t rival, uint32_t round)
{
	return rival == BENCH_NONE ? 0 : t->ns[rival][round];
}

static bool is_clean(const struct bench_table *t, const uint32_t rivals[4],
		     uint32_t round)
{
	for (int i = 0; i < 4; i++)
		if (rivals[i] != BENCH_NONE && t->is_disturbed[rivals[i]][round])
			return false;
	return true;
}

static void put_figure(const char *row, double figure, struct summary rounds,
		       double goal, double stretch, bool is_disturbed)
{
	printf("  %s: %.4g (rounds: %.4g, %.4g to %.4g), goal %.4g%s\n", row,
	       figure, rounds.median, rounds.low, rounds.high, goal,
	       bench.is_smoke	 ? "" :
	       is_disturbed	 ? ", disturbed" :
	       figure <= stretch ? ", better than the stretch" :
	       figure <= goal	 ? ", met" :
				   ", MISSED");
	fprintf(bench.figures, "%s,%.6g,%.6g,%.6g,%.6g,%.6g,%.6g,%d\n", row,
		figure, rounds.median, rounds.low, rounds.high, goal, stretch,
		is_disturbed);
}

double bench_goal_net(const struct bench_table *t, const char *row,
		      const uint32_t ours[2], const uint32_t theirs[2],
		      double goal, double stretch)
{
	const uint32_t all[4] = { ours[0], ours[1], theirs[0], theirs[1] };
	double a[BENCH_ROUNDS], b[BENCH_ROUNDS], ratio[BENCH_ROUNDS] = { 0 };
	double figure;
	uint32_t clean = 0, n = 0;

	for (uint32_t i = 0; i < t->rounds; i++)
		clean += is_clean(t, all, i);
	for (uint32_t i = 0; i < t->rounds; i++) {
		if (clean * 3 >= t->rounds && !is_clean(t, all, i))
			continue;
		a[n] = at(t, ours[0], i) - at(t, ours[1], i);
		b[n] = at(t, theirs[0], i) - at(t, theirs[1], i);
		ratio[n] = a[n] / b[n];
		n++;
	}
	figure = summarize(a, n).median / summarize(b, n).median;
	put_figure(row, figure, summarize(ratio, n), goal, stretch,
		   clean * 3 < t->rounds);
	return figure;
}

double bench_goal(const struct bench_table *t, const char *row, uint32_t ours,
		  uint32_t theirs, double goal, double stretch)
{
	return bench_goal_net(t, row, (const uint32_t[]){ ours, BENCH_NONE },
			      (const uint32_t[]){ theirs, BENCH_NONE }, goal,
			      stretch);
}

void bench_figure(const char *row, double figure, double goal, double stretch)
{
	put_figure(row, figure, (struct summary){ figure, figure, figure },
		   goal, stretch, false);
}

void bench_point(const char *question, uint64_t x, const char *rival, double value)
{
	printf("%s, %llu: %s %.4g\n", question, (unsigned long long)x, rival,
	       value);
	fprintf(bench.medians, "%s,%llu,%s,%.3f,%.3f,%.3f,0\n", question,
		(unsigned long long)x, rival, value, value, value);
}

/* ---- processors and threads ----------------------------------------------------------- */

static void find_processors(void)
{
	int found = 0;

	bench_need(sched_getaffinity(0, sizeof(bench.all), &bench.all) == 0,
		   "cannot tell the processors");
	for (int i = 0; i < CPU_SETSIZE && found < 2; i++)
		if (CPU_ISSET(i, &bench.all))
			bench.processors[found++] = i;
	if (found < 2)
		bench.processors[1] = bench.processors[0];
}

bool bench_has_two(void)
{
	return bench.processors[0] != bench.processors[1];
}

void bench_pin(int which)
{
	cpu_set_t set = bench.all;

	if (which >= 0) {
		CPU_ZERO(&set);
		CPU_SET(bench.processors[which], &set);
	}
	bench_need(sched_setaffinity(0, sizeof(set), &set) == 0, "cannot pin");
}

static bool awake;

static void *stay_awake(void *which)
{
	struct sched_param none = { .sched_priority = 0 };

	bench_pin(which ? 1 : 0);
	sched_setscheduler(0, SCHED_IDLE, &none);
	while (__atomic_load_n(&awake, __ATOMIC_RELAXED))
		;
	return NULL;
}

void bench_keep_awake(bool wanted)
{
	static pthread_t threads[2];

	if (wanted == awake)
		return;
	__atomic_store_n(&awake, wanted, __ATOMIC_RELAXED);
	for (int i = 0; i < 2; i++) {
		if (wanted)
			bench_need(pthread_create(&threads[i], NULL, stay_awake,
						  i ? &awake : NULL) == 0,
				   "no thread");
		else
			pthread_join(threads[i], NULL);
	}
}

struct player {
	const struct bench_role *role;
	pthread_barrier_t *all;
	uint64_t start, end;
};

static void *play(void *arg)
{
	struct player *p = arg;

	bench_pin(p->role->processor);
	pthread_barrier_wait(p->all);
	p->start = bench_now();
	p->role->run(p->role->arg);
	p->end = bench_now();
	return NULL;
}

uint64_t bench_together(const struct bench_role *roles, size_t n)
{
	struct player players[BENCH_ROLES];
	pthread_t threads[BENCH_ROLES];
	pthread_barrier_t all;
	uint64_t start = UINT64_MAX, end = 0;

	bench_need(n <= BENCH_ROLES &&
			   !pthread_barrier_init(&all, NULL, (unsigned)n),
		   "too many roles");
	for (size_t i = 0; i < n; i++) {
		players[i] = (struct player){ .role = &roles[i], .all = &all };
		bench_need(pthread_create(&threads[i], NULL, play, &players[i]) == 0,
			   "no thread");
	}
	for (size_t i = 0; i < n; i++) {
		pthread_join(threads[i], NULL);
		if (players[i].start < start)
			start = players[i].start;
		if (players[i].end > end)
			end = players[i].end;
	}
	pthread_barrier_destroy(&all);
	return end - start;
}

static void *sleep_for_ever(void *arg)
{
	for (;;)
		pause();
	return arg;
}

/* ---- system calls ------------------------------------------------------------------------ */

static _Alignas(64) uint64_t waits;
static _Alignas(64) uint64_t wakes;
static _Alignas(64) bool is_counting = true;

void bench_count_calls(bool wanted)
{
	__atomic_store_n(&is_counting, wanted, __ATOMIC_RELAXED);
}

long __real_syscall(long number, long a, long b, long c, long d, long e, long f);
long __wrap_syscall(long number, long a, long b, long c, long d, long e, long f);

/* The linker sends libevfd's system calls through here (--wrap). They are handed on as
 * they came, which a list of arguments would not be, so that they cost little more. */
long __wrap_syscall(long number, long a, long b, long c, long d, long e, long f)
{
	if (number == SYS_futex && __atomic_load_n(&is_counting, __ATOMIC_RELAXED))
		__atomic_fetch_add((b & FUTEX_CMD_MASK) == FUTEX_WAKE ? &wakes :
									&waits,
				   1, __ATOMIC_RELAXED);
	return __real_syscall(number, a, b, c, d, e, f);
}

struct bench_calls bench_calls(void)
{
	return (struct bench_calls){
		.waits = __atomic_load_n(&waits, __ATOMIC_RELAXED),
		.wakes = __atomic_load_n(&wakes, __ATOMIC_RELAXED),
	};
}

struct bench_calls bench_calls_since(struct bench_calls before)
{
	struct bench_calls now = bench_calls();

	return (struct bench_calls){ now.waits - before.waits,
				     now.wakes - before.wakes };
}

/* ---- begin and end ---------------------------------------------------------------------- */

static void cpu_model(char *text, size_t size)
{
	char line[256];
	FILE *f = fopen("/proc/cpuinfo", "r");

	snprintf(text, size, "unknown");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "model name : %79[^\n]", text) == 1)
			break;
	if (f)
		fclose(f);
}

static FILE *make_file(const char *kind, const char *header)
{
	char path[PATH], cpu[80];
	struct utsname u;
	FILE *f;

	mkdir(bench.out, 0777);
	snprintf(path, sizeof(path), "%s/%s%s.csv", bench.out, bench.name, kind);
	f = fopen(path, "w");
	bench_need(f, path);
	uname(&u);
	cpu_model(cpu, sizeof(cpu));
	fprintf(f, "# cpu: %s, %ld of them; %s %s %s\n", cpu,
		sysconf(_SC_NPROCESSORS_ONLN), u.sysname, u.release, u.machine);
	fprintf(f, "# %u rounds of %llu ms; nice %d; others by %s%s\n",
		bench.rounds, (unsigned long long)(bench.sample_ns / NS_PER_MS),
		getpriority(PRIO_PROCESS, 0), bench.gate,
		bench.is_smoke ? "; smoke, times mean nothing" : "");
	fprintf(f, "%s\n", header);
	return f;
}

static uint64_t number(const char *text, uint64_t most)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	bench_need(!*end && n >= 1 && n <= most, "a number is out of range");
	return n;
}

static void parse(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		const char *value = i + 1 < argc ? argv[i + 1] : NULL;

		if (!strcmp(argv[i], "--smoke")) {
			bench.is_smoke = true;
			bench.rounds = 2;
			continue;
		}
		bench_need(
			value,
			"usage: [--smoke] [--out DIR] [--rounds N] [--ms N]");
		if (!strcmp(argv[i], "--out"))
			bench.out = value;
		else if (!strcmp(argv[i], "--rounds"))
			bench.rounds = (uint32_t)number(value, BENCH_ROUNDS);
		else if (!strcmp(argv[i], "--ms"))
			bench.sample_ns = number(value, 10000) * NS_PER_MS;
		else
			bench_die("usage: [--smoke] [--out DIR] [--rounds N] "
				  "[--ms N]");
		i++;
	}
}

void bench_begin(int argc, char **argv)
{
	const char *slash = strrchr(argv[0], '/');
	pthread_t sleeper;

	snprintf(bench.name, sizeof(bench.name), "%s", slash ? slash + 1 : argv[0]);
	bench.rounds = 21;
	bench.sample_ns = 40 * NS_PER_MS;
	bench.out = ".";
	parse(argc, argv);
	choose_gate();
	find_processors();
	if (!bench.is_smoke)
		(void)!nice(-10); /* only root may: the gate tells if it was needed */
	bench.samples =
		make_file("", "question,x,rival,round,operations,ns,others");
	bench.medians = make_file(".medians",
				  "question,x,rival,median,low,high,disturbed");
	bench.figures =
		make_file(".figures",
			  "row,figure,rounds,low,high,goal,stretch,disturbed");
	bench_need(pthread_create(&sleeper, NULL, sleep_for_ever, NULL) == 0,
		   "no thread");
	bench_pin(0);
}

int bench_end(void)
{
	if (fclose(bench.samples) || fclose(bench.medians) || fclose(bench.figures))
		bench_die("cannot write the results");
	return bench.wrong ? 1 : 0;
}
