/* SPDX-License-Identifier: MIT */
/*
 * A worker wakes a loop, which makes a system call only when there is nothing to do:
 * an armed descriptor.
 */
#include <evfd.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>

#define JOBS 10000

static evfd_t done;

static void *work(void *unused)
{
	for (int i = 0; i < JOBS; i++)
		evfd_write(done, 1);
	return unused;
}

/* Returns when there is something; -1 on error. */
static int wait_for(evfd_t h, struct pollfd *p)
{
	int ready = evfd_arm(h);

	if (ready != 0)
		return ready;
	poll(p, 1, -1);
	return evfd_disarm(h);
}

int main(void)
{
	struct pollfd p = { .events = POLLIN };
	uint64_t n, sum = 0;
	pthread_t thread;

	done = evfd_create(0, 0, "done");
	p.fd = evfd_descriptor(done, EVFD_ARMED);
	if (p.fd < 0 || pthread_create(&thread, NULL, work, NULL))
		return 1;
	while (sum < JOBS) {
		if (wait_for(done, &p) < 0)
			return 1;
		if (evfd_tryread(done, &n) == 0)
			sum += n;
	}
	pthread_join(thread, NULL);
	printf("%llu jobs\n", (unsigned long long)sum);
	return evfd_close(done) < 0;
}
