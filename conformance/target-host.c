/* SPDX-License-Identifier: MIT */
/*
 * The system that this program runs on, by its own system calls: the oracle
 * where it is Linux, the judged where it is anything that runs Linux programs.
 * One static binary of this is the whole suite for such a system.
 *
 * Is a thread asleep? It marks the begin and the end of each system call in
 * its task; between the two, state S in /proc/<pid>/task/<tid>/stat is that
 * call asleep. The mark is read on both sides of the state, so that a thread
 * that has moved on meanwhile does not count.
 *
 * What the system can do is tried, not assumed, so that a system that has
 * learned something is noticed by its stale pins.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "host.h"

/* Of the kernel's interface: what musl has no headers for. */
#define FUTEX_WAIT 0
#define FUTEX_WAKE 1
#define IOCB_CMD_PREAD 0
#define IOCB_FLAG_RESFD 1u

struct iocb {
	uint64_t data;
	uint32_t key, rw_flags;
	uint16_t opcode;
	int16_t priority;
	uint32_t fd;
	uint64_t buffer, size;
	int64_t offset;
	uint64_t reserved;
	uint32_t flags, resfd;
};

struct io_event {
	uint64_t data, iocb;
	int64_t result, result2;
};

#define TASKS 512
#define STACK_SIZE (64 * 1024)
#define PAGE 4096

static struct conf_task *tasks;
/* Volatile: libc headers promise that calls do not come back to this file, but
 * a signal handler does. */
static __thread struct conf_task *volatile self;

int64_t conf_host_raw(uint64_t nr, const uint64_t a[6])
{
	/* All read first: a sanitizer's call for a read would spoil the registers. */
	const uint64_t rdi = a[0], rsi = a[1], rdx = a[2];
	const uint64_t fourth = a[3], fifth = a[4], sixth = a[5];
	register uint64_t r10 __asm__("r10") = fourth;
	register uint64_t r8 __asm__("r8") = fifth;
	register uint64_t r9 __asm__("r9") = sixth;
	int64_t ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(nr), "D"(rdi), "S"(rsi), "d"(rdx), "r"(r10),
			   "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return ret;
}

static int64_t host_syscall(uint64_t nr, const uint64_t args[6])
{
	int64_t ret;

	if (!self)
		return conf_host_raw(nr, args);
	__atomic_fetch_add(&self->calls, 1, __ATOMIC_SEQ_CST);
	ret = conf_host_raw(nr, args);
	__atomic_fetch_add(&self->calls, 1, __ATOMIC_SEQ_CST);
	return ret;
}

static void host_print(const char *text, size_t n)
{
	while (n) {
		ssize_t done = write(STDOUT_FILENO, text, n);

		if (done < 0)
			_exit(2);
		text += done;
		n -= (size_t)done;
	}
}

static uint64_t host_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static void host_yield(void)
{
	sched_yield();
}

static _Noreturn void give_up(const char *what)
{
	host_print("Bail out! ", 10);
	host_print(what, strlen(what));
	host_print("\n", 1);
	_exit(3);
}

/* ---- tasks -------------------------------------------------------------- */

static struct conf_task *new_task(conf_fn *fn, void *arg)
{
	for (int i = 0; i < TASKS; i++) {
		uint32_t unused = 0;

		if (!__atomic_compare_exchange_n(&tasks[i].in_use, &unused, 1,
						 false, __ATOMIC_ACQ_REL,
						 __ATOMIC_RELAXED))
			continue;
		memset((char *)&tasks[i] + sizeof(uint32_t), 0,
		       sizeof(tasks[i]) - sizeof(uint32_t));
		tasks[i].fn = fn;
		tasks[i].arg = arg;
		return &tasks[i];
	}
	give_up("more than 512 tasks");
}

static struct conf_task *host_self(void)
{
	return self;
}

