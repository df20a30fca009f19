/* SPDX-License-Identifier: MIT */
/*
 * System calls: arguments are checked and copied here, in the order in which Linux
 * does it, so that a call that is wrong in two ways has Linux's error. What a
 * file then does with it is its vnode's affair.
 *
 * A host puts its own files behind descriptors too. What only a host can do with
 * them (map, open below, seekable files' own calls) is answered with
 * EVFD_ENOSYS, which means: not ours, take over.
 *
 * Signals. A read or write that a signal ended has moved nothing and may be made
 * again whatever the handler wants (ERESTARTSYS); a poll only if no handler ran
 * (ERESTARTNOHAND), because the handler may be what the program waits for;
 * epoll_wait never.
 */
#include "abi.h"
#include "node.h"
#include "uio.h"

#define NS_PER_S 1000000000
#define NS_PER_MS 1000000
#define NS_PER_US 1000
#define US_PER_S 1000000

/* struct iovecs that fit on the stack. */
#define PIECES_ON_STACK 8u

typedef int64_t syscall_fn(struct evfd_process *p, const uint64_t *a);

/* ---- read and write ---------------------------------------------------------- */

enum way {
	READ,
	WRITE
};

static int check_way(const struct evfd_file *f, enum way way)
{
	const struct evfd_vnode_ops *ops = f->vnode->ops;

	if (way == READ ? !evfd_file_can_read(f) : !evfd_file_can_write(f))
		return EVFD_EBADF;
	if (way == READ ? !ops->read : !ops->write)
		return EVFD_EINVAL;
	return 0;
}

static int64_t call_vnode(struct evfd_file *f, enum way way, struct evfd_uio *u,
			  int64_t pos)
{
	const struct evfd_vnode_ops *ops = f->vnode->ops;
	int64_t n = way == READ ? ops->read(f, u, pos) : ops->write(f, u, pos);

	return n == EVFD_EINTR ? EVFD_ERESTARTSYS : n;
}

/* At the file's own position, which only seekable files have. */
static int64_t transfer(struct evfd_file *f, enum way way, struct evfd_uio *u)
{
	int64_t n;

	if (!(f->vnode->ops->traits & EVFD_VNODE_SEEKABLE))
		return call_vnode(f, way, u, -1);
	evfd_file_lock_pos(f);
	n = call_vnode(f, way, u, f->pos);
	if (n > 0)
		f->pos += n;
	evfd_file_unlock_pos(f);
	return n;
}

static int64_t read_or_write(struct evfd_process *p, const uint64_t *a, enum way way)
{
	struct evfd_file *f = evfd_fd_get(p, (int)a[0]);
	struct evfd_iovec piece;
	struct evfd_uio u;
	int64_t n;

	if (!f)
		return EVFD_EBADF;
	n = check_way(f, way);
	if (n == 0 && !evfd_is_user_range(a[1], a[2]))
		n = EVFD_EFAULT;
	if (n == 0) {
		evfd_uio_init(&u, &piece, a[1], a[2]);
		n = transfer(f, way, &u);
	}
	evfd_file_put(f);
	return n;
}

static int64_t sys_read(struct evfd_process *p, const uint64_t *a)
{
	return read_or_write(p, a, READ);
}

static int64_t sys_write(struct evfd_process *p, const uint64_t *a)
{
	return read_or_write(p, a, WRITE);
}

static int64_t at_position(struct evfd_process *p, const uint64_t *a, enum way way)
{
	int64_t pos = (int64_t)a[3], n;
	struct evfd_iovec piece;
	struct evfd_file *f;
	struct evfd_uio u;

	if (pos < 0)
		return EVFD_EINVAL;
	f = evfd_fd_get(p, (int)a[0]);
	if (!f)
		return EVFD_EBADF;
	n = EVFD_ESPIPE;
	if (f->vnode->ops->traits & EVFD_VNODE_SEEKABLE)
		n = check_way(f, way);
	if (n == 0 && !evfd_is_user_range(a[1], a[2]))
		n = EVFD_EFAULT;
	if (n == 0) {
		evfd_uio_init(&u, &piece, a[1], a[2]);
		n = call_vnode(f, way, &u, pos);
	}
	evfd_file_put(f);
	return n;
}

static int64_t sys_pread64(struct evfd_process *p, const uint64_t *a)
{
	return at_position(p, a, READ);
}

static int64_t sys_pwrite64(struct evfd_process *p, const uint64_t *a)
{
	return at_position(p, a, WRITE);
}

/* ---- readv and writev ----------------------------------------------------------- */

/* The program's struct iovecs, copied and checked. */
struct pieces {
	struct evfd_iovec few[PIECES_ON_STACK], *all;
	uint32_t n;
	struct evfd_uio uio;
};

static void put_pieces(struct pieces *v)
{
	if (v->all && v->all != v->few)
		evfd_port_free(v->all, v->n * sizeof(*v->all));
}

