/* SPDX-License-Identifier: MIT */
/*
 * The whole subsystem in one ordinary program: processes are structures,
 * their threads are POSIX threads, a system call is a function call. For
 * tests, and for whoever brings up a port and wants to see vfs/ run first.
 *
 * How to use it:
 *
 *	struct evfd_system *s = evfd_system_create(&(struct evfd_config){0});
 *	struct inproc_process *p = inproc_process_create(s, 100);
 *	struct inproc_process *was = inproc_bind(p);
 *	int64_t fd = inproc_syscall(290, 0, 0, 0, 0, 0, 0);
 *	struct inproc_thread *t = inproc_thread_start(p, reader, &arg);
 *	inproc_until_blocked(t);
 *	...
 *	inproc_thread_join(t);
 *	inproc_bind(was);
 *	inproc_process_exit(p);
 *	evfd_system_destroy(s);
 *
 * Addresses given to system calls are addresses of this program. A bad one is
 * EVFD_EFAULT, not a crash.
 *
 * Any thread of the program may call anything here unless a call says
 * otherwise. Nothing here sleeps for a fixed time or guesses.
 */
#ifndef EVFD_PORT_INPROC_H
#define EVFD_PORT_INPROC_H

#include <evfd/vfs.h>

struct inproc_process;
struct inproc_thread;

/* ---- processes ------------------------------------------------------------ */

/* An empty process of *s. NULL: no memory. */
struct inproc_process *inproc_process_create(struct evfd_system *s, uint64_t pid);
/* A child with a copy of the parent's descriptors; it has no thread yet. */
struct inproc_process *inproc_fork(struct inproc_process *parent, uint64_t pid);
/* Close what is close-on-exec. */
void inproc_exec(struct inproc_process *p);
/* Close all descriptors and free p. Its threads must have been joined, and
 * nobody else be bound to it; if the caller is, it is unbound. */
void inproc_process_exit(struct inproc_process *p);
/*
 * Kill p as SIGKILL does: the threads that inproc_thread_start() made leave the
 * system call that they are in, or their next one, and run nothing of the program
 * after it. Returns when all of them have ended and all descriptors are closed;
 * the threads still want to be joined, and p to be freed by
 * inproc_process_exit(). A thread that bound itself to p must not be in a call;
 * its later calls return INPROC_KILLED. The caller is not a started thread of p.
 */
void inproc_kill(struct inproc_process *p);
#define INPROC_KILLED (-1000)

/* The vfs's view of p: for fdinfo, limits, VeridianOS's ABI. */
struct evfd_process *inproc_evfd(struct inproc_process *p);

/* ---- threads --------------------------------------------------------------- */

/* Make the calling thread one of p (NULL: of none). Returns what it was of. */
struct inproc_process *inproc_bind(struct inproc_process *p);

/* Run fn(arg) as a new thread of p. NULL: no memory. Join it once. */
struct inproc_thread *inproc_thread_start(struct inproc_process *p,
					  void *(*fn)(void *), void *arg);
/* fn's result; NULL if the thread was killed. Frees t. */
void *inproc_thread_join(struct inproc_thread *t);

/* The calling thread. Valid until it ends (started ones: until joined). */
struct inproc_thread *inproc_self(void);

/*
 * Is t asleep in a system call, and neither woken, nor interrupted, nor past its
 * deadline? Exact: it asks evfd_port_wait(), where every sleep of ours happens. One
 * that waits for a lock of ours is not blocked.
 */
bool inproc_is_blocked(struct inproc_thread *t);
/* Has t left fn? */
bool inproc_is_done(struct inproc_thread *t);
/* Return true once t is blocked; false if it is done instead. Yields between
 * looks; a hang here is for the caller's watchdog. */
bool inproc_until_blocked(struct inproc_thread *t);

/* Times that t went to sleep since it started: for tests of exact waking,
 * where a sleeper woken for nothing would be seen to sleep again. */
uint64_t inproc_sleeps(struct inproc_thread *t);

/* ---- system calls ----------------------------------------------------------- */

/*
 * A system call of the calling thread, which is bound. The result, or a
 * negative error. Signals that came in are taken before it returns and
 * ERESTARTSYS, ERESTARTNOHAND become a restart or EVFD_EINTR as on Linux.
 */
int64_t inproc_syscall(uint64_t number, uint64_t a0, uint64_t a1, uint64_t a2,
		       uint64_t a3, uint64_t a4, uint64_t a5);

/* ---- signals ----------------------------------------------------------------- */

enum inproc_disposition {
	INPROC_HANDLER,		/* a handler without SA_RESTART */
	INPROC_HANDLER_RESTART, /* a handler with SA_RESTART */
	INPROC_NO_HANDLER,	/* interrupts a sleep, runs nothing (SIGCONT) */
};

/*
 * Send signal (1..64) to t. It is pending until t's mask lets it through; then
 * it interrupts a sleep, or is taken at the end of the next system call.
 * The handler, if one is set, runs on t under the mask of that moment.
 */
void inproc_signal(struct inproc_thread *t, int signal,
		   enum inproc_disposition how);
/* Shorthand: a caught signal that nobody masks (SIGUSR1). */
void inproc_interrupt(struct inproc_thread *t, bool restart);

/* Called for each signal that a handler takes; may make system calls. NULL:
 * taking it does nothing more. Per process. */
void inproc_on_signal(struct inproc_process *p,
		      void (*handler)(int signal, void *ctx), void *ctx);

/* Replace the calling thread's mask (bit s - 1); returns the former. */
uint64_t inproc_sigmask(uint64_t mask);
uint64_t inproc_pending(struct inproc_thread *t);
/* Signals taken by t so far. */
uint64_t inproc_taken(struct inproc_thread *t);

/* ---- time ---------------------------------------------------------------------- */

/*
 * Stop the clock of evfd_port_now(), for the whole program; it then moves only
 * by inproc_clock_advance(), which wakes every sleeper whose deadline has come
 * and returns when all of them have been told. false: run again, from the
 * present reading on.
 */
void inproc_clock_stop(bool stopped);
void inproc_clock_advance(uint64_t ns);

/* ---- bad addresses ------------------------------------------------------------------ */

/*
 * Bad addresses are met by a handler of SIGSEGV and SIGBUS, which making a process
 * installs. Call this after anything else in the program has installed its own; a
 * fault that is not ours goes to that one.
 */
void inproc_catch_faults(void);

/* ---- what the port was asked for -------------------------------------------------- */

/* Totals of the program since it started. */
struct inproc_calls {
	uint64_t sleeps;       /* in evfd_port_wait() */
	uint64_t short_sleeps; /* in evfd_port_wait_short() */
	uint64_t unblocks;     /* sleepers woken */
	uint64_t visits; /* lock steps of waits and wakes: 0 if there were none */
	uint64_t allocs, frees;
	uint64_t bytes; /* allocated now */
};
void inproc_calls(struct inproc_calls *c);

/* Let the nth allocation from now (1: the next) fail, once; 0: none. */
void inproc_fail_alloc(uint64_t nth);

#endif
