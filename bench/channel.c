/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/futex.h>
#include <semaphore.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <evfd.h>

#include "channel.h"
#include "harness.h"

#define LINE 64

static void open_line(struct channel *c)
{
	c->line = aligned_alloc(LINE, LINE);
	bench_need(c->line, "no memory");
}

static void close_line(struct channel *c)
{
	free(c->line);
}

/* ---- libevfd ------------------------------------------------------------------ */

static void make_counter(struct channel *c, bool is_semaphore)
{
	c->handle = evfd_create(0, is_semaphore ? EVFD_SEMAPHORE : 0, "bench");
	bench_need(c->handle != EVFD_NONE, "evfd_create");
}

static void evfd_open(struct channel *c, bool is_semaphore)
{
	evfd_allow_spin(true);
	make_counter(c, is_semaphore);
}

static void evfd_open_parking(struct channel *c, bool is_semaphore)
{
	evfd_allow_spin(false);
	make_counter(c, is_semaphore);
}

static void evfd_shut(struct channel *c)
{
	bench_need(evfd_close(c->handle) == 0, "evfd_close");
}

static void evfd_put(struct channel *c, uint64_t value)
{
	bench_need(evfd_write(c->handle, value) == 0, "evfd_write");
}

static uint64_t evfd_get(struct channel *c)
{
	uint64_t value;

	bench_need(evfd_read(c->handle, &value) == 0, "evfd_read");
	return value;
}

const struct channel_ops channel_evfd = { "evfd", evfd_open, evfd_shut,
					  evfd_put, evfd_get };

const struct channel_ops channel_evfd_parking = { "evfd parking",
						  evfd_open_parking, evfd_shut,
						  evfd_put, evfd_get };

static int epoll_of(int fd, uint32_t events)
{
	struct epoll_event e = { .events = events };
	int ep = epoll_create1(EPOLL_CLOEXEC);

	bench_need(ep >= 0 && epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e) == 0,
		   "epoll");
	return ep;
}

static void wait_for(int ep)
{
	struct epoll_event e;

	bench_need(epoll_wait(ep, &e, 1, -1) == 1, "epoll_wait");
}

static void armed_open(struct channel *c, bool is_semaphore)
{
	int fd;

	make_counter(c, is_semaphore);
	fd = evfd_descriptor(c->handle, EVFD_ARMED | EVFD_EDGE);
	bench_need(fd >= 0, "evfd_descriptor");
	c->fd[2] = epoll_of(fd, EPOLLIN | EPOLLET);
}

static void armed_close(struct channel *c)
{
	close(c->fd[2]);
	evfd_shut(c);
}

static uint64_t armed_read(struct channel *c)
{
	uint64_t value;
	int ready;

	while (evfd_tryread(c->handle, &value)) {
		ready = evfd_arm(c->handle);
		bench_need(ready >= 0, "evfd_arm");
		if (!ready)
			wait_for(c->fd[2]);
		bench_need(evfd_disarm(c->handle) == 0, "evfd_disarm");
	}
	return value;
}

const struct channel_ops channel_armed_epoll = { "evfd armed + epoll",
						 armed_open, armed_close,
						 evfd_put, armed_read };

/* ---- the kernel's ----------------------------------------------------------------- */

static void fd_write(struct channel *c, uint64_t value)
{
	bench_need(write(c->fd[0], &value, sizeof(value)) == sizeof(value),
		   "write");
}

static uint64_t fd_read(struct channel *c)
{
	uint64_t value;

	bench_need(read(c->fd[1], &value, sizeof(value)) == sizeof(value),
		   "read");
	return value;
}

static void kernel_open(struct channel *c, bool is_semaphore)
{
	c->fd[0] = c->fd[1] =
		eventfd(0, EFD_CLOEXEC | (is_semaphore ? EFD_SEMAPHORE : 0));
	bench_need(c->fd[0] >= 0, "eventfd");
}

static void kernel_close(struct channel *c)
{
	close(c->fd[0]);
}

const struct channel_ops channel_kernel = { "kernel", kernel_open, kernel_close,
					    fd_write, fd_read };

static void epoll_open(struct channel *c, bool is_semaphore)
{
	kernel_open(c, is_semaphore);
	c->fd[2] = epoll_of(c->fd[0], EPOLLIN);
}

