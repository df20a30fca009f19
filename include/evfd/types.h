/* SPDX-License-Identifier: MIT */
/*
 * The vocabulary that every layer shares: handles, errors, deadlines,
 * readiness bits. No function, no dependency beyond the compiler.
 */
#ifndef EVFD_TYPES_H
#define EVFD_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A handle names one event counter for ever: slot and generation. After
 * evfd_close() it is stale and every call answers EVFD_EBADF, also when the
 * slot has another tenant. 0 is never a handle.
 */
typedef uint64_t evfd_t;

#define EVFD_NONE ((evfd_t)0)

/* The largest count that a caller can reach. */
#define EVFD_MAX (UINT64_MAX - 1)
/* The count after a post that did not fit: reported as EVFD_ERR. */
#define EVFD_SATURATED UINT64_MAX

/*
 * Errors are negative and have Linux's values. They become -1 and errno once,
 * at the outermost libc-shaped wrapper, if there is one.
 */
enum evfd_error {
	EVFD_EPERM = -1,
	EVFD_ENOENT = -2,
	EVFD_EINTR = -4,
	EVFD_EBADF = -9,
	EVFD_EAGAIN = -11,
	EVFD_ENOMEM = -12,
	EVFD_EFAULT = -14,
	EVFD_EBUSY = -16,
	EVFD_EEXIST = -17,
	EVFD_ENODEV = -19,
	EVFD_ENOTDIR = -20,
	EVFD_EISDIR = -21,
	EVFD_EINVAL = -22,
	EVFD_ENFILE = -23,
	EVFD_EMFILE = -24,
	EVFD_ENOTTY = -25,
	EVFD_ESPIPE = -29,
	EVFD_EPIPE = -32,
	EVFD_ENOSYS = -38,
	EVFD_ELOOP = -40,
	EVFD_ENOTSOCK = -88,
	EVFD_ETIMEDOUT = -110,
	EVFD_ECANCELED = -125,
	/*
	 * Never seen by a program. A host that delivers signals turns them
	 * into EINTR, or makes the call again: RESTARTSYS when no handler ran
	 * or the handler asked for SA_RESTART, RESTARTNOHAND only when no
	 * handler ran.
	 */
	EVFD_ERESTARTSYS = -512,
	EVFD_ERESTARTNOHAND = -514,
};

/*
 * Deadlines are absolute, in nanoseconds of evfd_port_now(). NOWAIT asks for
 * EVFD_EAGAIN in place of sleeping; any other deadline that has passed gives
 * EVFD_ETIMEDOUT.
 */
#define EVFD_NOWAIT UINT64_C(0)
#define EVFD_FOREVER UINT64_MAX

/* Readiness. The values are those of poll and epoll on Linux. */
#define EVFD_IN 0x001u /* count > 0 */
#define EVFD_PRI 0x002u
#define EVFD_OUT 0x004u /* count < EVFD_MAX */
#define EVFD_ERR 0x008u /* saturated, or cancelled; never masked */
#define EVFD_HUP 0x010u /* gone: closed under its watchers; never masked */
#define EVFD_NVAL 0x020u

#endif
