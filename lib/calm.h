/* SPDX-License-Identifier: MIT */
/*
 * Around system calls that are cancellation points: a thread that ended in one would
 * have changed a count, and told nobody. errno is the interrupted thread's, too.
 */
#ifndef EVFD_LIB_CALM_H
#define EVFD_LIB_CALM_H

#include <errno.h>
#include <pthread.h>

struct evfd_lib_calm {
	int cancelling, error;
};

static inline struct evfd_lib_calm evfd_lib_calm(void)
{
	struct evfd_lib_calm before = { .error = errno };

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before.cancelling);
	return before;
}

static inline void evfd_lib_go_on(struct evfd_lib_calm before)
{
	pthread_setcancelstate(before.cancelling, &before.cancelling);
	errno = before.error;
}

#endif
