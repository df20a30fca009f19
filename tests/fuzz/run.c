/* SPDX-License-Identifier: MIT */
/*
 * Running programs on both sides, call by call, and making them from bytes.
 *
 * A program is made while it runs: what a descriptor names at that moment decides
 * which are worth naming next. Once made it is plain numbers, and running it
 * again needs nothing else; so a failing program can be cut down.
 *
 * Both sides start with the numbers 0 to 2 open and the others up to FD_LIMIT free,
 * and each program ends with closing all that it may have opened. Nothing of one
 * program is left for the next: the census of the in-process side says so.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "program.h"
#include "vfs/abi.h"
#include "vfs/node.h"

#define NOTHING 0xa5

static struct side host;
static struct side ours[2]; /* safe, lossy */
static struct evfd_system *systems[2];

static void must(bool is_so, const char *what)
{
	if (is_so)
		return;
	perror(what);
	abort();
}

/* ---- the sides --------------------------------------------------------------- */

/* An arena whose end is the end of what may be accessed. */
static unsigned char *make_arena(void)
{
	unsigned char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	must(page != MAP_FAILED, "mmap");
	must(mprotect(page + 4096, 4096, PROT_NONE) == 0, "mprotect");
	return page + 4096 - ARENA;
}

static void make_ours(int is_lossy)
{
	const struct evfd_config config = {
		.flags = is_lossy ? EVFD_CONFIG_LOSSY_READ : 0,
	};
	struct side *s = &ours[is_lossy];

	systems[is_lossy] = evfd_system_create(&config);
	must(systems[is_lossy], "system");
	s->process = inproc_process_create(systems[is_lossy], 1);
	must(s->process, "process");
	s->arena = make_arena();
	evfd_process_set_limit(inproc_evfd(s->process), FD_LIMIT);
	inproc_bind(s->process);
	for (int fd = 0; fd < FD_FIRST; fd++)
		must(inproc_syscall(SYS_eventfd, 0, 0, 0, 0, 0, 0) == fd, "fd");
}

void sides_init(void)
{
	struct rlimit limit;
	int fd = open("/proc/self/fdinfo", O_RDONLY | O_DIRECTORY);

	must(fd >= 0, "/proc/self/fdinfo");
	host.proc_fds = fcntl(fd, F_DUPFD_CLOEXEC, 2 * FD_LIMIT);
	must(host.proc_fds >= 0, "fcntl");
	host.arena = make_arena();
	for (fd = FD_FIRST; fd < FD_LIMIT; fd++)
		close(fd);
	must(getrlimit(RLIMIT_NOFILE, &limit) == 0, "getrlimit");
	limit.rlim_cur = FD_LIMIT;
	must(setrlimit(RLIMIT_NOFILE, &limit) == 0, "setrlimit");
	signal(SIGPIPE, SIG_IGN);
	make_ours(0);
	make_ours(1);
}

/* What programs have opened is closed on both sides, and none of ours is left. */
static bool clean_up(struct side *s)
{
	struct evfd_census census;

	side_syscall(&host, SYS_close_range, FD_FIRST, FD_LIMIT - 1, 0, 0, 0, 0);
	side_syscall(s, SYS_close_range, FD_FIRST, FD_LIMIT - 1, 0, 0, 0, 0);
	evfd_system_census(systems[s - ours], &census);
	return census.files == FD_FIRST && census.eventfds == FD_FIRST &&
	       census.epolls == 0 && census.epoll_items == 0;
}

/* ---- running ------------------------------------------------------------------- */

static bool is_named(const struct call *c, const char *prefix)
{
	return !strncmp(calls_info[c->kind].name, prefix, strlen(prefix));
}

/* Has the program changed an item's interest? */
static bool has_modified;

static int by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct abi_epoll_event));
}

/*
 * A changed interest is a new subscription in vfs/, which goes before the file's
 * others; Linux leaves the item where it was. So of several items of one file
 * that one write makes ready, others may come first, and nothing else may differ.
 */
