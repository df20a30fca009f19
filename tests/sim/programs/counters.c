/* SPDX-License-Identifier: MIT */
#include "counters.h"

#include <string.h>

struct evfd_registry registry;
evfd_t counter, other;
int results[SIM_THREADS];
uint64_t got[SIM_THREADS];
uint64_t put;

static struct evfd_object *object; /* of `counter`; NULL if there is none */
static uint32_t slept;		   /* bit t: thread t was asleep at rest */

void open_registry(void)
{
	object = NULL;
	sim_check_equal(evfd_registry_init(&registry, 4), 0);
}

void open_counter(uint64_t initial, uint32_t flags)
{
	struct evfd_ref ref;
	int error;

	memset(got, 0, sizeof(got));
	for (int i = 0; i < SIM_THREADS; i++)
		results[i] = NOTHING;
	slept = 0;
	put = initial;
	open_registry();
	error = evfd_create(&registry, initial, flags, NULL, "c", &counter);
	sim_check_equal(error, 0);
	sim_check(evfd_resolve(&registry, counter, &ref));
	object = ref.object;
}

void thread_read(int t, uint64_t deadline_ns)
{
	uint64_t value = 0;

	results[t] = evfd_read(&registry, counter, &value, deadline_ns);
	if (results[t] == 0)
		sim_check(value > 0);
	got[t] += value;
}

void thread_take(int t, uint64_t min, uint64_t max, uint64_t deadline_ns)
{
	uint64_t value = 0;

	results[t] = evfd_take(&registry, counter, min, max, &value, deadline_ns);
	if (results[t] == 0)
		sim_check(value >= min && value <= max);
	got[t] += value;
}

void thread_write(int t, uint64_t value, uint64_t deadline_ns)
{
	results[t] = evfd_write(&registry, counter, value, deadline_ns);
	if (results[t] == 0)
		put += value;
}

void thread_post(int t, uint64_t value)
{
	results[t] = evfd_post(&registry, counter, value);
	if (results[t] == 0)
		put += value;
}

#define COMMON(name, call) \
	void name(void)    \
	{                  \
		call;      \
	}

COMMON(open_empty, open_counter(0, 0))
COMMON(open_semaphore, open_counter(0, EVFD_SEMAPHORE))
COMMON(read_a, thread_read(0, EVFD_FOREVER))
COMMON(read_b, thread_read(1, EVFD_FOREVER))
COMMON(read_c, thread_read(2, EVFD_FOREVER))
COMMON(deadline_a, thread_read(0, SIM_DEADLINE))
COMMON(try_a, thread_read(0, EVFD_NOWAIT))
COMMON(try_b, thread_read(1, EVFD_NOWAIT))
COMMON(write_b, thread_write(1, 1, EVFD_NOWAIT))
COMMON(write_c, thread_write(2, 1, EVFD_NOWAIT))
COMMON(write_d, thread_write(3, 1, EVFD_NOWAIT))
COMMON(post_b, thread_post(1, 1))
COMMON(post_c, thread_post(2, 1))
COMMON(post_d, thread_post(3, 1))
COMMON(cancel_c, results[2] = evfd_cancel(&registry, counter))
COMMON(close_a, results[0] = evfd_close(&registry, counter))
COMMON(close_b, results[1] = evfd_close(&registry, counter))
COMMON(close_c, results[2] = evfd_close(&registry, counter))

uint64_t count_now(void)
{
	uint64_t value;

	sim_check_equal(evfd_peek(&registry, counter, &value), 0);
	return value;
}

void check_always(void)
{
	const struct evfd_object *o = object;
	struct evfd_word w;

	if (!o)
		return;
	w = sim_word(&o->word);
	sim_check(evfd_word_asleep(w) <= SIM_THREADS);
	sim_check(o->tokens <= SIM_THREADS && o->debt <= SIM_THREADS);
	sim_check(o->choosy[EVFD_READERS] <= SIM_THREADS);
	sim_check(o->choosy[EVFD_WRITERS] <= SIM_THREADS);
	sim_check(o->pins / 2 <= SIM_THREADS);
	/* Our generation, its end, the next tenant's or its end. */
	sim_check(evfd_word_generation(w) - (uint32_t)(counter >> 32) <= 3);
}

void check_sums(void)
{
	uint64_t sum = count_now();

	for (int i = 0; i < SIM_THREADS; i++)
		sum += got[i];
	sim_check_equal(sum, put);
}

uint32_t asleep_now(const struct evfd_ref *ref)
{
	return evfd_word_asleep(sim_word(&ref->object->word));
}

void check_registrations(void)
{
	uint32_t asleep = 0;
	struct evfd_ref ref;

	for (int i = 0; i < SIM_THREADS; i++)
		asleep += sim_is_asleep(i);
	sim_check(evfd_resolve(&registry, counter, &ref));
	sim_check_equal(asleep_now(&ref) + ref.object->tokens,
			asleep + ref.object->debt);
	sim_check_equal(ref.object->pins, asleep * 2);
}

void check_no_sleeper_over_value(void)
{
	for (int i = 0; i < SIM_THREADS; i++)
		if (sim_is_asleep(i))
			sim_check_equal(count_now(), 0);
}

int ended_of(int n)
{
	int ended = 0;

	for (int i = 0; i < n; i++)
		ended += sim_is_done(i);
	return ended;
}

void check_rest(void)
{
	check_sums();
	check_registrations();
	check_no_sleeper_over_value();
	close_counter();
}

void close_counter(void)
{
	for (int i = 0; i < SIM_THREADS; i++)
		slept |= (uint32_t)sim_is_asleep(i) << i;
	sim_check_equal(evfd_close(&registry, counter), 0);
}

void end_counter(void)
{
	for (int i = 0; i < SIM_THREADS; i++)
		if (slept >> i & 1)
			sim_check_equal(results[i], EVFD_EBADF);
	sim_check_equal(evfd_registry_live(&registry), 0);
	sim_check_equal(evfd_registry_fini(&registry), 0);
}
