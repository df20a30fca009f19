/* SPDX-License-Identifier: MIT */
/* Stop workers that sleep: no flag, no poison value, no wakeup to forget. */
#include <errno.h>
#include <evfd.h>
#include <pthread.h>
#include <stdio.h>

#define WORKERS 3

static evfd_t jobs;

static void *work(void *count)
{
	for (;;) {
		if (evfd_read(jobs, NULL) == 0)
			++*(int *)count;
		else if (errno == ECANCELED)
			return NULL;
		else if (errno != EINTR)
			return &jobs;
	}
}

int main(void)
{
	int counts[WORKERS] = { 0 }, sum = 0;
	pthread_t threads[WORKERS];
	void *failed = NULL, *one;
	struct evfd_stat st;

	jobs = evfd_create(0, EVFD_SEMAPHORE, "jobs");
	for (int i = 0; i < WORKERS; i++)
		if (pthread_create(&threads[i], NULL, work, &counts[i]))
			return 1;
	evfd_write(jobs, 100);
	do
		evfd_stat(jobs, &st);
	while (st.count > 0);
	evfd_cancel(jobs);
	for (int i = 0; i < WORKERS; i++) {
		pthread_join(threads[i], &one);
		failed = one ? one : failed;
		sum += counts[i];
	}
	printf("%d jobs, then everybody went home\n", sum);
	return failed || sum != 100 || evfd_close(jobs) < 0;
}
