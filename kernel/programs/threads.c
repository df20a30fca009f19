/* SPDX-License-Identifier: MIT */
/*
 * POSIX threads that talk through eventfds: producers add to one counter that an
 * epoll loop drains, workers share the units of a semaphore, and a pair plays
 * ping-pong with blocking reads. Nothing is lost, nothing is counted twice.
 */
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define PRODUCERS 8
#define WRITES 500
#define WORKERS 4
#define UNITS 400
#define ROUNDS 500

#define check(condition) ((condition) ? (void)0 : fail(__LINE__, #condition))

static void fail(int line, const char *what)
{
	fprintf(stderr, "threads.c:%d: %s\n", line, what);
	exit(1);
}

static void add(int fd, uint64_t n)
{
	check(write(fd, &n, sizeof(n)) == sizeof(n));
}

static uint64_t take(int fd)
{
	uint64_t n;

	check(read(fd, &n, sizeof(n)) == sizeof(n));
	return n;
}

static void *produce(void *fd)
{
	for (int i = 0; i < WRITES; i++)
		add(*(int *)fd, 1);
	return NULL;
}

static void drain_through_epoll(void)
{
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	int ep = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event e = { .events = EPOLLIN | EPOLLET, .data.fd = fd };
	pthread_t producers[PRODUCERS];
	uint64_t sum = 0, n;

	check(fd >= 0 && ep >= 0 && !epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e));
	for (int i = 0; i < PRODUCERS; i++)
		check(!pthread_create(&producers[i], NULL, produce, &fd));
	while (sum < PRODUCERS * WRITES) {
		check(epoll_wait(ep, &e, 1, -1) == 1 && e.data.fd == fd);
		while (read(fd, &n, sizeof(n)) == sizeof(n))
			sum += n;
	}
	for (int i = 0; i < PRODUCERS; i++)
		check(!pthread_join(producers[i], NULL));
	check(sum == PRODUCERS * WRITES);
	check(epoll_wait(ep, &e, 1, 0) <= 1 && read(fd, &n, 8) < 0);
	close(ep);
	close(fd);
}

struct job {
	int units;
	int done;
};

static void *work(void *argument)
{
	struct job *job = argument;

	for (int i = 0; i < UNITS / WORKERS; i++) {
		check(take(job->units) == 1);
		add(job->done, 1);
	}
	return NULL;
}

static void share_a_semaphore(void)
{
	struct job job = { eventfd(0, EFD_SEMAPHORE), eventfd(0, 0) };
	struct pollfd p = { .fd = job.done, .events = POLLIN };
	pthread_t workers[WORKERS];
	uint64_t done = 0;

	for (int i = 0; i < WORKERS; i++)
		check(!pthread_create(&workers[i], NULL, work, &job));
	for (int i = 0; i < UNITS / 2; i++)
		add(job.units, 2);
	while (done < UNITS) {
		check(poll(&p, 1, -1) == 1 && p.revents == POLLIN);
		done += take(job.done);
	}
	for (int i = 0; i < WORKERS; i++)
		check(!pthread_join(workers[i], NULL));
	check(done == UNITS);
	close(job.units);
	close(job.done);
}

static void *answer(void *argument)
{
	int *fds = argument;

	for (uint64_t i = 1; i <= ROUNDS; i++) {
		check(take(fds[0]) == i);
		add(fds[1], i);
	}
	return NULL;
}

static void play_ping_pong(void)
{
	int fds[2] = { eventfd(0, 0), eventfd(0, 0) };
	pthread_t other;

	check(!pthread_create(&other, NULL, answer, fds));
	for (uint64_t i = 1; i <= ROUNDS; i++) {
		add(fds[0], i);
		check(take(fds[1]) == i);
	}
	check(!pthread_join(other, NULL));
	close(fds[0]);
	close(fds[1]);
}

int main(void)
{
	drain_through_epoll();
	share_a_semaphore();
	play_ping_pong();
	puts("threads: every unit arrived once");
	return 0;
}
