/* SPDX-License-Identifier: MIT */
/* What the examples of event loops have in common: a thread that writes. */
#ifndef EVFD_EXAMPLES_PRODUCER_H
#define EVFD_EXAMPLES_PRODUCER_H

#include <evfd.h>
#include <pthread.h>
#include <stdio.h>

#define UNITS 10000u

static pthread_t producer;

static void *produce(void *counter)
{
	for (unsigned i = 0; i < UNITS; i++)
		evfd_write(*(evfd_t *)counter, 1);
	return NULL;
}

static int producer_start(evfd_t *counter)
{
	return pthread_create(&producer, NULL, produce, counter);
}

/* The exit status of an example that has received so many. */
static int producer_end(evfd_t counter, uint64_t received)
{
	pthread_join(producer, NULL);
	printf("%llu of %u\n", (unsigned long long)received, UNITS);
	return received != UNITS || evfd_close(counter) < 0;
}

#endif
