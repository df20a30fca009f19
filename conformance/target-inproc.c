/* SPDX-License-Identifier: MIT */
/*
 * core/ and vfs/ in this program, over port/inproc: processes are structures,
 * their threads are threads of ours. Each case gets a system of its own, so
 * what is alive after it must be nothing.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "native.h"
#include "port/inproc/inproc.h"
#include "target.h"
#include "vfs/node.h"

#define PAGE 4096
#define MAX_EVENTFDS 32768u
#define CASE_PID 100u

struct conf_task {
	struct inproc_thread *thread;
	struct inproc_process *process;
	bool is_process, was_killed;
	int result;
	conf_fn *fn;
	void *arg;
	pthread_t pthread;
	uint32_t is_running; /* atomic; pthread is set */
};

static struct evfd_system *the_system;
static struct inproc_process *case_process;
static uint64_t next_pid;
static evfd_t *scarce_handles;
static uint32_t scarce_count;

static pthread_mutex_t end_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t an_end;

static _Thread_local struct conf_task *self;
static _Alignas(64) unsigned char shared[CONF_SHARED_SIZE];

/* ---- small services ----------------------------------------------------- */

static void print(const char *text, size_t n)
{
	fwrite(text, 1, n, stdout);
	fflush(stdout);
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static void yield(void)
{
	sched_yield();
}

static _Noreturn void give_up(const char *what)
{
	printf("Bail out! %s\n", what);
	exit(3);
}

static struct inproc_process *process_now(void)
{
	return self ? self->process : case_process;
}

static struct evfd_process *evfd_now(void)
{
	return inproc_evfd(process_now());
}

static uint64_t pid_now(void)
{
	return CASE_PID; /* by id only cases in one process call */
}

static struct evfd_system *system_now(void)
{
	return the_system;
}

static struct evfd_registry *registry_now(void)
{
	return evfd_system_registry(the_system);
}

/* ---- around a case ------------------------------------------------------ */

static const char *case_begin(uint32_t needs)
{
	struct evfd_config config = {
		.profile = needs & CONF_VERIDIAN ? EVFD_PROFILE_VERIDIAN :
						   EVFD_PROFILE_LINUX,
		.max_eventfds = needs & CONF_VERIDIAN ? 0 : MAX_EVENTFDS,
	};

	the_system = evfd_system_create(&config);
	if (!the_system)
		return "evfd_system_create() failed";
	next_pid = CASE_PID;
	case_process = inproc_process_create(the_system, next_pid++);
	return case_process ? NULL : "inproc_process_create() failed";
}

static const char *case_end(void)
{
	uint32_t live;

	inproc_clock_stop(false);
	inproc_process_exit(case_process);
	live = evfd_registry_live(registry_now());
	if (evfd_system_destroy(the_system) || live)
		return "nothing of the case's system is alive at its end";
	return NULL;
}

static void census(struct conf_census *c)
{
	struct evfd_census now;

	evfd_system_census(the_system, &now);
	*c = (struct conf_census){ { now.processes, now.files, now.eventfds,
				     now.epolls, now.epoll_items } };
}

/* ---- tasks -------------------------------------------------------------- */

static void *run_task(void *arg)
{
	struct conf_task *t = self = arg;

	t->pthread = pthread_self();
	__atomic_store_n(&t->is_running, 1, __ATOMIC_RELEASE);
	t->result = t->fn(t->arg);
	pthread_mutex_lock(&end_lock);
	pthread_cond_broadcast(&an_end);
	pthread_mutex_unlock(&end_lock);
	return t;
}

static struct conf_task *start(struct inproc_process *p, bool is_process,
			       conf_fn *fn, void *arg)
{
	struct conf_task *t = calloc(1, sizeof(*t));

	if (!t)
		give_up("no memory for a task");
	t->process = p;
	t->is_process = is_process;
	t->fn = fn;
	t->arg = arg;
	t->thread = inproc_thread_start(p, run_task, t);
	if (!t->thread)
		give_up("a thread cannot be started");
	return t;
}

static struct conf_task *self_now(void)
{
	return self;
}

static struct conf_task *spawn(conf_fn *fn, void *arg)
{
	return start(process_now(), false, fn, arg);
}

static struct conf_task *fork_task(conf_fn *fn, void *arg)
{
	struct inproc_process *p = inproc_fork(process_now(), next_pid++);

	if (!p)
		give_up("a process cannot be created");
	return start(p, true, fn, arg);
}

static bool has_ended(struct conf_task *t)
{
	return inproc_is_done(t->thread);
}

/* Until somebody ends, or a moment: the last instructions of a thread come
 * after its broadcast. */
static void doze(uint64_t until_ns)
{
	uint64_t moment = now_ns() + 1000000;
	struct timespec ts;

	if (until_ns > moment)
		until_ns = moment;
	ts.tv_sec = (time_t)(until_ns / 1000000000u);
	ts.tv_nsec = (long)(until_ns % 1000000000u);
	pthread_mutex_lock(&end_lock);
	pthread_cond_timedwait(&an_end, &end_lock, &ts);
	pthread_mutex_unlock(&end_lock);
}

static int wait_task(struct conf_task *t, uint64_t limit_ns)
{
	uint64_t limit = now_ns() + limit_ns;
	int result;

	while (!has_ended(t)) {
		if (now_ns() >= limit)
			return CONF_HANG;
		doze(limit);
	}
	inproc_thread_join(t->thread);
	result = t->was_killed ? CONF_KILLED : t->result;
	if (t->is_process)
		inproc_process_exit(t->process);
	free(t);
	return result;
}

static bool is_blocked(struct conf_task *t)
{
	return inproc_is_blocked(t->thread);
}

static int64_t make_syscall(uint64_t nr, const uint64_t a[6])
{
	return inproc_syscall(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
}

static int exec_task(const char *name, uint64_t arg)
{
	const struct conf_program *p = conf_programs;

	inproc_exec(self->process);
	while (p->name && strcmp(p->name, name))
		p++;
	return p->name ? p->fn(arg) : 127;
}

static void kill_task(struct conf_task *t)
{
	if (t->was_killed || has_ended(t))
		return;
	inproc_kill(t->process);
	t->was_killed = true;
}

static void interrupt(struct conf_task *t, bool restart)
{
	if (restart)
		inproc_signal(t->thread, SIGUSR2, INPROC_HANDLER_RESTART);
	else
		inproc_signal(t->thread, SIGUSR1, INPROC_HANDLER);
}

static uint32_t interrupts(struct conf_task *t)
{
	return (uint32_t)inproc_taken(t->thread);
}

static bool hold_signal(bool hold)
{
	return inproc_sigmask(hold ? CONF_SIGNAL : 0) & CONF_SIGNAL;
}

static uint64_t sleeps(struct conf_task *t)
{
	return inproc_sleeps(t->thread);
}

/* ---- real signals, for calls that may be made in a handler ------------------ */

static void (*strike_fn)(void *arg);
static void *strike_arg;

static void strike_handler(int signal)
{
	(void)signal;
	strike_fn(strike_arg);
}

static void on_strike(void (*fn)(void *arg), void *arg)
{
	struct sigaction sa = { .sa_handler = strike_handler,
				.sa_flags = SA_RESTART };

	strike_fn = fn;
	strike_arg = arg;
	sigaction(SIGUSR2, &sa, NULL);
}

static void strike(struct conf_task *t)
{
	while (!__atomic_load_n(&t->is_running, __ATOMIC_ACQUIRE))
		sched_yield();
	pthread_kill(t->pthread, SIGUSR2);
}

/* ---- small capabilities ------------------------------------------------- */

static int64_t fdinfo(int fd, char *buf, size_t size)
{
	return evfd_process_fdinfo(evfd_now(), fd, buf, size);
}

static uint32_t set_nofile(uint32_t limit)
{
	uint32_t before = evfd_process_limit(evfd_now());

	evfd_process_set_limit(evfd_now(), limit);
	return before;
}

static int post(int fd, uint64_t n)
{
	struct evfd_file *f = evfd_fd_get(evfd_now(), fd);
	int error;

	if (!f)
		return EVFD_EBADF;
	error = evfd_post(registry_now(), evfd_eventfd_handle(f), n);
	evfd_file_put(f);
	return error;
}

/* No poll operation: cannot be watched. */
static const struct evfd_vnode_ops plain_ops = { .name = "plain" };

static int open_plain(void)
{
	static struct evfd_vnode plain = { &plain_ops };
	struct evfd_file *f = evfd_file_open(the_system, &plain, 0);
	int fd = f ? evfd_fd_install(evfd_now(), f, false) : EVFD_ENFILE;

	if (f && fd < 0)
		evfd_file_put(f);
	return fd;
}

/* Take every slot that is left, without descriptors. */
static void set_scarce(bool scarce)
{
	if (scarce) {
		scarce_handles = calloc(MAX_EVENTFDS, sizeof(evfd_t));
		if (!scarce_handles)
			give_up("no memory for handles");
		while (!evfd_create(registry_now(), 0, 0, NULL, NULL,
				    &scarce_handles[scarce_count]))
			scarce_count++;
		return;
	}
	while (scarce_count)
		evfd_close(registry_now(), scarce_handles[--scarce_count]);
	free(scarce_handles);
}

static void allow_330(bool allow)
{
	evfd_process_set_veridian(evfd_now(), allow);
}

/* ---- the target --------------------------------------------------------- */

static const char *setup(struct conf_target *t)
{
	pthread_condattr_t attr;
	unsigned char *pages = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE,
				    MAP_ANONYMOUS | MAP_PRIVATE, -1, 0);

	if (pages == MAP_FAILED || mprotect(pages + PAGE, PAGE, PROT_NONE) ||
	    mprotect(pages + 2 * PAGE, PAGE, PROT_READ))
		return "mmap or mprotect failed";
	t->shared = shared;
	t->fence = pages + PAGE;
	t->readonly = pages + 2 * PAGE;
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&an_end, &attr);
	pthread_condattr_destroy(&attr);
	return NULL;
}