/* What goes beyond EVFD_UIO_MAX is left for the next call. */
static int check_pieces(struct pieces *v)
{
	uint64_t total = 0;

	for (uint32_t i = 0; i < v->n; i++) {
		if (v->all[i].len > INT64_MAX)
			return EVFD_EINVAL;
		if (!evfd_is_user_range(v->all[i].base, v->all[i].len))
			return EVFD_EFAULT;
		if (v->all[i].len > EVFD_UIO_MAX - total)
			v->all[i].len = EVFD_UIO_MAX - total;
		total += v->all[i].len;
	}
	v->uio = (struct evfd_uio){ .piece = v->all, .left = total };
	return 0;
}

static int get_pieces(struct pieces *v, uint64_t from, uint64_t n)
{
	int result;

	v->all = v->few;
	v->n = 0;
	if (n > EVFD_IOVECS_MAX)
		return EVFD_EINVAL;
	v->n = (uint32_t)n;
	if (n > PIECES_ON_STACK)
		v->all = evfd_port_alloc(n * sizeof(*v->all));
	if (!v->all)
		return EVFD_ENOMEM;
	result = evfd_port_copy_in(v->all, from, n * sizeof(*v->all));
	if (result == 0)
		result = check_pieces(v);
	if (result < 0)
		put_pieces(v);
	return result;
}

/* pos: NULL for the file's own. */
static int64_t vector(struct evfd_process *p, const uint64_t *a, enum way way,
		      const int64_t *pos)
{
	struct evfd_file *f = evfd_fd_get(p, (int)a[0]);
	struct pieces v;
	int64_t n = 0;

	if (!f)
		return EVFD_EBADF;
	if (pos && !(f->vnode->ops->traits & EVFD_VNODE_SEEKABLE))
		n = EVFD_ESPIPE;
	if (n == 0)
		n = check_way(f, way);
	if (n == 0)
		n = get_pieces(&v, a[1], a[2]);
	if (n < 0)
		goto out;
	if (v.uio.left > 0)
		n = pos ? call_vnode(f, way, &v.uio, *pos) :
			  transfer(f, way, &v.uio);
	put_pieces(&v);
out:
	evfd_file_put(f);
	return n;
}

static int64_t sys_readv(struct evfd_process *p, const uint64_t *a)
{
	return vector(p, a, READ, NULL);
}

static int64_t sys_writev(struct evfd_process *p, const uint64_t *a)
{
	return vector(p, a, WRITE, NULL);
}

static int64_t vector_at(struct evfd_process *p, const uint64_t *a, enum way way)
{
	int64_t pos = (int64_t)a[3];

	return pos < 0 ? EVFD_EINVAL : vector(p, a, way, &pos);
}

static int64_t sys_preadv(struct evfd_process *p, const uint64_t *a)
{
	return vector_at(p, a, READ);
}

static int64_t sys_pwritev(struct evfd_process *p, const uint64_t *a)
{
	return vector_at(p, a, WRITE);
}

/* ---- descriptors -------------------------------------------------------------------- */

static int64_t sys_close(struct evfd_process *p, const uint64_t *a)
{
	return evfd_fd_close(p, (int)a[0]);
}

static int64_t sys_close_range(struct evfd_process *p, const uint64_t *a)
{
	uint32_t first = (uint32_t)a[0], last = (uint32_t)a[1];
	uint32_t flags = (uint32_t)a[2];

	if (flags & ~(ABI_CLOSE_RANGE_UNSHARE | ABI_CLOSE_RANGE_CLOEXEC) ||
	    first > last)
		return EVFD_EINVAL;
	if (flags & ABI_CLOSE_RANGE_UNSHARE)
		return EVFD_ENOSYS; /* whose thread is whose, the host knows */
	if (flags & ABI_CLOSE_RANGE_CLOEXEC)
		evfd_fd_cloexec_range(p, first, last);
	else
		evfd_fd_close_range(p, first, last);
	return 0;
}

/* A second number >= from for what fd names. */
static int64_t dup_from(struct evfd_process *p, int fd, uint64_t from, bool cloexec)
{
	struct evfd_file *f = evfd_fd_get(p, fd);
	int copy;

	if (!f)
		return EVFD_EBADF;
	copy = EVFD_EINVAL;
	if (from < evfd_process_limit(p) || from == 0)
		copy = evfd_fd_reserve(p, (uint32_t)from);
	if (copy < 0)
		evfd_file_put(f);
	else
		evfd_fd_publish(p, copy, f, cloexec);
	return copy;
}

/* A second number, `to`, for what fd names. */
static int64_t dup_to(struct evfd_process *p, int fd, int to, bool cloexec)
{
	struct evfd_file *f;
	int result;

	if ((uint32_t)to >= evfd_process_limit(p))
		return EVFD_EBADF;
	f = evfd_fd_get(p, fd);
	if (!f)
		return EVFD_EBADF;
	result = evfd_fd_replace(p, to, f, cloexec);
	if (result < 0)
		evfd_file_put(f);
	return result;
}

static int64_t sys_dup(struct evfd_process *p, const uint64_t *a)
{
	return dup_from(p, (int)a[0], 0, false);
}

