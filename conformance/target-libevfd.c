/* SPDX-License-Identifier: MIT */
/*
 * The library that applications link, twice.
 *
 * libevfd: eventfd(), read(), write() and close() are the library's calls; a number
 * stands for a handle. libevfd-descriptor: the number is the counter's descriptor,
 * and poll, select and epoll are the host's, which know nothing of us.
 *
 * O_NONBLOCK is kept here: it chooses between the sleeping form of a call and the
 * other. What neither the library nor a descriptor of its has (sizes of buffers,
 * vectors, duplicates that outlive the counter) is not imitated: a case that asks for
 * it is skipped, and the skip is pinned.
 */
#include "conf.h"
#include "libevfd.h"
#include "native.h"

#define NUMBERS 32768
#define POLLFDS_MAX 4096

struct number {
	evfd_t handle; /* atomic; EVFD_NONE: not ours */
	bool is_nonblocking;
};

static struct number numbers[NUMBERS];
static uint32_t lock; /* changing which numbers are ours */
static bool is_descriptor;
static uint32_t limit; /* of descriptors, as it was */

static void enter(void)
{
	while (__atomic_exchange_n(&lock, 1, __ATOMIC_ACQUIRE))
		conf_target_host.yield();
}

static void leave(void)
{
	__atomic_store_n(&lock, 0, __ATOMIC_RELEASE);
}

/* The case asks for something that the target has not got, and ends here. */
static int64_t lacks(const char *what)
{
	conf_target_host.set_nofile(limit);
	conf_skip(what);
	return -ENOSYS;
}

static evfd_t handle_of(uint64_t fd)
{
	return fd < NUMBERS ?
		       __atomic_load_n(&numbers[fd].handle, __ATOMIC_ACQUIRE) :
		       EVFD_NONE;
}

/* ---- the calls of a counter -------------------------------------------------- */

/* The number that stands for h. With the lock held. */
static int number_for(evfd_t h)
{
	if (is_descriptor)
		return libevfd_descriptor(h, 0);
	for (int fd = 3; fd < NUMBERS; fd++)
		if (numbers[fd].handle == EVFD_NONE)
			return fd;
	return -EMFILE;
}

static int give_number(evfd_t h, bool is_nonblocking)
{
	int fd;

	enter();
	fd = number_for(h);
	if (fd >= 0) {
		__atomic_store_n(&numbers[fd].is_nonblocking, is_nonblocking,
				 __ATOMIC_RELAXED);
		__atomic_store_n(&numbers[fd].handle, h, __ATOMIC_RELEASE);
	}
	leave();
	return fd;
}

static int64_t call_eventfd(uint64_t initial, uint64_t flags)
{
	uint32_t modes = EFD_SEMAPHORE | EFD_NONBLOCK | EFD_CLOEXEC;
	evfd_t h;
	int fd;

	if ((uint32_t)flags & ~modes)
		return lacks("needs flags as eventfd() has them");
	fd = libevfd_create(NULL, (uint32_t)initial,
			    flags & EFD_SEMAPHORE ? EVFD_SEMAPHORE : 0, NULL,
			    NULL, &h);
	if (fd < 0)
		return fd;
	fd = give_number(h, flags & EFD_NONBLOCK);
	if (fd < 0)
		libevfd_close(NULL, h);
	return fd;
}

static int64_t call_close(uint64_t fd, evfd_t h)
{
	int64_t result;

	enter(); /* the number may be given out again at once */
	result = libevfd_close(NULL, h);
	__atomic_store_n(&numbers[fd].handle, EVFD_NONE, __ATOMIC_RELEASE);
	leave();
	return result;
}

static uint64_t deadline_of(uint64_t fd)
{
	return __atomic_load_n(&numbers[fd].is_nonblocking, __ATOMIC_ACQUIRE) ?
		       EVFD_NOWAIT :
		       EVFD_FOREVER;
}

static int64_t call_read(uint64_t fd, evfd_t h, uint64_t buffer, uint64_t size)
{
	uint64_t value;
	int64_t result;

	if (size != sizeof(value))
		return lacks("needs buffers of any size");
	result = libevfd_read(NULL, h, &value, deadline_of(fd));
	if (result < 0)
		return result;
	__builtin_memcpy((void *)buffer, &value, sizeof(value));
	return sizeof(value);
}