static void *thread_main(void *arg)
{
	self = arg;
	self->pid = getpid();
	__atomic_store_n(&self->tid, (int)syscall(SYS_gettid), __ATOMIC_RELEASE);
	self->result = self->fn(self->arg);
	__atomic_store_n(&self->has_ended, 1, __ATOMIC_RELEASE);
	syscall(SYS_futex, &self->has_ended, FUTEX_WAKE, 1, NULL, NULL, 0);
	return NULL;
}

static struct conf_task *host_spawn(conf_fn *fn, void *arg)
{
	struct conf_task *t = new_task(fn, arg);
	pthread_attr_t attr;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	if (pthread_create(&t->thread, &attr, thread_main, t))
		give_up("a thread cannot be created");
	pthread_attr_destroy(&attr);
	return t;
}

static struct conf_task *host_fork(conf_fn *fn, void *arg)
{
	struct conf_task *t = new_task(fn, arg);
	int pid = fork();

	if (pid < 0)
		give_up("a process cannot be created");
	if (pid == 0) {
		self = t;
		t->pid = getpid();
		__atomic_store_n(&t->tid, t->pid, __ATOMIC_RELEASE);
		_exit(fn(arg));
	}
	t->is_process = true;
	t->pid = pid;
	return t;
}

/* Not waited for yet: has_ended of a process is set here. */
static bool reap(struct conf_task *t)
{
	int status;

	if (t->has_ended || waitpid(t->pid, &status, WNOHANG) != t->pid)
		return t->has_ended;
	t->result = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
	t->has_ended = 1;
	return true;
}

static bool host_has_ended(struct conf_task *t)
{
	return t->is_process ? reap(t) :
			       __atomic_load_n(&t->has_ended, __ATOMIC_ACQUIRE);
}

/* Until it has ended, or something woke us, or the limit has come. */
static void doze(struct conf_task *t, uint64_t left_ns)
{
	struct timespec left = { (time_t)(left_ns / 1000000000u),
				 (long)(left_ns % 1000000000u) };

	if (t->is_process)
		sched_yield();
	else
		syscall(SYS_futex, &t->has_ended, FUTEX_WAIT, 0, &left, NULL, 0);
}

static int host_wait(struct conf_task *t, uint64_t limit_ns)
{
	uint64_t end = host_now_ns() + limit_ns;
	int result;

	while (!host_has_ended(t)) {
		uint64_t now = host_now_ns();

		if (now >= end)
			return CONF_HANG;
		doze(t, end - now);
	}
	if (!t->is_process)
		pthread_join(t->thread, NULL);
	result = t->result;
	__atomic_store_n(&t->in_use, 0, __ATOMIC_RELEASE);
	return result;
}

/* State letter of a thread, 0 if there is none such. */
static char state_of(int pid, int tid)
{
	char path[64], text[256];
	const char *end;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", pid, tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	end = strrchr(text, ')'); /* the name before it may hold anything */
	return end && end[1] == ' ' ? end[2] : 0;
}

static bool host_is_blocked(struct conf_task *t)
{
	int tid = __atomic_load_n(&t->tid, __ATOMIC_ACQUIRE);
	uint32_t calls = __atomic_load_n(&t->calls, __ATOMIC_SEQ_CST);

	return tid && calls % 2 && state_of(t->pid, tid) == 'S' &&
	       __atomic_load_n(&t->calls, __ATOMIC_SEQ_CST) == calls;
}

/* ---- processes ---------------------------------------------------------- */

static int host_exec(const char *name, uint64_t arg)
{
	char number[24], program[] = "evfd-conformance";
	char o1[] = "--program", o2[] = "--argument", name_copy[64];
	char *argv[] = { program, o1, name_copy, o2, number, NULL };
	char *envp[] = { NULL };

	snprintf(number, sizeof(number), "%llu", (unsigned long long)arg);
	snprintf(name_copy, sizeof(name_copy), "%s", name);
	execve("/proc/self/exe", argv, envp);
	return 127;
}

static void host_kill(struct conf_task *t)
{
	if (!reap(t))
		kill(t->pid, SIGKILL);
}

