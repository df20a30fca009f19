/* SPDX-License-Identifier: MIT */
/* A counter in an sd-event loop. */
#ifndef EVFD_SD_EVENT_H
#define EVFD_SD_EVENT_H

#include <errno.h>
#include <evfd.h>
#include <sys/epoll.h>
#include <systemd/sd-event.h>

struct evfd_sd;
/* Negative: the source is disabled, as with any sd-event handler. */
typedef int evfd_sd_fn(struct evfd_sd *w, uint64_t value);

/* The caller's memory until evfd_sd_stop(). */
struct evfd_sd {
	sd_event_source *source;
	evfd_t handle;
	evfd_sd_fn *fn;
	void *data; /* the caller's */
};

static inline int evfd_sd_ready(sd_event_source *source, int fd,
				uint32_t revents, void *arg)
{
	struct evfd_sd *w = (struct evfd_sd *)arg;
	uint64_t value;

	(void)source;
	(void)fd;
	(void)revents;
	if (evfd_tryread(w->handle, &value) == 0)
		return w->fn(w, value);
	return errno == EAGAIN ? 0 : -errno;
}

/* 0 or more, or a negative errno. Stop it before the counter is closed. */
static inline int evfd_sd_start(sd_event *event, struct evfd_sd *w, evfd_t h,
				evfd_sd_fn *fn)
{
	int fd = evfd_descriptor(h, 0);

	w->source = NULL;
	if (fd < 0)
		return -errno;
	w->handle = h;
	w->fn = fn;
	return sd_event_add_io(event, &w->source, fd, EPOLLIN, evfd_sd_ready, w);
}

static inline void evfd_sd_stop(struct evfd_sd *w)
{
	w->source = sd_event_source_disable_unref(w->source);
}

#endif
