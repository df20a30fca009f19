/* SPDX-License-Identifier: MIT */
/*
 * Descriptors: the contract of vfs/. Processes with tables of descriptors, open
 * file descriptions behind them, vnodes behind those, and the system calls that
 * a program makes on them with Linux's numbers and errors.
 *
 * A host makes one evfd_system, one evfd_process for each of its processes,
 * and sends it system calls. What the vfs does not own (memory, threads, paths)
 * it answers with EVFD_ENOSYS, and the host takes over.
 */
#ifndef EVFD_VFS_H
#define EVFD_VFS_H

#include <evfd/core.h>

/* ---- system -------------------------------------------------------------- */

enum evfd_profile {
	EVFD_PROFILE_LINUX,
	EVFD_PROFILE_VERIDIAN, /* what VeridianOS documents; see veridian.h */
};

struct evfd_system;

struct evfd_config {
	enum evfd_profile profile;
	uint32_t max_eventfds; /* 0: 4096 */
	uint32_t max_files;    /* open file descriptions at once; 0: 2^20 */
	uint32_t flags;
};
#define EVFD_CONFIG_COUNTED 1u /* keep statistics of every eventfd */
#define EVFD_CONFIG_LOSSY_READ \
	2u /* a read into a bad address loses the value, as Linux's does */

/* NULL when memory runs out or the configuration is out of range. */
struct evfd_system *evfd_system_create(const struct evfd_config *c);
/* EVFD_EBUSY while a process or an open file description lives. */
int evfd_system_destroy(struct evfd_system *s);
struct evfd_registry *evfd_system_registry(struct evfd_system *s);

/* What is alive now and what has happened since creation. */
struct evfd_census {
	uint32_t processes, files, eventfds, epolls, epoll_items;
	/* Totals since creation, eventfds only. */
	uint64_t created, reads, writes, wakes;
};
void evfd_system_census(struct evfd_system *s, struct evfd_census *c);

/* ---- process --------------------------------------------------------------- */

struct evfd_process;

struct evfd_process *evfd_process_create(struct evfd_system *s, uint64_t pid);
/* A copy of the table, sharing every open file description. NULL: no memory. */
struct evfd_process *evfd_process_fork(struct evfd_process *parent, uint64_t pid);
/* Close what is close-on-exec. */
void evfd_process_exec(struct evfd_process *p);
/* Close all descriptors and free *p. No call of the process may be under way. */
void evfd_process_destroy(struct evfd_process *p);
/* RLIMIT_NOFILE; at most 2^20. Numbers already open above it stay. */
void evfd_process_set_limit(struct evfd_process *p, uint32_t nofile);
uint32_t evfd_process_limit(const struct evfd_process *p);
/* Let the process create eventfds through VeridianOS's system call 330. */
void evfd_process_set_veridian(struct evfd_process *p, bool enabled);

/*
 * One system call of a thread of p: Linux x86-64 number and registers.
 * Returns its result, a negative error, EVFD_ENOSYS for a number that vfs/ does
 * not serve, or EVFD_ERESTARTSYS / EVFD_ERESTARTNOHAND when a signal came in
 * between (types.h says what a host makes of these). Thread context; sleeps.
 */
int64_t evfd_syscall(struct evfd_process *p, uint64_t number,
		     const uint64_t args[6]);

/*
 * Text for /proc/<pid>/fdinfo/<fd>, at most size bytes, not terminated.
 * Returns the length or EVFD_EBADF.
 */
int64_t evfd_process_fdinfo(struct evfd_process *p, int fd, char *buf, size_t size);

/* ---- vnodes: what a host may put behind a descriptor ----------------------- */

/* A program's buffers for one call; moves forward as bytes are copied. */
struct evfd_uio;
size_t evfd_uio_left(const struct evfd_uio *u);
/* 0, or EVFD_EFAULT with nothing counted as moved. n <= evfd_uio_left(). */
int evfd_uio_put(struct evfd_uio *u, const void *from, size_t n); /* to the program */
int evfd_uio_get(struct evfd_uio *u, void *to, size_t n); /* from the program */

