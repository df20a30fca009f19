/* SPDX-License-Identifier: MIT */
/* A counter in a libuv loop. Unlike uv_async_t: values, and no loop per sender. */
#ifndef EVFD_UV_H
#define EVFD_UV_H

#include <evfd.h>
#include <uv.h>

struct evfd_uv;
typedef void evfd_uv_fn(struct evfd_uv *w, uint64_t value);

/* The caller's memory until uv_close(&w->poll) has called back. */
struct evfd_uv {
	uv_poll_t poll; /* poll.data is the caller's */
	evfd_t handle;
	evfd_uv_fn *fn;
};

/* A counter that was closed or cancelled is no longer polled. */
static inline void evfd_uv_ready(uv_poll_t *poll, int status, int events)
{
	struct evfd_uv *w = (struct evfd_uv *)poll;
	uint64_t value;

	(void)events;
	if (status == 0 && evfd_tryread(w->handle, &value) == 0)
		w->fn(w, value);
	else if (evfd_readiness(w->handle) & EVFD_ERR)
		uv_poll_stop(poll);
}

/* 0, or an error of libuv's. Close &w->poll before the counter. */
static inline int evfd_uv_start(uv_loop_t *loop, struct evfd_uv *w, evfd_t h,
				evfd_uv_fn *fn)
{
	int error, fd = evfd_descriptor(h, 0);

	if (fd < 0)
		return UV_EBADF;
	w->handle = h;
	w->fn = fn;
	error = uv_poll_init(loop, &w->poll, fd);
	return error ? error : uv_poll_start(&w->poll, UV_READABLE, evfd_uv_ready);
}

#endif
