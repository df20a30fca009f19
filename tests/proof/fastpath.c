/* SPDX-License-Identifier: MIT */
/*
 * What a call costs when nobody waits and nobody watches, counted and not
 * estimated: a child makes the call under ptrace, one instruction at a time,
 * and the parent looks at each instruction before it runs.
 *
 * Counted are instructions that lock the bus (a lock prefix, or xchg with
 * memory, which implies one), entries into evfd_port_ functions, and system
 * calls. x86-64 only; elsewhere the program skips.
 *
 * The last rows are broken twins: calls that do more. They must be seen to.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <evfd/core.h>

static struct evfd_registry registry;
static evfd_t counter, semaphore, counted, watched;
static uint32_t word;

/* ---- the calls ----------------------------------------------------------- */

static void nothing(void)
{
}

static void write_now(void)
{
	evfd_write(&registry, counter, 1, EVFD_NOWAIT);
}

static void write_blocking(void)
{
	evfd_write(&registry, counter, 1, EVFD_FOREVER);
}

static void post(void)
{
	evfd_post(&registry, counter, 1);
}

static void read_now(void)
{
	uint64_t value;

	evfd_read(&registry, counter, &value, EVFD_NOWAIT);
}

static void read_blocking(void)
{
	uint64_t value;

	evfd_read(&registry, counter, &value, EVFD_FOREVER);
}

static void read_semaphore(void)
{
	uint64_t value;

	evfd_read(&registry, semaphore, &value, EVFD_NOWAIT);
}

static void write_semaphore(void)
{
	evfd_write(&registry, semaphore, 1, EVFD_NOWAIT);
}

static void take_two(void)
{
	uint64_t taken;

	evfd_take(&registry, counter, 2, 2, &taken, EVFD_NOWAIT);
}

static void look(void)
{
	evfd_readiness(&registry, counter);
}

/* Twins. */
static void write_counted(void)
{
	evfd_write(&registry, counted, 1, EVFD_NOWAIT);
}

static void write_watched(void)
{
	evfd_write(&registry, watched, 1, EVFD_NOWAIT);
}

static void two_locked(void)
{
	__atomic_fetch_add(&word, 1, __ATOMIC_SEQ_CST);
	__atomic_exchange_n(&word, 1, __ATOMIC_SEQ_CST);
}

static void call_port(void)
{
	evfd_port_now();
}

struct row {
	const char *name;
	void (*call)(void);
	unsigned locked, port_calls; /* exactly */
	bool is_at_least;	     /* these or more: a twin */
};

static const struct row rows[] = {
	{ "an empty call", nothing, 0, 0, false },
	{ "evfd_write, nobody waits", write_now, 1, 0, false },
	{ "evfd_write that may block", write_blocking, 1, 0, false },
	{ "evfd_post", post, 1, 0, false },
	{ "evfd_read, nobody waits", read_now, 1, 0, false },
	{ "evfd_read that may block", read_blocking, 1, 0, false },
	{ "evfd_read, semaphore", read_semaphore, 1, 0, false },
	{ "evfd_write, semaphore", write_semaphore, 1, 0, false },
	{ "evfd_take", take_two, 1, 0, false },
	{ "evfd_readiness", look, 0, 0, false },
	{ "twin: with EVFD_COUNTED a second one", write_counted, 2, 0, true },
	{ "twin: a watch costs more", write_watched, 2, 0, true },
	{ "twin: two locked instructions", two_locked, 2, 0, true },
	{ "twin: a call into the port", call_port, 0, 1, true },
};

/* ---- looking at instructions ----------------------------------------------- */

static bool is_prefix(uint8_t byte)
{
	switch (byte) {
	case 0x26:
	case 0x2e:
	case 0x36:
	case 0x3e:
	case 0x64:
	case 0x65:
	case 0x66:
	case 0x67:
	case 0xf0:
	case 0xf2:
	case 0xf3:
		return true;
	default:
		return (byte & 0xf0) == 0x40; /* REX */
	}
}

static bool is_locked(const uint8_t *code)
{
	bool has_lock = false;

	for (; is_prefix(*code); code++)
		has_lock |= *code == 0xf0;
	if (has_lock)
		return true;
	return (code[0] == 0x86 || code[0] == 0x87) && code[1] < 0xc0;
}

static bool is_port_entry(uintptr_t address)
{
	/* All that core/ may call. */
	return address == (uintptr_t)evfd_port_wait ||
	       address == (uintptr_t)evfd_port_wait_short ||
	       address == (uintptr_t)evfd_port_wake ||
	       address == (uintptr_t)evfd_port_now ||
	       address == (uintptr_t)evfd_port_alloc ||
	       address == (uintptr_t)evfd_port_free ||
	       address == (uintptr_t)evfd_port_panic;
}

