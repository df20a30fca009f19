/* SPDX-License-Identifier: MIT */
/*
 * The system calls of a program, each made in the same way on either side. A
 * function puts what the call reads into the side's arena, makes the call, and takes
 * out of the arena what cannot be compared, each time with the reason:
 *
 *  - after EFAULT, and behind what a call says that it delivered, a buffer that
 *    crosses into bad memory may have been written to in part;
 *  - fstat and fdinfo tell of the host's own inodes, mounts, times and ids.
 */
#define _GNU_SOURCE
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "program.h"
#include "vfs/abi.h"
#include "vfs/node.h"

int64_t side_syscall(struct side *s, uint64_t number, uint64_t a0, uint64_t a1,
		     uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5)
{
	register uint64_t r10 __asm__("r10") = a3;
	register uint64_t r8 __asm__("r8") = a4;
	register uint64_t r9 __asm__("r9") = a5;
	int64_t result;

	if (s->process)
		return inproc_syscall(number, a0, a1, a2, a3, a4, a5);
	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a0), "S"(a1), "d"(a2), "r"(r10),
			   "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

#define CALL(s, number, a, b, c, d, e, f)                                    \
	side_syscall(s, number, (uint64_t)(a), (uint64_t)(b), (uint64_t)(c), \
		     (uint64_t)(d), (uint64_t)(e), (uint64_t)(f))

/* ---- the arena ---------------------------------------------------------------- */

static uint64_t address(const struct side *s, int64_t where)
{
	return where < 0 ? 0 : (uint64_t)(uintptr_t)(s->arena + where);
}

/* Put what of n bytes has room. */
static void put(struct side *s, int64_t where, const void *from, size_t n)
{
	if (where < 0 || where >= ARENA)
		return;
	if (n > (size_t)(ARENA - where))
		n = (size_t)(ARENA - where);
	memcpy(s->arena + where, from, n);
}

/* The bytes from here on cannot be compared. */
static void forget_from(struct side *s, int64_t where)
{
	if (where < 0)
		where = 0;
	if (where < ARENA)
		memset(s->arena + where, 0, (size_t)(ARENA - where));
}

static int64_t delivered(struct side *s, int64_t where, int64_t result)
{
	if (result == EVFD_EFAULT)
		forget_from(s, where);
	return result;
}

/* ---- read and write --------------------------------------------------------------- */

static int64_t do_read(struct side *s, const int64_t *a)
{
	return delivered(s, a[1],
			 CALL(s, SYS_read, a[0], address(s, a[1]), a[2], 0, 0, 0));
}

static int64_t do_write(struct side *s, const int64_t *a)
{
	put(s, a[1], &a[3], sizeof(a[3]));
	return CALL(s, SYS_write, a[0], address(s, a[1]), a[2], 0, 0, 0);
}

static int64_t do_pread64(struct side *s, const int64_t *a)
{
	return CALL(s, SYS_pread64, a[0], address(s, a[1]), a[2], a[3], 0, 0);
}

static int64_t do_pwrite64(struct side *s, const int64_t *a)
{
	return CALL(s, SYS_pwrite64, a[0], address(s, a[1]), a[2], a[3], 0, 0);
}

/* Three pieces, one behind the other from `where` on. */
static void make_pieces(const struct side *s, const int64_t *a, uint64_t v[6])
{
	uint64_t at = address(s, a[1]);

	for (int i = 0; i < 3; i++) {
		v[2 * i] = at;
		v[2 * i + 1] = (uint64_t)a[2 + i];
		at += (uint64_t)a[2 + i];
	}
}

static int64_t do_readv(struct side *s, const int64_t *a)
{
	uint64_t v[6];

	make_pieces(s, a, v);
	return delivered(s, a[1], CALL(s, SYS_readv, a[0], v, 3, 0, 0, 0));
}