static void epoll_close(struct channel *c)
{
	close(c->fd[2]);
	kernel_close(c);
}

static uint64_t epoll_read(struct channel *c)
{
	wait_for(c->fd[2]);
	return fd_read(c);
}

const struct channel_ops channel_kernel_epoll = { "kernel + epoll", epoll_open,
						  epoll_close, fd_write,
						  epoll_read };

static void edge_open(struct channel *c, bool is_semaphore)
{
	kernel_open(c, is_semaphore);
	c->fd[2] = epoll_of(c->fd[0], EPOLLIN | EPOLLET);
}

static uint64_t edge_read(struct channel *c)
{
	wait_for(c->fd[2]);
	return 1;
}

const struct channel_ops channel_edge_epoll = { "bare edge + epoll", edge_open,
						epoll_close, fd_write, edge_read };

static void pipe_open(struct channel *c, bool is_semaphore)
{
	int ends[2];

	(void)is_semaphore;
	bench_need(pipe2(ends, O_CLOEXEC) == 0, "pipe");
	c->fd[0] = ends[1];
	c->fd[1] = ends[0];
}

static void socket_open(struct channel *c, bool is_semaphore)
{
	(void)is_semaphore;
	bench_need(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, c->fd) == 0,
		   "socketpair");
}

static void ends_close(struct channel *c)
{
	close(c->fd[0]);
	close(c->fd[1]);
}

const struct channel_ops channel_pipe = { "pipe", pipe_open, ends_close,
					  fd_write, fd_read };

const struct channel_ops channel_socket = { "socketpair", socket_open,
					    ends_close, fd_write, fd_read };

/* ---- glibc's ------------------------------------------------------------------------ */

static void sem_open_line(struct channel *c, bool is_semaphore)
{
	(void)is_semaphore;
	open_line(c);
	bench_need(sem_init(c->line, 0, 0) == 0, "sem_init");
}

static void sem_write(struct channel *c, uint64_t value)
{
	while (value--)
		bench_need(sem_post(c->line) == 0, "sem_post");
}

static uint64_t sem_read(struct channel *c)
{
	bench_need(sem_wait(c->line) == 0, "sem_wait");
	return 1;
}

const struct channel_ops channel_sem = { "sem_t", sem_open_line, close_line,
					 sem_write, sem_read };

/* ---- the least that there can be --------------------------------------------------------- */

static void word_open(struct channel *c, bool is_semaphore)
{
	(void)is_semaphore;
	open_line(c);
	*(uint32_t *)c->line = 0;
}

/* Not through syscall(3): those calls are counted as libevfd's. */
static void futex(uint32_t *word, int op, uint32_t value)
{
#ifdef __x86_64__
	register void *timeout __asm__("r10") = NULL;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(SYS_futex), "D"(word),
			   "S"(op | FUTEX_PRIVATE_FLAG), "d"(value), "r"(timeout)
			 : "rcx", "r11", "memory");
	(void)result;
#else
	syscall(SYS_futex, word, op | FUTEX_PRIVATE_FLAG, value, NULL);
#endif
}

static void futex_write(struct channel *c, uint64_t value)
{
	uint32_t *word = c->line;

	__atomic_store_n(word, (uint32_t)value, __ATOMIC_RELEASE);
	futex(word, FUTEX_WAKE, 1);
}

static uint64_t futex_read(struct channel *c)
{
	uint32_t *word = c->line, value;

	while (!(value = __atomic_load_n(word, __ATOMIC_ACQUIRE)))
		futex(word, FUTEX_WAIT, 0);
	__atomic_store_n(word, 0, __ATOMIC_RELAXED);
	return value;
}

const struct channel_ops channel_futex = { "bare futex", word_open, close_line,
					   futex_write, futex_read };

static void spin_write(struct channel *c, uint64_t value)
{
	__atomic_store_n((uint32_t *)c->line, (uint32_t)value, __ATOMIC_RELEASE);
}

static uint64_t spin_read(struct channel *c)
{
	uint32_t *word = c->line, value;

	while (!(value = __atomic_load_n(word, __ATOMIC_ACQUIRE)))
		;
	__atomic_store_n(word, 0, __ATOMIC_RELAXED);
	return value;
}

const struct channel_ops channel_spin = { "raw spin", word_open, close_line,
					  spin_write, spin_read };