static int64_t call_write(uint64_t fd, evfd_t h, uint64_t buffer, uint64_t size)
{
	uint64_t value;
	int64_t result;

	if (size != sizeof(value))
		return lacks("needs buffers of any size");
	__builtin_memcpy(&value, (const void *)buffer, sizeof(value));
	machine_before_write();
	result = libevfd_write(NULL, h, value, deadline_of(fd));
	return result < 0 ? result : (int64_t)sizeof(value);
}

static int64_t call_fcntl(uint64_t fd, uint64_t op, uint64_t arg)
{
	switch (op) {
	case F_GETFD: /* whether it is open: the runner asks */
		return FD_CLOEXEC;
	case F_SETFL:
		__atomic_store_n(&numbers[fd].is_nonblocking,
				 (arg & O_NONBLOCK) != 0, __ATOMIC_RELEASE);
		return 0;
	default:
		return lacks("needs fcntl() on the counter itself");
	}
}

/* Readiness, of which a handle has nothing to sleep on. */
static int64_t call_poll(struct pollfd *p, uint64_t n, int timeout)
{
	int64_t ready = 0;

	if (n > POLLFDS_MAX)
		return lacks("needs poll()'s own limits");
	for (uint64_t i = 0; i < n; i++) {
		evfd_t h = p[i].fd < 0 ? EVFD_NONE : handle_of((uint64_t)p[i].fd);
		int now = h ? libevfd_readiness(NULL, h) : -EBADF;
		int wanted = p[i].events | POLLERR;

		p[i].revents = 0;
		if (p[i].fd >= 0)
			p[i].revents =
				(int16_t)(now < 0 ? POLLNVAL : now & wanted);
		ready += p[i].revents != 0;
	}
	if (!ready && timeout)
		return lacks("needs something to poll");
	return ready;
}

/* ---- system calls ------------------------------------------------------------- */

/* Of a descriptor, these are the host's. */
static bool is_waiting(uint64_t nr)
{
	switch (nr) {
	case SYS_POLL:
	case SYS_PPOLL:
	case SYS_SELECT:
	case SYS_PSELECT6:
	case SYS_EPOLL_CREATE:
	case SYS_EPOLL_CREATE1:
	case SYS_EPOLL_CTL:
	case SYS_EPOLL_WAIT:
	case SYS_EPOLL_PWAIT:
	case SYS_EPOLL_PWAIT2:
		return true;
	default:
		return false;
	}
}

static int64_t call_other(uint64_t nr, const uint64_t a[6], bool is_ours)
{
	if (is_descriptor && (is_waiting(nr) || !is_ours))
		return machine_poll(nr, a);
	if (nr == SYS_POLL)
		return call_poll((struct pollfd *)a[0], a[1], (int)a[2]);
	if (!is_ours && (nr == SYS_READ || nr == SYS_WRITE || nr == SYS_CLOSE ||
			 nr == SYS_FCNTL))
		return -EBADF;
	return lacks("needs a system call that the library has no match for");
}

static int64_t make_syscall(uint64_t nr, const uint64_t a[6])
{
	evfd_t h = handle_of(a[0]);

	if (nr == SYS_EVENTFD2)
		return call_eventfd(a[0], a[1]);
	if (nr == SYS_EVENTFD)
		return lacks("needs the old call");
	if (h == EVFD_NONE || is_waiting(nr))
		return call_other(nr, a, false);
	switch (nr) {
	case SYS_READ:
		return call_read(a[0], h, a[1], a[2]);
	case SYS_WRITE:
		return call_write(a[0], h, a[1], a[2]);
	case SYS_CLOSE:
		return call_close(a[0], h);
	case SYS_FCNTL:
		return call_fcntl(a[0], a[1], a[2]);
	default:
		return call_other(nr, a, true);
	}
}

static int post(int fd, uint64_t n)
{
	return libevfd_post(NULL, handle_of((uint64_t)fd), n);
}

/* What a case that failed may leave changed. */
static const char *case_end(void)
{
	machine_clock_stop(false);
	conf_target_host.set_nofile(limit);
	return NULL;
}

static void census(struct conf_census *c)
{
	*c = (struct conf_census){ { libevfd_live(NULL) } };
}

