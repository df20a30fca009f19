/* SPDX-License-Identifier: MIT */
/*
 * A port to copy: for a processor without a 16-byte compare-and-swap, which
 * builds core/cell_lock.c.
 */
#include "core/cell_lock.h"

#define TO_WRITE() __builtin_trap()

uintptr_t evfd_port_cell_enter(void)
{
	/* If interrupt or signal handlers post: keep them away, and return
	 * what lets them in again. Else return 0. */
	TO_WRITE();
}

void evfd_port_cell_leave(uintptr_t state)
{
	(void)state;
	TO_WRITE();
}

void evfd_port_cell_relax(void)
{
	/* A pause instruction; or yield, if the holder can be preempted. */
	TO_WRITE();
}
