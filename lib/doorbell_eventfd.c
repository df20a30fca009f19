/* SPDX-License-Identifier: MIT */
/*
 * The doorbell of a system with eventfd. Only Linux's has been tried.
 *
 * Not by read() and write(): they are cancellation points, and a thread that ended in
 * one would have changed the count, and told nobody.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdbool.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core.h"
#include "doorbell.h"

int evfd_lib_doorbell_open(struct evfd_doorbell *b)
{
	int saved = errno;

	b->fd = b->door = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (b->fd >= 0)
		return 0;
	switch (errno) {
	case EMFILE:
		errno = saved;
		return EVFD_EMFILE;
	case ENFILE:
		errno = saved;
		return EVFD_ENFILE;
	}
	errno = saved;
	return EVFD_ENOMEM;
}

void evfd_lib_doorbell_close(struct evfd_doorbell *b)
{
	int saved = errno;

	syscall(SYS_close, b->fd);
	errno = saved;
}

#ifdef __x86_64__
/* In place: syscall() is one more frame to return through (descriptor.c). Returns
 * what the system does, or something negative. */
static long transfer(long number, int fd, uint64_t *n)
{
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"((long)fd), "S"(n), "d"(sizeof(*n))
			 : "rcx", "r11", "memory");
	return result;
}
#else
static long transfer(long number, int fd, uint64_t *n)
{
	int saved = errno;
	long result = syscall(number, fd, n, sizeof(*n));

	errno = saved;
	return result;
}
#endif

/* False if the eventfd has no room for it. */
static bool add(struct evfd_doorbell *b, uint64_t n)
{
	return transfer(SYS_write, b->door, &n) == sizeof(n);
}

uint64_t evfd_lib_doorbell_hush(struct evfd_doorbell *b)
{
	uint64_t n = 0;

	transfer(SYS_read, b->fd, &n);
	return n;
}

/* There is room, unless it was jammed. */
void evfd_lib_doorbell_ring(struct evfd_doorbell *b)
{
	if (add(b, 1))
		return;
	evfd_lib_doorbell_hush(b);
	add(b, 1);
}

void evfd_lib_doorbell_touch(struct evfd_doorbell *b)
{
	add(b, 0);
}

/* By halves: whatever is in it, the room left is their sum in one way. */
void evfd_lib_doorbell_jam(struct evfd_doorbell *b)
{
	for (uint64_t n = UINT64_C(1) << 63; n > 0; n >>= 1)
		add(b, n);
	add(b, 0); /* an edge, if it was full before */
}
