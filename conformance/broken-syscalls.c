/* SPDX-License-Identifier: MIT */
/*
 * Ways to get a system call wrong. Each is one that some implementation had,
 * or would be easy to have; over the host, which has none of them.
 */
#include "broken.h"
#include "conf.h"

#define FDS 1024u

static uint64_t held_back[FDS]; /* written, but not yet shown */
static uint32_t reading[FDS];	/* reads under way */
static uint32_t interest[FDS];	/* last one of epoll_ctl */

static int64_t base(uint64_t nr, const uint64_t a[6])
{
	return conf_target_host.syscall(nr, a);
}

#define real(...) base(CONF_NR(__VA_ARGS__), CONF_ARGS(__VA_ARGS__))

static bool is_create(uint64_t nr)
{
	return nr == SYS_EVENTFD2;
}

static uint64_t fd_index(const uint64_t a[6])
{
	return a[0] % FDS;
}

static uint64_t written(const uint64_t a[6])
{
	uint64_t v;

	__builtin_memcpy(&v, (const void *)a[1], sizeof(v));
	return v;
}

static bool is_write(uint64_t nr, const uint64_t a[6])
{
	return nr == SYS_WRITE && a[2] == 8 && a[1] > 4096;
}

static bool is_ready(uint64_t fd, int events)
{
	struct pollfd p = { (int)fd, (int16_t)events, 0 };

	return real(SYS_POLL, &p, 1, 0) == 1 && p.revents & events;
}

/* ---- counting ----------------------------------------------------------- */

static int64_t lost_wakeup(uint64_t nr, const uint64_t a[6])
{
	int64_t result;

	if (is_write(nr, a) &&
	    __atomic_load_n(&reading[fd_index(a)], __ATOMIC_SEQ_CST))
		return 8;
	if (nr != SYS_READ)
		return base(nr, a);
	__atomic_fetch_add(&reading[fd_index(a)], 1, __ATOMIC_SEQ_CST);
	result = base(nr, a);
	__atomic_fetch_sub(&reading[fd_index(a)], 1, __ATOMIC_SEQ_CST);
	return result;
}

static int64_t write_0_is_1(uint64_t nr, const uint64_t a[6])
{
	uint64_t one = 1;

	if (is_write(nr, a) && written(a) == 0)
		return real(SYS_WRITE, a[0], &one, 8);
	return base(nr, a);
}

static int64_t write_0_is_refused(uint64_t nr, const uint64_t a[6])
{
	return is_write(nr, a) && written(a) == 0 ? -EINVAL : base(nr, a);
}

static int64_t read_returns_length(uint64_t nr, const uint64_t a[6])
{
	int64_t result = base(nr, a);

	return nr == SYS_READ && result == 8 ? (int64_t)a[2] : result;
}

static int64_t no_semaphores(uint64_t nr, const uint64_t a[6])
{
	return is_create(nr) ? real(nr, a[0], a[1] & ~(uint64_t)EFD_SEMAPHORE) :
			       base(nr, a);
}

static int64_t all_ones_accepted(uint64_t nr, const uint64_t a[6])
{
	return is_write(nr, a) && written(a) == FULL_RANGE ? 8 : base(nr, a);
}

static int64_t long_write_accepted(uint64_t nr, const uint64_t a[6])
{
	if (nr == SYS_WRITE && a[2] > 8)
		return real(nr, a[0], a[1], 8);
	return base(nr, a);
}

static int64_t short_read_would_block(uint64_t nr, const uint64_t a[6])
{
	return nr == SYS_READ && a[2] < 8 ? -EAGAIN : base(nr, a);
}

static int64_t interrupted_write_returns_8(uint64_t nr, const uint64_t a[6])
{
	int64_t result = base(nr, a);

	return nr == SYS_WRITE && result == -EINTR ? 8 : result;
}

/* The exact fit is refused: take it back. */
static int64_t ceiling_is_one_lower(uint64_t nr, const uint64_t a[6])
{
	int64_t result = base(nr, a);
	uint64_t count;

	if (!is_write(nr, a) || result != 8 || is_ready(a[0], POLLOUT) ||
	    real(SYS_READ, a[0], &count, 8) != 8)
		return result;
	count -= written(a);
	real(SYS_WRITE, a[0], &count, 8);
	return -EAGAIN;
}

