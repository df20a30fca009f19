/* SPDX-License-Identifier: MIT */
/*
 * A sleeping lock in one 32-bit word, 0 when free, over evfd_port_wait_short().
 * For threads only: whatever an interrupt or signal handler touches is not
 * guarded by one of these.
 */
#ifndef EVFD_CORE_MUTEX_H
#define EVFD_CORE_MUTEX_H

#include <evfd/port.h>

void evfd_mutex_lock(uint32_t *m);
void evfd_mutex_unlock(uint32_t *m);

#endif