static int64_t sys_dup2(struct evfd_process *p, const uint64_t *a)
{
	if ((int)a[0] == (int)a[1])
		return evfd_fd_flags(p, (int)a[0]) < 0 ? EVFD_EBADF : (int)a[0];
	return dup_to(p, (int)a[0], (int)a[1], false);
}

static int64_t sys_dup3(struct evfd_process *p, const uint64_t *a)
{
	uint32_t flags = (uint32_t)a[2];

	if (flags & ~ABI_O_CLOEXEC || (int)a[0] == (int)a[1])
		return EVFD_EINVAL;
	return dup_to(p, (int)a[0], (int)a[1], flags);
}

/* ---- fcntl and ioctl ------------------------------------------------------------------- */

static int64_t set_status(struct evfd_file *f, uint32_t flags)
{
	const uint32_t settable =
		ABI_O_APPEND | ABI_O_NONBLOCK | ABI_O_DIRECT | ABI_O_NOATIME;
	int result = 0;

	flags &= settable;
	if (f->vnode->ops->setfl)
		result = f->vnode->ops->setfl(f, flags);
	else if (flags & ABI_O_DIRECT)
		result = EVFD_EINVAL;
	if (result == 0)
		evfd_file_change_flags(f, settable, flags);
	return result;
}

static int64_t control_file(struct evfd_file *f, uint32_t command, uint64_t arg)
{
	switch (command) {
	case ABI_F_GETFL:
		return evfd_file_flags(f);
	case ABI_F_SETFL:
		return set_status(f, (uint32_t)arg);
	case ABI_F_SETOWN:
	case ABI_F_GETOWN:
	case ABI_F_SETSIG:
	case ABI_F_GETSIG:
		return 0; /* O_ASYNC never signals: nobody can ask for it */
	case ABI_F_GETPIPE_SZ:
		return evfd_is_pipe(f) ? 65536 : EVFD_EBADF;
	}
	return f->vnode->ops->traits & EVFD_VNODE_SEEKABLE ? EVFD_ENOSYS :
							     EVFD_EINVAL;
}

static int64_t sys_fcntl(struct evfd_process *p, const uint64_t *a)
{
	uint32_t command = (uint32_t)a[1];
	int fd = (int)a[0];
	struct evfd_file *f;
	int64_t result;

	if (command == ABI_F_DUPFD || command == ABI_F_DUPFD_CLOEXEC)
		return dup_from(p, fd, (uint32_t)a[2],
				command == ABI_F_DUPFD_CLOEXEC);
	if (command == ABI_F_GETFD)
		return evfd_fd_flags(p, fd);
	if (command == ABI_F_SETFD)
		return evfd_fd_set_flags(p, fd, a[2] & ABI_FD_CLOEXEC);
	f = evfd_fd_get(p, fd);
	if (!f)
		return EVFD_EBADF;
	result = control_file(f, command, a[2]);
	evfd_file_put(f);
	return result;
}

static int64_t set_nonblock(struct evfd_file *f, uint64_t arg)
{
	int32_t on;

	if (evfd_port_copy_in(&on, arg, sizeof(on)) < 0)
		return EVFD_EFAULT;
	evfd_file_change_flags(f, ABI_O_NONBLOCK, on ? ABI_O_NONBLOCK : 0);
	return 0;
}

static int64_t sys_ioctl(struct evfd_process *p, const uint64_t *a)
{
	uint32_t request = (uint32_t)a[1];
	struct evfd_file *f;
	int64_t result = EVFD_ENOTTY;

	if (request == ABI_FIOCLEX || request == ABI_FIONCLEX)
		return evfd_fd_set_flags(p, (int)a[0], request == ABI_FIOCLEX);
	f = evfd_fd_get(p, (int)a[0]);
	if (!f)
		return EVFD_EBADF;
	if (request == ABI_FIONBIO)
		result = set_nonblock(f, a[2]);
	else if (f->vnode->ops->ioctl)
		result = f->vnode->ops->ioctl(f, request, a[2]);
	evfd_file_put(f);
	return result;
}

/* ---- what most vnodes refuse --------------------------------------------------------------- */

/* Hand a file with one of these traits to the host, answer `error` for others. */
static int64_t refuse(struct evfd_process *p, int fd, uint32_t traits, int error)
{
	struct evfd_file *f = evfd_fd_get(p, fd);
	bool is_hosts;

	if (!f)
		return EVFD_EBADF;
	is_hosts = f->vnode->ops->traits & traits;
	evfd_file_put(f);
	return is_hosts ? EVFD_ENOSYS : error;
}

/* Where an offset counts from, or an error. With the position locked. */
static int64_t seek_base(struct evfd_file *f, uint32_t whence)
{
	const struct evfd_vnode_ops *ops = f->vnode->ops;
	struct evfd_kstat st = { .size = 0 };
	int result = 0;

	switch (whence) {
	case ABI_SEEK_SET:
		return 0;
	case ABI_SEEK_CUR:
		return f->pos;
	case ABI_SEEK_END:
		if (ops->stat)
			result = ops->stat(f, &st);
		return result < 0 ? result : st.size;
	}
	return EVFD_EINVAL;
}

