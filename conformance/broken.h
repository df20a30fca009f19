/* SPDX-License-Identifier: MIT */
/*
 * The suite's own broken twin: targets that misbehave in one way each, to see
 * that each way is noticed. main-broken.c runs them.
 */
#ifndef CONF_BROKEN_H
#define CONF_BROKEN_H

#include "native.h"
#include "target.h"

struct breakage {
	const char *name;  /* also the target's */
	const char *about; /* what it does wrong */
	const char *only;  /* cases that are run, at least one of which fails */
	/* In place of the base's, or NULL. */
	int64_t (*syscall)(uint64_t nr, const uint64_t args[6]);
	void (*apply)(struct conf_target *t, struct conf_native *n);
};

/* Over the host's system calls, and over the native interface of inproc. Each
 * ends with a NULL name. */
extern const struct breakage broken_syscalls[], broken_natives[];

extern struct conf_target conf_target_host, conf_target_inproc;
extern const struct conf_native conf_native_inproc;

#endif
