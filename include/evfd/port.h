/* SPDX-License-Identifier: MIT */
/*
 * What a host supplies: the whole of it. Link-time functions, so that a
 * missing one is a link error and no call is indirect. core/ uses the first
 * group, vfs/ both. docs/porting.md tells how to write them, port/template/ is
 * a skeleton to copy.
 *
 * Contexts: "thread" may sleep; "any" includes interrupt and signal handlers
 * and must neither sleep nor take a lock that a thread may hold with
 * interrupts enabled.
 */
#ifndef EVFD_PORT_H
#define EVFD_PORT_H

#include <evfd/types.h>

/*
 * Sleep while *word == expected. Comparing and going to sleep are one step
 * with respect to evfd_port_wake() on the same word: a wake issued after the
 * word changed is never missed.
 *
 * Context: thread; sleeps.
 * Returns: 0 woken, value differs, or for no reason at all (callers re-check);
 *	    EVFD_ETIMEDOUT evfd_port_now() has reached deadline_ns;
 *	    EVFD_EINTR a signal or a request to die is pending for this thread.
 */
int evfd_port_wait(uint32_t *word, uint32_t expected, uint64_t deadline_ns);

/*
 * The same, but for waits that end by themselves soon: a lock held by a
 * running thread, a wake already owed. Never times out, is never interrupted.
 */
void evfd_port_wait_short(uint32_t *word, uint32_t expected);

/*
 * Wake at most count threads asleep on word, longest asleep first where the
 * host can. When its wait returns, with whatever result, a thread that was woken
 * sees *word as the caller did. The word may have become part of another object meanwhile: waking
 * a thread for nothing is allowed, faulting is not.
 *
 * Context: any.
 */
void evfd_port_wake(uint32_t *word, uint32_t count);

/* Monotonic nanoseconds; never 0, never UINT64_MAX. Context: any. */
uint64_t evfd_port_now(void);

/*
 * Before a thread goes to sleep: until when is looking again likely to be cheaper?
 * A time by evfd_port_now(), 0 for not at all. After a time other than 0 core/ looks
 * until then, once at least, and tells by evfd_port_patience_end() whether it found
 * what it was waiting for. May let other threads run before it returns.
 * A host without an opinion returns 0. Context: thread.
 */
uint64_t evfd_port_patience(void);
void evfd_port_patience_end(bool was_found);

/*
 * Zeroed memory, aligned to 64 bytes, or NULL. Context: thread, may sleep;
 * never called with a lock of ours held that a post needs.
 */
void *evfd_port_alloc(size_t size);
/* size is the one that was asked for; p is never NULL. Context: thread. */
void evfd_port_free(void *p, size_t size);

/* An invariant is broken; say so and stop. Does not return. Context: any. */
_Noreturn void evfd_port_panic(const char *what, const char *file, int line);

/*
 * Second group: what vfs/ needs and core/ does not.
 *
 * Copy n bytes between ours and an address that a program gave. Returns 0, or
 * EVFD_EFAULT with any part of the destination written. Never faults, also
 * when another thread unmaps the page meanwhile. Context: thread, may sleep.
 */
int evfd_port_copy_in(void *to, uint64_t user_from, size_t n);
int evfd_port_copy_out(uint64_t user_to, const void *from, size_t n);

/*
 * Replace the calling thread's signal mask (64 signals, bit s-1) by *set and
 * store the former in *old. A signal that becomes deliverable interrupts the
 * next wait. Context: thread.
 */
void evfd_port_sigmask(const uint64_t *set, uint64_t *old);

/*
 * Arrange that *old becomes the mask again only after the pending signal's
 * handler has run on the program's stack (Linux: "restore sigmask").
 */
void evfd_port_sigmask_after_handler(const uint64_t *old);

#endif