static int64_t seek_position(struct evfd_file *f, int64_t offset, uint32_t whence)
{
	int64_t result;

	evfd_file_lock_pos(f);
	result = seek_base(f, whence);
	if (result >= 0) {
		if (offset < -result || offset > INT64_MAX - result)
			result = EVFD_EINVAL;
		else
			result = f->pos = result + offset;
	}
	evfd_file_unlock_pos(f);
	return result;
}

static int64_t sys_lseek(struct evfd_process *p, const uint64_t *a)
{
	struct evfd_file *f = evfd_fd_get(p, (int)a[0]);
	int64_t result = EVFD_ESPIPE;

	if (!f)
		return EVFD_EBADF;
	if ((uint32_t)a[2] > ABI_SEEK_HOLE)
		result = EVFD_EINVAL;
	else if (f->vnode->ops->traits & EVFD_VNODE_SEEKABLE)
		result = seek_position(f, (int64_t)a[1], (uint32_t)a[2]);
	else if (f->vnode->ops->seek)
		result = f->vnode->ops->seek(f, (int64_t)a[1], (int)a[2]);
	evfd_file_put(f);
	return result;
}

static int64_t sys_ftruncate(struct evfd_process *p, const uint64_t *a)
{
	struct evfd_file *f;
	int64_t result = EVFD_EINVAL;

	if ((int64_t)a[1] < 0)
		return EVFD_EINVAL;
	f = evfd_fd_get(p, (int)a[0]);
	if (!f)
		return EVFD_EBADF;
	if (f->vnode->ops->truncate)
		result = f->vnode->ops->truncate(f, (int64_t)a[1]);
	evfd_file_put(f);
	return result;
}

static int64_t sys_fsync(struct evfd_process *p, const uint64_t *a)
{
	return refuse(p, (int)a[0], EVFD_VNODE_SEEKABLE | EVFD_VNODE_DIRECTORY,
		      EVFD_EINVAL);
}

static int64_t sys_fallocate(struct evfd_process *p, const uint64_t *a)
{
	struct evfd_file *f = evfd_fd_get(p, (int)a[0]);
	int64_t result = EVFD_ENODEV;

	if (!f)
		return EVFD_EBADF;
	if (f->vnode->ops->traits & EVFD_VNODE_SEEKABLE)
		result = EVFD_ENOSYS;
	else if ((int64_t)a[2] < 0 || (int64_t)a[3] <= 0)
		result = EVFD_EINVAL;
	else if ((uint32_t)a[1] & ~0x7fu)
		result = ABI_EOPNOTSUPP;
	else if (evfd_is_pipe(f))
		result = EVFD_ESPIPE;
	evfd_file_put(f);
	return result;
}

static int64_t sys_mmap(struct evfd_process *p, const uint64_t *a)
{
	uint32_t flags = (uint32_t)a[3], type = flags & ABI_MAP_TYPE;
	int error = EVFD_ENODEV;

	if (flags & ABI_MAP_ANONYMOUS)
		return EVFD_ENOSYS;
	if (a[1] == 0 || type == 0 || type > 3)
		error = EVFD_EINVAL;
	return refuse(p, (int)a[4], EVFD_VNODE_MAPPABLE, error);
}

static int64_t sys_splice(struct evfd_process *p, const uint64_t *a)
{
	int64_t result;

	if (a[4] == 0)
		return 0;
	if ((uint32_t)a[5] & ~0xfu)
		return EVFD_EINVAL;
	result = refuse(p, (int)a[0], 0, EVFD_EINVAL);
	return result == EVFD_EBADF ? result :
				      refuse(p, (int)a[2], 0, EVFD_EINVAL);
}

static int64_t sys_socket_call(struct evfd_process *p, const uint64_t *a)
{
	return refuse(p, (int)a[0], EVFD_VNODE_SOCKET, EVFD_ENOTSOCK);
}

static int64_t sys_fchdir(struct evfd_process *p, const uint64_t *a)
{
	return refuse(p, (int)a[0], EVFD_VNODE_DIRECTORY, EVFD_ENOTDIR);
}

/* ---- stat, and paths below a descriptor ------------------------------------------------------- */

static int64_t stat_file(struct evfd_process *p, int fd, uint64_t to)
{
	struct evfd_file *f = evfd_fd_get(p, fd);
	struct evfd_kstat st = { 0 };
	int64_t result = 0;

	if (!f)
		return EVFD_EBADF;
	if (f->vnode->ops->stat)
		result = f->vnode->ops->stat(f, &st);
	evfd_file_put(f);
	if (result == 0)
		result = evfd_port_copy_out(to, &st, sizeof(st));
	return result;
}

static int64_t sys_fstat(struct evfd_process *p, const uint64_t *a)
{
	return stat_file(p, (int)a[0], a[1]);
}

/* A path that starts at dirfd: ours to refuse only if that is no directory. */
static int64_t path_below(struct evfd_process *p, int dirfd, char first)
{
	if (first == '\0')
		return EVFD_ENOENT;
	if (first == '/' || dirfd == ABI_AT_FDCWD)
		return EVFD_ENOSYS;
	return refuse(p, dirfd, EVFD_VNODE_DIRECTORY, EVFD_ENOTDIR);
}

