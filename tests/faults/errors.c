/* SPDX-License-Identifier: MIT */
/*
 * Which error a call may have by which fault, and where that is promised. What is
 * not here a call must not return; what is here some case must have shown
 * (--all). Sleeps that end for nothing are not here: no call may show them.
 */
#include "conformance/abi.h"
#include "faults.h"

/* Where: the manual page of the call's name in section 2, a line of
 * docs/contract.md, a header of include/evfd/. */
#define ROW(call, fault, otherwise, where, ...)                               \
	{                                                                     \
		call, FAULT_##fault, #call, { __VA_ARGS__ }, otherwise, where \
	}

/* A call that sleeps until it can go on: it is made again if the handler agrees or
 * there is none. */
#define SLEEPS(call)                                \
	ROW(call, SIGNAL, ABSORBS, "C35", -EINTR),  \
		ROW(call, RESTART, ABSORBS, "C35"), \
		ROW(call, IGNORED, ABSORBS, "vfs.h")
/* A call that sleeps for others to happen: a handler may be what it waits for. */
#define POLLS(call)                                               \
	ROW(call, SIGNAL, ABSORBS, "signal(7)", -EINTR),          \
		ROW(call, RESTART, ABSORBS, "signal(7)", -EINTR), \
		ROW(call, IGNORED, ABSORBS, "signal(7)"),         \
		ROW(call, DEADLINE, ABSORBS | ZERO, "C44")
#define WAITS(call)                                               \
	ROW(call, SIGNAL, ABSORBS, "C64", -EINTR),                \
		ROW(call, RESTART, ABSORBS, "C64", -EINTR),       \
		ROW(call, IGNORED, ABSORBS, "signal(7)", -EINTR), \
		ROW(call, DEADLINE, ABSORBS | ZERO, "C44"),       \
		ROW(call, COPY_OUT, LESS, "C62", -EFAULT)
#define NATIVE_SLEEPS(call, late)                     \
	ROW(call, SIGNAL, ABSORBS, "core.h", -EINTR), \
		ROW(call, DEADLINE, ABSORBS, "core.h", late)