static int64_t do_writev(struct side *s, const int64_t *a)
{
	uint64_t v[6];

	for (int i = 0; i < 3; i++)
		put(s, a[1] < 0 ? -1 : a[1] + 8 * i, &a[5], sizeof(a[5]));
	make_pieces(s, a, v);
	return CALL(s, SYS_writev, a[0], v, 3, 0, 0, 0);
}

/* ---- poll, select, epoll ------------------------------------------------------------- */

static int64_t do_poll(struct side *s, const int64_t *a)
{
	struct abi_pollfd fds[3];

	for (int i = 0; i < 3; i++)
		fds[i] = (struct abi_pollfd){
			.fd = (int32_t)a[2 + 2 * i],
			.events = (uint16_t)a[3 + 2 * i],
			.revents = 0x5555,
		};
	put(s, a[1], fds, sizeof(fds));
	return delivered(s, a[1],
			 CALL(s, SYS_poll, address(s, a[1]), a[0], 0, 0, 0, 0));
}

/* Not the three numbers that no program names. */
static int64_t do_select(struct side *s, const int64_t *a)
{
	int64_t now[2] = { 0, 0 };
	uint64_t sets[3];

	for (int i = 0; i < 3; i++)
		sets[i] = (uint64_t)a[1 + i] & ~UINT64_C(7);
	put(s, 0, sets, sizeof(sets));
	put(s, 64, now, sizeof(now));
	return CALL(s, SYS_select, a[0], a[1] ? address(s, 0) : 0,
		    a[2] ? address(s, 8) : 0, a[3] ? address(s, 16) : 0,
		    address(s, 64), 0);
}

static int64_t do_epoll_ctl(struct side *s, const int64_t *a)
{
	const struct abi_epoll_event ev = {
		.events = (uint32_t)a[3],
		.data = (uint64_t)a[4],
	};

	put(s, a[5], &ev, sizeof(ev));
	return CALL(s, SYS_epoll_ctl, a[0], a[1], a[2], address(s, a[5]), 0, 0);
}

static int64_t do_epoll_wait(struct side *s, const int64_t *a)
{
	const int64_t size = sizeof(struct abi_epoll_event);
	int64_t n = CALL(s, SYS_epoll_wait, a[0], address(s, a[1]), a[2], 0, 0, 0);

	if (n >= 0 && a[1] >= 0 && a[2] > n && a[1] + (n + 1) * size > ARENA)
		forget_from(s, a[1] + n * size);
	return delivered(s, a[1], n);
}

/* ---- descriptors ----------------------------------------------------------------------- */

