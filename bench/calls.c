/* SPDX-License-Identifier: MIT */
/*
 * How many system calls does an operation of libevfd make? Counted exactly: a child
 * makes the call under ptrace, between two marks, and the parent counts.
 *
 * A reader that was claimed and has not run yet is one that is kept in a signal
 * handler: it sleeps as far as the counter knows, and cannot run on.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <evfd.h>

#include "harness.h"

#define MARK SYS_getppid /* nothing else here makes it */

static evfd_t counter, exact, transition, armed, edge;
static sem_t in_handler, leave_handler;

/* ---- calls, each after what comes before it ------------------------------------- */

static void nothing(void)
{
}

static void write_counter(void)
{
	bench_need(evfd_write(counter, 1) == 0, "write");
}

static void read_counter(void)
{
	uint64_t value;

	bench_need(evfd_read(counter, &value) == 0, "read");
}

static void tryread_counter(void)
{
	uint64_t value;

	bench_need(evfd_tryread(counter, &value) == -1, "not empty");
}

static void look_at_counter(void)
{
	unsigned ready;

	bench_need(evfd_readiness(counter) >= 0, "readiness");
	bench_need(evfd_scan(&counter, 1, EVFD_IN, &ready) >= 0, "scan");
}

static void write_exact(void)
{
	bench_need(evfd_write(exact, 1) == 0, "write");
}

static void read_exact(void)
{
	bench_need(evfd_tryread(exact, NULL) == 0, "read");
}

static void write_transition(void)
{
	bench_need(evfd_write(transition, 1) == 0, "write");
}

static void read_transition(void)
{
	bench_need(evfd_tryread(transition, NULL) == 0, "read");
}

static void write_armed(void)
{
	bench_need(evfd_write(armed, 1) == 0, "write");
}

static void read_armed(void)
{
	bench_need(evfd_tryread(armed, NULL) == 0, "read");
}

static void arm(void)
{
	bench_need(evfd_arm(armed) == 0, "arm");
}

static void disarm(void)
{
	bench_need(evfd_disarm(armed) == 0, "disarm");
}

static void write_edge(void)
{
	bench_need(evfd_write(edge, 1) == 0, "write");
}

static void arm_edge(void)
{
	bench_need(evfd_arm(edge) == 0, "arm");
}

static void disarm_edge(void)
{
	bench_need(evfd_disarm(edge) == 0, "disarm");
}

/* Twin: a call that makes one, and must be seen to. */
static void one_call(void)
{
	syscall(SYS_gettid);
}

/* ---- a reader that sleeps, and stays asleep --------------------------------------- */

static void hold(int signal)
{
	(void)signal;
	sem_post(&in_handler);
	while (sem_wait(&leave_handler))
		;
}

static void *read_once(void *arg)
{
	uint64_t value;

	bench_need(evfd_read(counter, &value) == 0 && value == 3, "the reader");
	return arg;
}

static void park_reader(pthread_t *reader)
{
	struct sigaction action = { .sa_handler = hold, .sa_flags = SA_RESTART };
	struct evfd_stat st = { 0 };

	sem_init(&in_handler, 0, 0);
	sem_init(&leave_handler, 0, 0);
	sigaction(SIGUSR1, &action, NULL);
	bench_need(pthread_create(reader, NULL, read_once, NULL) == 0,
		   "no thread");
	while (!evfd_stat(counter, &st) && st.waiting_readers == 0)
		sched_yield();
	pthread_kill(*reader, SIGUSR1);
	while (sem_wait(&in_handler))
		;
}

/* ---- counting -------------------------------------------------------------------------- */

struct row {
	const char *name;
	void (*call)(void);
	uint64_t calls;
	bool is_goal; /* a row of the table */
};