static int64_t refused_write_fills_up(uint64_t nr, const uint64_t a[6])
{
	int64_t result = base(nr, a);
	uint64_t one = 1;

	if (is_write(nr, a) && result == -EAGAIN)
		real(SYS_WRITE, a[0], &one, 8);
	return result;
}

static int64_t pread_reads(uint64_t nr, const uint64_t a[6])
{
	return nr == SYS_PREAD64 ? real(SYS_READ, a[0], a[1], a[2]) : base(nr, a);
}

/* ---- creating ----------------------------------------------------------- */

static int64_t unknown_flags_accepted(uint64_t nr, const uint64_t a[6])
{
	return is_create(nr) ? real(nr, a[0], a[1] & 0x80801) : base(nr, a);
}

static int64_t refused_create_spends(uint64_t nr, const uint64_t a[6])
{
	int64_t result = base(nr, a);

	if (is_create(nr) && result == -EINVAL)
		real(SYS_EVENTFD2, 0, 0);
	return result;
}

static int64_t initial_value_is_lost(uint64_t nr, const uint64_t a[6])
{
	return is_create(nr) ? real(nr, 0, a[1]) : base(nr, a);
}

static int64_t initial_value_is_64_bits(uint64_t nr, const uint64_t a[6])
{
	return is_create(nr) && a[0] >> 32 ? -EINVAL : base(nr, a);
}

static int64_t close_on_exec_forgotten(uint64_t nr, const uint64_t a[6])
{
	return is_create(nr) ? real(nr, a[0], a[1] & ~(uint64_t)EFD_CLOEXEC) :
			       base(nr, a);
}

static int64_t number_is_not_the_lowest(uint64_t nr, const uint64_t a[6])
{
	int64_t fd = base(nr, a), moved;

	if (!is_create(nr) || fd < 0)
		return fd;
	moved = real(SYS_FCNTL, fd, F_DUPFD, fd + 1);
	real(SYS_CLOSE, fd);
	return moved;
}

/* ---- descriptors -------------------------------------------------------- */

static int64_t nonblock_is_frozen(uint64_t nr, const uint64_t a[6])
{
	return nr == SYS_FCNTL && a[1] == F_SETFL ? 0 : base(nr, a);
}

static int64_t close_leaks(uint64_t nr, const uint64_t a[6])
{
	return nr == SYS_CLOSE && real(SYS_FCNTL, a[0], F_GETFD) >= 0 ?
		       0 :
		       base(nr, a);
}

static int64_t dup_makes_another(uint64_t nr, const uint64_t a[6])
{
	return nr == SYS_DUP ? real(SYS_EVENTFD2, 0, 0) : base(nr, a);
}

static int64_t looks_like_a_regular_file(uint64_t nr, const uint64_t a[6])
{
	int64_t result = base(nr, a);

	if (nr == SYS_FSTAT && result == 0)
		((struct kstat *)a[1])->mode |= 0100000;
	return result;
}

static int64_t lseek_is_refused(uint64_t nr, const uint64_t a[6])
{
	return nr == SYS_LSEEK ? -ESPIPE : base(nr, a);
}

static int64_t fionread_answers(uint64_t nr, const uint64_t a[6])
{
	return nr == SYS_IOCTL && a[1] == FIONREAD ? 0 : base(nr, a);
}

/* ---- waiting ------------------------------------------------------------ */

static int64_t timeouts_are_0(uint64_t nr, const uint64_t a[6])
{
	if (nr == SYS_POLL && (int32_t)a[2] > 0)
		return real(nr, a[0], a[1], 0);
	return base(nr, a);
}

static int64_t out_is_always_there(uint64_t nr, const uint64_t a[6])
{
	int64_t result = base(nr, a);
	struct pollfd *p = (struct pollfd *)a[0];

	if (nr != SYS_POLL || a[1] != 1 || result < 0 || !(p->events & POLLOUT))
		return result;
	p->revents |= POLLOUT;
	return 1;
}

static int64_t rdnorm_is_reported(uint64_t nr, const uint64_t a[6])
{
	struct pollfd *p = (struct pollfd *)a[0];
	int64_t result = base(nr, a);

	if (nr != SYS_POLL || a[1] != 1 || result < 0 ||
	    !(p->events & POLLRDNORM) || !is_ready((uint64_t)p->fd, POLLIN))
		return result;
	p->revents |= POLLRDNORM;
	return 1;
}

