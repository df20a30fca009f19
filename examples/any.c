/* SPDX-License-Identifier: MIT */
/* Wait for any of many; what is taken from one is left with no other. */
#include <evfd.h>
#include <pthread.h>
#include <stdio.h>

#define SENSORS 5
#define READINGS 200

static evfd_t sensors[SENSORS];

static void *sense(void *index)
{
	evfd_t mine = sensors[*(int *)index];

	for (int i = 0; i < READINGS; i++)
		evfd_write(mine, 1);
	return NULL;
}

int main(void)
{
	int indices[SENSORS];
	pthread_t threads[SENSORS];
	uint64_t value, sums[SENSORS] = { 0 }, left = SENSORS * READINGS;

	for (int i = 0; i < SENSORS; i++) {
		indices[i] = i;
		sensors[i] = evfd_create(0, 0, "sensor");
	}
	for (int i = 0; i < SENSORS; i++)
		if (pthread_create(&threads[i], NULL, sense, &indices[i]))
			return 1;
	while (left > 0) {
		int which = evfd_wait_any(sensors, SENSORS, &value);

		if (which < 0)
			return 1;
		sums[which] += value;
		left -= value;
	}
	for (int i = 0; i < SENSORS; i++) {
		pthread_join(threads[i], NULL);
		if (sums[i] != READINGS || evfd_close(sensors[i]) < 0)
			return 1;
	}
	printf("%d readings of each of %d sensors\n", READINGS, SENSORS);
	return 0;
}