/* ---- signals ------------------------------------------------------------ */

static void handler(int signal)
{
	(void)signal;
	if (self)
		__atomic_fetch_add(&self->interrupts, 1, __ATOMIC_RELEASE);
}

static bool install(int signal, int flags)
{
	struct sigaction sa, now;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = handler;
	sa.sa_flags = flags;
	return !sigaction(signal, &sa, NULL) &&
	       !sigaction(signal, NULL, &now) && now.sa_handler == handler;
}

static void host_interrupt(struct conf_task *t, bool restart)
{
	syscall(SYS_tgkill, t->pid, __atomic_load_n(&t->tid, __ATOMIC_ACQUIRE),
		restart ? SIGUSR2 : SIGUSR1);
}

static uint32_t host_interrupts(struct conf_task *t)
{
	return __atomic_load_n(&t->interrupts, __ATOMIC_ACQUIRE);
}

static bool host_hold_signal(bool hold)
{
	sigset_t set, old;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(hold ? SIG_BLOCK : SIG_UNBLOCK, &set, &old);
	return sigismember(&old, SIGUSR1);
}

/* ---- small capabilities ------------------------------------------------- */

static int64_t host_fdinfo(int fd, char *buf, size_t size)
{
	char path[64];
	ssize_t n;
	int info;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	info = open(path, O_RDONLY | O_CLOEXEC);
	if (info < 0)
		return -errno;
	n = read(info, buf, size);
	close(info);
	return n;
}

static uint32_t host_set_nofile(uint32_t limit)
{
	struct rlimit old, want;

	if (getrlimit(RLIMIT_NOFILE, &old))
		return 0;
	want = old;
	want.rlim_cur = limit;
	if (want.rlim_max < limit)
		want.rlim_max = limit;
	return setrlimit(RLIMIT_NOFILE, &want) ? 0 : (uint32_t)old.rlim_cur;
}

/* The kernel posts 1 to the eventfd of each finished asynchronous request. */
static int host_post(int fd, uint64_t n)
{
	struct iocb cb, *list[1] = { &cb };
	struct io_event done;
	unsigned long context = 0;
	char byte;
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC), error = 0;

	if (from < 0 || syscall(SYS_io_setup, 1, &context))
		error = -errno;
	for (uint64_t i = 0; !error && i < n; i++) {
		cb = (struct iocb){
			.opcode = IOCB_CMD_PREAD,
			.fd = (uint32_t)from,
			.buffer = (uint64_t)(uintptr_t)&byte,
			.size = 1,
			.flags = IOCB_FLAG_RESFD,
			.resfd = (uint32_t)fd,
		};
		if (syscall(SYS_io_submit, context, 1, list) != 1 ||
		    syscall(SYS_io_getevents, context, 1, 1, &done, NULL) != 1)
			error = -errno;
	}
	if (context)
		syscall(SYS_io_destroy, context);
	if (from >= 0)
		close(from);
	return error;
}

static int host_open_plain(void)
{
	return open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* The reference kernel's opt-in to VeridianOS's ABI (kernel/abi.h); Linux knows no
 * such request. */
#define PRCTL_ABI 0x45564644

static bool set_abi(unsigned long abi)
{
	return syscall(SYS_prctl, PRCTL_ABI, abi, 0, 0, 0) == 0;
}

static void host_allow_330(bool allow)
{
	set_abi(allow);
}

/* ---- setup -------------------------------------------------------------- */

static bool can_fork(void)
{
	int status, pid = fork();

	if (pid == 0)
		_exit(7);
	return pid > 0 && waitpid(pid, &status, 0) == pid &&
	       WIFEXITED(status) && WEXITSTATUS(status) == 7;
}

static bool can_signal(void)
{
	struct conf_task t = { .in_use = 1 };
	bool is_installed = install(SIGUSR1, 0) && install(SIGUSR2, SA_RESTART);

	if (!is_installed)
		return false;
	self = &t;
	syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), SIGUSR1);
	self = NULL;
	return t.interrupts == 1;
}