static int64_t sys_path_below(struct evfd_process *p, const uint64_t *a)
{
	char first;

	if (evfd_port_copy_in(&first, a[1], sizeof(first)) < 0)
		return EVFD_EFAULT;
	return path_below(p, (int)a[0], first);
}

static int64_t sys_newfstatat(struct evfd_process *p, const uint64_t *a)
{
	uint32_t flags = (uint32_t)a[3];
	int dirfd = (int)a[0];
	char first = '\0';

	if (flags & ~ABI_AT_STAT_FLAGS)
		return EVFD_EINVAL;
	if (!(a[1] == 0 && flags & ABI_AT_EMPTY_PATH) &&
	    evfd_port_copy_in(&first, a[1], sizeof(first)) < 0)
		return EVFD_EFAULT;
	if (first != '\0' || !(flags & ABI_AT_EMPTY_PATH))
		return path_below(p, dirfd, first);
	return dirfd == ABI_AT_FDCWD ? EVFD_ENOSYS : stat_file(p, dirfd, a[2]);
}

/* ---- time ------------------------------------------------------------------------------------------ */

/*
 * n / d and what is left over. Machines of 32 bits have no instruction for it and
 * we no library, so what is not small goes bit by bit.
 */
static uint64_t divide(uint64_t n, uint32_t d, uint32_t *rest)
{
	uint64_t quotient = 0, part = 0;

	if (n <= UINT32_MAX) {
		*rest = (uint32_t)n % d;
		return (uint32_t)n / d;
	}
	for (int bit = 63; bit >= 0; bit--) {
		part = part << 1 | (n >> bit & 1);
		if (part >= d) {
			part -= d;
			quotient |= UINT64_C(1) << bit;
		}
	}
	*rest = (uint32_t)part;
	return quotient;
}

/* ns from now; never NOWAIT unless ns is 0, never FOREVER. */
static uint64_t deadline_in(uint64_t ns)
{
	uint64_t now;

	if (ns == 0)
		return EVFD_NOWAIT;
	now = evfd_port_now();
	return ns < EVFD_FOREVER - 1 - now ? now + ns : EVFD_FOREVER - 1;
}

/* sec >= 0 and 0 <= part < a second, in nanoseconds, or as many as there are. */
static uint64_t nanoseconds(int64_t sec, uint64_t ns)
{
	if (sec >= INT64_MAX / NS_PER_S)
		return INT64_MAX;
	return (uint64_t)sec * NS_PER_S + ns;
}

static uint64_t deadline_ms(int32_t ms)
{
	return ms < 0 ? EVFD_FOREVER : deadline_in((uint64_t)ms * NS_PER_MS);
}

/* A struct timespec; none at all is for ever. */
static int deadline_timespec(uint64_t from, uint64_t *deadline_ns)
{
	struct abi_time t;

	*deadline_ns = EVFD_FOREVER;
	if (!from)
		return 0;
	if (evfd_port_copy_in(&t, from, sizeof(t)) < 0)
		return EVFD_EFAULT;
	if (t.sec < 0 || t.part < 0 || t.part >= NS_PER_S)
		return EVFD_EINVAL;
	*deadline_ns = deadline_in(nanoseconds(t.sec, (uint64_t)t.part));
	return 0;
}

/* A struct timeval, whose microseconds may be more than a second's. */
static int deadline_timeval(uint64_t from, uint64_t *deadline_ns)
{
	struct abi_time t;
	uint64_t more;
	uint32_t us;

	*deadline_ns = EVFD_FOREVER;
	if (!from)
		return 0;
	if (evfd_port_copy_in(&t, from, sizeof(t)) < 0)
		return EVFD_EFAULT;
	if (t.sec < 0 || t.part < 0)
		return EVFD_EINVAL;
	more = divide((uint64_t)t.part, US_PER_S, &us);
	if (more > (uint64_t)(INT64_MAX - t.sec))
		more = (uint64_t)(INT64_MAX - t.sec);
	*deadline_ns = deadline_in(
		nanoseconds(t.sec + (int64_t)more, (uint64_t)us * NS_PER_US));
	return 0;
}

/* Tell the program how much was left; part_ns: what the second part counts. As on
 * Linux, a place that cannot be written to does not matter. */
static void put_time_left(uint64_t to, uint64_t deadline_ns, uint32_t part_ns)
{
	struct abi_time t = { 0, 0 };
	uint64_t now;
	uint32_t ns;

	if (!to)
		return;
	if (deadline_ns != EVFD_NOWAIT) {
		now = evfd_port_now();
		if (deadline_ns > now) {
			t.sec = (int64_t)divide(deadline_ns - now, NS_PER_S, &ns);
			t.part = ns / part_ns;
		}
	}
	(void)evfd_port_copy_out(to, &t, sizeof(t));
}

/* ---- signal masks ------------------------------------------------------------------------------------- */

struct mask {
	bool is_set;
	uint64_t wanted, before;
};

