/* SPDX-License-Identifier: MIT */
/* A counter as a source of a GMainLoop. */
#include <evfd/glib.h>

#include "producer.h"

static guint64 received;

static gboolean on_value(evfd_t counter, guint64 value, gpointer loop)
{
	(void)counter;
	received += value;
	if (received == UNITS)
		g_main_loop_quit(loop);
	return G_SOURCE_CONTINUE;
}

int main(void)
{
	evfd_t counter = evfd_create(0, 0, "glib");
	GMainLoop *loop = g_main_loop_new(NULL, FALSE);
	GSource *source = evfd_glib_source_new(counter);

	if (!source)
		return 1;
	g_source_set_callback(source, G_SOURCE_FUNC(on_value), loop, NULL);
	g_source_attach(source, NULL);
	if (producer_start(&counter))
		return 1;
	g_main_loop_run(loop);
	g_source_destroy(source);
	g_source_unref(source);
	g_main_loop_unref(loop);
	return producer_end(counter, received);
}
