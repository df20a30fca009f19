/* SPDX-License-Identifier: MIT */
/*
 * Threads that make system calls with senseless arguments, by a generator whose
 * seed is the first argument, while the main thread interrupts them. That the
 * kernel is still there at the end, with nothing left behind, is the test.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define THREADS 6
#define CALLS 20000
#define AREA ((uint64_t)0x20000000)
#define AREA_SIZE 0x20000u
#define FD_LOWEST 3
#define FDS 40

static uint64_t calls;

static uint64_t next(uint64_t *s)
{
	*s ^= *s << 13;
	*s ^= *s >> 7;
	*s ^= *s << 17;
	return *s;
}

/* A number that some call may take for a descriptor, a size, an address ... */
static uint64_t argument(uint64_t *s)
{
	static const uint64_t edges[] = {
		0,
		1,
		7,
		8,
		0x800,
		0x80000,
		4095,
		4096,
		1u << 31,
		UINT32_MAX,
		1ull << 32,
		1ull << 47,
		1ull << 63,
		UINT64_MAX,
		UINT64_MAX - 99,
		0x7fffffffeff8,
		0x7ffffffff000,
		0xffff800000000000,
		0xffffffff80100000,
	};

	switch (next(s) % 4) {
	case 0:
		return edges[next(s) % (sizeof(edges) / sizeof(edges[0]))];
	case 1:
		return AREA + (next(s) % AREA_SIZE & ~UINT64_C(7));
	case 2:
		return AREA + next(s) % (2 * AREA_SIZE);
	default:
		return next(s) % FDS;
	}
}

/* Calls that would end this program, or take its own memory or signals away. */
static bool is_excluded(uint64_t number)
{
	static const uint16_t excluded[] = {
		SYS_brk,	  SYS_clone,	       SYS_clone3,
		SYS_exit,	  SYS_exit_group,      SYS_kill,
		SYS_tkill,	  SYS_tgkill,	       SYS_arch_prctl,
		SYS_rt_sigaction, SYS_rt_sigprocmask,  SYS_rt_sigreturn,
		SYS_sigaltstack,  SYS_set_tid_address, SYS_set_robust_list,
		SYS_close_range,  SYS_rt_sigsuspend,
	};

	for (size_t i = 0; i < sizeof(excluded) / sizeof(excluded[0]); i++)
		if (excluded[i] == number)
			return true;
	return false;
}

/* Keep to the area, and away from descriptors 0 to 2. */
static void confine(uint64_t number, uint64_t a[6])
{
	bool is_memory = number == SYS_mmap || number == SYS_munmap ||
			 number == SYS_mprotect || number == SYS_madvise;

	if (is_memory) {
		a[0] = AREA + a[0] % AREA_SIZE / 4096 * 4096;
		a[1] %= AREA_SIZE;
		a[3] |= number == SYS_mmap ? MAP_FIXED : 0;
	} else if (a[0] < FD_LOWEST) {
		a[0] += FD_LOWEST;
	}
	if ((number == SYS_dup2 || number == SYS_dup3) && a[1] < FD_LOWEST)
		a[1] += FD_LOWEST;
}

static void *scramble(void *seed)
{
	uint64_t s = (uint64_t)(uintptr_t)seed;

	for (;;) {
		uint64_t number = next(&s) % 460, a[6];

		/* Two of three times one of those that everybody uses. */
		if (next(&s) % 3)
			number = next(&s) % 2 ? next(&s) % 36 : 281 + next(&s) % 13;
		for (int i = 0; i < 6; i++)
			a[i] = argument(&s);
		/* Often enough what a read or write of an eventfd takes. */
		if (next(&s) % 4)
			a[0] = FD_LOWEST + next(&s) % FDS;
		if (next(&s) % 2)
			a[2] = sizeof(uint64_t);
		if (is_excluded(number))
			continue;
		confine(number, a);
		syscall((long)number, a[0], a[1], a[2], a[3], a[4], a[5]);
		__atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

static void on_signal(int s)
{
	(void)s;
}

int main(int argc, char **argv)
{
	struct sigaction sa = { .sa_handler = on_signal };
	uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
	pthread_t threads[THREADS];

	if (mmap((void *)AREA, AREA_SIZE, PROT_READ | PROT_WRITE, flags, -1, 0) ==
		    MAP_FAILED ||
	    sigaction(SIGUSR1, &sa, NULL))
		return 1;
	for (uint64_t i = 0; i < AREA_SIZE; i += 8)
		*(uint64_t *)(AREA + i) = i % 1000;
	signal(SIGPIPE, SIG_IGN);
	for (uint64_t i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, scramble,
				   (void *)(uintptr_t)(seed * 1000 + i + 1)))
			return 1;
	/* Whoever is asleep, in whatever call, goes on with EINTR. */
	while (__atomic_load_n(&calls, __ATOMIC_RELAXED) < CALLS) {
		for (int i = 0; i < THREADS; i++)
			pthread_kill(threads[i], SIGUSR1);
		sched_yield();
	}
	printf("scramble: survived %u calls, seed %llu\n", CALLS,
	       (unsigned long long)seed);
	return 0;
}
