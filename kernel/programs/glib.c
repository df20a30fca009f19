/* SPDX-License-Identifier: MIT */
/* GLib's main loop, woken by a GThread through the eventfd inside GMainContext. */
#include <glib.h>

#define ROUNDS 200

static GMainLoop *loop;
static int calls;

static gboolean on_loop(gpointer from)
{
	g_assert_true(g_main_context_is_owner(g_main_context_default()));
	g_assert_true(g_thread_self() != from);
	if (++calls == ROUNDS)
		g_main_loop_quit(loop);
	return G_SOURCE_REMOVE;
}

static gpointer wake(gpointer unused)
{
	(void)unused;
	for (int i = 0; i < ROUNDS; i++) {
		g_main_context_invoke_full(NULL, G_PRIORITY_DEFAULT, on_loop,
					   g_thread_self(), NULL);
		g_thread_yield();
	}
	return NULL;
}

/* The loop is running before the thread exists, so that it never owns the
 * context itself. */
static gboolean start(gpointer thread)
{
	*(GThread **)thread = g_thread_new("wake", wake, NULL);
	return G_SOURCE_REMOVE;
}

int main(void)
{
	GThread *thread;

	loop = g_main_loop_new(NULL, FALSE);
	g_idle_add(start, &thread);
	g_main_loop_run(loop);
	g_thread_join(thread);
	g_main_loop_unref(loop);
	g_assert_cmpint(calls, ==, ROUNDS);
	g_print("glib: %d calls from another thread\n", calls);
	return 0;
}
