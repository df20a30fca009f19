/* SPDX-License-Identifier: MIT */
/*
 * The doorbell of the BSDs and macOS: a kqueue with one user event, itself a
 * descriptor that polls as readable while the event is triggered. Written from the
 * manual pages; it has never been compiled or run by us.
 *
 * Never writable, as the pipe. Rings that nobody has heard are one: in armed mode a
 * loop that was called twice hushes once more than it needs.
 */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/event.h>
#include <sys/time.h>
#include <unistd.h>

#include "calm.h"
#include "core.h"
#include "doorbell.h"

int evfd_lib_doorbell_open(struct evfd_doorbell *b)
{
	int saved = errno, result = 0;
	struct kevent change;

	b->fd = b->door = kqueue();
	if (b->fd < 0) {
		result = errno == EMFILE ? EVFD_EMFILE :
			 errno == ENFILE ? EVFD_ENFILE :
					   EVFD_ENOMEM;
		errno = saved;
		return result;
	}
	EV_SET(&change, 0, EVFILT_USER, EV_ADD | EV_CLEAR, 0, 0, NULL);
	if (fcntl(b->fd, F_SETFD, FD_CLOEXEC) < 0 ||
	    kevent(b->fd, &change, 1, NULL, 0, NULL) < 0) {
		close(b->fd);
		result = EVFD_ENOMEM;
	}
	errno = saved;
	return result;
}

void evfd_lib_doorbell_close(struct evfd_doorbell *b)
{
	struct evfd_lib_calm before = evfd_lib_calm();

	close(b->fd);
	evfd_lib_go_on(before);
}

void evfd_lib_doorbell_ring(struct evfd_doorbell *b)
{
	struct evfd_lib_calm before = evfd_lib_calm();
	struct kevent change;

	EV_SET(&change, 0, EVFILT_USER, 0, NOTE_TRIGGER, 0, NULL);
	kevent(b->door, &change, 1, NULL, 0, NULL);
	evfd_lib_go_on(before);
}

/* EV_CLEAR: to be told of the event resets it. */
uint64_t evfd_lib_doorbell_hush(struct evfd_doorbell *b)
{
	struct evfd_lib_calm before = evfd_lib_calm();
	const struct timespec now = { 0, 0 };
	struct kevent event;
	int n = kevent(b->fd, NULL, 0, &event, 1, &now);

	evfd_lib_go_on(before);
	return n > 0;
}

void evfd_lib_doorbell_touch(struct evfd_doorbell *b)
{
	(void)b;
}

void evfd_lib_doorbell_jam(struct evfd_doorbell *b)
{
	evfd_lib_doorbell_ring(b);
}
