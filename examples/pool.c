/* SPDX-License-Identifier: MIT */
/* A semaphore hands out four places to eight threads. */
#include <evfd.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#define PLACES 4
#define THREADS 8

static evfd_t places;
static atomic_int inside, most;

static void *visit(void *unused)
{
	for (int i = 0; i < 1000; i++) {
		int now, seen;

		if (evfd_read(places, NULL) < 0)
			return &places;
		now = atomic_fetch_add(&inside, 1) + 1;
		seen = atomic_load(&most);
		while (now > seen &&
		       !atomic_compare_exchange_weak(&most, &seen, now))
			;
		atomic_fetch_sub(&inside, 1);
		evfd_write(places, 1);
	}
	return unused;
}

int main(void)
{
	pthread_t threads[THREADS];
	void *failed = NULL, *one;

	places = evfd_create(PLACES, EVFD_SEMAPHORE, "places");
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, visit, NULL))
			return 1;
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], &one);
		failed = one ? one : failed;
	}
	printf("never more than %d of %d inside\n", PLACES, THREADS);
	return failed || atomic_load(&most) > PLACES || evfd_close(places) < 0;
}