const struct conf_native conf_native_inproc = {
	.system = system_now,
	.registry = registry_now,
	.process = evfd_now,
	.pid = pid_now,
	.on_strike = on_strike,
	.strike = strike,
	.sleeps = sleeps,
	.clock_stop = inproc_clock_stop,
	.clock_advance = inproc_clock_advance,
	.now = evfd_port_now,
	.registry_init = evfd_registry_init,
	.registry_fini = evfd_registry_fini,
	.registry_live = evfd_registry_live,
	.create = evfd_create,
	.close = evfd_close,
	.read = evfd_read,
	.read_put = evfd_read_put,
	.take = evfd_take,
	.write = evfd_write,
	.post = evfd_post,
	.peek = evfd_peek,
	.swap = evfd_swap,
	.cancel = evfd_cancel,
	.readiness = evfd_readiness,
	.watch_add = evfd_watch_add,
	.watch_remove = evfd_watch_remove,
	.wait_any = evfd_wait_any,
	.stat = evfd_stat,
	.snapshot = evfd_snapshot,
	.restore = evfd_restore,
	.veridian_create = evfd_veridian_create,
	.veridian_read = evfd_veridian_read,
	.veridian_write = evfd_veridian_write,
	.veridian_close = evfd_veridian_close,
	.veridian_is_readable = evfd_veridian_is_readable,
	.veridian_is_writable = evfd_veridian_is_writable,
	.veridian_install = evfd_veridian_install,
	.node_read = evfd_veridian_node_read,
	.node_write = evfd_veridian_node_write,
	.node_poll = evfd_veridian_node_poll,
	.node_metadata = evfd_veridian_node_metadata,
	.node_readdir = evfd_veridian_node_readdir,
	.node_lookup = evfd_veridian_node_lookup,
	.node_create = evfd_veridian_node_create,
	.node_mkdir = evfd_veridian_node_mkdir,
	.node_unlink = evfd_veridian_node_unlink,
	.node_truncate = evfd_veridian_node_truncate,
};

