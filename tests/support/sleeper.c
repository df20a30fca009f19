/* SPDX-License-Identifier: MIT */
#include "sleeper.h"

#include "unit.h"

struct evfd_registry registry;

static int put(void *ctx, uint64_t value)
{
	struct sleeper *s = ctx;

	s->value = value;
	return s->put_result;
}

static void run(void *arg)
{
	struct sleeper *s = arg;

	switch (s->call) {
	case SLEEPER_READ:
		s->result = evfd_read(&registry, s->handle, &s->value,
				      s->deadline_ns);
		break;
	case SLEEPER_WRITE:
		s->result =
			evfd_write(&registry, s->handle, s->max, s->deadline_ns);
		break;
	case SLEEPER_TAKE:
		s->result = evfd_take(&registry, s->handle, s->min, s->max,
				      &s->value, s->deadline_ns);
		break;
	case SLEEPER_PUT:
		s->result = evfd_read_put(&registry, s->handle, put, s,
					  s->deadline_ns);
		break;
	}
}

void sleeper_launch(struct sleeper *s)
{
	s->thread = testport_start(run, s);
}

void sleeper_start(struct sleeper *s)
{
	uint32_t asleep = testport_asleep();

	sleeper_launch(s);
	testport_until_asleep(asleep + 1);
}

int sleeper_join(struct sleeper *s)
{
	testport_join(s->thread);
	return s->result;
}

struct sleeper sleeper_read(evfd_t h)
{
	return (struct sleeper){ .call = SLEEPER_READ,
				 .handle = h,
				 .deadline_ns = EVFD_FOREVER };
}

struct sleeper sleeper_write(evfd_t h, uint64_t value)
{
	return (struct sleeper){ .call = SLEEPER_WRITE,
				 .handle = h,
				 .max = value,
				 .deadline_ns = EVFD_FOREVER };
}

struct sleeper sleeper_take(evfd_t h, uint64_t min, uint64_t max)
{
	return (struct sleeper){ .call = SLEEPER_TAKE,
				 .handle = h,
				 .min = min,
				 .max = max,
				 .deadline_ns = EVFD_FOREVER };
}

struct sleeper sleeper_put(evfd_t h, int put_result)
{
	return (struct sleeper){ .call = SLEEPER_PUT,
				 .handle = h,
				 .put_result = put_result,
				 .deadline_ns = EVFD_FOREVER };
}

int registry_setup(void **state)
{
	(void)state;
	testport_reset();
	return evfd_registry_init(&registry, 0);
}

int registry_teardown(void **state)
{
	(void)state;
	assert_int_equal(evfd_registry_live(&registry), 0);
	assert_int_equal(evfd_registry_fini(&registry), 0);
	assert_int_equal(testport_counts().allocs, 0);
	return 0;
}

evfd_t counter_new(uint64_t initial, uint32_t flags)
{
	evfd_t h = EVFD_NONE;

	assert_int_equal(evfd_create(&registry, initial, flags, NULL, NULL, &h), 0);
	return h;
}

uint64_t count_of(evfd_t h)
{
	uint64_t value;

	assert_int_equal(evfd_peek(&registry, h, &value), 0);
	return value;
}

struct evfd_stat stat_of(evfd_t h)
{
	struct evfd_stat st;

	assert_int_equal(evfd_stat(&registry, h, &st), 0);
	return st;
}

void assert_nobody_waits(evfd_t h)
{
	struct evfd_stat st = stat_of(h);

	assert_int_equal(st.waiting_readers, 0);
	assert_int_equal(st.waiting_writers, 0);
}
