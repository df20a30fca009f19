/* SPDX-License-Identifier: MIT */
/*
 * What the suite asks of the system that it judges: all of it. Write one of
 * these for your own system and the suite runs there; docs/conformance.md is
 * the guide, target-host.c the shortest example.
 *
 * A target has threads and, if it can, processes. Both are tasks. One case at a
 * time runs, as the only task of a process of its own or of the one process
 * that there is; it starts further tasks, and they make system calls.
 *
 * The suite sleeps nowhere and measures no speed. Whether a task is asleep is
 * asked of the target (is_blocked); the only timeouts detect a hang.
 */
#ifndef CONF_TARGET_H
#define CONF_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct conf_native;
struct conf_pin;

/*
 * What a target can do beyond threads and system calls. A case that needs more
 * is skipped, and the skip must be pinned (pins.c).
 */
#define CONF_FORK 0x0001u	/* fork(), kill() */
#define CONF_EXEC 0x0002u	/* exec() */
#define CONF_SIGNALS 0x0004u	/* interrupt(), hold_signal() */
#define CONF_FDINFO 0x0008u	/* fdinfo() */
#define CONF_FAULTS 0x0010u	/* a bad pointer is answered with EFAULT */
#define CONF_NOFILE 0x0020u	/* set_nofile() */
#define CONF_POST 0x0040u	/* post() */
#define CONF_PLAIN 0x0080u	/* open_plain() */
#define CONF_SCARCE 0x0100u	/* set_scarce() */
#define CONF_OPTIN_330 0x0200u	/* allow_330() */
#define CONF_VERIDIAN 0x0400u	/* native->veridian_*, fake clock included */
#define CONF_NATIVE 0x0800u	/* native, but for what follows */
#define CONF_EMBED 0x1000u	/* watches, read_put, registries of one's own */
#define CONF_DESCRIPTOR 0x2000u /* a counter can be given a descriptor */
#define CONF_RAW 0x4000u	/* system calls with arguments of any kind */

typedef int conf_fn(void *arg);
struct conf_task;

#define CONF_SHARED_SIZE 65536u
/* wait() when the limit has passed. */
#define CONF_HANG (-1000)
/* wait() for a task that was ended by kill(). */
#define CONF_KILLED (-9)
/* interrupt() sends this one; with restart, the other. Bits of a signal mask. */
#define CONF_SIGNAL (UINT64_C(1) << 9)
#define CONF_SIGNAL_RESTART (UINT64_C(1) << 11)

/* At least: processes, files, eventfds, epolls, watches. Any five numbers that
 * are the same when nothing is alive that was not before. */
struct conf_census {
	uint64_t alive[5];
};

struct conf_target {
	const char *name;
	const char *about;   /* one line, for --help */
	const char *profile; /* which pins apply; set by setup() at the latest */
	uint32_t caps;	     /* set by setup() at the latest */
	uint32_t scale;	     /* repetition counts are divided by this; >= 1 */

	/*
	 * CONF_SHARED_SIZE bytes, aligned to 64, that all tasks of a case see,
	 * children included. Set by setup().
	 */
	void *shared;
	/*
	 * With CONF_FAULTS: `fence` is the first of 4096 bytes that may neither
	 * be read nor written, behind 4096 that may; `readonly` the first of
	 * 4096 that may be read, holding zeros. Set by setup().
	 */
	unsigned char *fence;
	unsigned char *readonly;

	/* Once, before all else. NULL, or a sentence saying why the target
	 * cannot run here. */
	const char *(*setup)(struct conf_target *t);
	void (*print)(const char *text, size_t n);
	uint64_t (*now_ns)(void); /* monotonic */
	void (*yield)(void);
	/*
	 * Around each case, from outside any task. needs: the case's CONF_
	 * bits; with CONF_VERIDIAN it is to run in VeridianOS's profile. Begin
	 * returns NULL or a sentence saying why it cannot; end a sentence
	 * saying what is left behind. NULL: nothing to do.
	 */
	const char *(*case_begin)(uint32_t needs);
	const char *(*case_end)(void);
	/* NULL where the target cannot tell. */
	void (*census)(struct conf_census *c);

	/*
	 * One system call of the calling task: Linux x86-64 number and
	 * registers. The result, or a negative error. May sleep.
	 */
	int64_t (*syscall)(uint64_t nr, const uint64_t args[6]);

	/* ---- tasks -------------------------------------------------------------- */

	/* The calling task; NULL outside any. */
	struct conf_task *(*self)(void);
	/* A thread in the calling task's process (from outside any task: in the
	 * case's). Never NULL: running out ends the run. */
	struct conf_task *(*spawn)(conf_fn *fn, void *arg);
	/* Wait until it has ended and give it back. Its result, or CONF_HANG
	 * after limit_ns, and it is still there. */
	int (*wait)(struct conf_task *t, uint64_t limit_ns);
	bool (*has_ended)(struct conf_task *t);
	/* Is it asleep in a system or native call that nothing will end but
	 * another task, a deadline or a signal? False is never wrong for long. */
	bool (*is_blocked)(struct conf_task *t);

	/* ---- CONF_FORK, CONF_EXEC ----------------------------------------------- */

	/*
	 * A child process that runs fn(arg) and ends with its result (0..127).
	 * Open file descriptions are shared, memory may be copied or shared.
	 */
	struct conf_task *(*fork)(conf_fn *fn, void *arg);
	/*
	 * Become another program: what is close-on-exec closes, and the
	 * function of conf_programs[] with that name runs. Only in a task made
	 * by fork(), as `return t->exec(name, arg)`. May return its result.
	 */
	int (*exec)(const char *name, uint64_t arg);
	/* End a process made by fork() without its cooperation. */
	void (*kill)(struct conf_task *t);

	/* ---- CONF_SIGNALS ------------------------------------------------------- */

	/* Send the task a signal that has a handler, installed with or without
	 * SA_RESTART. */
	void (*interrupt)(struct conf_task *t, bool restart);
	/* How often a handler has run in it. */
	uint32_t (*interrupts)(struct conf_task *t);
	/* Hold back CONF_SIGNAL for the calling task (or no longer). Returns
	 * whether it was held back before. */
	bool (*hold_signal)(bool hold);

	/* ---- small capabilities ------------------------------------------------- */

	/* Text of /proc/self/fdinfo/<fd>: length or a negative error. */
	int64_t (*fdinfo)(int fd, char *buf, size_t size);
	/* Set the limit of descriptors; returns the former one, 0 if refused. */
	uint32_t (*set_nofile)(uint32_t limit);
	/* Add n to an eventfd as a kernel would, saturating. 0 or an error. */
	int (*post)(int fd, uint64_t n);
	/* A descriptor of something that cannot be polled and is no socket. */
	int (*open_plain)(void);
	/* Let the system have no more eventfds than it has now; then as many as
	 * before. */
	void (*set_scarce)(bool scarce);
	/* Let this process create eventfds by system call 330, or no longer. */
	void (*allow_330)(bool allow);
	const struct conf_native *native;
};

/* What exec() can become. Ends with a NULL name. */
struct conf_program {
	const char *name;
	int (*fn)(uint64_t arg);
};
extern const struct conf_program conf_programs[];

/* ---- the runner, for main() --------------------------------------------- */

/* targets ends with NULL; the first is the default. Returns the exit code. */
int conf_main(int argc, char **argv, struct conf_target *const *targets);

#endif
