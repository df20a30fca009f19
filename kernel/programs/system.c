/* SPDX-License-Identifier: MIT */
/*
 * What the kernel itself promises, checked from inside a program: memory that
 * comes and goes under other threads' feet, signals, and an end that takes
 * sleeping and running threads along.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "core/cell_x86_64.c"

#define PAGE 4096
#define ROUNDS 500
#define FLAGS_FORBIDDEN 0x7000 /* IOPL and NT */

#define check(condition) ((condition) ? (void)0 : fail(__LINE__, #condition))

static void fail(int line, const char *what)
{
	printf("system.c:%d: %s (errno %d)\n", line, what, errno);
	fflush(stdout);
	_exit(1);
}

static int counter;
static char *volatile page;

static void *map(void *at, size_t size)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | (at ? MAP_FIXED : 0);
	void *p = mmap(at, size, PROT_READ | PROT_WRITE, flags, -1, 0);

	check(p != MAP_FAILED);
	return p;
}

/* ---- signals that the program brings on itself ------------------------------ */

static sigjmp_buf back;
static void *volatile fault_address;

static void on_fault(int s, siginfo_t *info, void *context)
{
	(void)s, (void)context;
	fault_address = info->si_addr;
	siglongjmp(back, 1);
}

#define FAULTS(statement) \
	(sigsetjmp(back, 1) ? true : ((void)(statement), false))

static void check_protection(void)
{
	struct sigaction sa = { .sa_sigaction = on_fault,
				.sa_flags = SA_SIGINFO | SA_ONSTACK };
	static char stack[65536];
	stack_t alternate = { .ss_sp = stack, .ss_size = sizeof(stack) };
	uintptr_t forbidden[] = { (uintptr_t)check_protection,
				  0xffffffff80100000, 8 };
	char *p = map(NULL, 3 * PAGE);

	check(!sigaltstack(&alternate, NULL));
	check(!sigaction(SIGSEGV, &sa, NULL));
	for (size_t i = 0; i < sizeof(forbidden) / sizeof(forbidden[0]); i++)
		check(FAULTS(*(volatile char *)forbidden[i] = 1));
	check(fault_address == (void *)8);
	p[PAGE] = (char)0xc3; /* ret */
	check(FAULTS(((void (*)(void))(p + PAGE))()));
	check(!mprotect(p + PAGE, PAGE, PROT_READ | PROT_EXEC));
	((void (*)(void))(p + PAGE))();
	check(FAULTS(p[PAGE] = 1) && fault_address == p + PAGE);
	check(!mprotect(p + PAGE, PAGE, PROT_NONE));
	check(FAULTS(*(volatile char *)(p + PAGE)));
	check(!mprotect(p, 3 * PAGE, PROT_READ | PROT_WRITE));
	check(p[PAGE] == (char)0xc3 && p[0] == 0);
	check(!madvise(p, 3 * PAGE, MADV_DONTNEED) && p[PAGE] == 0);
	check(!munmap(p, 3 * PAGE));
	check(mprotect(p, PAGE, PROT_READ) < 0 && errno == ENOMEM);
	signal(SIGSEGV, SIG_DFL);
}

/* After the core's compare and swap of 16 bytes, which this count takes, no number stands
 * in the flags (core/cell_x86_64.c); for that popfq and shl, before it, are what QEMU
 * 7.2 needs. */
static void check_flags(void)
{
	static struct evfd_word cell, expected, desired = { .count = EVFD_MAX };
	uint32_t number = FLAGS_FORBIDDEN;
	uint64_t flags;
	bool is_done;

	__asm__ volatile("pushfq; popfq; shll $1, %0"
			 : "+r"(number), "+m"(expected), "+m"(desired)
			 :
			 : "cc");
	is_done = evfd_cell_cas(&cell, &expected, desired);
	__asm__ volatile("pushfq; popq %0" : "=r"(flags) : : "memory");
	check(is_done && !(flags & FLAGS_FORBIDDEN));
}

/* ---- memory that another thread takes away ---------------------------------- */

static void *come_and_go(void *unused)
{
	(void)unused;
	for (int i = 0; i < ROUNDS; i++) {
		page = map(page, PAGE);
		check(!munmap(page, PAGE));
	}
	return NULL;
}

/* The value arrives or stays; no third thing, whatever the page does. */
static void copy_while_unmapped(void)
{
	pthread_t other;
	uint64_t value;

	page = map(NULL, PAGE);
	check(!pthread_create(&other, NULL, come_and_go, NULL));
	for (uint64_t i = 1; i <= ROUNDS; i++) {
		check(write(counter, &i, sizeof(i)) == sizeof(i));
		if (read(counter, page, sizeof(value)) == sizeof(value))
			continue;
		check(errno == EFAULT);
		check(read(counter, &value, sizeof(value)) == sizeof(value));
		check(value == i);
	}
	check(!pthread_join(other, NULL));
	check(read(counter, (void *)0xffffffff80100000, 8) < 0);
	check(errno == EFAULT);
}

