/* SPDX-License-Identifier: MIT */
/* A counter in a libev loop. */
#ifndef EVFD_EV_H
#define EVFD_EV_H

#include <ev.h>
#include <evfd.h>

struct evfd_ev;
typedef void evfd_ev_fn(struct ev_loop *loop, struct evfd_ev *w, uint64_t value);

/* The caller's memory until evfd_ev_stop(). */
struct evfd_ev {
	ev_io io; /* io.data is the caller's */
	evfd_t handle;
	evfd_ev_fn *fn;
};

/* A counter that was closed or cancelled is no longer watched. */
static inline void evfd_ev_ready(struct ev_loop *loop, ev_io *io, int events)
{
	struct evfd_ev *w = (struct evfd_ev *)io;
	uint64_t value;

	(void)events;
	if (evfd_tryread(w->handle, &value) == 0)
		w->fn(loop, w, value);
	else if (evfd_readiness(w->handle) & EVFD_ERR)
		ev_io_stop(loop, io);
}

/* 0, or -1 with errno. Stop it before the counter is closed. */
static inline int evfd_ev_start(struct ev_loop *loop, struct evfd_ev *w,
				evfd_t h, evfd_ev_fn *fn)
{
	int fd = evfd_descriptor(h, 0);

	if (fd < 0)
		return -1;
	w->handle = h;
	w->fn = fn;
	ev_io_init(&w->io, evfd_ev_ready, fd, EV_READ);
	ev_io_start(loop, &w->io);
	return 0;
}

static inline void evfd_ev_stop(struct ev_loop *loop, struct evfd_ev *w)
{
	ev_io_stop(loop, &w->io);
}

#endif