/* Linux's struct stat on x86-64. */
struct evfd_kstat {
	uint64_t dev, ino, nlink;
	uint32_t mode, uid, gid, pad0;
	uint64_t rdev;
	int64_t size, blksize, blocks;
	uint64_t atime, atime_ns, mtime, mtime_ns, ctime, ctime_ns;
	int64_t unused[3];
};

struct evfd_vnode;
struct evfd_file;

/*
 * What a vnode can do. NULL entries answer as the comment says. All run in
 * thread context with no lock held; read and write may sleep.
 */
struct evfd_vnode_ops {
	const char *name; /* for diagnosis: "eventfd", "pipe", "console" */
	/* Bytes moved, or an error. pos: where, for seekable vnodes; else -1.
	 * NULL: EINVAL. */
	int64_t (*read)(struct evfd_file *f, struct evfd_uio *u, int64_t pos);
	int64_t (*write)(struct evfd_file *f, struct evfd_uio *u, int64_t pos);
	/* For vnodes without positions: what lseek answers. NULL: ESPIPE. A
	 * seekable one needs none; its end is the size that stat tells. */
	int64_t (*seek)(struct evfd_file *f, int64_t offset, int whence);
	/* NULL: ENOTTY. FIONBIO and FIOCLEX never get here. */
	int64_t (*ioctl)(struct evfd_file *f, uint32_t request, uint64_t arg);
	/* NULL: zeros. *st is cleared before. */
	int (*stat)(struct evfd_file *f, struct evfd_kstat *st);
	/* NULL: EINVAL. */
	int (*truncate)(struct evfd_file *f, int64_t size);
	/* May F_SETFL set these O_ flags? NULL: all but O_DIRECT. */
	int (*setfl)(struct evfd_file *f, uint32_t flags);
	/* Readiness now. NULL: always EVFD_IN | EVFD_OUT, and epoll refuses it
	 * (EPERM). If set, watch and unwatch are set too. */
	uint32_t (*poll)(struct evfd_file *f);
	/* Subscribe w to `events`, or change what it wants; then readiness. */
	uint32_t (*watch)(struct evfd_file *f, struct evfd_watch *w,
			  uint32_t events);
	void (*unwatch)(struct evfd_file *f, struct evfd_watch *w);
	/* Lines for fdinfo beyond pos and flags. NULL: none. */
	size_t (*fdinfo)(struct evfd_file *f, char *buf, size_t size);
	/* The last reference is gone. NULL: nothing to do. */
	void (*release)(struct evfd_vnode *v);
	uint32_t traits;
};
#define EVFD_VNODE_SEEKABLE 1u	/* has positions: pread, pwrite, lseek */
#define EVFD_VNODE_DIRECTORY 2u /* fchdir and openat are the host's business */
#define EVFD_VNODE_SOCKET 4u
#define EVFD_VNODE_MAPPABLE 8u /* mmap is the host's business; else ENODEV */

/* Embedded first in the host's own structure; owned by the host until
 * evfd_file_open() succeeds, then by the file. */
struct evfd_vnode {
	const struct evfd_vnode_ops *ops;
};

/*
 * An open file description with one reference, the caller's. open_flags: access
 * mode and status flags (O_RDWR, O_NONBLOCK ...). NULL: table full or no memory.
 */
struct evfd_file *evfd_file_open(struct evfd_system *s, struct evfd_vnode *v,
				 uint32_t open_flags);
struct evfd_vnode *evfd_file_vnode(const struct evfd_file *f);
uint32_t evfd_file_flags(const struct evfd_file *f); /* as of now */
void evfd_file_put(struct evfd_file *f);	     /* drop a reference */

/* The open file description behind fd with a reference for the caller, or NULL. */
struct evfd_file *evfd_fd_get(struct evfd_process *p, int fd);
/*
 * Enter f at the lowest free number >= 0; takes over the caller's reference on
 * success only. Returns the number, or EVFD_EMFILE, EVFD_ENOMEM.
 */
int evfd_fd_install(struct evfd_process *p, struct evfd_file *f, bool cloexec);

#endif