static volatile int is_done;

static void *look(void *p)
{
	while (!is_done) {
		char c = *(volatile char *)p;

		check(c == 0 || c == 1);
	}
	return NULL;
}

/* Another CPU never sees a page after it has been given away. */
static void protect_while_read(void)
{
	char *p = map(NULL, PAGE);
	pthread_t other;

	check(!pthread_create(&other, NULL, look, p));
	for (int i = 0; i < ROUNDS; i++) {
		char *used;

		check(!madvise(p, PAGE, MADV_DONTNEED));
		used = map(NULL, PAGE);
		memset(used, 0x55, PAGE);
		check(!munmap(used, PAGE));
		*p = 1;
	}
	is_done = 1;
	check(!pthread_join(other, NULL));
}

/* ---- signals that others send ------------------------------------------------ */

static volatile int handled, reader_tid;

static void on_signal(int s)
{
	(void)s;
	handled++;
}

static char state_of(int tid)
{
	char path[64], text[128];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	fd = open(path, O_RDONLY);
	check(fd >= 0);
	n = read(fd, text, sizeof(text) - 1);
	check(n > 0);
	close(fd);
	text[n] = '\0';
	return strrchr(text, ')')[2];
}

static void wait_until_asleep(void)
{
	while (!reader_tid || state_of(reader_tid) != 'S')
		sched_yield();
}

/* The result of a read, or its negative error. */
static void *read_counter(void *unused)
{
	uint64_t value;

	(void)unused;
	reader_tid = (int)syscall(SYS_gettid);
	if (read(counter, &value, sizeof(value)) != sizeof(value))
		return (void *)(intptr_t)-errno;
	return (void *)(intptr_t)value;
}

static intptr_t interrupt_reader(int flags)
{
	struct sigaction sa = { .sa_handler = on_signal, .sa_flags = flags };
	uint64_t seven = 7;
	pthread_t reader;
	void *result;
	int before = handled;

	reader_tid = 0;
	check(!sigaction(SIGUSR1, &sa, NULL));
	check(!pthread_create(&reader, NULL, read_counter, NULL));
	wait_until_asleep();
	check(!pthread_kill(reader, SIGUSR1));
	while (handled == before)
		sched_yield();
	if (flags & SA_RESTART) {
		wait_until_asleep();
		check(write(counter, &seven, sizeof(seven)) == sizeof(seven));
	}
	check(!pthread_join(reader, &result));
	return (intptr_t)result;
}

/* How many handlers had run when a ppoll() that masks signals returned. */
static void *poll_masked(void *unused)
{
	struct pollfd p = { .fd = counter, .events = POLLIN };
	sigset_t all;

	(void)unused;
	sigfillset(&all);
	reader_tid = (int)syscall(SYS_gettid);
	check(ppoll(&p, 1, NULL, &all) == 1);
	return (void *)(intptr_t)handled;
}

static void check_mask_put_back(void)
{
	uint64_t one = 1;
	pthread_t poller;
	void *seen;
	int before = handled;

	reader_tid = 0;
	check(!pthread_create(&poller, NULL, poll_masked, NULL));
	wait_until_asleep();
	check(!pthread_kill(poller, SIGUSR1));
	check(write(counter, &one, sizeof(one)) == sizeof(one));
	check(!pthread_join(poller, &seen));
	check((intptr_t)seen == before + 1);
	check(read(counter, &one, sizeof(one)) == sizeof(one));
}

static void check_signals(void)
{
	struct timespec moment = { 0, 1000000 }, before, after;

	check(interrupt_reader(0) == -EINTR);
	check(interrupt_reader(SA_RESTART) == 7);
	check(!raise(SIGUSR1) && handled == 3);
	check(!kill(getpid(), SIGUSR1) && handled == 4);
	check_mask_put_back();
	clock_gettime(CLOCK_MONOTONIC, &before);
	check(!nanosleep(&moment, NULL));
	clock_gettime(CLOCK_MONOTONIC, &after);
	check((after.tv_sec - before.tv_sec) * 1000000000L + after.tv_nsec -
		      before.tv_nsec >=
	      moment.tv_nsec);
}

/* ---- the end ------------------------------------------------------------------- */

static void *run_for_ever(void *unused)
{
	(void)unused;
	for (;;)
		handled++;
	return NULL;
}

int main(void)
{
	pthread_t t;

	counter = eventfd(0, 0);
	check(counter >= 0);
	check_protection();
	check_flags();
	copy_while_unmapped();
	protect_while_read();
	check_signals();
	for (int i = 0; i < 3; i++) {
		check(!pthread_create(&t, NULL, run_for_ever, NULL));
		check(!pthread_create(&t, NULL, read_counter, NULL));
	}
	puts("system: memory, signals and threads as promised");
	return 0;
}