/* A sigset_t at `from`, if any. */
static int get_mask(struct mask *m, uint64_t from, uint64_t size)
{
	m->is_set = from;
	if (!from)
		return 0;
	if (size != sizeof(m->wanted))
		return EVFD_EINVAL;
	return evfd_port_copy_in(&m->wanted, from, size);
}

static void use_mask(struct mask *m)
{
	if (m->is_set)
		evfd_port_sigmask(&m->wanted, &m->before);
}

/* The handler of the signal that ended the wait still runs under the new mask. */
static void drop_mask(struct mask *m, int64_t result)
{
	uint64_t ignored;

	if (!m->is_set)
		return;
	if (result == EVFD_EINTR)
		evfd_port_sigmask_after_handler(&m->before);
	else
		evfd_port_sigmask(&m->before, &ignored);
}

/* ---- poll and select -------------------------------------------------------------------------------------- */

static int64_t restartable(int64_t result)
{
	return result == EVFD_EINTR ? EVFD_ERESTARTNOHAND : result;
}

static int64_t sys_poll(struct evfd_process *p, const uint64_t *a)
{
	uint32_t n = (uint32_t)a[1];

	if (n > evfd_process_limit(p))
		return EVFD_EINVAL;
	return restartable(evfd_poll(p, a[0], n, deadline_ms((int32_t)a[2])));
}

static int64_t sys_ppoll(struct evfd_process *p, const uint64_t *a)
{
	uint32_t n = (uint32_t)a[1];
	uint64_t deadline_ns;
	struct mask m;
	int64_t result = deadline_timespec(a[2], &deadline_ns);

	if (result == 0)
		result = get_mask(&m, a[3], a[4]);
	if (result < 0)
		return result;
	use_mask(&m);
	result = EVFD_EINVAL;
	if (n <= evfd_process_limit(p))
		result = evfd_poll(p, a[0], n, deadline_ns);
	drop_mask(&m, result);
	put_time_left(a[2], deadline_ns, 1);
	return restartable(result);
}

static int64_t sys_select(struct evfd_process *p, const uint64_t *a)
{
	uint64_t deadline_ns;
	int64_t result = deadline_timeval(a[4], &deadline_ns);

	if (result < 0)
		return result;
	result = EVFD_EINVAL;
	if ((int32_t)a[0] >= 0)
		result = evfd_select(p, (uint32_t)a[0], &a[1], deadline_ns);
	put_time_left(a[4], deadline_ns, NS_PER_US);
	return restartable(result);
}

/* The sixth argument is the address of a set's address and its size. */
static int get_indirect_mask(struct mask *m, uint64_t from)
{
	uint64_t set[2] = { 0, 0 };

	if (from && evfd_port_copy_in(set, from, sizeof(set)) < 0)
		return EVFD_EFAULT;
	return get_mask(m, set[0], set[1]);
}

static int64_t sys_pselect6(struct evfd_process *p, const uint64_t *a)
{
	uint64_t deadline_ns;
	struct mask m;
	int64_t result = get_indirect_mask(&m, a[5]);

	if (result == 0)
		result = deadline_timespec(a[4], &deadline_ns);
	if (result < 0)
		return result;
	use_mask(&m);
	result = EVFD_EINVAL;
	if ((int32_t)a[0] >= 0)
		result = evfd_select(p, (uint32_t)a[0], &a[1], deadline_ns);
	drop_mask(&m, result);
	put_time_left(a[4], deadline_ns, 1);
	return restartable(result);
}

/* ---- making files ---------------------------------------------------------------------------------------------- */

/* Enter a new file, whose reference is ours, or drop it. */
static int64_t enter(struct evfd_process *p, struct evfd_file *f, bool cloexec)
{
	int fd = evfd_fd_install(p, f, cloexec);

	if (fd < 0)
		evfd_file_put(f);
	return fd;
}

static int64_t make_eventfd(struct evfd_process *p, uint64_t initial,
			    uint64_t flags64, bool is_veridian)
{
	uint32_t flags = (uint32_t)flags64;
	struct evfd_file *f;
	int result;

	if (flags & ~(ABI_EFD_SEMAPHORE | ABI_O_NONBLOCK | ABI_O_CLOEXEC))
		return EVFD_EINVAL;
	result = evfd_eventfd_open(p->system, (uint32_t)initial, flags,
				   is_veridian, &f);
	return result < 0 ? result : enter(p, f, flags & ABI_O_CLOEXEC);
}

static int64_t sys_eventfd2(struct evfd_process *p, const uint64_t *a)
{
	return make_eventfd(p, a[0], a[1],
			    p->system->profile == EVFD_PROFILE_VERIDIAN);
}

static int64_t sys_eventfd(struct evfd_process *p, const uint64_t *a)
{
	const uint64_t no_flags[2] = { a[0], 0 };

	return sys_eventfd2(p, no_flags);
}

static int64_t sys_eventfd_create(struct evfd_process *p, const uint64_t *a)
{
	return p->is_veridian ? make_eventfd(p, a[0], a[1], true) : EVFD_ENOSYS;
}

