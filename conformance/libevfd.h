/* SPDX-License-Identifier: MIT */
/*
 * Between the library's target, which sees the suite's types, and the library, whose
 * public header has the same names for its own. libevfd.c includes <evfd.h> and
 * nothing else of the project; these are its calls with errors as the suite wants
 * them, negative, and with a registry in front, which is ignored: the library
 * has one. machine.c is what the library runs on.
 */
#ifndef CONF_LIBEVFD_H
#define CONF_LIBEVFD_H

#include "target.h"

extern struct conf_target conf_target_host;

struct evfd_owner;
struct evfd_registry;
struct evfd_snapshot;
struct evfd_stat;

/* Sizes of the library's owner, stat and snapshot. */
extern const size_t libevfd_sizes[3];

int libevfd_create(struct evfd_registry *r, uint64_t initial, uint32_t flags,
		   struct evfd_owner *owner, const char *label, uint64_t *h);
int libevfd_close(struct evfd_registry *r, uint64_t h);
int libevfd_read(struct evfd_registry *r, uint64_t h, uint64_t *value,
		 uint64_t deadline_ns);
int libevfd_take(struct evfd_registry *r, uint64_t h, uint64_t min,
		 uint64_t max, uint64_t *taken, uint64_t deadline_ns);
int libevfd_write(struct evfd_registry *r, uint64_t h, uint64_t value,
		  uint64_t deadline_ns);
int libevfd_post(struct evfd_registry *r, uint64_t h, uint64_t value);
int libevfd_peek(struct evfd_registry *r, uint64_t h, uint64_t *value);
int libevfd_swap(struct evfd_registry *r, uint64_t h, uint64_t value,
		 uint64_t *old);
int libevfd_cancel(struct evfd_registry *r, uint64_t h);
int libevfd_readiness(struct evfd_registry *r, uint64_t h);
int libevfd_stat(struct evfd_registry *r, uint64_t h, struct evfd_stat *st);
int libevfd_snapshot(struct evfd_registry *r, uint64_t h, struct evfd_snapshot *s);
int libevfd_restore(struct evfd_registry *r, const struct evfd_snapshot *s,
		    struct evfd_owner *owner);
uint32_t libevfd_live(struct evfd_registry *r);

/* Without a registry: what only the library has. */
int libevfd_wait_any(const uint64_t *set, uint32_t n, uint64_t *value,
		     uint64_t deadline_ns);
int libevfd_descriptor(uint64_t h, uint32_t flags);
int libevfd_arm(uint64_t h);
int libevfd_disarm(uint64_t h);

/* ---- machine.c ------------------------------------------------------------ */

uint64_t machine_now(void);
void machine_clock_stop(bool stopped);
void machine_clock_advance(uint64_t ns);
/* Around what makes an event on a descriptor, and what waits for one. */
void machine_before_write(void);
int64_t machine_poll(uint64_t nr, const uint64_t a[6]);
uint64_t machine_sleeps(struct conf_task *t);
void machine_on_strike(void (*fn)(void *arg), void *arg);
void machine_strike(struct conf_task *t);

#endif