#define PLAIN(name)                                                    \
	static int64_t do_##name(struct side *s, const int64_t *a)     \
	{                                                              \
		return CALL(s, SYS_##name, a[0], a[1], a[2], 0, 0, 0); \
	}
PLAIN(eventfd)
PLAIN(eventfd2)
PLAIN(epoll_create)
PLAIN(epoll_create1)
PLAIN(dup)
PLAIN(dup2)
PLAIN(dup3)
PLAIN(close)
PLAIN(lseek)
PLAIN(ftruncate)

/* GETOWN and the like are about processes; only these are about files. */
static int64_t do_fcntl(struct side *s, const int64_t *a)
{
	return CALL(s, SYS_fcntl, a[0], a[1], a[2], 0, 0, 0);
}

/* Only the numbers that programs may name. */
static int64_t do_close_range(struct side *s, const int64_t *a)
{
	int64_t first = a[0] < FD_FIRST ? FD_FIRST : a[0];
	int64_t last = a[1] < 0 || a[1] >= FD_LIMIT ? FD_LIMIT - 1 : a[1];

	return CALL(s, SYS_close_range, first, last, a[2] & 4, 0, 0, 0);
}

static int64_t do_ioctl(struct side *s, const int64_t *a)
{
	int32_t value = (int32_t)a[3];

	put(s, a[2], &value, sizeof(value));
	return delivered(s, a[2],
			 CALL(s, SYS_ioctl, a[0], a[1], address(s, a[2]), 0, 0, 0));
}

/* Packets and notifications, which not every host has, are no matter of ours. */
static int64_t do_pipe2(struct side *s, const int64_t *a)
{
	const int64_t other_kinds = ABI_O_DIRECT | 0x80;

	return delivered(s, a[1],
			 CALL(s, SYS_pipe2, address(s, a[1]),
			      a[0] & ~other_kinds, 0, 0, 0, 0));
}

/* Left: the kind and rights of the file, its size. Device, inode, owner, links,
 * block size and times are the host's. */
static int64_t do_fstat(struct side *s, const int64_t *a)
{
	struct evfd_kstat st, left = { 0 };
	int64_t result = CALL(s, SYS_fstat, a[0], address(s, a[1]), 0, 0, 0, 0);

	if (result == 0) {
		memcpy(&st, s->arena + a[1], sizeof(st));
		left.mode = st.mode;
		left.size = st.size;
		memcpy(s->arena + a[1], &left, sizeof(left));
	}
	return delivered(s, a[1], result);
}

/* ---- fdinfo -------------------------------------------------------------------------------- */

static int64_t host_fdinfo(struct side *s, int fd, char *buf, size_t size)
{
	struct rlimit limit, more;
	char name[16];
	int64_t file, n;

	snprintf(name, sizeof(name), "%d", fd);
	getrlimit(RLIMIT_NOFILE, &limit);
	more = limit;
	more.rlim_cur++;
	setrlimit(RLIMIT_NOFILE, &more); /* one more than programs may have */
	file = CALL(s, SYS_openat, s->proc_fds, name, 0, 0, 0, 0);
	n = EVFD_EBADF;
	if (file >= 0) {
		n = CALL(s, SYS_read, file, buf, size, 0, 0, 0);
		CALL(s, SYS_close, file, 0, 0, 0, 0, 0);
	}
	setrlimit(RLIMIT_NOFILE, &limit);
	return n;
}

static bool starts_with(const char *line, const char *what)
{
	return !strncmp(line, what, strlen(what));
}

/*
 * What the lines say that are about eventfds and epolls, as one number: a sum, for
 * Linux lists an epoll's items by the addresses of their files. The position, mount,
 * inode and id are the host's own.
 */
static int64_t digest(char *text)
{
	uint64_t sum = 0;

	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		uint64_t hash = UINT64_C(0xcbf29ce484222325);
		char *end = strstr(line, "  pos:");

		if (!starts_with(line, "flags:") && !starts_with(line, "tfd:") &&
		    !starts_with(line, "eventfd-count:") &&
		    !starts_with(line, "eventfd-semaphore:"))
			continue;
		if (!end)
			end = line + strlen(line);
		for (char *c = line; c < end; c++)
			if (*c != ' ')
				hash = (hash ^ (unsigned char)*c) *
				       UINT64_C(0x100000001b3);
		sum += hash;
	}
	return (int64_t)(sum >> 1);
}

static int64_t do_fdinfo(struct side *s, const int64_t *a)
{
	static char text[16384];
	int64_t n;

	if (a[0] < FD_FIRST || a[0] >= FD_LIMIT)
		return EVFD_EBADF;
	if (s->process)
		n = evfd_process_fdinfo(inproc_evfd(s->process), (int)a[0],
					text, sizeof(text) - 1);
	else
		n = host_fdinfo(s, (int)a[0], text, sizeof(text) - 1);
	if (n < 0)
		return n;
	text[n] = '\0';
	return digest(text);
}

/* ---- would it sleep? ---------------------------------------------------------------------------- */

static bool file_would_block(struct evfd_file *f, bool is_read, uint64_t value,
			     int pieces)
{
	evfd_t h = evfd_eventfd_handle(f);
	struct evfd_stat st;
	uint32_t ready;

	/* Not to ask an epoll: being asked changes its order. */
	if (evfd_file_flags(f) & ABI_O_NONBLOCK || evfd_is_epoll(f))
		return false;
	ready = evfd_file_poll(f);
	if (h == EVFD_NONE)
		return !(ready &
			 (is_read ? EVFD_IN | EVFD_HUP : EVFD_OUT | EVFD_ERR));
	if (is_read)
		return !(ready & EVFD_IN);
	if (value == UINT64_MAX || evfd_stat(&f->system->registry, h, &st) < 0)
		return false;
	return value > (EVFD_MAX - st.count) / (uint64_t)pieces;
}