static int64_t closed_is_not_invalid(uint64_t nr, const uint64_t a[6])
{
	struct pollfd *p = (struct pollfd *)a[0];
	int64_t result = base(nr, a);

	if (nr != SYS_POLL || a[1] != 1 || result != 1 || p->revents != POLLNVAL)
		return result;
	p->revents = 0;
	return 0;
}

/* What is written to a readable object shows only after the next read. */
static int64_t second_write_is_no_edge(uint64_t nr, const uint64_t a[6])
{
	uint64_t *held = &held_back[fd_index(a)];

	if (is_write(nr, a) && written(a) < MAX / 2 && is_ready(a[0], POLLIN)) {
		*held += written(a);
		return 8;
	}
	if (nr == SYS_READ && *held) {
		real(SYS_WRITE, a[0], held, 8);
		*held = 0;
	}
	return base(nr, a);
}

/* epoll_ctl with other interest bits; 0 in place of an address: as it is. */
static int64_t ctl_with(const uint64_t a[6], uint32_t without, uint32_t with)
{
	struct epoll_event ev;

	if (a[3] < 4096 || a[1] == EPOLL_CTL_DEL)
		return base(SYS_EPOLL_CTL, a);
	__builtin_memcpy(&ev, (const void *)a[3], sizeof(ev));
	ev.events = (ev.events & ~without) | with;
	return real(SYS_EPOLL_CTL, a[0], a[1], a[2], &ev);
}

static int64_t edges_are_levels(uint64_t nr, const uint64_t a[6])
{
	return nr == SYS_EPOLL_CTL ? ctl_with(a, EPOLLET, 0) : base(nr, a);
}

static int64_t levels_are_edges(uint64_t nr, const uint64_t a[6])
{
	return nr == SYS_EPOLL_CTL ? ctl_with(a, 0, EPOLLET) : base(nr, a);
}

static int64_t oneshot_is_ignored(uint64_t nr, const uint64_t a[6])
{
	return nr == SYS_EPOLL_CTL ? ctl_with(a, EPOLLONESHOT, 0) : base(nr, a);
}

static int64_t exclusive_is_ignored(uint64_t nr, const uint64_t a[6])
{
	return nr == SYS_EPOLL_CTL ? ctl_with(a, EPOLLEXCLUSIVE, 0) : base(nr, a);
}

static int64_t mod_does_not_rearm(uint64_t nr, const uint64_t a[6])
{
	uint32_t *last = &interest[a[2] % FDS], events;

	if (nr != SYS_EPOLL_CTL || a[3] < 4096)
		return base(nr, a);
	__builtin_memcpy(&events, (const void *)a[3], sizeof(events));
	if (a[1] == EPOLL_CTL_MOD && events == *last)
		return 0;
	*last = events;
	return base(nr, a);
}

static int64_t add_sets_nonblock(uint64_t nr, const uint64_t a[6])
{
	if (nr == SYS_EPOLL_CTL && a[1] == EPOLL_CTL_ADD)
		real(SYS_FCNTL, a[2], F_SETFL, O_NONBLOCK);
	return base(nr, a);
}

static int64_t loops_are_accepted(uint64_t nr, const uint64_t a[6])
{
	int64_t result = base(nr, a);

	return result == -ELOOP ? 0 : result;
}

static int64_t no_events_wanted_is_fine(uint64_t nr, const uint64_t a[6])
{
	return nr == SYS_EPOLL_WAIT && a[2] == 0 ? 0 : base(nr, a);
}

static int64_t events_are_not_packed(uint64_t nr, const uint64_t a[6])
{
	int64_t n = base(nr, a);
	unsigned char *p = (unsigned char *)a[1];

	if (nr != SYS_EPOLL_WAIT || n < 1)
		return n;
	for (int64_t i = 4 + 12 * (n - 1) + 7; i >= 4; i--)
		p[i + 4] = p[i];
	return n;
}

/* ---- the other operations ----------------------------------------------- */

static int64_t no_fdinfo(int fd, char *buf, size_t size)
{
	static const char text[] = "pos:\t0\nflags:\t02\n";
	size_t n = sizeof(text) - 1 < size ? sizeof(text) - 1 : size;

	__builtin_memcpy(buf, text, n);
	return (int64_t)n;
}

static void empty_fdinfo(struct conf_target *t, struct conf_native *n)
{
	t->fdinfo = no_fdinfo;
}

