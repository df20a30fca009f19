/* SPDX-License-Identifier: MIT */
/*
 * Linux x86-64 as far as the cases use it: numbers, errors, flags, structures.
 * Own definitions, so that the suite needs no libc and no kernel headers.
 */
#ifndef CONF_ABI_H
#define CONF_ABI_H

#include <stdint.h>

enum {
	SYS_READ = 0,
	SYS_WRITE = 1,
	SYS_OPEN = 2,
	SYS_CLOSE = 3,
	SYS_FSTAT = 5,
	SYS_POLL = 7,
	SYS_LSEEK = 8,
	SYS_MMAP = 9,
	SYS_IOCTL = 16,
	SYS_PREAD64 = 17,
	SYS_PWRITE64 = 18,
	SYS_READV = 19,
	SYS_WRITEV = 20,
	SYS_PIPE = 22,
	SYS_SELECT = 23,
	SYS_DUP = 32,
	SYS_DUP2 = 33,
	SYS_SENDFILE = 40,
	SYS_CONNECT = 42,
	SYS_ACCEPT = 43,
	SYS_SENDTO = 44,
	SYS_RECVFROM = 45,
	SYS_SENDMSG = 46,
	SYS_RECVMSG = 47,
	SYS_SHUTDOWN = 48,
	SYS_BIND = 49,
	SYS_LISTEN = 50,
	SYS_GETSOCKNAME = 51,
	SYS_GETPEERNAME = 52,
	SYS_SETSOCKOPT = 54,
	SYS_GETSOCKOPT = 55,
	SYS_FCNTL = 72,
	SYS_FSYNC = 74,
	SYS_FDATASYNC = 75,
	SYS_FTRUNCATE = 77,
	SYS_FCHDIR = 81,
	SYS_EPOLL_CREATE = 213,
	SYS_EPOLL_WAIT = 232,
	SYS_EPOLL_CTL = 233,
	SYS_OPENAT = 257,
	SYS_PSELECT6 = 270,
	SYS_PPOLL = 271,
	SYS_SPLICE = 275,
	SYS_TEE = 276,
	SYS_EPOLL_PWAIT = 281,
	SYS_EVENTFD = 284,
	SYS_FALLOCATE = 285,
	SYS_ACCEPT4 = 288,
	SYS_EVENTFD2 = 290,
	SYS_EPOLL_CREATE1 = 291,
	SYS_DUP3 = 292,
	SYS_PIPE2 = 293,
	SYS_PREADV = 295,
	SYS_PWRITEV = 296,
	SYS_VERIDIAN_EVENTFD = 330,
	SYS_CLOSE_RANGE = 436,
	SYS_EPOLL_PWAIT2 = 441,
};

enum {
	EPERM = 1,
	ENOENT = 2,
	EINTR = 4,
	EBADF = 9,
	EAGAIN = 11,
	ENOMEM = 12,
	EFAULT = 14,
	EBUSY = 16,
	EEXIST = 17,
	ENODEV = 19,
	ENOTDIR = 20,
	EINVAL = 22,
	ENFILE = 23,
	EMFILE = 24,
	ENOTTY = 25,
	ESPIPE = 29,
	ENOSYS = 38,
	ELOOP = 40,
	ENOTSOCK = 88,
	ETIMEDOUT = 110,
	ECANCELED = 125,
};

#define EFD_SEMAPHORE 0x1u
#define EFD_NONBLOCK 0x800u
#define EFD_CLOEXEC 0x80000u

#define O_RDWR 0x2u
#define O_APPEND 0x400u
#define O_NONBLOCK 0x800u
#define O_ASYNC 0x2000u
#define O_DIRECT 0x4000u
#define O_DIRECTORY 0x10000u
#define O_NOATIME 0x40000u
#define O_CLOEXEC 0x80000u
#define O_ACCMODE 0x3u

enum {
	F_DUPFD = 0,
	F_GETFD = 1,
	F_SETFD = 2,
	F_GETFL = 3,
	F_SETFL = 4,
	F_DUPFD_CLOEXEC = 1030,
};
#define FD_CLOEXEC 1u

#define FIONREAD 0x541bu
#define FIONBIO 0x5421u
#define FIONCLEX 0x5450u
#define FIOCLEX 0x5451u
#define TCGETS 0x5401u

#define S_IFMT 0170000u

struct pollfd {
	int32_t fd;
	int16_t events, revents;
};
#define POLLIN 0x001
#define POLLPRI 0x002
#define POLLOUT 0x004
#define POLLERR 0x008
#define POLLHUP 0x010
#define POLLNVAL 0x020
#define POLLRDNORM 0x040
#define POLLRDBAND 0x080
#define POLLWRNORM 0x100
#define POLLWRBAND 0x200
#define POLLRDHUP 0x2000

struct epoll_event {
	uint32_t events;
	uint64_t data;
} __attribute__((packed));
_Static_assert(sizeof(struct epoll_event) == 12, "packed on x86-64");
#define EPOLLIN 0x001u
#define EPOLLPRI 0x002u
#define EPOLLOUT 0x004u
#define EPOLLERR 0x008u
#define EPOLLHUP 0x010u
#define EPOLLRDNORM 0x040u
#define EPOLLWRNORM 0x100u
#define EPOLLEXCLUSIVE (1u << 28)
#define EPOLLWAKEUP (1u << 29)
#define EPOLLONESHOT (1u << 30)
#define EPOLLET (1u << 31)
#define EPOLL_CLOEXEC 0x80000u
enum {
	EPOLL_CTL_ADD = 1,
	EPOLL_CTL_DEL = 2,
	EPOLL_CTL_MOD = 3
};

struct iovec {
	uint64_t base, len;
};

struct timespec {
	int64_t sec, nsec;
};

struct timeval {
	int64_t sec, usec;
};

struct kstat {
	uint64_t dev, ino, nlink;
	uint32_t mode, uid, gid, pad0;
	uint64_t rdev;
	int64_t size, blksize, blocks;
	uint64_t atime, atime_ns, mtime, mtime_ns, ctime, ctime_ns;
	int64_t unused[3];
};
_Static_assert(sizeof(struct kstat) == 144, "struct stat of x86-64");

#endif
