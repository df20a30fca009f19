/* SPDX-License-Identifier: MIT */
/*
 * The calls by id of VeridianOS's eventfd, with its meanings: for a host that
 * was written against them. Ids are non-zero 32-bit numbers that grow and are
 * never handed to another open counter. Needs a system whose profile is
 * EVFD_PROFILE_VERIDIAN; else every call answers EVFD_ENOSYS.
 *
 * pid is the process that asks; the host itself asks as pid 0 and reaches every
 * object. An object of another process is EVFD_EBADF, as is a closed one.
 * All sleep at most 30 s, then EVFD_EAGAIN. Thread context.
 */
#ifndef EVFD_VERIDIAN_H
#define EVFD_VERIDIAN_H

#include <evfd/vfs.h>

#define EVFD_VERIDIAN_BLOCK_NS UINT64_C(30000000000)

/* flags: 1 semaphore, 0x800 non-blocking, 0x80000 accepted. The id (> 0) or
 * EVFD_EINVAL other flags; EVFD_ENOMEM 4096 are open. */
int64_t evfd_veridian_create(struct evfd_system *s, uint64_t pid,
			     uint32_t initial, uint32_t flags);
int evfd_veridian_read(struct evfd_system *s, uint64_t pid, uint32_t id,
		       uint64_t *value);
int evfd_veridian_write(struct evfd_system *s, uint64_t pid, uint32_t id,
			uint64_t value);
int evfd_veridian_close(struct evfd_system *s, uint64_t pid, uint32_t id);
/* 1, 0, or EVFD_EBADF. Neither consumes. */
int evfd_veridian_is_readable(struct evfd_system *s, uint64_t pid, uint32_t id);
int evfd_veridian_is_writable(struct evfd_system *s, uint64_t pid, uint32_t id);

/*
 * Wrap an id in a vnode and enter it into a process's table: plain read, write,
 * close and epoll then work on the descriptor, and the last close of it closes
 * the object. Returns the descriptor or an error.
 */
int evfd_veridian_install(struct evfd_process *p, uint32_t id);

/* The vnode operations as VeridianOS names them, on an installed descriptor. */
struct evfd_veridian_metadata {
	uint64_t size;
	uint32_t is_char_device;
	uint32_t permissions; /* 0666 */
	uint32_t uid, gid;
	uint64_t created, modified, accessed, inode; /* all 0 */
};
int64_t evfd_veridian_node_read(struct evfd_process *p, int fd, void *buf,
				size_t n);
int64_t evfd_veridian_node_write(struct evfd_process *p, int fd,
				 const void *buf, size_t n);
int evfd_veridian_node_poll(struct evfd_process *p, int fd); /* 0x0001 | 0x0004 */
int evfd_veridian_node_metadata(struct evfd_process *p, int fd,
				struct evfd_veridian_metadata *m);
/* EVFD_ENOTDIR. */
int evfd_veridian_node_readdir(struct evfd_process *p, int fd);
int evfd_veridian_node_lookup(struct evfd_process *p, int fd, const char *name);
int evfd_veridian_node_create(struct evfd_process *p, int fd, const char *name);
int evfd_veridian_node_mkdir(struct evfd_process *p, int fd, const char *name);
int evfd_veridian_node_unlink(struct evfd_process *p, int fd, const char *name);
/* EVFD_EPERM. */
int evfd_veridian_node_truncate(struct evfd_process *p, int fd, uint64_t size);

#endif
