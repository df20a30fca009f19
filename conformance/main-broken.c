/* SPDX-License-Identifier: MIT */
/*
 * evfd-conformance-broken: every way of misbehaving must be noticed.
 *
 * Without options: for each breakage, run the cases that are to catch it, in a
 * process of its own; TAP, one line a breakage. `--target NAME` shows one of
 * them at work, like any other target.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "broken.h"

#define BREAKAGES 128
#define AT_ONCE 16 /* most of them wait for a hang to be noticed */

static struct conf_target targets[BREAKAGES];
static struct conf_native natives[BREAKAGES];
static const struct breakage *breakages[BREAKAGES];
static struct conf_target *pointers[BREAKAGES + 1];
static uint32_t count;

/* The base, then what is wrong with it: setup() finds out what is right. */
static const char *setup(struct conf_target *t)
{
	const struct breakage *b = breakages[t - targets];
	struct conf_native *n = &natives[t - targets];
	struct conf_target *base =
		t->native ? &conf_target_inproc : &conf_target_host;
	const char *refusal = base->setup(t);

	if (b->syscall)
		t->syscall = b->syscall;
	if (b->apply)
		b->apply(t, n);
	return refusal;
}

static void add(const struct breakage *b, const struct conf_target *base)
{
	struct conf_target *t = &targets[count];

	for (; b->name; b++, t++) {
		*t = *base;
		t->name = b->name;
		t->about = b->about;
		t->setup = setup;
		if (base->native) {
			natives[count] = *base->native;
			t->native = &natives[count];
		}
		breakages[count] = b;
		pointers[count++] = t;
	}
}

/* One of them at work in a process of its own. */
struct job {
	pid_t pid;
	int output;
};

static struct job start(const struct breakage *b)
{
	int fds[2];
	struct job j;

	if (pipe2(fds, O_CLOEXEC) || (j.pid = fork()) < 0)
		exit(2);
	if (j.pid == 0) {
		dup2(fds[1], STDOUT_FILENO);
		execl("/proc/self/exe", "evfd-conformance-broken", "--target",
		      b->name, "--only", b->only, "--hang", "1", (char *)NULL);
		_exit(127);
	}
	close(fds[1]);
	j.output = fds[0];
	return j;
}

/* Its output, cut off; the exit code. */
static int finish(struct job j, char *output, size_t size)
{
	size_t n = 0;
	ssize_t got;
	int status;

	while ((got = read(j.output, output + n, size - 1 - n)) > 0)
		n += (size_t)got;
	output[n] = '\0';
	close(j.output);
	waitpid(j.pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

/* The name of the first case that failed, cut out of the output. */
static const char *first_failure(char *output)
{
	char *at = strstr(output, "not ok "), *name;

	if (!at)
		return NULL;
	name = strstr(at, " - ") + 3;
	name[strcspn(name, "\n")] = '\0';
	return name;
}

/* The verdict on the i-th. */
static bool report(uint32_t i, struct job j)
{
	static char output[1 << 16];
	const struct breakage *b = breakages[i];
	int code = finish(j, output, sizeof(output));
	const char *name = first_failure(output);
	bool is_caught = name && (code == 1 || code == 3);

	printf("%s %u - %s is caught\n", is_caught ? "ok" : "not ok", i + 1,
	       b->name);
	if (is_caught)
		printf("# by %s\n", name);
	else
		printf("# %s: none of the cases %s fails (exit code %d)\n"
		       "# to do: --target %s --only '%s' shows the run\n",
		       b->about, b->only, code, b->name, b->only);
	fflush(stdout);
	return is_caught;
}

int main(int argc, char **argv)
{
	struct job jobs[AT_ONCE];
	uint32_t passed = 0;

	add(broken_syscalls, &conf_target_host);
	add(broken_natives, &conf_target_inproc);
	if (argc > 1)
		return conf_main(argc, argv, pointers);
	printf("TAP version 13\n1..%u\n", count);
	fflush(stdout);
	for (uint32_t i = 0; i < count; i += AT_ONCE) {
		for (uint32_t k = i; k < count && k < i + AT_ONCE; k++)
			jobs[k - i] = start(breakages[k]);
		for (uint32_t k = i; k < count && k < i + AT_ONCE; k++)
			passed += report(k, jobs[k - i]);
	}
	printf("# %u passed, %u failed\n", passed, count - passed);
	return passed != count;
}