static bool differs_in_order_only(struct side *s, const struct call *c)
{
	const size_t size = sizeof(struct abi_epoll_event);
	size_t n = (size_t)c->results[0], where = (size_t)c->args[1];
	int64_t max = c->args[2];

	if (!has_modified || !is_named(c, "epoll_wait") ||
	    c->results[0] != c->results[1] || c->results[0] <= 0)
		return false;
	qsort(host.arena + where, n, size, by_bytes);
	qsort(s->arena + where, n, size, by_bytes);
	return c->results[0] == max || memcmp(host.arena, s->arena, ARENA) == 0;
}

/*
 * May the two go different ways after this call, on which they agree?
 *  - A safe read into a bad address has kept the value that Linux has lost.
 *  - A write from a bad address into a pipe is an edge on Linux, though
 *    nothing was written.
 */
static bool parts(struct side *s, const struct call *c)
{
	struct evfd_file *f;
	bool is_to_pipe;

	if (c->results[0] != EVFD_EFAULT)
		return false;
	if (s == &ours[0] && is_named(c, "read"))
		return true;
	if (!is_named(c, "write"))
		return false;
	f = evfd_fd_get(inproc_evfd(s->process), (int)c->args[0]);
	is_to_pipe = f && evfd_is_pipe(f);
	if (f)
		evfd_file_put(f);
	return is_to_pipe;
}

enum verdict {
	EQUAL,
	DIFFERENT,
	/* Legitimate, and what follows cannot be compared; see parts(). */
	PARTED,
};

static enum verdict run_call(struct side *s, struct call *c, uint64_t *made)
{
	const struct call_info *info = &calls_info[c->kind];

	c->results[0] = c->results[1] = 0;
	if (call_would_block(s, c))
		return EQUAL;
	memset(host.arena, NOTHING, ARENA);
	memset(s->arena, NOTHING, ARENA);
	c->results[1] = info->run(s, c->args);
	c->results[0] = info->run(&host, c->args);
	++*made;
	if (c->results[0] != c->results[1] ||
	    memcmp(host.arena, s->arena, ARENA) != 0)
		return differs_in_order_only(s, c) ? PARTED : DIFFERENT;
	if (is_named(c, "epoll_ctl") && c->args[1] == ABI_EPOLL_CTL_MOD &&
	    c->results[0] == 0)
		has_modified = true;
	return parts(s, c) ? PARTED : EQUAL;
}

static struct side *side_for(const struct program *p)
{
	struct side *s = &ours[p->is_lossy];

	inproc_bind(s->process);
	has_modified = false;
	return s;
}

int program_run(struct program *p, uint64_t *made)
{
	struct side *s = side_for(p);
	enum verdict verdict = EQUAL;
	uint32_t i = 0;

	while (i < p->n && verdict == EQUAL)
		verdict = run_call(s, &p->calls[i++], made);
	if (!clean_up(s))
		return (int)p->n;
	return verdict == DIFFERENT ? (int)i - 1 : SAME;
}

/* ---- making --------------------------------------------------------------------- */

struct input {
	const uint8_t *bytes;
	size_t left;
};

static uint8_t next(struct input *in)
{
	if (!in->left)
		return 0;
	in->left--;
	return *in->bytes++;
}

/* What is open, as the generator sees it. */
struct table {
	uint32_t open, epolls; /* a bit a number */
};

static void look(const struct side *s, struct table *t)
{
	*t = (struct table){ 0 };
	for (int fd = FD_FIRST; fd < FD_LIMIT; fd++) {
		struct evfd_file *f = evfd_fd_get(inproc_evfd(s->process), fd);

		if (!f)
			continue;
		t->open |= 1u << fd;
		if (evfd_is_epoll(f))
			t->epolls |= 1u << fd;
		evfd_file_put(f);
	}
}

#define PICK(in, list) ((list)[next(in) % (sizeof(list) / sizeof((list)[0]))])

/* Mostly one of the set, sometimes any number. */
static int64_t pick_fd(struct input *in, uint32_t set)
{
	uint8_t b = next(in);
	int n = __builtin_popcount(set);

	if (b >= 248 || n == 0)
		return b == 255 ? -1 : FD_FIRST + b % (FD_LIMIT + 2 - FD_FIRST);
	for (n = b % n; n > 0; n--)
		set &= set - 1;
	return __builtin_ctz(set);
}

