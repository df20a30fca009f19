/* SPDX-License-Identifier: MIT */
/* A counter in a libevent base. */
#ifndef EVFD_EVENT_H
#define EVFD_EVENT_H

#include <event2/event.h>
#include <evfd.h>

struct evfd_event;
typedef void evfd_event_fn(struct evfd_event *w, uint64_t value);

/* The caller's memory until evfd_event_stop(). */
struct evfd_event {
	struct event *event;
	evfd_t handle;
	evfd_event_fn *fn;
	void *data; /* the caller's */
};

/* A counter that was closed or cancelled is no longer watched. */
static inline void evfd_event_ready(evutil_socket_t fd, short events, void *arg)
{
	struct evfd_event *w = (struct evfd_event *)arg;
	uint64_t value;

	(void)fd;
	(void)events;
	if (evfd_tryread(w->handle, &value) == 0)
		w->fn(w, value);
	else if (evfd_readiness(w->handle) & EVFD_ERR)
		event_del(w->event);
}

/* edge: 0, or EV_ET. 0, or -1. Stop it before the counter is closed. */
static inline int evfd_event_start(struct event_base *base, struct evfd_event *w,
				   evfd_t h, short edge, evfd_event_fn *fn)
{
	int fd = evfd_descriptor(h, 0);

	w->event = NULL;
	if (fd < 0)
		return -1;
	w->handle = h;
	w->fn = fn;
	w->event = event_new(base, fd, (short)(EV_READ | EV_PERSIST | edge),
			     evfd_event_ready, w);
	return w->event ? event_add(w->event, NULL) : -1;
}

static inline void evfd_event_stop(struct evfd_event *w)
{
	if (w->event)
		event_free(w->event);
	w->event = NULL;
}

#endif
