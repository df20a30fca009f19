/* SPDX-License-Identifier: MIT */
/*
 * A counter as a GSource, armed: writers make a system call only while the main loop
 * sleeps. The callback has the type evfd_glib_fn and gets what was read; it returns
 * G_SOURCE_CONTINUE or G_SOURCE_REMOVE. A source that ends for another reason
 * (the counter was closed or cancelled) is removed.
 */
#ifndef EVFD_GLIB_H
#define EVFD_GLIB_H

#include <errno.h>
#include <evfd.h>
#include <glib-unix.h>

typedef gboolean evfd_glib_fn(evfd_t h, guint64 value, gpointer data);

struct evfd_glib_source {
	GSource source;
	evfd_t handle;
};

/* Ready, or broken: dispatch tells. */
static inline gboolean evfd_glib_prepare(GSource *source, gint *timeout)
{
	*timeout = -1;
	return evfd_arm(((struct evfd_glib_source *)source)->handle) != 0;
}

static inline gboolean evfd_glib_check(GSource *source)
{
	evfd_t h = ((struct evfd_glib_source *)source)->handle;
	int ready = evfd_disarm(h) < 0 ? -1 : evfd_readiness(h);

	return ready < 0 || ready & (EVFD_IN | EVFD_ERR);
}

static inline gboolean evfd_glib_dispatch(GSource *source, GSourceFunc fn,
					  gpointer data)
{
	evfd_t h = ((struct evfd_glib_source *)source)->handle;
	uint64_t value;

	if (evfd_tryread(h, &value) < 0)
		return errno == EAGAIN;
	return fn ? ((evfd_glib_fn *)(void (*)(void))fn)(h, value, data) : TRUE;
}

/*
 * A source to attach; NULL with errno if the counter's descriptor cannot be had. Give
 * it its callback with g_source_set_callback(source, G_SOURCE_FUNC(fn), ...).
 * Destroy it before the counter is closed.
 */
static inline GSource *evfd_glib_source_new(evfd_t h)
{
	static GSourceFuncs functions = { evfd_glib_prepare,
					  evfd_glib_check,
					  evfd_glib_dispatch,
					  NULL,
					  NULL,
					  NULL };
	int fd = evfd_descriptor(h, EVFD_ARMED);
	GSource *source;

	if (fd < 0)
		return NULL;
	source = g_source_new(&functions, sizeof(struct evfd_glib_source));
	((struct evfd_glib_source *)source)->handle = h;
	g_source_add_unix_fd(source, fd, G_IO_IN);
	return source;
}

#endif
