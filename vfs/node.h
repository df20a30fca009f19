/* SPDX-License-Identifier: MIT */
/*
 * The vnodes that vfs/ has itself, and the waiting that works over any vnode:
 * what syscall.c calls, each in the file of its name.
 */
#ifndef EVFD_VFS_NODE_H
#define EVFD_VFS_NODE_H

#include "fdtable.h"

/* ---- vnode_eventfd.c ------------------------------------------------------ */

/*
 * A file over a new counter, with the caller's reference. flags: EFD_SEMAPHORE,
 * O_NONBLOCK. is_veridian: with VeridianOS's meanings (S4, S5, S8).
 * EVFD_ENFILE, EVFD_ENOMEM.
 */
int evfd_eventfd_open(struct evfd_system *s, uint32_t initial, uint32_t flags,
		      bool is_veridian, struct evfd_file **f);

/* A file over the counter behind id, which the last close closes. */
int evfd_eventfd_open_id(struct evfd_system *s, evfd_t h, uint32_t id,
			 uint32_t flags, struct evfd_file **f);

/* The counter, or EVFD_NONE if f is not an eventfd. */
evfd_t evfd_eventfd_handle(const struct evfd_file *f);

/* ---- epoll.c ----------------------------------------------------------------- */

/* A file over a new epoll, with the caller's reference. */
int evfd_epoll_open(struct evfd_system *s, struct evfd_file **f);
bool evfd_is_epoll(const struct evfd_file *f);
/* fd is the number under which the caller knows target. Errors as epoll_ctl. */
int evfd_epoll_ctl(struct evfd_file *f, int op, int fd,
		   struct evfd_file *target, uint32_t events, uint64_t data);
/*
 * Deliver at most max (>= 1) events to the program's address `to`. Their number,
 * 0 at the deadline; EVFD_EINTR; EVFD_EFAULT, with nothing lost; EVFD_ENOMEM.
 */
int evfd_epoll_wait(struct evfd_file *f, uint64_t to, int max,
		    uint64_t deadline_ns);

/* ---- poll.c ------------------------------------------------------------------- */

/* poll() of nfds records at the program's address `fds`. Events found, 0 at the
 * deadline; EVFD_EFAULT, EVFD_ENOMEM, EVFD_EINTR. */
int evfd_poll(struct evfd_process *p, uint64_t fds, uint32_t nfds,
	      uint64_t deadline_ns);
/* select() over three sets at the program's addresses sets[], 0 for none. Bits
 * found; errors as evfd_poll(), EVFD_EBADF. */
int evfd_select(struct evfd_process *p, uint32_t nfds, const uint64_t sets[3],
		uint64_t deadline_ns);

/* ---- pipe.c -------------------------------------------------------------------- */

/* Both ends, with a reference each. flags: O_NONBLOCK. */
int evfd_pipe_open(struct evfd_system *s, uint32_t flags,
		   struct evfd_file *ends[2]);
bool evfd_is_pipe(const struct evfd_file *f);

/* ---- veridian.c ------------------------------------------------------------------ */

/* 0 or EVFD_ENOMEM; nothing to do but for that profile. */
int evfd_veridian_init(struct evfd_system *s);
void evfd_veridian_fini(struct evfd_system *s);
/* The descriptor of an installed id is gone: the id closes, if it is still h. */
void evfd_veridian_drop(struct evfd_system *s, uint32_t id, evfd_t h);

/* ---- text, for fdinfo (system.c) ---------------------------------------------------- */

/* Text into a buffer of limited size; what does not fit is cut off. */
struct evfd_text {
	char *buf;
	size_t size, len;
};
void evfd_text_add(struct evfd_text *t, const char *s);
/* x in digits of so many bits, or decimal; at least `width` wide, with spaces in
 * front. */
#define EVFD_OCTAL 3u
#define EVFD_HEX 4u
void evfd_text_bits(struct evfd_text *t, uint64_t x, uint32_t bits, uint32_t width);
void evfd_text_decimal(struct evfd_text *t, uint32_t x, uint32_t width);

#endif
