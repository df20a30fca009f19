/* SPDX-License-Identifier: MIT */
/*
 * core/ as lib/ sees it: every function under the name evfd_core_, and the names that
 * <evfd.h> wants free for it again. Include this before <evfd.h>.
 */
#ifndef EVFD_LIB_CORE_H
#define EVFD_LIB_CORE_H

#include "rename.h"

#include "core/atomic.h"
#include "core/calls.h"
#include "core/mutex.h"

/* What the files of lib/ share and calls pass: in a shared object a detour less. */
#define EVFD_LIB_HIDDEN __attribute__((__visibility__("hidden")))

#undef evfd_cancel
#undef evfd_close
#undef evfd_create
#undef evfd_owner
#undef evfd_peek
#undef evfd_post
#undef evfd_read
#undef evfd_readiness
#undef evfd_restore
#undef evfd_restrict
#undef evfd_snapshot
#undef evfd_stat
#undef evfd_swap
#undef evfd_take
#undef evfd_wait_any
#undef evfd_write

#endif