bool call_would_block(const struct side *inproc, const struct call *c)
{
	int64_t (*run)(struct side *, const int64_t *) = calls_info[c->kind].run;
	bool is_read = run == do_read || run == do_readv;
	bool is_vector = run == do_readv || run == do_writev;
	struct evfd_file *f;
	bool result;

	if (!is_read && run != do_write && run != do_writev)
		return false;
	f = evfd_fd_get(inproc_evfd(inproc->process), (int)c->args[0]);
	if (!f)
		return false;
	result = file_would_block(f, is_read, (uint64_t)c->args[is_vector ? 5 : 3],
				  is_vector ? 3 : 1);
	evfd_file_put(f);
	return result;
}

/* ---- the table -------------------------------------------------------------------------------------- */

#define FD ARG_FD
#define EP ARG_EPOLL
#define VALUE ARG_VALUE
#define WHERE ARG_WHERE
#define SIZE ARG_SIZE
#define SMALL ARG_SMALL
#define FLAGS ARG_FLAGS
#define POLL ARG_POLL
#define MASK ARG_MASK

const struct call_info calls_info[] = {
	{ "eventfd", do_eventfd, 2, true, { VALUE } },
	{ "eventfd2", do_eventfd2, 10, true, { VALUE, FLAGS } },
	{ "read", do_read, 14, false, { FD, WHERE, SIZE } },
	{ "write", do_write, 20, false, { FD, WHERE, SIZE, VALUE } },
	{ "readv", do_readv, 3, false, { FD, WHERE, SIZE, SIZE, SIZE } },
	{ "writev", do_writev, 4, false, { FD, WHERE, SIZE, SIZE, SIZE, VALUE } },
	{ "pread64", do_pread64, 1, false, { FD, WHERE, SIZE, VALUE } },
	{ "pwrite64", do_pwrite64, 1, false, { FD, WHERE, SIZE, VALUE } },
	{ "poll", do_poll, 8, false, { SMALL, WHERE, FD, POLL, FD, POLL, FD, POLL } },
	{ "select", do_select, 5, false, { SIZE, MASK, MASK, MASK } },
	{ "epoll_create", do_epoll_create, 1, true, { SMALL } },
	{ "epoll_create1", do_epoll_create1, 6, true, { FLAGS } },
	{ "epoll_ctl",
	  do_epoll_ctl,
	  26,
	  false,
	  { EP, ARG_OP, FD, ARG_EVENTS, VALUE, WHERE } },
	{ "epoll_wait", do_epoll_wait, 24, false, { EP, WHERE, SMALL } },
	{ "dup", do_dup, 4, true, { FD } },
	{ "dup2", do_dup2, 3, true, { FD, FD } },
	{ "dup3", do_dup3, 2, true, { FD, FD, FLAGS } },
	{ "fcntl", do_fcntl, 8, true, { FD, ARG_COMMAND, FLAGS } },
	{ "close", do_close, 8, true, { FD } },
	{ "close_range", do_close_range, 1, true, { FD, FD, SMALL } },
	{ "lseek", do_lseek, 1, false, { FD, VALUE, SMALL } },
	{ "ftruncate", do_ftruncate, 1, false, { FD, VALUE } },
	{ "fstat", do_fstat, 2, false, { FD, WHERE } },
	{ "ioctl", do_ioctl, 4, false, { FD, ARG_REQUEST, WHERE, SMALL } },
	{ "fdinfo", do_fdinfo, 1, false, { FD } },
	{ "pipe2", do_pipe2, 2, true, { FLAGS, WHERE } },
};
const uint32_t calls_count = sizeof(calls_info) / sizeof(calls_info[0]);
