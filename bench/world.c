/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <errno.h>
#include <sys/resource.h>
#include <unistd.h>

#include "port/inproc/inproc.h"

#include "world.h"

#define SPARE 64u
#define OURS_MAX (1u << 20)

static int64_t call_ours(long number, uint64_t a0, uint64_t a1, uint64_t a2,
			 uint64_t a3)
{
	return inproc_syscall((uint64_t)number, a0, a1, a2, a3, 0, 0);
}

static int64_t call_kernel(long number, uint64_t a0, uint64_t a1, uint64_t a2,
			   uint64_t a3)
{
	long result = syscall(number, a0, a1, a2, a3);

	return result < 0 ? -errno : result;
}

void world_begin(struct world worlds[2])
{
	const struct evfd_config config = { .max_eventfds = OURS_MAX };
	struct evfd_system *system = evfd_system_create(&config);
	struct inproc_process *process =
		system ? inproc_process_create(system, 1) : NULL;
	struct rlimit limit;

	bench_need(process, "no system");
	evfd_process_set_limit(inproc_evfd(process), OURS_MAX);
	inproc_bind(process);
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur > OURS_MAX)
		limit.rlim_cur = OURS_MAX;
	worlds[0] = (struct world){ "evfd", call_ours, OURS_MAX - SPARE };
	worlds[1] = (struct world){ "kernel", call_kernel,
				    (uint32_t)limit.rlim_cur - SPARE };
}

int world_eventfd(const struct world *w)
{
	int64_t fd = w->call(SYS_eventfd2, 0, 0, 0, 0);

	bench_need(fd >= 0, "eventfd2");
	return (int)fd;
}

int world_epoll(const struct world *w)
{
	int64_t fd = w->call(SYS_epoll_create1, 0, 0, 0, 0);

	bench_need(fd >= 0, "epoll_create1");
	return (int)fd;
}

void world_watch(const struct world *w, int epoll, int fd)
{
	struct epoll_event e = { .events = EPOLLIN };

	bench_need(w->call(SYS_epoll_ctl, (uint64_t)epoll, EPOLL_CTL_ADD,
			   (uint64_t)fd, (uintptr_t)&e) == 0,
		   "epoll_ctl");
}

void world_close(const struct world *w, int fd)
{
	bench_need(w->call(SYS_close, (uint64_t)fd, 0, 0, 0) == 0, "close");
}