static int64_t make_epoll(struct evfd_process *p, bool cloexec)
{
	struct evfd_file *f;
	int result = evfd_epoll_open(p->system, &f);

	return result < 0 ? result : enter(p, f, cloexec);
}

static int64_t sys_epoll_create(struct evfd_process *p, const uint64_t *a)
{
	return (int32_t)a[0] <= 0 ? EVFD_EINVAL : make_epoll(p, false);
}

static int64_t sys_epoll_create1(struct evfd_process *p, const uint64_t *a)
{
	if ((uint32_t)a[0] & ~ABI_O_CLOEXEC)
		return EVFD_EINVAL;
	return make_epoll(p, (uint32_t)a[0] & ABI_O_CLOEXEC);
}

/* Two numbers for two files, told to the program before either is open. */
static int64_t enter_both(struct evfd_process *p, struct evfd_file *ends[2],
			  bool cloexec, uint64_t to)
{
	int32_t fds[2];
	int64_t result;

	fds[0] = evfd_fd_reserve(p, 0);
	if (fds[0] < 0)
		return fds[0];
	result = fds[1] = evfd_fd_reserve(p, 0);
	if (result < 0)
		goto undo_first;
	result = evfd_port_copy_out(to, fds, sizeof(fds));
	if (result < 0)
		goto undo_both;
	evfd_fd_publish(p, fds[0], ends[0], cloexec);
	evfd_fd_publish(p, fds[1], ends[1], cloexec);
	return 0;

undo_both:
	evfd_fd_cancel(p, fds[1]);
undo_first:
	evfd_fd_cancel(p, fds[0]);
	return result;
}

static int64_t sys_pipe2(struct evfd_process *p, const uint64_t *a)
{
	uint32_t flags = (uint32_t)a[1];
	struct evfd_file *ends[2];
	int64_t result;

	if (flags & ~(ABI_O_CLOEXEC | ABI_O_NONBLOCK))
		return EVFD_EINVAL;
	result = evfd_pipe_open(p->system, flags, ends);
	if (result < 0)
		return result;
	result = enter_both(p, ends, flags & ABI_O_CLOEXEC, a[0]);
	if (result < 0) {
		evfd_file_put(ends[0]);
		evfd_file_put(ends[1]);
	}
	return result;
}

static int64_t sys_pipe(struct evfd_process *p, const uint64_t *a)
{
	const uint64_t no_flags[2] = { a[0], 0 };

	return sys_pipe2(p, no_flags);
}

/* ---- epoll --------------------------------------------------------------------------------------------------------- */

static int64_t sys_epoll_ctl(struct evfd_process *p, const uint64_t *a)
{
	struct abi_epoll_event ev = { 0 };
	struct evfd_file *f, *target;
	int64_t result = EVFD_EBADF;
	int op = (int)a[1];

	if (op != ABI_EPOLL_CTL_DEL && evfd_port_copy_in(&ev, a[3], sizeof(ev)) < 0)
		return EVFD_EFAULT;
	f = evfd_fd_get(p, (int)a[0]);
	if (!f)
		return EVFD_EBADF;
	target = evfd_fd_get(p, (int)a[2]);
	if (target) {
		result = evfd_epoll_ctl(f, op, (int)a[2], target, ev.events,
					ev.data);
		evfd_file_put(target);
	}
	evfd_file_put(f);
	return result;
}

static int64_t wait_for_events(struct evfd_process *p, const uint64_t *a,
			       uint64_t deadline_ns)
{
	const int most = INT32_MAX / (int)sizeof(struct abi_epoll_event);
	struct evfd_file *f = evfd_fd_get(p, (int)a[0]);
	int max = (int)a[2];
	int64_t result;

	if (!f)
		return EVFD_EBADF;
	if (max <= 0 || max > most)
		result = EVFD_EINVAL;
	else if (!evfd_is_user_range(
			 a[1], (uint64_t)max * sizeof(struct abi_epoll_event)))
		result = EVFD_EFAULT;
	else if (!evfd_is_epoll(f))
		result = EVFD_EINVAL;
	else
		result = evfd_epoll_wait(f, a[1], max, deadline_ns);
	evfd_file_put(f);
	return result;
}

static int64_t sys_epoll_wait(struct evfd_process *p, const uint64_t *a)
{
	return wait_for_events(p, a, deadline_ms((int32_t)a[3]));
}

static int64_t masked_wait(struct evfd_process *p, const uint64_t *a,
			   uint64_t deadline_ns)
{
	struct mask m;
	int64_t result = get_mask(&m, a[4], a[5]);

	if (result < 0)
		return result;
	use_mask(&m);
	result = wait_for_events(p, a, deadline_ns);
	drop_mask(&m, result);
	return result;
}

static int64_t sys_epoll_pwait(struct evfd_process *p, const uint64_t *a)
{
	return masked_wait(p, a, deadline_ms((int32_t)a[3]));
}

static int64_t sys_epoll_pwait2(struct evfd_process *p, const uint64_t *a)
{
	uint64_t deadline_ns;
	int result = deadline_timespec(a[3], &deadline_ns);

	return result < 0 ? result : masked_wait(p, a, deadline_ns);
}

