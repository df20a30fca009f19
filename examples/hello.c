/* SPDX-License-Identifier: MIT */
/* One thread tells another, three times. */
#include <evfd.h>
#include <pthread.h>
#include <stdio.h>

static evfd_t greetings;

static void *greet(void *unused)
{
	for (int i = 0; i < 3; i++)
		evfd_write(greetings, 1);
	return unused;
}

int main(void)
{
	uint64_t count, sum = 0;
	pthread_t thread;

	greetings = evfd_create(0, 0, "greetings");
	if (greetings == EVFD_NONE || pthread_create(&thread, NULL, greet, NULL))
		return 1;
	while (sum < 3) {
		if (evfd_read(greetings, &count) < 0)
			return 1;
		sum += count;
	}
	pthread_join(thread, NULL);
	printf("%llu greetings\n", (unsigned long long)sum);
	return evfd_close(greetings) < 0;
}
