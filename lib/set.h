/* SPDX-License-Identifier: MIT */
/* What the other calls tell the set that a counter is a member of. */
#ifndef EVFD_LIB_SET_H
#define EVFD_LIB_SET_H

#include "core.h"

/*
 * An operation has brought something to the counter of h, which had nothing and whose
 * entry says that it is a member: its loop is to know. Never sleeps, waits for nobody.
 * Context: any.
 */
void evfd_lib_set_follow(evfd_t h);

/* The counter of h has been closed: it leaves its set, if it was in one. Context: thread. */
void evfd_lib_set_leave(evfd_t h);

/* With the descriptors held, and no other thread in the process: all members are to be
 * looked at, and no lock is held. */
void evfd_lib_sets_renew(void);

#endif