/* ---- limits ---------------------------------------------------------------------------------------------------------- */

static int64_t limits(struct evfd_process *p, uint64_t resource, uint64_t set,
		      uint64_t get)
{
	struct abi_rlimit before, after;

	if ((uint32_t)resource >= ABI_RLIMITS)
		return EVFD_EINVAL;
	if ((uint32_t)resource != ABI_RLIMIT_NOFILE)
		return EVFD_ENOSYS;
	if (set && evfd_port_copy_in(&after, set, sizeof(after)) < 0)
		return EVFD_EFAULT;
	before = (struct abi_rlimit){ evfd_process_limit(p), load_rlx(&p->hard) };
	if (set) {
		if (after.soft > after.hard)
			return EVFD_EINVAL;
		if (after.hard > EVFD_FDS_MAX)
			return EVFD_EPERM;
		evfd_process_set_limits(p, (uint32_t)after.soft,
					(uint32_t)after.hard);
	}
	return get ? evfd_port_copy_out(get, &before, sizeof(before)) : 0;
}

static int64_t sys_prlimit64(struct evfd_process *p, const uint64_t *a)
{
	if ((int32_t)a[0] != 0 && (uint32_t)a[0] != p->pid)
		return EVFD_ENOSYS;
	return limits(p, a[1], a[2], a[3]);
}

/* An address is asked for here: one that is not there is EFAULT. */
static int64_t sys_getrlimit(struct evfd_process *p, const uint64_t *a)
{
	return a[1] ? limits(p, a[0], 0, a[1]) : EVFD_EFAULT;
}

static int64_t sys_setrlimit(struct evfd_process *p, const uint64_t *a)
{
	return a[1] ? limits(p, a[0], a[1], 0) : EVFD_EFAULT;
}

/* ---- numbers ----------------------------------------------------------------------------------------------------------- */

static syscall_fn *const table[] = {
	[0] = sys_read,
	[1] = sys_write,
	[3] = sys_close,
	[5] = sys_fstat,
	[7] = sys_poll,
	[8] = sys_lseek,
	[9] = sys_mmap,
	[16] = sys_ioctl,
	[17] = sys_pread64,
	[18] = sys_pwrite64,
	[19] = sys_readv,
	[20] = sys_writev,
	[22] = sys_pipe,
	[23] = sys_select,
	[32] = sys_dup,
	[33] = sys_dup2,
	[42] = sys_socket_call, /* connect */
	[43] = sys_socket_call, /* accept */
	[44] = sys_socket_call, /* sendto */
	[45] = sys_socket_call, /* recvfrom */
	[46] = sys_socket_call, /* sendmsg */
	[47] = sys_socket_call, /* recvmsg */
	[48] = sys_socket_call, /* shutdown */
	[49] = sys_socket_call, /* bind */
	[50] = sys_socket_call, /* listen */
	[51] = sys_socket_call, /* getsockname */
	[52] = sys_socket_call, /* getpeername */
	[54] = sys_socket_call, /* setsockopt */
	[55] = sys_socket_call, /* getsockopt */
	[72] = sys_fcntl,
	[74] = sys_fsync,
	[75] = sys_fsync, /* fdatasync */
	[77] = sys_ftruncate,
	[81] = sys_fchdir,
	[97] = sys_getrlimit,
	[160] = sys_setrlimit,
	[213] = sys_epoll_create,
	[232] = sys_epoll_wait,
	[233] = sys_epoll_ctl,
	[257] = sys_path_below, /* openat */
	[258] = sys_path_below, /* mkdirat */
	[259] = sys_path_below, /* mknodat */
	[262] = sys_newfstatat,
	[263] = sys_path_below, /* unlinkat */
	[267] = sys_path_below, /* readlinkat */
	[268] = sys_path_below, /* fchmodat */
	[269] = sys_path_below, /* faccessat */
	[270] = sys_pselect6,
	[271] = sys_ppoll,
	[275] = sys_splice,
	[281] = sys_epoll_pwait,
	[284] = sys_eventfd,
	[285] = sys_fallocate,
	[288] = sys_socket_call, /* accept4 */
	[290] = sys_eventfd2,
	[291] = sys_epoll_create1,
	[292] = sys_dup3,
	[293] = sys_pipe2,
	[295] = sys_preadv,
	[296] = sys_pwritev,
	[299] = sys_socket_call, /* recvmmsg */
	[302] = sys_prlimit64,
	[307] = sys_socket_call, /* sendmmsg */
	[330] = sys_eventfd_create,
	[436] = sys_close_range,
	[437] = sys_path_below, /* openat2 */
	[439] = sys_path_below, /* faccessat2 */
	[441] = sys_epoll_pwait2,
};

int64_t evfd_syscall(struct evfd_process *p, uint64_t number,
		     const uint64_t args[6])
{
	if (number >= sizeof(table) / sizeof(table[0]) || !table[number])
		return EVFD_ENOSYS;
	return table[number](p, args);
}
