/* SPDX-License-Identifier: MIT */
/* What the files of lib/ share. */
#ifndef EVFD_LIB_LIBRARY_H
#define EVFD_LIB_LIBRARY_H

#include "core.h"

#include "evfd.h"

/* The process's registry; NULL before the first counter was made. Context: any. */
struct evfd_registry *evfd_lib_registry(void);

/* The outermost step: an error becomes -1 and errno, anything else is returned. */
int evfd_lib_result(int result);

#endif