/* ---- the native interface ------------------------------------------------------ */

static struct evfd_registry *registry_now(void)
{
	return NULL;
}

/*
 * These have numbers too, by which the runner finds what a case left behind; where
 * numbers are descriptors, all that is done to a counter is mirrored.
 */
static int create(struct evfd_registry *r, uint64_t initial, uint32_t flags,
		  struct evfd_owner *owner, const char *label, evfd_t *h)
{
	int error = libevfd_create(r, initial, flags, owner, label, h);
	int fd = error ? error : give_number(*h, true);

	if (error || fd >= 0)
		return error;
	libevfd_close(r, *h);
	return fd;
}

static int close_handle(struct evfd_registry *r, evfd_t h)
{
	int result;

	enter();
	result = libevfd_close(r, h);
	for (int fd = 0; result == 0 && fd < NUMBERS; fd++)
		if (numbers[fd].handle == h) {
			__atomic_store_n(&numbers[fd].handle, EVFD_NONE,
					 __ATOMIC_RELEASE);
			break;
		}
	leave();
	return result;
}

static int wait_any(struct evfd_registry *r, struct evfd_any *set, uint32_t n,
		    uint64_t *value, uint64_t deadline_ns)
{
	evfd_t handles[16] = { 0 };

	(void)r;
	for (uint32_t i = 0; set && i < n && n <= 16; i++)
		handles[i] = set[i].handle;
	return libevfd_wait_any(set ? handles : NULL, n, value, deadline_ns);
}

static const struct conf_native native = {
	.registry = registry_now,
	.on_strike = machine_on_strike,
	.strike = machine_strike,
	.sleeps = machine_sleeps,
	.clock_stop = machine_clock_stop,
	.clock_advance = machine_clock_advance,
	.now = machine_now,
	.registry_live = libevfd_live,
	.create = create,
	.close = close_handle,
	.read = libevfd_read,
	.take = libevfd_take,
	.write = libevfd_write,
	.post = libevfd_post,
	.peek = libevfd_peek,
	.swap = libevfd_swap,
	.cancel = libevfd_cancel,
	.readiness = libevfd_readiness,
	.wait_any = wait_any,
	.stat = libevfd_stat,
	.snapshot = libevfd_snapshot,
	.restore = libevfd_restore,
	.descriptor = libevfd_descriptor,
	.arm = libevfd_arm,
	.disarm = libevfd_disarm,
};

/* ---- the targets ----------------------------------------------------------------- */

static const char *setup(struct conf_target *t)
{
	const struct conf_target own = *t;
	const char *refusal = conf_target_host.setup(&conf_target_host);

	if (refusal)
		return refusal;
	if (libevfd_sizes[0] != sizeof(struct evfd_owner) ||
	    libevfd_sizes[1] != sizeof(struct evfd_stat) ||
	    libevfd_sizes[2] != sizeof(struct evfd_snapshot))
		return "the library's structures are not those of core.h";
	*t = conf_target_host;
	t->name = own.name;
	t->about = own.about;
	t->profile = own.profile;
	t->caps = own.caps;
	t->setup = own.setup;
	t->syscall = make_syscall;
	t->case_end = case_end;
	t->census = census;
	t->post = post;
	t->native = &native;
	is_descriptor = t->caps & CONF_DESCRIPTOR;
	limit = t->set_nofile(64);
	t->set_nofile(limit);
	return NULL;
}

static void print(const char *text, size_t n)
{
	conf_target_host.print(text, n);
}

#ifdef CONF_TSAN
#define SIGNALS 0
#else
#define SIGNALS CONF_SIGNALS
#endif

struct conf_target conf_target_libevfd = {
	.name = "libevfd",
	.about = "the shared library, by handle",
	.profile = "libevfd",
	.caps = SIGNALS | CONF_POST | CONF_NATIVE,
	.setup = setup,
	.print = print,
};

struct conf_target conf_target_libevfd_descriptor = {
	.name = "libevfd-descriptor",
	.about = "its descriptors, in poll, select and epoll of this system",
	.profile = "libevfd-descriptor",
	.caps = SIGNALS | CONF_POST | CONF_NATIVE | CONF_DESCRIPTOR |
		CONF_NOFILE | CONF_PLAIN,
	.setup = setup,
	.print = print,
};
