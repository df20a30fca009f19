/* SPDX-License-Identifier: MIT */
/* Broken on purpose: two threads, one plain counter. ThreadSanitizer must say. */
#include <pthread.h>
#include <stdio.h>

static long shared;

static void *add(void *arg)
{
	for (int i = 0; i < 1000; i++)
		shared++;
	return arg;
}

int main(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, add, NULL))
		return 0;
	add(NULL);
	pthread_join(thread, NULL);
	printf("%ld\n", shared);
	return 0;
}