const struct rule rules[] = {
	/* A pipe, and a writev, tell what they moved before the fault. */
	ROW(SYS_READ, COPY_OUT, LESS, "C13", -EFAULT),
	SLEEPS(SYS_READ),
	ROW(SYS_READ, DEADLINE, ABSORBS, "S4", -EAGAIN),
	ROW(SYS_WRITE, COPY_IN, LESS, "C25", -EFAULT),
	SLEEPS(SYS_WRITE),
	ROW(SYS_WRITE, DEADLINE, ABSORBS, "S5", -EAGAIN),
	ROW(SYS_READV, ALLOC, 0, "readv(2)", -ENOMEM),
	ROW(SYS_READV, COPY_IN, 0, "readv(2)", -EFAULT),
	ROW(SYS_READV, COPY_OUT, 0, "C13", -EFAULT),
	SLEEPS(SYS_READV),
	ROW(SYS_WRITEV, ALLOC, 0, "writev(2)", -ENOMEM),
	ROW(SYS_WRITEV, COPY_IN, LESS, "C25, C26", -EFAULT),

	ROW(SYS_EVENTFD, ALLOC, 0, "C5", -ENOMEM),
	ROW(SYS_EVENTFD2, ALLOC, 0, "C5", -ENOMEM),
	ROW(SYS_VERIDIAN_EVENTFD, ALLOC, 0, "S3", -ENOMEM),
	ROW(SYS_PIPE, ALLOC, 0, "pipe(2)", -ENOMEM),
	ROW(SYS_PIPE, COPY_OUT, 0, "pipe(2)", -EFAULT),
	ROW(SYS_PIPE2, ALLOC, 0, "pipe(2)", -ENOMEM),
	ROW(SYS_PIPE2, COPY_OUT, 0, "pipe(2)", -EFAULT),
	ROW(SYS_DUP, ALLOC, 0, "dup(2)", -ENOMEM),
	ROW(SYS_DUP2, ALLOC, 0, "dup(2)", -ENOMEM),
	ROW(SYS_DUP3, ALLOC, 0, "dup(2)", -ENOMEM),
	ROW(SYS_FCNTL, ALLOC, 0, "fcntl(2)", -ENOMEM),
	ROW(SYS_IOCTL, COPY_IN, 0, "ioctl(2)", -EFAULT),
	ROW(SYS_FSTAT, COPY_OUT, 0, "fstat(2)", -EFAULT),
	ROW(SYS_IOCTL, COPY_OUT, 0, "ioctl(2)", -EFAULT),
	ROW(SYS_GETRLIMIT, COPY_OUT, 0, "getrlimit(2)", -EFAULT),
	ROW(SYS_SETRLIMIT, COPY_IN, 0, "getrlimit(2)", -EFAULT),
	ROW(SYS_PRLIMIT64, COPY_IN, 0, "getrlimit(2)", -EFAULT),
	ROW(SYS_PRLIMIT64, COPY_OUT, 0, "getrlimit(2)", -EFAULT),
	ROW(SYS_NEWFSTATAT, COPY_IN, 0, "fstat(2)", -EFAULT),
	ROW(SYS_NEWFSTATAT, COPY_OUT, 0, "fstat(2)", -EFAULT),
	ROW(SYS_MKDIRAT, COPY_IN, 0, "mkdir(2)", -EFAULT),
	ROW(SYS_OPENAT, COPY_IN, 0, "openat(2)", -EFAULT),

	ROW(SYS_POLL, ALLOC, 0, "poll(2)", -ENOMEM),
	ROW(SYS_POLL, COPY_IN, 0, "poll(2)", -EFAULT),
	ROW(SYS_POLL, COPY_OUT, 0, "poll(2)", -EFAULT),
	POLLS(SYS_POLL),
	ROW(SYS_PPOLL, ALLOC, 0, "poll(2)", -ENOMEM),
	ROW(SYS_PPOLL, COPY_IN, 0, "poll(2)", -EFAULT),
	/* The time that was left need not be told. */
	ROW(SYS_PPOLL, COPY_OUT, ABSORBS, "poll(2)", -EFAULT),
	POLLS(SYS_PPOLL),
	ROW(SYS_SELECT, ALLOC, 0, "select(2)", -ENOMEM),
	ROW(SYS_SELECT, COPY_IN, 0, "select(2)", -EFAULT),
	ROW(SYS_SELECT, COPY_OUT, ABSORBS, "select(2)", -EFAULT),
	POLLS(SYS_SELECT),
	ROW(SYS_PSELECT6, ALLOC, 0, "select(2)", -ENOMEM),
	ROW(SYS_PSELECT6, COPY_IN, 0, "select(2)", -EFAULT),
	ROW(SYS_PSELECT6, COPY_OUT, ABSORBS, "select(2)", -EFAULT),
	POLLS(SYS_PSELECT6),

	ROW(SYS_EPOLL_CREATE, ALLOC, 0, "epoll_create(2)", -ENOMEM),
	ROW(SYS_EPOLL_CREATE1, ALLOC, 0, "epoll_create(2)", -ENOMEM),
	/* Without memory for more buckets the chains get longer. */
	ROW(SYS_EPOLL_CTL, ALLOC, ABSORBS, "epoll_ctl(2)", -ENOMEM),
	ROW(SYS_EPOLL_CTL, COPY_IN, 0, "epoll_ctl(2)", -EFAULT),
	WAITS(SYS_EPOLL_WAIT),
	WAITS(SYS_EPOLL_PWAIT),
	ROW(SYS_EPOLL_PWAIT, COPY_IN, 0, "epoll_wait(2)", -EFAULT),
	WAITS(SYS_EPOLL_PWAIT2),
	ROW(SYS_EPOLL_PWAIT2, COPY_IN, 0, "epoll_wait(2)", -EFAULT),

	/* For want of memory these return NULL. */
	ROW(CALL_SYSTEM_CREATE, ALLOC, 0, "vfs.h", -ENOMEM),
	ROW(CALL_PROCESS_CREATE, ALLOC, 0, "vfs.h", -ENOMEM),
	ROW(CALL_FORK, ALLOC, 0, "vfs.h", -ENOMEM),
	ROW(CALL_OPEN_PLAIN, ALLOC, 0, "vfs.h", -ENFILE, -ENOMEM),

	ROW(CALL_REGISTRY_INIT, ALLOC, 0, "core.h", -ENOMEM),
	ROW(CALL_CREATE, ALLOC, 0, "core.h", -ENOMEM),
	ROW(CALL_RESTORE, ALLOC, 0, "core.h", -ENOMEM),
	NATIVE_SLEEPS(CALL_READ, -ETIMEDOUT),
	NATIVE_SLEEPS(CALL_READ_PUT, -ETIMEDOUT),
	ROW(CALL_READ_PUT, PUT, 0, "core.h, X2", -EFAULT),
	NATIVE_SLEEPS(CALL_TAKE, -ETIMEDOUT),
	NATIVE_SLEEPS(CALL_WRITE, -ETIMEDOUT),
	NATIVE_SLEEPS(CALL_WAIT_ANY, -ETIMEDOUT),
	ROW(CALL_VERIDIAN_CREATE, ALLOC, 0, "veridian.h", -ENOMEM),
	NATIVE_SLEEPS(CALL_VERIDIAN_READ, -EAGAIN),
	NATIVE_SLEEPS(CALL_VERIDIAN_WRITE, -EAGAIN),
	ROW(CALL_VERIDIAN_INSTALL, ALLOC, 0, "veridian.h", -ENOMEM),
	NATIVE_SLEEPS(CALL_NODE_READ, -EAGAIN),
	NATIVE_SLEEPS(CALL_NODE_WRITE, -EAGAIN),
};
const uint32_t rule_count = sizeof(rules) / sizeof(rules[0]);
_Static_assert(sizeof(rules) / sizeof(rules[0]) <= 256, "a bit each");

const struct rule *rule_of(uint32_t call, enum fault fault)
{
	for (uint32_t i = 0; i < rule_count; i++)
		if (rules[i].call == call && rules[i].fault == fault)
			return &rules[i];
	return NULL;
}

const struct excuse excuses[] = {
	{ "C33_*", 1u << FAULT_COPY_OUT,
	  "the number is another's when the call is made again" },
};
const uint32_t excuse_count = sizeof(excuses) / sizeof(excuses[0]);
