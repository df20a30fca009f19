/* SPDX-License-Identifier: MIT */
/* What the files of lib/ share. */
#ifndef EVFD_LIB_LIBRARY_H
#define EVFD_LIB_LIBRARY_H

#include "core.h"

#include "evfd.h"

/* The process's registry; before the first counter was made, one without any.
 * Context: any. */
extern struct evfd_registry *evfd_lib_the_registry EVFD_LIB_HIDDEN;
static inline struct evfd_registry *evfd_lib_registry(void)
{
	return load_acq(&evfd_lib_the_registry);
}

/* Nobody opens the registry, makes, closes or describes a counter meanwhile. Context:
 * thread. */
void evfd_lib_registry_hold(void);
void evfd_lib_registry_let_go(void);

/* What fork() calls, in this order. */
void evfd_lib_fork_begin(void);
void evfd_lib_fork_parent(void);
void evfd_lib_fork_child(void);

/* The outermost step: an error becomes -1 and errno, anything else is returned. */
int evfd_lib_error(int error) EVFD_LIB_HIDDEN __attribute__((__cold__));
static inline int evfd_lib_result(int result)
{
	return result < 0 ? evfd_lib_error(result) : result;
}

#endif