struct seen {
	unsigned instructions, locked, port_calls, system_calls;
};

static void look_at(uintptr_t address, struct seen *seen)
{
	/* The child is a fork: its code is ours, at the same address. */
	const uint8_t *code = (const uint8_t *)address;

	seen->instructions++;
	seen->locked += is_locked(code);
	seen->port_calls += is_port_entry(address);
	seen->system_calls += code[0] == 0x0f && code[1] == 0x05;
}

/* ---- stepping ------------------------------------------------------------------- */

#ifdef __x86_64__
/* Where the child says that the call begins and has ended. */
static __attribute__((noinline)) void mark(void)
{
	__asm__ volatile("" ::: "memory");
}

static _Noreturn void run_child(void (*call)(void))
{
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	raise(SIGSTOP);
	mark();
	call();
	mark();
	_exit(0);
}

static bool step(pid_t child, uintptr_t *address)
{
	struct user_regs_struct regs;
	int status;

	if (ptrace(PTRACE_SINGLESTEP, child, NULL, NULL) < 0 ||
	    waitpid(child, &status, 0) < 0 || !WIFSTOPPED(status) ||
	    ptrace(PTRACE_GETREGS, child, NULL, &regs) < 0)
		return false;
	*address = (uintptr_t)regs.rip;
	return true;
}

/* Step through one call. False, with errno, if there is no tracing here. */
static bool observe(void (*call)(void), struct seen *seen)
{
	uintptr_t address = 0;
	int marks = 0, status;
	pid_t child = fork();

	if (child == 0)
		run_child(call);
	if (child < 0 || waitpid(child, &status, 0) < 0 || !WIFSTOPPED(status))
		return false;
	*seen = (struct seen){ .instructions = 0 };
	while (marks < 2) {
		if (!step(child, &address))
			return false;
		if (address == (uintptr_t)mark)
			marks++;
		else if (marks == 1)
			look_at(address, seen);
	}
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	return true;
}
#else
static bool observe(void (*call)(void), struct seen *seen)
{
	(void)call;
	(void)seen;
	(void)look_at;
	errno = ENOSYS;
	return false;
}
#endif

/* ---- verdict --------------------------------------------------------------------- */

static bool ignore(struct evfd_watch *w, uint32_t events)
{
	(void)w;
	(void)events;
	return false;
}

static bool make_counters(void)
{
	static struct evfd_watch watch = { .notify = ignore, .events = EVFD_IN };

	return evfd_registry_init(&registry, 0) == 0 &&
	       evfd_create(&registry, 7, 0, NULL, "counter", &counter) == 0 &&
	       evfd_create(&registry, 7, EVFD_SEMAPHORE, NULL, "semaphore",
			   &semaphore) == 0 &&
	       evfd_create(&registry, 7, EVFD_COUNTED, NULL, "counted",
			   &counted) == 0 &&
	       evfd_create(&registry, 7, 0, NULL, "watched", &watched) == 0 &&
	       evfd_watch_add(&registry, watched, &watch) >= 0;
}

static bool is_as_told(const struct row *row, const struct seen *seen)
{
	if (row->is_at_least)
		return seen->locked >= row->locked &&
		       seen->port_calls >= row->port_calls;
	return seen->locked == row->locked &&
	       seen->port_calls == row->port_calls && seen->system_calls == 0;
}

int main(void)
{
	const size_t n = sizeof(rows) / sizeof(rows[0]);
	unsigned calls = 0, twins = 0, caught = 0;
	bool ok = true;

	printf("1..%zu\n", n);
	if (!make_counters()) {
		puts("Bail out! no counters");
		return 1;
	}
	for (size_t i = 0; i < n; i++) {
		struct seen seen;
		bool is_good;

		fflush(stdout);
		if (!observe(rows[i].call, &seen)) {
			printf("ok %zu - %s # SKIP cannot trace: errno %d\n",
			       i + 1, rows[i].name, errno);
			continue;
		}
		is_good = is_as_told(&rows[i], &seen);
		ok &= is_good;
		calls += !rows[i].is_at_least;
		twins += rows[i].is_at_least;
		caught += rows[i].is_at_least && is_good;
		printf("%s %zu - %s: %u locked, %u port calls, "
		       "%u instructions\n",
		       is_good ? "ok" : "not ok", i + 1, rows[i].name,
		       seen.locked, seen.port_calls, seen.instructions);
	}
	printf("# table: cost of a call | locked instructions and calls of the "
	       "port, "
	       "counted by single steps | %u calls | %u/%u\n",
	       calls, caught, twins);
	return ok ? 0 : 1;
}