/* Not of the target, but of what the runner expects of it. */
static void a_capability_is_missing(struct conf_target *t, struct conf_native *n)
{
	t->caps &= ~CONF_SIGNALS;
}

static void a_pin_is_stale(struct conf_target *t, struct conf_native *n)
{
	t->profile = "stale-pins";
}

static const char *leaves_something(void)
{
	return "something is left behind";
}

static void a_case_leaves_something(struct conf_target *t, struct conf_native *n)
{
	t->case_end = leaves_something;
}

#define CALL(function, wrong, lines)                                                  \
	{                                                                             \
		.name = #function, .about = wrong, .only = lines, .syscall = function \
	}
#define APPLY(function, wrong, lines)                                               \
	{                                                                           \
		.name = #function, .about = wrong, .only = lines, .apply = function \
	}

const struct breakage broken_syscalls[] = {
	CALL(lost_wakeup, "a write does not reach a sleeping reader", "C12"),
	CALL(write_0_is_1, "a write of 0 makes it readable", "C24"),
	CALL(write_0_is_refused, "a write of 0 is invalid", "C23"),
	CALL(read_returns_length, "a read returns its buffer's length", "C9"),
	CALL(no_semaphores, "a semaphore read returns the count", "C8"),
	CALL(all_ones_accepted, "2^64-1 can be written", "C19"),
	CALL(long_write_accepted, "more than 8 bytes can be written", "C18"),
	CALL(short_read_would_block, "short reads are EAGAIN", "C10"),
	CALL(interrupted_write_returns_8, "EINTR becomes 8", "C35"),
	CALL(ceiling_is_one_lower, "2^64-2 cannot be reached", "C20"),
	CALL(refused_write_fills_up, "a refused write adds 1", "C22"),
	CALL(pread_reads, "pread is a read", "C15"),
	CALL(unknown_flags_accepted, "unknown create flags are ignored", "C3"),
	CALL(refused_create_spends, "a refused create leaks", "C3"),
	CALL(initial_value_is_lost, "the count starts at 0", "C2"),
	CALL(initial_value_is_64_bits, "upper bits are not ignored", "C1"),
	CALL(close_on_exec_forgotten, "EFD_CLOEXEC has no effect", "C6"),
	CALL(number_is_not_the_lowest, "a create takes a higher number", "C5"),
	CALL(nonblock_is_frozen, "F_SETFL has no effect", "C34"),
	CALL(close_leaks, "close does nothing", "C7"),
	CALL(dup_makes_another, "a duplicate is another object", "C74"),
	CALL(looks_like_a_regular_file, "fstat says regular file", "C82"),
	CALL(lseek_is_refused, "lseek is ESPIPE", "C77"),
	CALL(fionread_answers, "FIONREAD succeeds", "C80"),
	CALL(timeouts_are_0, "poll does not wait", "C44"),
	CALL(out_is_always_there, "POLLOUT at the ceiling", "C40"),
	CALL(rdnorm_is_reported, "POLLRDNORM comes", "C43"),
	CALL(closed_is_not_invalid, "no POLLNVAL", "C42"),
	CALL(second_write_is_no_edge, "edges only from 0 to n", "C66"),
	CALL(edges_are_levels, "EPOLLET has no effect", "C65"),
	CALL(levels_are_edges, "a level is reported once", "C53"),
	CALL(oneshot_is_ignored, "EPOLLONESHOT has no effect", "C72"),
	CALL(exclusive_is_ignored, "EPOLLEXCLUSIVE has no effect", "C73"),
	CALL(mod_does_not_rearm, "MOD to the same is nothing", "C69"),
	CALL(add_sets_nonblock, "ADD sets O_NONBLOCK", "C60"),
	CALL(loops_are_accepted, "no ELOOP", "C61"),
	CALL(no_events_wanted_is_fine, "maxevents 0 is accepted", "C62"),
	CALL(events_are_not_packed, "events have 16 bytes", "C63"),
	APPLY(empty_fdinfo, "fdinfo has no eventfd lines", "C84"),
	{ "bad_input_accepted", "short reads are EAGAIN", "B",
	  short_read_would_block, NULL },
	APPLY(a_capability_is_missing, "an unexpected skip", "C35"),
	APPLY(a_pin_is_stale, "a pass although pinned as skip", "C7"),
	APPLY(a_case_leaves_something, "the target finds a leak", "C7"),
	{ 0 },
};
