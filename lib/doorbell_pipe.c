/* SPDX-License-Identifier: MIT */
/*
 * The doorbell of any POSIX system: a pipe, one byte a ring. The end to wait for is
 * never writable: where this is used, a descriptor shows readiness to read only.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/types.h>
#include <unistd.h>

#include "calm.h"
#include "core.h"
#include "doorbell.h"

static bool set_up(int fd)
{
	return fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 &&
	       fcntl(fd, F_SETFL, O_NONBLOCK) == 0;
}

int evfd_lib_doorbell_open(struct evfd_doorbell *b)
{
	int saved = errno, result = 0;
	int ends[2];

	if (pipe(ends) < 0) {
		result = errno == EMFILE ? EVFD_EMFILE :
			 errno == ENFILE ? EVFD_ENFILE :
					   EVFD_ENOMEM;
	} else if (!set_up(ends[0]) || !set_up(ends[1])) {
		close(ends[0]);
		close(ends[1]);
		result = EVFD_ENOMEM;
	} else {
		b->fd = ends[0];
		b->door = ends[1];
	}
	errno = saved;
	return result;
}

void evfd_lib_doorbell_close(struct evfd_doorbell *b)
{
	struct evfd_lib_calm before = evfd_lib_calm();

	close(b->fd);
	close(b->door);
	evfd_lib_go_on(before);
}

uint64_t evfd_lib_doorbell_hush(struct evfd_doorbell *b)
{
	struct evfd_lib_calm before = evfd_lib_calm();
	uint64_t rings = 0;
	char bytes[512];
	ssize_t n;

	while ((n = read(b->fd, bytes, sizeof(bytes))) > 0)
		rings += (uint64_t)n;
	evfd_lib_go_on(before);
	return rings;
}

/* A full pipe is readable, but no edge: make room first. */
void evfd_lib_doorbell_ring(struct evfd_doorbell *b)
{
	struct evfd_lib_calm before = evfd_lib_calm();

	if (write(b->door, "", 1) != 1) {
		evfd_lib_doorbell_hush(b);
		(void)!write(b->door, "", 1);
	}
	evfd_lib_go_on(before);
}

void evfd_lib_doorbell_touch(struct evfd_doorbell *b)
{
	(void)b;
}

void evfd_lib_doorbell_jam(struct evfd_doorbell *b)
{
	evfd_lib_doorbell_ring(b);
}