struct conf_target conf_target_inproc = {
	.name = "inproc",
	.about = "core/ and vfs/ in this program, over POSIX threads",
	.profile = "inproc",
	.caps = CONF_FORK | CONF_EXEC | CONF_SIGNALS | CONF_FDINFO |
		CONF_FAULTS | CONF_NOFILE | CONF_POST | CONF_PLAIN |
		CONF_SCARCE | CONF_OPTIN_330 | CONF_VERIDIAN | CONF_NATIVE |
		CONF_EMBED | CONF_RAW,
	.scale = 1,
	.setup = setup,
	.print = print,
	.now_ns = now_ns,
	.yield = yield,
	.case_begin = case_begin,
	.case_end = case_end,
	.census = census,
	.syscall = make_syscall,
	.self = self_now,
	.spawn = spawn,
	.wait = wait_task,
	.has_ended = has_ended,
	.is_blocked = is_blocked,
	.fork = fork_task,
	.exec = exec_task,
	.kill = kill_task,
	.interrupt = interrupt,
	.interrupts = interrupts,
	.hold_signal = hold_signal,
	.fdinfo = fdinfo,
	.set_nofile = set_nofile,
	.post = post,
	.open_plain = open_plain,
	.set_scarce = set_scarce,
	.allow_330 = allow_330,
	.native = &conf_native_inproc,
};
