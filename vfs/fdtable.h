/* SPDX-License-Identifier: MIT */
/* A process: its table of descriptors and its limits. */
#ifndef EVFD_VFS_FDTABLE_H
#define EVFD_VFS_FDTABLE_H

#include "file.h"

/* Numbers are below this, whatever the limit. */
#define EVFD_FDS_MAX (1u << 20)
#define EVFD_FD_CHUNK 1024u

struct evfd_fd_chunk {
	/* The file, with FD_CLOEXEC in bit 0; 0: closed, or not open yet. */
	uintptr_t slots[EVFD_FD_CHUNK];
	/* Numbers that are taken, open yet or not; guarded by lock. */
	uint64_t used[EVFD_FD_CHUNK / 64];
};

struct evfd_process {
	struct evfd_system *system;
	uint64_t pid;
	bool is_veridian; /* may use VeridianOS's system call */
	uint32_t lock;
	uint32_t lowest;     /* all numbers below are taken; guarded by lock */
	uint32_t end;	     /* no number from here on has ever been taken */
	uint32_t soft, hard; /* RLIMIT_NOFILE */
	struct evfd_fd_chunk *chunks[EVFD_FDS_MAX / EVFD_FD_CHUNK];
};

/*
 * Take the lowest free number >= from. It is nobody's until evfd_fd_publish(),
 * which hands over the caller's reference to f, or evfd_fd_cancel().
 * EVFD_EMFILE, EVFD_ENOMEM.
 */
int evfd_fd_reserve(struct evfd_process *p, uint32_t from);
void evfd_fd_publish(struct evfd_process *p, int fd, struct evfd_file *f,
		     bool cloexec);
void evfd_fd_cancel(struct evfd_process *p, int fd);

/*
 * Enter f at fd, closing what is there; takes over the caller's reference on
 * success. EVFD_EBADF fd is out of range, EVFD_EBUSY it is reserved, EVFD_ENOMEM.
 */
int evfd_fd_replace(struct evfd_process *p, int fd, struct evfd_file *f,
		    bool cloexec);
/* 0 or EVFD_EBADF. */
int evfd_fd_close(struct evfd_process *p, int fd);
void evfd_fd_close_range(struct evfd_process *p, uint32_t first, uint32_t last);
void evfd_fd_cloexec_range(struct evfd_process *p, uint32_t first, uint32_t last);
/* FD_CLOEXEC of fd, or EVFD_EBADF. */
int evfd_fd_flags(struct evfd_process *p, int fd);
int evfd_fd_set_flags(struct evfd_process *p, int fd, bool cloexec);
/* Both limits of RLIMIT_NOFILE; soft <= hard <= EVFD_FDS_MAX. */
void evfd_process_set_limits(struct evfd_process *p, uint32_t soft, uint32_t hard);
/* Numbers from here on have never been open. At least EVFD_FD_CHUNK. */
uint32_t evfd_fd_end(const struct evfd_process *p);

#endif