static const struct row rows[] = {
	{ "nothing", nothing, 0 },
	{ "twin: a call that makes one", one_call, 1 },
	{ "system calls; write to a counter that nobody waits for",
	  write_counter, 0, true },
	{ "another", write_counter, 0 },
	{ "readiness", look_at_counter, 0 },
	{ "system calls; read of what is there", read_counter, 0, true },
	{ "empty read that may not wait", tryread_counter, 0 },
	{ "write; exact descriptor; to 0", write_exact, 1 },
	{ "write; exact descriptor; to more: an edge", write_exact, 1 },
	{ "read; exact descriptor", read_exact, 1 },
	{ "write; EVFD_TRANSITION; to 0", write_transition, 1 },
	{ "write; EVFD_TRANSITION; to more", write_transition, 0 },
	{ "read; EVFD_TRANSITION", read_transition, 1 },
	{ "write; armed descriptor; the loop is busy", write_armed, 0 },
	{ "read; armed descriptor", read_armed, 0 },
	{ "arm", arm, 0 },
	{ "write; armed descriptor; the loop sleeps", write_armed, 1 },
	{ "write; armed descriptor; the loop was called", write_armed, 0 },
	{ "disarm", disarm, 1 }, /* hears the ring that was owed */
	{ "read; armed descriptor", read_armed, 0 },
	{ "arm again", arm, 0 },
	{ "disarm without a ring", disarm, 0 },
	{ "arm; EVFD_EDGE", arm_edge, 0 },
	{ "write; EVFD_EDGE; the loop sleeps", write_edge, 1 },
	{ "disarm; EVFD_EDGE", disarm_edge, 0 },
	/* From here on somebody sleeps on `counter`. */
	{ "system calls; write to a parked reader", write_counter, 1, true },
	{ "system calls; write to a claimed reader", write_counter, 0, true },
	{ "another", write_counter, 0 },
};

#define ROWS (sizeof(rows) / sizeof(*rows))
#define ASLEEP (ROWS - 3)

static _Noreturn void run_child(void)
{
	pthread_t reader;

	counter = evfd_create(0, 0, "counter");
	exact = evfd_create(0, 0, "exact");
	transition = evfd_create(0, EVFD_TRANSITION, "transition");
	armed = evfd_create(0, 0, "armed");
	edge = evfd_create(0, 0, "edge");
	bench_need(evfd_descriptor(exact, 0) >= 0 &&
			   evfd_descriptor(transition, 0) >= 0 &&
			   evfd_descriptor(armed, EVFD_ARMED) >= 0 &&
			   evfd_descriptor(edge, EVFD_ARMED | EVFD_EDGE) >= 0,
		   "no descriptors");
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	raise(SIGSTOP);
	for (size_t i = 0; i < ROWS; i++) {
		if (i == ASLEEP)
			park_reader(&reader);
		syscall(MARK);
		rows[i].call();
		syscall(MARK);
	}
	sem_post(&leave_handler);
	pthread_join(reader, NULL);
	_exit(0);
}

/* Let the child run into its next system call. False: it has ended, well or not. */
static bool next_call(pid_t child, uint64_t *number, int *status)
{
	struct __ptrace_syscall_info info;

	for (;;) {
		if (ptrace(PTRACE_SYSCALL, child, NULL, NULL) < 0 ||
		    waitpid(child, status, 0) < 0)
			bench_die("cannot trace");
		if (!WIFSTOPPED(*status))
			return false;
		if (WSTOPSIG(*status) != (SIGTRAP | 0x80))
			continue;
		if (ptrace(PTRACE_GET_SYSCALL_INFO, child, sizeof(info), &info) < 0)
			bench_die("cannot tell the system call");
		if (info.op != PTRACE_SYSCALL_INFO_ENTRY)
			continue;
		*number = info.entry.nr;
		return true;
	}
}

static void until_mark(pid_t child, uint64_t *between, int *status)
{
	uint64_t number;

	for (*between = 0; next_call(child, &number, status); ++*between)
		if (number == MARK)
			return;
	bench_die("the child ended before its time");
}

int main(int argc, char **argv)
{
	uint64_t calls, number;
	int status;
	pid_t child;

	bench_begin(argc, argv);
	fflush(NULL);
	child = fork();
	if (child == 0)
		run_child();
	bench_need(child > 0 && waitpid(child, &status, 0) == child &&
			   WIFSTOPPED(status) &&
			   ptrace(PTRACE_SETOPTIONS, child, NULL,
				  PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL) == 0,
		   "cannot trace");
	for (size_t i = 0; i < ROWS; i++) {
		until_mark(child, &calls, &status);
		until_mark(child, &calls, &status);
		bench_must(rows[i].name, calls, rows[i].calls, rows[i].calls);
		if (rows[i].is_goal)
			bench_figure(rows[i].name, (double)calls,
				     (double)rows[i].calls, (double)rows[i].calls);
	}
	while (next_call(child, &number, &status))
		;
	bench_need(WIFEXITED(status) && WEXITSTATUS(status) == 0,
		   "the child failed");
	return bench_end();
}
