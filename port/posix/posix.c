/* SPDX-License-Identifier: MIT */
/* What every POSIX host supplies, however its threads wait. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <evfd/port.h>

#define NS_PER_S UINT64_C(1000000000)
#define LINE 64u

uint64_t evfd_port_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec;
}

void *evfd_port_alloc(size_t size)
{
	void *p;

	if (size > SIZE_MAX - LINE)
		return NULL;
	size = (size + LINE - 1) / LINE * LINE;
	p = aligned_alloc(LINE, size);
	return p ? memset(p, 0, size) : NULL;
}

void evfd_port_free(void *p, size_t size)
{
	(void)size;
	free(p);
}

_Noreturn void evfd_port_panic(const char *what, const char *file, int line)
{
	fprintf(stderr, "evfd: %s:%d: %s\n", file, line, what);
	abort();
}