static int64_t pick_value(struct input *in)
{
	static const uint64_t values[] = {
		0,
		1,
		1,
		2,
		1,
		3,
		7,
		8,
		100,
		0x7fffffff,
		0x80000000,
		0xffffffff,
		UINT64_C(0x100000000),
		INT64_MAX,
		UINT64_C(0x8000000000000000),
		UINT64_MAX - 2,
		UINT64_MAX - 1,
		UINT64_MAX,
		UINT64_MAX - 1,
		1,
	};

	return (int64_t)PICK(in, values);
}

/* Mostly good and aligned; now and then odd, at the end, over it, or nothing. */
static int64_t pick_where(struct input *in)
{
	static const int16_t places[] = { 1,	      ARENA - 8,  ARENA - 7,
					  ARENA - 1,  ARENA,	  -1,
					  ARENA - 12, ARENA - 24, ARENA - 20,
					  ARENA - 16, 4,	  256 };
	uint8_t b = next(in);

	return b < 224 ? 0 : places[b % 12];
}

/* Not EPOLLWAKEUP: a host that cannot suspend drops it. */
static int64_t pick_events(struct input *in)
{
	static const uint32_t interest[] = { 1, 5, 4, 1, 0, 5, 1, 0x3fff };
	static const uint32_t mode[] = {
		0,
		0,
		0,
		ABI_EPOLLET,
		ABI_EPOLLET,
		ABI_EPOLLET,
		ABI_EPOLLONESHOT,
		ABI_EPOLLONESHOT | ABI_EPOLLET,
		ABI_EPOLLEXCLUSIVE,
		ABI_EPOLLEXCLUSIVE | ABI_EPOLLET,
		ABI_EPOLLEXCLUSIVE | ABI_EPOLLONESHOT,
	};
	uint8_t b = next(in);

	return interest[b % 8] | mode[b / 8 % 11];
}

static int64_t pick_mask(struct input *in, uint32_t open)
{
	uint8_t b = next(in);

	if (b < 80)
		return 0;
	if (b > 250)
		return -1;
	return (int64_t)(open & ((uint32_t)next(in) | (uint32_t)next(in) << 8 |
				 (uint32_t)next(in) << 16));
}

static int64_t pick(struct input *in, enum arg kind, const struct table *t)
{
	static const int64_t sizes[] = { 8, 8, 8, 8, 8,	 8, 24,
					 0, 1, 7, 9, 16, 4, 64 };
	static const int64_t small[] = { 1, 2, 3, 1, 2, 3, 1, 4, 16, 0, -1, 8 };
	static const int64_t flags[] = { 0x800,	  0x801,   0x80800, 0,
					 1,	  0x80801, 0x80000, 0x400,
					 0x40000, 2,	   0x80,    5 };
	static const int64_t polls[] = { 1, 5, 4, 0, 2, 0xff, 0x41, 0x7fff };
	static const int64_t ops[] = { 1, 1, 1, 3, 1, 3, 2, 1, 1, 3, 0, 4 };
	static const int64_t commands[] = { ABI_F_GETFL,	 ABI_F_SETFL,
					    ABI_F_SETFL,	 ABI_F_GETFD,
					    ABI_F_SETFD,	 ABI_F_DUPFD,
					    ABI_F_DUPFD_CLOEXEC, 0x7777 };
	static const int64_t requests[] = { ABI_FIONBIO,  ABI_FIONBIO,
					    ABI_FIOCLEX,  ABI_FIONCLEX,
					    ABI_FIONREAD, 0x1234 };

	switch (kind) {
	case ARG_FD:
		return pick_fd(in, t->open);
	case ARG_EPOLL:
		return pick_fd(in, t->epolls);
	case ARG_VALUE:
		return pick_value(in);
	case ARG_WHERE:
		return pick_where(in);
	case ARG_SIZE:
		return PICK(in, sizes);
	case ARG_SMALL:
		return PICK(in, small);
	case ARG_FLAGS:
		return PICK(in, flags);
	case ARG_POLL:
		return PICK(in, polls);
	case ARG_MASK:
		return pick_mask(in, t->open);
	case ARG_OP:
		return PICK(in, ops);
	case ARG_EVENTS:
		return pick_events(in);
	case ARG_COMMAND:
		return PICK(in, commands);
	case ARG_REQUEST:
		return PICK(in, requests);
	case ARG_NONE:
		break;
	}
	return 0;
}

