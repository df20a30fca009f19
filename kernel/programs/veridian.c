/* SPDX-License-Identifier: MIT */
/*
 * VeridianOS's own seven tests of its eventfd, by their names, as a program: it
 * asks for that ABI and creates through system call 330. "is_err()" on a
 * blocking eventfd would last the 30 s that Veridian blocks at most, so there
 * the descriptor is made non-blocking first.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../abi.h"

#define EFD_SEMAPHORE 1u
#define EFD_NONBLOCK 0x800u

#define check(condition) ((condition) ? (void)0 : fail(__LINE__, #condition))

static void fail(int line, const char *what)
{
	printf("veridian.c:%d: %s (errno %d)\n", line, what, errno);
	exit(1);
}

static int eventfd_create(uint32_t initval, uint32_t flags)
{
	int fd = (int)syscall(EVFD_VERIDIAN_SYS_EVENTFD_CREATE, initval, flags);

	check(fd >= 0);
	return fd;
}

/* The value, or the negative error. */
static int64_t eventfd_read(int fd)
{
	int64_t value;

	return read(fd, &value, sizeof(value)) == sizeof(value) ? value : -errno;
}

static int eventfd_write(int fd, uint64_t value)
{
	return write(fd, &value, sizeof(value)) == sizeof(value) ? 0 : -errno;
}

static void do_not_block(int fd)
{
	check(!fcntl(fd, F_SETFL, O_NONBLOCK));
}

static void test_eventfd_create_and_read(void)
{
	int fd = eventfd_create(42, 0);

	check(eventfd_read(fd) == 42);
	do_not_block(fd);
	check(eventfd_read(fd) == -EAGAIN);
	close(fd);
}

static void test_eventfd_semaphore_mode(void)
{
	int fd = eventfd_create(3, EFD_SEMAPHORE);

	for (int i = 0; i < 3; i++)
		check(eventfd_read(fd) == 1);
	do_not_block(fd);
	check(eventfd_read(fd) == -EAGAIN);
	close(fd);
}

static void test_eventfd_write_accumulates(void)
{
	int fd = eventfd_create(0, 0);

	check(!eventfd_write(fd, 10) && !eventfd_write(fd, 20));
	check(eventfd_read(fd) == 30);
	close(fd);
}

static void test_eventfd_close(void)
{
	int fd = eventfd_create(0, 0);

	check(!close(fd));
	check(eventfd_read(fd) == -EBADF);
	check(close(fd) < 0 && errno == EBADF);
}

static void test_eventfd_nonblock_on_empty(void)
{
	int fd = eventfd_create(0, EFD_NONBLOCK);

	check(eventfd_read(fd) == -EAGAIN);
	close(fd);
}

static void test_eventfd_write_overflow(void)
{
	int fd = eventfd_create(0, EFD_NONBLOCK);

	check(!eventfd_write(fd, UINT64_MAX - 2));
	check(eventfd_write(fd, 2) == -EAGAIN);
	close(fd);
}

static void test_eventfd_write_max_rejected(void)
{
	int fd = eventfd_create(0, 0);

	check(eventfd_write(fd, UINT64_MAX) == -EINVAL);
	close(fd);
}

#define RUN(test) (test(), puts("ok " #test))

int main(void)
{
	/* Until it is asked for, 330 is not there. */
	check(syscall(EVFD_VERIDIAN_SYS_EVENTFD_CREATE, 0, 0) < 0 &&
	      errno == ENOSYS);
	check(!prctl(EVFD_PRCTL_ABI, EVFD_ABI_VERIDIAN, 0, 0, 0));
	RUN(test_eventfd_create_and_read);
	RUN(test_eventfd_semaphore_mode);
	RUN(test_eventfd_write_accumulates);
	RUN(test_eventfd_close);
	RUN(test_eventfd_nonblock_on_empty);
	RUN(test_eventfd_write_overflow);
	RUN(test_eventfd_write_max_rejected);
	return 0;
}