static bool can_limit(void)
{
	uint32_t limit = host_set_nofile(64);
	bool was_taken = limit && host_set_nofile(limit) == 64;

	return was_taken;
}

static bool can_post(void)
{
	unsigned long context = 0;
	bool can = access("/proc/self/exe", R_OK) == 0 &&
		   syscall(SYS_io_setup, 1, &context) == 0;

	if (context)
		syscall(SYS_io_destroy, context);
	return can;
}

static uint32_t find_caps(void)
{
	uint32_t caps = CONF_FAULTS | CONF_RAW;
	char text[512];
	int fd = host_open_plain();

	if (can_fork()) {
		caps |= CONF_FORK;
		if (access("/proc/self/exe", X_OK) == 0)
			caps |= CONF_EXEC;
	}
	if (can_signal())
		caps |= CONF_SIGNALS;
	if (host_fdinfo(STDOUT_FILENO, text, sizeof(text)) >= 0)
		caps |= CONF_FDINFO;
	if (can_limit())
		caps |= CONF_NOFILE;
	if (can_post())
		caps |= CONF_POST;
	if (set_abi(0))
		caps |= CONF_OPTIN_330;
	if (fd >= 0) {
		caps |= CONF_PLAIN;
		close(fd);
	}
	return caps;
}

static void find_profile(struct conf_target *t)
{
	struct utsname u;

	if (uname(&u) ||
	    (!strstr(u.version, "evfd") && !strstr(u.sysname, "evfd")))
		return;
	t->profile = "evfd-kernel";
	t->scale = 50; /* emulated */
}

/* Cases count on numbers without gaps. */
static void close_inherited(void)
{
	for (int fd = STDERR_FILENO + 1; fd < 256; fd++)
		close(fd);
}

static const char *host_setup(struct conf_target *t)
{
	int anywhere = MAP_ANONYMOUS | MAP_SHARED;
	size_t size = CONF_SHARED_SIZE + TASKS * sizeof(struct conf_task);
	unsigned char *p =
		mmap(NULL, size, PROT_READ | PROT_WRITE, anywhere, -1, 0);
	unsigned char *pages = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE,
				    MAP_ANONYMOUS | MAP_PRIVATE, -1, 0);

	if (p == MAP_FAILED || pages == MAP_FAILED ||
	    mprotect(pages + PAGE, PAGE, PROT_NONE) ||
	    mprotect(pages + 2 * PAGE, PAGE, PROT_READ))
		return "mmap or mprotect failed";
	if (!state_of(getpid(), (int)syscall(SYS_gettid)))
		return "/proc/<pid>/task/<tid>/stat is missing: whether a "
		       "thread sleeps cannot be told";
	close_inherited();
	t->shared = p;
	tasks = (struct conf_task *)(void *)(p + CONF_SHARED_SIZE);
	t->fence = pages + PAGE;
	t->readonly = pages + 2 * PAGE;
	t->caps = find_caps();
	find_profile(t);
	return NULL;
}

struct conf_target conf_target_host = {
	.name = "host",
	.about = "the system that this program runs on",
	.profile = "linux",
	.scale = 1,
	.setup = host_setup,
	.print = host_print,
	.now_ns = host_now_ns,
	.yield = host_yield,
	.syscall = host_syscall,
	.self = host_self,
	.spawn = host_spawn,
	.wait = host_wait,
	.has_ended = host_has_ended,
	.is_blocked = host_is_blocked,
	.fork = host_fork,
	.exec = host_exec,
	.kill = host_kill,
	.interrupt = host_interrupt,
	.interrupts = host_interrupts,
	.hold_signal = host_hold_signal,
	.fdinfo = host_fdinfo,
	.set_nofile = host_set_nofile,
	.post = host_post,
	.open_plain = host_open_plain,
	.allow_330 = host_allow_330,
};
