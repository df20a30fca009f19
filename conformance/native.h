/* SPDX-License-Identifier: MIT */
/*
 * The native interface as the X and S cases reach it: through pointers, so
 * that a suite without core/ and vfs/ (the static binary) has the same cases
 * and skips them. Each has the signature and the meaning of its namesake.
 */
#ifndef CONF_NATIVE_H
#define CONF_NATIVE_H

#include <evfd/veridian.h>

struct conf_task;

#define CONF_AS(function) __typeof__(function) *

struct conf_native {
	/* What the running case got from case_begin(), fresh and empty. */
	struct evfd_system *(*system)(void);
	struct evfd_registry *(*registry)(void);
	struct evfd_process *(*process)(void); /* the calling task's */
	uint64_t (*pid)(void);		       /* its number */

	/*
	 * Send the task a real signal, whatever it is doing, whose handler calls
	 * fn(arg). on_strike() first, once for all strikes.
	 */
	void (*on_strike)(void (*fn)(void *arg), void *arg);
	void (*strike)(struct conf_task *t);
	/* How often the task was put to sleep since it started. */
	uint64_t (*sleeps)(struct conf_task *t);
	/* The clock of deadlines, stopped; moved by hand. */
	void (*clock_stop)(bool stopped);
	void (*clock_advance)(uint64_t ns);
	CONF_AS(evfd_port_now) now;

	CONF_AS(evfd_registry_init) registry_init;
	CONF_AS(evfd_registry_fini) registry_fini;
	CONF_AS(evfd_registry_live) registry_live;
	CONF_AS(evfd_create) create;
	CONF_AS(evfd_close) close;
	CONF_AS(evfd_read) read;
	CONF_AS(evfd_read_put) read_put;
	CONF_AS(evfd_take) take;
	CONF_AS(evfd_write) write;
	CONF_AS(evfd_post) post;
	CONF_AS(evfd_peek) peek;
	CONF_AS(evfd_swap) swap;
	CONF_AS(evfd_cancel) cancel;
	CONF_AS(evfd_readiness) readiness;
	CONF_AS(evfd_watch_add) watch_add;
	CONF_AS(evfd_watch_remove) watch_remove;
	CONF_AS(evfd_wait_any) wait_any;
	CONF_AS(evfd_stat) stat;
	CONF_AS(evfd_snapshot) snapshot;
	CONF_AS(evfd_restore) restore;

	/* With CONF_DESCRIPTOR: as in libevfd's <evfd.h>, errors negative. */
	int (*descriptor)(evfd_t h, uint32_t flags);
	int (*arm)(evfd_t h);
	int (*disarm)(evfd_t h);

	CONF_AS(evfd_veridian_create) veridian_create;
	CONF_AS(evfd_veridian_read) veridian_read;
	CONF_AS(evfd_veridian_write) veridian_write;
	CONF_AS(evfd_veridian_close) veridian_close;
	CONF_AS(evfd_veridian_is_readable) veridian_is_readable;
	CONF_AS(evfd_veridian_is_writable) veridian_is_writable;
	CONF_AS(evfd_veridian_install) veridian_install;
	CONF_AS(evfd_veridian_node_read) node_read;
	CONF_AS(evfd_veridian_node_write) node_write;
	CONF_AS(evfd_veridian_node_poll) node_poll;
	CONF_AS(evfd_veridian_node_metadata) node_metadata;
	CONF_AS(evfd_veridian_node_readdir) node_readdir;
	CONF_AS(evfd_veridian_node_lookup) node_lookup;
	CONF_AS(evfd_veridian_node_create) node_create;
	CONF_AS(evfd_veridian_node_mkdir) node_mkdir;
	CONF_AS(evfd_veridian_node_unlink) node_unlink;
	CONF_AS(evfd_veridian_node_truncate) node_truncate;
};

#endif