/* Which call a byte stands for: by their weights. */
static uint8_t kind_of(uint8_t b)
{
	static uint8_t kinds[256];
	static bool is_made;

	if (!is_made) {
		uint32_t total = 0, n = 0, sum = 0;

		for (uint32_t k = 0; k < calls_count; k++)
			total += calls_info[k].weight;
		for (uint32_t k = 0; k < calls_count; k++) {
			sum += calls_info[k].weight;
			while (n < 256 && n * total < sum * 256)
				kinds[n++] = (uint8_t)k;
		}
		is_made = true;
	}
	return kinds[b];
}

static void make_call(struct input *in, const struct table *t, struct call *c)
{
	const struct call_info *info;

	*c = (struct call){ .kind = kind_of(next(in)) };
	info = &calls_info[c->kind];
	for (int a = 0; a < ARGS_MAX && info->args[a] != ARG_NONE; a++)
		c->args[a] = pick(in, info->args[a], t);
}

int program_run_bytes(struct program *p, const uint8_t *bytes, size_t n,
		      uint64_t *made)
{
	struct input in = { bytes, n };
	enum verdict verdict = EQUAL;
	struct table table;
	struct side *s;

	p->n = 0;
	p->is_lossy = next(&in) & 1;
	s = side_for(p);
	look(s, &table);
	while (in.left && p->n < CALLS_MAX && verdict == EQUAL) {
		struct call *c = &p->calls[p->n++];

		make_call(&in, &table, c);
		verdict = run_call(s, c, made);
		if (calls_info[c->kind].changes_table)
			look(s, &table);
	}
	if (!clean_up(s))
		return (int)p->n;
	return verdict == DIFFERENT ? (int)p->n - 1 : SAME;
}

/* ---- making smaller ---------------------------------------------------------------- */

/* Keep *tried in place of *p if it differs, up to the call that does. */
static bool keep_if_different(struct program *p, struct program *tried)
{
	uint64_t ignored = 0;
	int at = program_run(tried, &ignored);

	if (at == SAME)
		return false;
	if ((uint32_t)at + 1 < tried->n)
		tried->n = (uint32_t)at + 1;
	*p = *tried;
	return true;
}

/* Without call i; `renumbered`: descriptors above the one that it made move down. */
static bool drop_call(struct program *p, uint32_t i, bool renumbered)
{
	struct program tried = *p;
	int64_t made = p->calls[i].results[0];

	tried.n--;
	memmove(&tried.calls[i], &tried.calls[i + 1],
		(tried.n - i) * sizeof(tried.calls[0]));
	if (renumbered && made < FD_FIRST)
		return false;
	for (uint32_t k = i; renumbered && k < tried.n; k++) {
		const struct call_info *info = &calls_info[tried.calls[k].kind];

		for (int a = 0; a < ARGS_MAX; a++)
			if ((info->args[a] == ARG_FD || info->args[a] == ARG_EPOLL) &&
			    tried.calls[k].args[a] > made)
				tried.calls[k].args[a]--;
	}
	return keep_if_different(p, &tried);
}

static bool simplify_args(struct program *p, uint32_t i)
{
	bool done = false;

	for (int a = 0; a < ARGS_MAX; a++) {
		enum arg kind = calls_info[p->calls[i].kind].args[a];
		int64_t simple = kind == ARG_SIZE  ? 8 :
				 kind == ARG_FLAGS ? 0x800 :
				 kind == ARG_SMALL ? 1 :
						     0;
		struct program tried = *p;

		if (kind == ARG_NONE || kind == ARG_FD || kind == ARG_EPOLL ||
		    p->calls[i].args[a] == simple)
			continue;
		tried.calls[i].args[a] = simple;
		done |= keep_if_different(p, &tried);
		if (i >= p->n)
			return true;
	}
	return done;
}

void program_shrink(struct program *p)
{
	struct program tried = *p;
	bool is_smaller = keep_if_different(p, &tried);

	while (is_smaller) {
		is_smaller = false;
		for (uint32_t i = p->n; i-- > 0;) {
			if (i >= p->n)
				continue;
			if (drop_call(p, i, false) || drop_call(p, i, true))
				is_smaller = true;
		}
		for (uint32_t i = 0; i < p->n; i++)
			is_smaller |= simplify_args(p, i);
	}
}
