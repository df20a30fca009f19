/* SPDX-License-Identifier: MIT */
/*
 * The same program on the host kernel and in process, compared call by call.
 *
 *	fuzz random SEED CALLS [WORKERS]	as many calls as that, or more
 *	fuzz replay FILE...			programs as text (corpus/)
 *	fuzz bytes FILE...			inputs of the libFuzzer target
 *
 * TAP. A difference is cut down and printed; kept in corpus/, it is replayed
 * for ever.
 */
#define _GNU_SOURCE
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "program.h"

#define BYTES 700
/* A program takes microseconds. */
#define HANG_SECONDS 20
#define WORKERS_MAX 64

/* What a worker leaves behind, also when it dies. */
struct shared {
	uint64_t made, programs;
	bool has_failed;
	struct program program;
};

static uint64_t next_random(uint64_t *state)
{
	uint64_t x = *state += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

static void work(struct shared *w, uint64_t seed, uint64_t calls)
{
	uint64_t bytes[BYTES / 8 + 1];

	sides_init();
	while (w->made < calls) {
		w->programs++;
		for (size_t i = 0; i < sizeof(bytes) / sizeof(bytes[0]); i++)
			bytes[i] = next_random(&seed);
		if (program_run_bytes(&w->program, (uint8_t *)bytes, BYTES,
				      &w->made) == SAME)
			continue;
		w->has_failed = true;
		program_shrink(&w->program);
		_exit(1);
	}
	_exit(0);
}

/*
 * The status of a worker, once it has ended. It hangs if it makes no call between two
 * looks; one look would take a machine that was stopped for a while for a hang. Not
 * an alarm of its own: that could end a call of the host's.
 */
static int wait_for(const struct shared *w, pid_t pid, const sigset_t *child)
{
	const struct timespec span = { .tv_sec = HANG_SECONDS };
	uint64_t seen = UINT64_MAX;
	int status;

	while (waitpid(pid, &status, WNOHANG) == 0) {
		uint64_t made;

		if (sigtimedwait(child, NULL, &span) >= 0)
			continue;
		made = __atomic_load_n(&w->made, __ATOMIC_RELAXED);
		if (made == seen)
			kill(pid, SIGKILL);
		seen = made;
	}
	return status;
}

static int random_mode(uint64_t seed, uint64_t calls, int workers)
{
	struct shared *w =
		mmap(NULL, sizeof(*w) * (size_t)workers, PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pids[WORKERS_MAX];
	uint64_t made = 0, programs = 0;
	sigset_t child;
	int failed = 0;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	printf("1..%d\n", workers);
	fflush(stdout);
	for (int i = 0; i < workers; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			work(&w[i],
			     seed + (uint64_t)i * UINT64_C(0x123456789abcdef),
			     calls / (uint64_t)workers + 1);
	}
	for (int i = 0; i < workers; i++) {
		int status = wait_for(&w[i], pids[i], &child);

		failed += status != 0;
		printf("%sok %d - %" PRIu64 " calls in %" PRIu64
		       " programs agree with the host's\n",
		       status ? "not " : "", i + 1, w[i].made, w[i].programs);
		made += w[i].made;
		programs += w[i].programs;
		if (!status)
			continue;
		if (!w[i].has_failed)
			printf("# died of signal %d in:\n", WTERMSIG(status));
		program_print(stdout, &w[i].program);
	}
	printf("# table: differential fuzzing | every call, the host kernel "
	       "against "
	       "vfs/ | %" PRIu64 " calls in %" PRIu64 " programs |\n",
	       made, programs);
	return failed != 0;
}

/* SAME, another index as program_run(), or UNREADABLE. The file is closed before
 * anything runs: its descriptor belongs to the program. */
#define UNREADABLE (-2)

static int replay_bytes(FILE *from, struct program *p)
{
	static uint8_t bytes[1 << 16];
	size_t n = fread(bytes, 1, sizeof(bytes), from);
	uint64_t ignored = 0;

	fclose(from);
	return program_run_bytes(p, bytes, n, &ignored);
}

static int replay_text(FILE *from, struct program *p)
{
	int line = program_parse(from, p);
	uint64_t ignored = 0;

	fclose(from);
	if (!line)
		return program_run(p, &ignored);
	printf("# line %d is no call\n", line);
	return UNREADABLE;
}

static int replay(char **files, int n, int (*run)(FILE *from, struct program *p))
{
	static struct program p;
	int failed = 0;

	printf("1..%d\n", n);
	sides_init();
	for (int i = 0; i < n; i++) {
		FILE *from = fopen(files[i], "r");
		int at = from ? run(from, &p) : UNREADABLE;

		failed += at != SAME;
		printf("%sok %d - %s\n", at == SAME ? "" : "not ", i + 1, files[i]);
		if (at < 0)
			continue;
		program_shrink(&p);
		program_print(stdout, &p);
	}
	return failed != 0;
}

/* The reference is Linux as of 6.9: it changed what a write of 9 bytes means. */
static bool is_reference(void)
{
	struct utsname u;
	int major = 0, minor = 0;

	uname(&u);
	sscanf(u.release, "%d.%d", &major, &minor);
	return !strcmp(u.machine, "x86_64") &&
	       (major > 6 || (major == 6 && minor >= 9));
}

int main(int argc, char **argv)
{
	const char *mode = argc > 2 ? argv[1] : "";

	if (!is_reference()) {
		printf("1..0 # SKIP the host is no Linux >= 6.9 on x86-64\n");
		return 0;
	}
	if (!strcmp(mode, "random") && argc >= 4) {
		int workers = argc > 4 ? atoi(argv[4]) : 1;

		if (workers >= 1 && workers <= WORKERS_MAX)
			return random_mode(strtoull(argv[2], NULL, 0),
					   strtoull(argv[3], NULL, 0), workers);
	}
	if (!strcmp(mode, "replay"))
		return replay(argv + 2, argc - 2, replay_text);
	if (!strcmp(mode, "bytes"))
		return replay(argv + 2, argc - 2, replay_bytes);
	fprintf(stderr, "fuzz random SEED CALLS [WORKERS] | replay FILE... | "
			"bytes FILE...\n");
	return 2;
}
