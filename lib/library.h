/* SPDX-License-Identifier: MIT */
/* What the files of lib/ share. */
#ifndef EVFD_LIB_LIBRARY_H
#define EVFD_LIB_LIBRARY_H

#include "core.h"

#include "evfd.h"

/* The process's registry; NULL before the first counter was made. Context: any. */
struct evfd_registry *evfd_lib_registry(void);

/* Nobody opens the registry, makes, closes or describes a counter meanwhile. Context:
 * thread. */
void evfd_lib_registry_hold(void);
void evfd_lib_registry_let_go(void);

/* What fork() calls, in this order. */
void evfd_lib_fork_begin(void);
void evfd_lib_fork_parent(void);
void evfd_lib_fork_child(void);

/* The outermost step: an error becomes -1 and errno, anything else is returned. */
int evfd_lib_result(int result);

#endif
