/* SPDX-License-Identifier: MIT */
/*
 * What a host supplies if it builds cell_lock.c, and only then.
 */
#ifndef EVFD_CORE_CELL_LOCK_H
#define EVFD_CORE_CELL_LOCK_H

#include <stdint.h>

/*
 * Keep whatever may call into evfd from interrupting this thread on this
 * processor until evfd_port_cell_leave(); returns what that needs to know.
 * Hosts whose handlers never call evfd return 0 and do nothing. Context: any.
 */
uintptr_t evfd_port_cell_enter(void);
void evfd_port_cell_leave(uintptr_t state);
/* The lock is held by another processor, or by a thread that was preempted: let
 * it run. Context: as above. */
void evfd_port_cell_relax(void);

#endif
