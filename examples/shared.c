/* SPDX-License-Identifier: MIT */
/*
 * Two processes and two counters in memory that both map. The worker is killed in the
 * middle of what it does; nothing is lost but what it had in hand.
 */
#define _DEFAULT_SOURCE
#include <errno.h>
#include <evfd.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define JOBS 1000

static struct page {
	struct evfd_shared jobs, done;
} * page;

static void work(void)
{
	while (evfd_shared_read(&page->jobs, NULL) == 0)
		if (evfd_shared_write(&page->done, 1) < 0)
			break;
	_exit(0);
}

static pid_t hire(void)
{
	pid_t pid = fork();

	if (pid == 0)
		work();
	return pid;
}

int main(void)
{
	uint64_t left, done;
	pid_t worker;

	page = mmap(NULL, sizeof(*page), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED)
		return 1;
	if (evfd_shared_init(&page->jobs, JOBS, EVFD_SEMAPHORE) < 0 ||
	    evfd_shared_init(&page->done, 0, 0) < 0)
		return errno == ENOTSUP ? 77 : 1;

	worker = hire();
	if (evfd_shared_take(&page->done, 10, 10, NULL) < 0)
		return 1;
	kill(worker, SIGKILL);
	waitpid(worker, NULL, 0);

	/* One job at most was taken and not done: it is given out again. */
	if (evfd_shared_peek(&page->jobs, &left) < 0 ||
	    evfd_shared_peek(&page->done, &done) < 0)
		return 1;
	printf("killed with %" PRIu64 " in hand\n", JOBS - 10 - left - done);
	evfd_shared_post(&page->jobs, JOBS - 10 - left - done);
	worker = hire();
	if (evfd_shared_take(&page->done, JOBS - 10, JOBS - 10, NULL) < 0)
		return 1;
	evfd_shared_cancel(&page->jobs);
	return waitpid(worker, NULL, 0) != worker;
}
