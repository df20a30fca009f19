/* SPDX-License-Identifier: MIT */
/*
 * The parts of Linux's x86-64 system call ABI that vfs/ speaks: structures,
 * flags and the few errors that types.h has no use for.
 */
#ifndef EVFD_VFS_ABI_H
#define EVFD_VFS_ABI_H

#include <evfd/types.h>

#define ABI_O_ACCMODE 03u
#define ABI_O_RDONLY 00u
#define ABI_O_WRONLY 01u
#define ABI_O_RDWR 02u
#define ABI_O_APPEND 0x400u
#define ABI_O_NONBLOCK 0x800u
#define ABI_O_DIRECT 0x4000u
#define ABI_O_NOATIME 0x40000u
#define ABI_O_CLOEXEC 0x80000u

#define ABI_S_IFIFO 0010000u
#define ABI_S_IFCHR 0020000u

#define ABI_EFD_SEMAPHORE 1u

#define ABI_SEEK_SET 0u
#define ABI_SEEK_CUR 1u
#define ABI_SEEK_END 2u
#define ABI_SEEK_HOLE 4u /* the last that is known */

/* Beside EVFD_IN and EVFD_OUT; eventfds never report them, epolls and pipes do. */
#define ABI_POLLRDNORM 0x040u
#define ABI_POLLWRNORM 0x100u

#define ABI_EPOLLEXCLUSIVE (1u << 28)
#define ABI_EPOLLWAKEUP (1u << 29)
#define ABI_EPOLLONESHOT (1u << 30)
#define ABI_EPOLLET (1u << 31)

#define ABI_FIONREAD 0x541bu
#define ABI_FIONBIO 0x5421u
#define ABI_FIONCLEX 0x5450u
#define ABI_FIOCLEX 0x5451u

enum {
	ABI_F_DUPFD = 0,
	ABI_F_GETFD = 1,
	ABI_F_SETFD = 2,
	ABI_F_GETFL = 3,
	ABI_F_SETFL = 4,
	ABI_F_SETOWN = 8,
	ABI_F_GETOWN = 9,
	ABI_F_SETSIG = 10,
	ABI_F_GETSIG = 11,
	ABI_F_DUPFD_CLOEXEC = 1030,
	ABI_F_GETPIPE_SZ = 1032,
};
#define ABI_FD_CLOEXEC 1u

#define ABI_CLOSE_RANGE_UNSHARE 2u
#define ABI_CLOSE_RANGE_CLOEXEC 4u

#define ABI_AT_FDCWD (-100)
#define ABI_AT_EMPTY_PATH 0x1000u
/* SYMLINK_NOFOLLOW, NO_AUTOMOUNT, STATX_SYNC_TYPE */
#define ABI_AT_STAT_FLAGS (0x100u | 0x800u | ABI_AT_EMPTY_PATH | 0x6000u)

#define ABI_MAP_TYPE 0x0fu
#define ABI_MAP_ANONYMOUS 0x20u

#define ABI_RLIMIT_NOFILE 7u
#define ABI_RLIMITS 16u

enum {
	ABI_EPOLL_CTL_ADD = 1,
	ABI_EPOLL_CTL_DEL = 2,
	ABI_EPOLL_CTL_MOD = 3,
};

enum {
	ABI_EOPNOTSUPP = -95,
};

/* Packed on x86-64, so that it is the same for 32-bit programs. */
struct __attribute__((packed)) abi_epoll_event {
	uint32_t events;
	uint64_t data;
};
_Static_assert(sizeof(struct abi_epoll_event) == 12, "ABI");

struct abi_pollfd {
	int32_t fd;
	uint16_t events;
	uint16_t revents;
};
_Static_assert(sizeof(struct abi_pollfd) == 8, "ABI");

/* struct timespec; struct timeval has microseconds for its second part. */
struct abi_time {
	int64_t sec;
	int64_t part;
};

struct abi_rlimit {
	uint64_t soft, hard;
};

#define ABI_FDSET_BITS 64u

#endif
