/* SPDX-License-Identifier: MIT */
/* X1 to X13: what the native interface adds. */
#include "conf.h"
#include "native.h"

#define SECOND UINT64_C(1000000000)
#define SLEEPERS 8

static evfd_t make(uint64_t initial, uint32_t flags)
{
	evfd_t h = EVFD_NONE;

	return N->create(N->registry(), initial, flags, NULL, NULL, &h) ?
		       EVFD_NONE :
		       h;
}

static int64_t count_of(evfd_t h)
{
	uint64_t v;
	int error = N->peek(N->registry(), h, &v);

	return error ? error : (int64_t)v;
}

#define COUNT(h, expected) EQ(count_of(h), expected)
#define END(h) EQ(N->close(N->registry(), h), 0)

/* One native call in a task of its own. */
struct native {
	evfd_t h;
	uint64_t value, deadline_ns;
	uint64_t min, max; /* of a take; max 0: a read */
	int result;
	struct conf_task *task;
};

static int task_reads(void *arg)
{
	struct native *c = arg;

	if (c->max)
		c->result = N->take(N->registry(), c->h, c->min, c->max,
				    &c->value, c->deadline_ns);
	else
		c->result =
			N->read(N->registry(), c->h, &c->value, c->deadline_ns);
	return 0;
}

static int task_writes(void *arg)
{
	struct native *c = arg;

	c->result = N->write(N->registry(), c->h, c->value, c->deadline_ns);
	return 0;
}

/* Start it and check that it sleeps. */
static int sleep_in(struct native *c, conf_fn *fn)
{
	c->task = conf_spawn(fn, c);
	TRUE(conf_until_blocked(c->task));
	return 0;
}

static int start_readers(struct native *c, int n, evfd_t h)
{
	for (int i = 0; i < n; i++) {
		c[i] = (struct native){ .h = h, .deadline_ns = EVFD_FOREVER };
		EQ(sleep_in(&c[i], task_reads), 0);
	}
	return 0;
}

static int join_all(struct native *c, int n, int expected)
{
	for (int i = 0; i < n; i++) {
		EQ(conf_join(c[i].task), 0);
		EQ(c[i].result, expected);
	}
	return 0;
}

/* Wait until `ended` of n ended, the rest asleep; check that these were never
 * woken. Moves the sleepers to the front. */
static int settle(struct native *c, int n, int ended)
{
	int kept = 0, gone = 0;

	while (gone < ended) {
		gone = 0;
		for (int i = 0; i < n; i++)
			gone += T->has_ended(c[i].task);
		T->yield();
	}
	for (int i = 0; i < n; i++) {
		if (conf_until_blocked(c[i].task)) {
			EQ(N->sleeps(c[i].task), 1);
			c[kept++] = c[i];
		} else {
			EQ(conf_join(c[i].task), 0);
			EQ(c[i].result, 0);
		}
	}
	EQ(n - kept, ended);
	return 0;
}

/* ---- X1: exact wake ----------------------------------------------------- */

static int X1_a_post_of_n_wakes_n_semaphore_sleepers(void)
{
	evfd_t h = make(0, EVFD_SEMAPHORE | EVFD_COUNTED);
	struct native c[SLEEPERS];
	struct evfd_stat st;

	EQ(start_readers(c, SLEEPERS, h), 0);
	EQ(N->post(N->registry(), h, 3), 0);
	EQ(settle(c, SLEEPERS, 3), 0);
	EQ(N->stat(N->registry(), h, &st), 0);
	EQ(st.wakes, 3);
	EQ(st.waiting_readers, SLEEPERS - 3);
	EQ(N->write(N->registry(), h, SLEEPERS - 3, EVFD_NOWAIT), 0);
	EQ(join_all(c, SLEEPERS - 3, 0), 0);
	COUNT(h, 0);
	END(h);
	return 0;
}

static int X1_a_post_wakes_no_more_than_sleep(void)
{
	evfd_t h = make(0, EVFD_SEMAPHORE | EVFD_COUNTED);
	struct native c[2];
	struct evfd_stat st;

	EQ(start_readers(c, 2, h), 0);
	EQ(N->post(N->registry(), h, 10), 0);
	EQ(join_all(c, 2, 0), 0);
	EQ(N->stat(N->registry(), h, &st), 0);
	EQ(st.wakes, 2);
	COUNT(h, 8);
	END(h);
	return 0;
}

static int X1_a_post_in_counter_mode_wakes_one(void)
{
	evfd_t h = make(0, EVFD_COUNTED);
	struct native c[SLEEPERS];
	struct evfd_stat st;

	EQ(start_readers(c, SLEEPERS, h), 0);
	for (int left = SLEEPERS; left > 0; left--) {
		EQ(N->post(N->registry(), h, 5), 0);
		EQ(settle(c, left, 1), 0);
	}
	EQ(N->stat(N->registry(), h, &st), 0);
	EQ(st.wakes, SLEEPERS);
	COUNT(h, 0);
	END(h);
	return 0;
}

static int X1_a_post_of_0_wakes_nobody(void)
{
	evfd_t h = make(0, EVFD_COUNTED);
	struct native c[1];
	struct evfd_stat st;

	EQ(start_readers(c, 1, h), 0);
	EQ(N->post(N->registry(), h, 0), 0);
	EQ(N->write(N->registry(), h, 0, EVFD_NOWAIT), 0);
	TRUE(conf_until_blocked(c[0].task));
	EQ(N->sleeps(c[0].task), 1);
	EQ(N->stat(N->registry(), h, &st), 0);
	EQ(st.wakes, 0);
	EQ(N->post(N->registry(), h, 1), 0);
	EQ(join_all(c, 1, 0), 0);
	END(h);
	return 0;
}

static int X1_nobody_asleep_nobody_woken(void)
{
	evfd_t h = make(0, EVFD_COUNTED);
	struct evfd_stat st;
	uint64_t v;

	for (int i = 0; i < 100; i++) {
		EQ(N->post(N->registry(), h, 1), 0);
		EQ(N->read(N->registry(), h, &v, EVFD_NOWAIT), 0);
	}
	EQ(N->stat(N->registry(), h, &st), 0);
	EQ(st.wakes, 0);
	EQ(st.posts, 100);
	EQ(st.reads, 100);
	END(h);
	return 0;
}

/* ---- X2: fault-safe read ------------------------------------------------ */

static int X2_a_read_to_a_bad_address_loses_nothing(void)
{
	unsigned char *bad[] = { NULL, T->fence, T->fence - 4, T->readonly };
	int e = conf_eventfd(9, EFD_NONBLOCK);
	int s = conf_eventfd(1, EFD_NONBLOCK | EFD_SEMAPHORE);

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		EQ(sys(SYS_READ, e, bad[i], 8), -EFAULT);
		EQ(sys(SYS_READ, s, bad[i], 8), -EFAULT);
		EQ(conf_poll(e, POLLIN), POLLIN);
	}
	HOLDS(e, 9);
	HOLDS(s, 1);
	CLOSE(e, s);
	return 0;
}

struct put_log {
	int calls, error;
	uint64_t value;
};

static int put(void *ctx, uint64_t value)
{
	struct put_log *log = ctx;

	log->calls++;
	log->value = value;
	return log->error;
}

static int X2_a_value_that_cannot_be_delivered_stays(void)
{
	evfd_t h = make(9, 0);
	struct put_log log = { .error = -EFAULT };

	EQ(N->read_put(N->registry(), h, put, &log, EVFD_NOWAIT), -EFAULT);
	COUNT(h, 9);
	log.error = 0;
	EQ(N->read_put(N->registry(), h, put, &log, EVFD_NOWAIT), 0);
	EQ(log.value, 9);
	COUNT(h, 0);
	log.calls = 0;
	EQ(N->read_put(N->registry(), h, put, &log, EVFD_NOWAIT), -EAGAIN);
	EQ(log.calls, 0);
	END(h);
	return 0;
}

/* ---- X3: deadlines ------------------------------------------------------ */

static int times_out(struct native *c, conf_fn *fn)
{
	N->clock_stop(true);
	c->deadline_ns = N->now() + SECOND;
	EQ(sleep_in(c, fn), 0);
	N->clock_advance(SECOND - 1);
	TRUE(conf_until_blocked(c->task));
	N->clock_advance(1);
	EQ(conf_join(c->task), 0);
	EQ(c->result, -ETIMEDOUT);
	N->clock_stop(false);
	return 0;
}

static int X3_a_read_ends_at_its_deadline(void)
{
	struct native c = { .h = make(0, 0) };

	EQ(times_out(&c, task_reads), 0);
	EQ(N->post(N->registry(), c.h, 2), 0);
	COUNT(c.h, 2);
	END(c.h);
	return 0;
}

static int X3_a_write_ends_at_its_deadline(void)
{
	struct native c = { .h = make(MAX, 0), .value = 1 };

	EQ(times_out(&c, task_writes), 0);
	COUNT(c.h, MAX);
	END(c.h);
	return 0;
}

static int X3_a_past_deadline_does_not_sleep(void)
{
	evfd_t h = make(0, 0);
	uint64_t v;

	EQ(N->read(N->registry(), h, &v, 1), -ETIMEDOUT);
	EQ(N->read(N->registry(), h, &v, N->now()), -ETIMEDOUT);
	EQ(N->read(N->registry(), h, &v, EVFD_NOWAIT), -EAGAIN);
	EQ(N->write(N->registry(), h, MAX, 1), 0);
	EQ(N->write(N->registry(), h, 1, 1), -ETIMEDOUT);
	EQ(N->write(N->registry(), h, 1, EVFD_NOWAIT), -EAGAIN);
	COUNT(h, MAX);
	END(h);
	return 0;
}

static int X3_success_beats_a_past_deadline(void)
{
	evfd_t h = make(4, 0);
	uint64_t v;

	EQ(N->read(N->registry(), h, &v, 1), 0);
	EQ(v, 4);
	END(h);
	return 0;
}

static int X3_deadlines_are_monotonic_nanoseconds(void)
{
	evfd_t h = make(0, 0);
	uint64_t v, deadline = N->now() + 5000000;

	EQ(N->read(N->registry(), h, &v, deadline), -ETIMEDOUT);
	TRUE(N->now() >= deadline);
	END(h);
	return 0;
}

static int X3_a_timeout_leaves_the_others_their_wakes(void)
{
	evfd_t h = make(0, EVFD_SEMAPHORE);
	struct native c[3];

	N->clock_stop(true);
	for (int i = 0; i < 3; i++) {
		c[i] = (struct native){ .h = h,
					.deadline_ns = i == 1 ? N->now() + SECOND :
								EVFD_FOREVER };
		EQ(sleep_in(&c[i], task_reads), 0);
	}
	N->clock_advance(SECOND);
	EQ(conf_join(c[1].task), 0);
	EQ(c[1].result, -ETIMEDOUT);
	N->clock_stop(false);
	EQ(N->post(N->registry(), h, 2), 0);
	EQ(conf_join(c[0].task), 0);
	EQ(conf_join(c[2].task), 0);
	COUNT(h, 0);
	END(h);
	return 0;
}

/* ---- watches ------------------------------------------------------------ */

struct watcher {
	struct evfd_watch watch; /* first */
	uint32_t calls, events;	 /* atomic */
	evfd_t repost;		 /* post to it once for each of `reposts` */
	uint32_t reposts;
};

static bool notify(struct evfd_watch *w, uint32_t events)
{
	struct watcher *self = (struct watcher *)(void *)w;

	__atomic_fetch_add(&self->calls, 1, __ATOMIC_ACQ_REL);
	__atomic_fetch_or(&self->events, events, __ATOMIC_ACQ_REL);
	if (self->reposts) {
		self->reposts--;
		N->post(N->registry(), self->repost, 1);
	}
	return true;
}

static struct watcher watcher(uint32_t events)
{
	return (struct watcher){ .watch = { .notify = notify, .events = events } };
}

/* ---- X4: cancel --------------------------------------------------------- */

static int X4_cancel_wakes_every_sleeper(void)
{
	evfd_t empty = make(0, EVFD_SEMAPHORE), full = make(MAX, 0);
	struct native readers[4], writers[4];

	EQ(start_readers(readers, 4, empty), 0);
	for (int i = 0; i < 4; i++) {
		writers[i] = (struct native){ .h = full,
					      .value = 1,
					      .deadline_ns = EVFD_FOREVER };
		EQ(sleep_in(&writers[i], task_writes), 0);
	}
	EQ(N->cancel(N->registry(), empty), 0);
	EQ(N->cancel(N->registry(), full), 0);
	EQ(join_all(readers, 4, -ECANCELED), 0);
	EQ(join_all(writers, 4, -ECANCELED), 0);
	COUNT(full, MAX);
	END(empty);
	END(full);
	return 0;
}

static int X4_later_calls_fail_at_once(void)
{
	evfd_t h = make(5, 0);
	struct evfd_registry *r = N->registry();
	struct evfd_stat st;
	uint64_t v;

	EQ(N->cancel(r, h), 0);
	EQ(N->cancel(r, h), 0);
	EQ(N->read(r, h, &v, EVFD_FOREVER), -ECANCELED);
	EQ(N->read(r, h, &v, EVFD_NOWAIT), -ECANCELED);
	EQ(N->take(r, h, 1, 1, &v, EVFD_FOREVER), -ECANCELED);
	EQ(N->write(r, h, 1, EVFD_FOREVER), -ECANCELED);
	EQ(N->swap(r, h, 1, &v), -ECANCELED);
	EQ(N->post(r, h, 1), -ECANCELED);
	COUNT(h, 5);
	TRUE(N->readiness(r, h) & EVFD_ERR);
	EQ(N->stat(r, h, &st), 0);
	EQ(st.is_cancelled, true);
	END(h);
	return 0;
}

static int X4_cancel_tells_the_watchers(void)
{
	evfd_t h = make(0, 0);
	struct watcher w = watcher(EVFD_IN);

	TRUE(N->watch_add(N->registry(), h, &w.watch) >= 0);
	EQ(N->cancel(N->registry(), h), 0);
	TRUE(w.calls >= 1);
	TRUE(w.events & EVFD_ERR);
	N->watch_remove(N->registry(), h, &w.watch);
	END(h);
	return 0;
}

static int X4_close_ends_sleeps_with_EBADF(void)
{
	evfd_t h = make(0, 0);
	struct native c[4];

	EQ(start_readers(c, 4, h), 0);
	END(h);
	EQ(join_all(c, 4, -EBADF), 0);
	return 0;
}

static int X4_close_tells_the_watchers(void)
{
	evfd_t h = make(0, 0);
	struct watcher w = watcher(EVFD_IN);

	TRUE(N->watch_add(N->registry(), h, &w.watch) >= 0);
	END(h);
	EQ(w.calls, 1);
	TRUE(w.events & EVFD_HUP);
	N->watch_remove(N->registry(), h, &w.watch);
	return 0;
}

/* ---- X5: stale handles -------------------------------------------------- */

static int every_call_is_EBADF(evfd_t h)
{
	struct evfd_registry *r = N->registry();
	struct evfd_any any = { .handle = h };
	struct evfd_snapshot snapshot;
	struct evfd_stat st;
	uint64_t v;

	EQ(N->read(r, h, &v, EVFD_FOREVER), -EBADF);
	EQ(N->take(r, h, 1, 2, &v, EVFD_FOREVER), -EBADF);
	EQ(N->write(r, h, 1, EVFD_FOREVER), -EBADF);
	EQ(N->post(r, h, 1), -EBADF);
	EQ(N->peek(r, h, &v), -EBADF);
	EQ(N->swap(r, h, 1, &v), -EBADF);
	EQ(N->cancel(r, h), -EBADF);
	EQ(N->readiness(r, h), -EBADF);
	EQ(N->wait_any(r, &any, 1, &v, EVFD_FOREVER), -EBADF);
	EQ(N->stat(r, h, &st), -EBADF);
	EQ(N->snapshot(r, h, &snapshot), -EBADF);
	EQ(N->close(r, h), -EBADF);
	return 0;
}

static int X5_a_stale_handle_delivers_and_watches_nothing(void)
{
	evfd_t h = make(3, 0);
	struct watcher w = watcher(EVFD_IN);
	struct put_log log = { .calls = 0 };

	END(h);
	EQ(N->read_put(N->registry(), h, put, &log, EVFD_FOREVER), -EBADF);
	EQ(N->watch_add(N->registry(), h, &w.watch), -EBADF);
	EQ(log.calls, 0);
	EQ(w.calls, 0);
	return 0;
}

static int X5_a_stale_handle_is_EBADF(void)
{
	evfd_t h = make(3, 0), next;

	END(h);
	EQ(every_call_is_EBADF(h), 0);
	next = make(7, 0);
	TRUE(next != h);
	EQ(every_call_is_EBADF(h), 0);
	COUNT(next, 7);
	END(next);
	return 0;
}

static int X5_a_stale_handle_never_names_another(void)
{
	evfd_t old = make(1, 0), h;
	uint32_t n = conf_times(100000);
	uint64_t v;

	END(old);
	for (uint32_t i = 0; i < n; i++) {
		h = make(2, 0);
		TRUE(h != old);
		EQ(N->peek(N->registry(), old, &v), -EBADF);
		EQ(N->close(N->registry(), old), -EBADF);
		END(h);
	}
	return 0;
}

static int X5_forged_handles_are_EBADF(void)
{
	evfd_t h = make(7, 0);
	uint64_t random = 42;

	EQ(every_call_is_EBADF(EVFD_NONE), 0);
	EQ(every_call_is_EBADF(~EVFD_NONE), 0);
	EQ(every_call_is_EBADF(h + (UINT64_C(1) << 32)), 0);
	EQ(every_call_is_EBADF(h ^ 1), 0);
	for (int i = 0; i < 1000; i++) {
		evfd_t forged = (evfd_t)conf_random(&random) << 32 |
				conf_random(&random);
		uint64_t v;

		if (forged != h)
			EQ(N->peek(N->registry(), forged, &v), -EBADF);
	}
	COUNT(h, 7);
	END(h);
	return 0;
}

static int X5_a_foreign_handle_is_EBADF(void)
{
	struct evfd_registry other;
	evfd_t h, mine;
	uint64_t v;

	EQ(N->registry_init(&other, 64), 0);
	EQ(N->create(&other, 5, 0, NULL, NULL, &h), 0);
	mine = make(1, 0);
	END(mine);
	EQ(N->peek(N->registry(), h, &v), -EBADF);
	EQ(N->registry_fini(&other), -EBUSY);
	EQ(N->close(&other, h), 0);
	EQ(N->registry_fini(&other), 0);
	return 0;
}

/* ---- X6: post ----------------------------------------------------------- */

static int X6_a_post_saturates(void)
{
	evfd_t h = make(MAX, EVFD_COUNTED);
	struct evfd_stat st;
	uint64_t v;

	EQ(N->post(N->registry(), h, 1), 0);
	TRUE(N->readiness(N->registry(), h) & EVFD_ERR);
	EQ(N->post(N->registry(), h, MAX), 0);
	EQ(N->stat(N->registry(), h, &st), 0);
	EQ(st.count, EVFD_SATURATED);
	EQ(st.overflows, 2);
	EQ(N->write(N->registry(), h, 1, EVFD_NOWAIT), -EAGAIN);
	EQ(N->read(N->registry(), h, &v, EVFD_NOWAIT), 0);
	EQ(v, EVFD_SATURATED);
	EQ(N->readiness(N->registry(), h), EVFD_OUT);
	END(h);
	return 0;
}

static int X6_a_post_that_fits_is_a_write(void)
{
	evfd_t h = make(0, 0);

	EQ(N->post(N->registry(), h, MAX), 0);
	COUNT(h, MAX);
	EQ(N->readiness(N->registry(), h), EVFD_IN);
	END(h);
	return 0;
}

static int X6_a_post_from_a_callback_is_queued(void)
{
	evfd_t h = make(0, 0);
	struct watcher w = watcher(EVFD_IN);

	w.repost = h;
	w.reposts = 5;
	TRUE(N->watch_add(N->registry(), h, &w.watch) >= 0);
	EQ(N->post(N->registry(), h, 1), 0);
	COUNT(h, 6);
	EQ(w.reposts, 0);
	TRUE(w.calls >= 2); /* queued edges may be delivered as one */
	N->watch_remove(N->registry(), h, &w.watch);
	END(h);
	return 0;
}

static void post_from_handler(void *arg)
{
	const evfd_t *h = arg;

	N->post(N->registry(), *h, 1);
	__atomic_fetch_add(&conf_words()[0], 1, __ATOMIC_ACQ_REL);
}

/* Post, look and take in turn until it is told to stop. */
static int use_until_stopped(void *arg)
{
	const evfd_t *h = arg;
	uint64_t v, added = 0, taken = 0;

	while (!__atomic_load_n(&conf_words()[1], __ATOMIC_ACQUIRE)) {
		T->now_ns(); /* sanitizers deliver signals in calls like this */
		EQ(N->post(N->registry(), *h, 1), 0);
		added++;
		if (added % 3 == 0 &&
		    N->read(N->registry(), *h, &v, EVFD_NOWAIT) == 0)
			taken += v;
	}
	__atomic_store_n(&conf_words()[2], taken - added, __ATOMIC_RELEASE);
	return 0;
}

static int X6_a_post_from_a_signal_handler(void)
{
	evfd_t h = make(0, 0);
	struct watcher w = watcher(EVFD_IN);
	bool is_watched = T->caps & CONF_EMBED;
	uint32_t n = conf_times(2000);
	struct conf_task *t;

	if (is_watched)
		TRUE(N->watch_add(N->registry(), h, &w.watch) >= 0);
	N->on_strike(post_from_handler, &h);
	t = conf_spawn(use_until_stopped, &h);
	for (uint32_t i = 0; i < n; i++) {
		uint64_t posted = __atomic_load_n(conf_words(), __ATOMIC_ACQUIRE);

		N->strike(t);
		conf_until(conf_words(), posted + 1);
	}
	__atomic_store_n(&conf_words()[1], 1, __ATOMIC_RELEASE);
	EQ(conf_join(t), 0);
	EQ((uint64_t)count_of(h) + conf_words()[2], n);
	if (is_watched)
		N->watch_remove(N->registry(), h, &w.watch);
	END(h);
	return 0;
}

static int X6_callbacks_may_post_in_a_circle(void)
{
	evfd_t a = make(0, 0), b = make(0, 0);
	struct watcher wa = watcher(EVFD_IN), wb = watcher(EVFD_IN);

	wa.repost = b;
	wb.repost = a;
	wa.reposts = wb.reposts = 3;
	TRUE(N->watch_add(N->registry(), a, &wa.watch) >= 0);
	TRUE(N->watch_add(N->registry(), b, &wb.watch) >= 0);
	EQ(N->post(N->registry(), a, 1), 0);
	EQ(wa.reposts | wb.reposts, 0);
	EQ(count_of(a) + count_of(b), 7);
	N->watch_remove(N->registry(), a, &wa.watch);
	N->watch_remove(N->registry(), b, &wb.watch);
	END(a);
	END(b);
	return 0;
}

/* ---- X7: peek, swap, take ----------------------------------------------- */

static int X7_peek_takes_nothing(void)
{
	evfd_t h = make(UINT64_C(0x8000000000000001), EVFD_SEMAPHORE);

	for (int i = 0; i < 3; i++)
		COUNT(h, UINT64_C(0x8000000000000001));
	END(h);
	return 0;
}

static int X7_swap_replaces_and_tells(void)
{
	evfd_t h = make(5, 0);
	struct native c[1];
	uint64_t old;

	EQ(N->swap(N->registry(), h, 9, &old), 0);
	EQ(old, 5);
	EQ(N->swap(N->registry(), h, 0, NULL), 0);
	COUNT(h, 0);
	EQ(N->swap(N->registry(), h, FULL_RANGE, &old), -EINVAL);
	EQ(start_readers(c, 1, h), 0);
	EQ(N->swap(N->registry(), h, 3, &old), 0);
	EQ(old, 0);
	EQ(join_all(c, 1, 0), 0);
	EQ(c[0].value, 3);
	END(h);
	return 0;
}

static int X7_reset_makes_room_for_writers(void)
{
	struct native c = { .h = make(MAX, 0),
			    .value = 7,
			    .deadline_ns = EVFD_FOREVER };

	EQ(sleep_in(&c, task_writes), 0);
	EQ(N->swap(N->registry(), c.h, 0, NULL), 0);
	EQ(conf_join(c.task), 0);
	EQ(c.result, 0);
	COUNT(c.h, 7);
	END(c.h);
	return 0;
}

static int X7_take_exactly_n_or_none(void)
{
	static const uint32_t modes[] = { 0, EVFD_SEMAPHORE };

	for (int i = 0; i < 2; i++) {
		evfd_t h = make(5, modes[i]);
		uint64_t v;

		EQ(N->take(N->registry(), h, 3, 3, &v, EVFD_NOWAIT), 0);
		EQ(v, 3);
		EQ(N->take(N->registry(), h, 3, 3, &v, EVFD_NOWAIT), -EAGAIN);
		COUNT(h, 2);
		END(h);
	}
	return 0;
}

static int X7_take_up_to_n(void)
{
	evfd_t h = make(5, EVFD_SEMAPHORE);
	uint64_t v;

	EQ(N->take(N->registry(), h, 1, 3, &v, EVFD_NOWAIT), 0);
	EQ(v, 3);
	EQ(N->take(N->registry(), h, 1, 3, &v, EVFD_NOWAIT), 0);
	EQ(v, 2);
	EQ(N->take(N->registry(), h, 1, 3, &v, EVFD_NOWAIT), -EAGAIN);
	EQ(N->take(N->registry(), h, 0, 3, &v, EVFD_NOWAIT), -EINVAL);
	EQ(N->take(N->registry(), h, 4, 3, &v, EVFD_NOWAIT), -EINVAL);
	EQ(N->take(N->registry(), h, 1, FULL_RANGE, &v, EVFD_NOWAIT), -EINVAL);
	END(h);
	return 0;
}

static int X7_a_sleeping_take_waits_for_its_amount(void)
{
	evfd_t h = make(0, EVFD_SEMAPHORE);
	struct native c = { .h = h, .deadline_ns = EVFD_FOREVER, .min = 3, .max = 3 };

	EQ(sleep_in(&c, task_reads), 0);
	EQ(N->post(N->registry(), h, 2), 0);
	TRUE(conf_until_blocked(c.task));
	COUNT(h, 2);
	EQ(N->post(N->registry(), h, 2), 0);
	EQ(conf_join(c.task), 0);
	EQ(c.value, 3);
	COUNT(h, 1);
	END(h);
	return 0;
}

/* A take that cannot be served must not keep a wake that a read could use. */
static int X7_a_take_passes_its_wake_on(void)
{
	evfd_t h = make(0, EVFD_SEMAPHORE);
	struct native taker = {
		.h = h, .deadline_ns = EVFD_FOREVER, .min = 3, .max = 3
	};
	struct native reader[1];

	EQ(sleep_in(&taker, task_reads), 0);
	EQ(start_readers(reader, 1, h), 0);
	EQ(N->post(N->registry(), h, 1), 0);
	EQ(join_all(reader, 1, 0), 0);
	TRUE(conf_until_blocked(taker.task));
	COUNT(h, 0);
	EQ(N->post(N->registry(), h, 3), 0);
	EQ(conf_join(taker.task), 0);
	EQ(taker.value, 3);
	END(h);
	return 0;
}

/* ---- X8: wait for any --------------------------------------------------- */

struct any_call {
	struct evfd_any set[4];
	uint64_t value, deadline_ns, sum;
	int result;
	struct conf_task *task;
};

static int task_waits_any(void *arg)
{
	struct any_call *c = arg;

	c->result =
		N->wait_any(N->registry(), c->set, 4, &c->value, c->deadline_ns);
	return 0;
}

static int make_any(struct any_call *c)
{
	*c = (struct any_call){ .deadline_ns = EVFD_FOREVER };
	for (int i = 0; i < 4; i++) {
		c->set[i].handle = make(0, 0);
		TRUE(c->set[i].handle != EVFD_NONE);
	}
	return 0;
}

static int end_any(const struct any_call *c)
{
	for (int i = 0; i < 4; i++)
		END(c->set[i].handle);
	return 0;
}

static int X8_a_ready_one_is_taken(void)
{
	struct any_call c;
	uint64_t v;

	EQ(make_any(&c), 0);
	EQ(N->post(N->registry(), c.set[3].handle, 30), 0);
	EQ(N->post(N->registry(), c.set[1].handle, 10), 0);
	EQ(N->wait_any(N->registry(), c.set, 4, &v, EVFD_NOWAIT), 1);
	EQ(v, 10);
	COUNT(c.set[3].handle, 30);
	EQ(N->wait_any(N->registry(), c.set, 4, &v, EVFD_FOREVER), 3);
	EQ(v, 30);
	EQ(N->wait_any(N->registry(), c.set, 4, &v, EVFD_NOWAIT), -EAGAIN);
	EQ(N->wait_any(N->registry(), c.set, 4, &v, 1), -ETIMEDOUT);
	EQ(end_any(&c), 0);
	return 0;
}

static int X8_any_of_them_wakes(void)
{
	for (int i = 0; i < 4; i++) {
		struct any_call c;

		EQ(make_any(&c), 0);
		c.task = conf_spawn(task_waits_any, &c);
		TRUE(conf_until_blocked(c.task));
		EQ(N->post(N->registry(), c.set[i].handle, 5), 0);
		EQ(conf_join(c.task), 0);
		EQ(c.result, i);
		EQ(c.value, 5);
		COUNT(c.set[i].handle, 0);
		EQ(end_any(&c), 0);
	}
	return 0;
}

static int X8_errors(void)
{
	struct any_call c;
	uint64_t v;

	EQ(make_any(&c), 0);
	EQ(N->wait_any(N->registry(), c.set, 0, &v, EVFD_NOWAIT), -EINVAL);
	EQ(N->wait_any(N->registry(), NULL, 4, &v, EVFD_NOWAIT), -EINVAL);
	EQ(N->wait_any(N->registry(), c.set, (1u << 20) + 1, &v, EVFD_NOWAIT),
	   -EINVAL);
	c.task = conf_spawn(task_waits_any, &c);
	TRUE(conf_until_blocked(c.task));
	EQ(N->cancel(N->registry(), c.set[2].handle), 0);
	EQ(conf_join(c.task), 0);
	EQ(c.result, -ECANCELED);
	EQ(end_any(&c), 0);
	return 0;
}

/* The fourth one ends it; whoever takes that leaves it for the next. */
static int wait_any_often(void *arg)
{
	struct any_call *c = arg;

	for (;;) {
		int i = N->wait_any(N->registry(), c->set, 4, &c->value,
				    EVFD_FOREVER);

		TRUE(i >= 0);
		if (i == 3)
			return N->post(N->registry(), c->set[3].handle, 1);
		c->sum += c->value;
	}
}

static int X8_a_value_is_taken_once(void)
{
	static struct any_call c[4];
	uint32_t n = conf_times(20000);
	uint64_t sum = 0;

	EQ(make_any(&c[0]), 0);
	for (int i = 1; i < 4; i++)
		c[i] = c[0];
	for (int i = 0; i < 4; i++)
		c[i].task = conf_spawn(wait_any_often, &c[i]);
	for (uint32_t i = 0; i < n; i++)
		EQ(N->post(N->registry(), c[0].set[i % 3].handle, 1), 0);
	for (int i = 0; i < 3; i++)
		while (count_of(c[0].set[i].handle))
			T->yield();
	EQ(N->post(N->registry(), c[0].set[3].handle, 1), 0);
	for (int i = 0; i < 4; i++) {
		EQ(conf_join(c[i].task), 0);
		sum += c[i].sum;
	}
	EQ(sum, n);
	EQ(end_any(&c[0]), 0);
	return 0;
}

/* ---- X9, X10: limits and looks ------------------------------------------ */

static int X9_an_owner_has_its_quota(void)
{
	struct evfd_owner mine = { .id = 1, .limit = 3 };
	struct evfd_owner free_one = { .id = 2 };
	struct evfd_registry *r = N->registry();
	evfd_t h[5];

	for (int i = 0; i < 3; i++)
		EQ(N->create(r, 0, 0, &mine, NULL, &h[i]), 0);
	for (int i = 0; i < 100; i++)
		EQ(N->create(r, 0, 0, &mine, NULL, &h[3]), -EMFILE);
	EQ(N->create(r, 0, 0, &free_one, NULL, &h[3]), 0);
	EQ(N->create(r, 0, 0, NULL, NULL, &h[4]), 0);
	END(h[1]);
	EQ(N->create(r, 0, 0, &mine, NULL, &h[1]), 0);
	EQ(N->create(r, 0, 2048, &mine, NULL, &h[1]), -EINVAL);
	for (int i = 0; i < 5; i++)
		END(h[i]);
	EQ(N->registry_live(r), 0);
	return 0;
}

static int X9_the_registry_has_its_limit(void)
{
	struct evfd_owner mine = { .id = 1, .limit = 8 };
	struct evfd_registry r;
	evfd_t h[4], more;

	EQ(N->registry_init(&r, EVFD_SLOTS_MAX + 1), -EINVAL);
	EQ(N->registry_init(&r, 4), 0);
	for (int i = 0; i < 4; i++)
		EQ(N->create(&r, 0, 0, &mine, NULL, &h[i]), 0);
	for (int i = 0; i < 100; i++)
		EQ(N->create(&r, 0, 0, &mine, NULL, &more), -ENFILE);
	EQ(N->registry_live(&r), 4);
	EQ(N->close(&r, h[0]), 0);
	EQ(N->create(&r, 0, 0, &mine, NULL, &h[0]), 0);
	for (int i = 0; i < 4; i++)
		EQ(N->close(&r, h[i]), 0);
	EQ(N->registry_live(&r), 0);
	EQ(N->registry_fini(&r), 0);
	return 0;
}

static int X9_create_errors(void)
{
	struct evfd_registry *r = N->registry();
	evfd_t h = 77;

	EQ(N->create(r, FULL_RANGE, 0, NULL, NULL, &h), -EINVAL);
	EQ(N->create(r, 0, 8, NULL, NULL, &h), -EINVAL);
	EQ(N->create(r, 0, 0x80000000u, NULL, NULL, &h), -EINVAL);
	EQ(h, 77);
	EQ(N->registry_live(r), 0);
	return 0;
}

static int X10_stat_tells_all(void)
{
	struct evfd_owner mine = { .id = 4711 };
	struct evfd_registry *r = N->registry();
	struct native c[2];
	struct evfd_stat st;
	uint64_t v;
	evfd_t h;

	EQ(N->create(r, 1, EVFD_SEMAPHORE | EVFD_COUNTED, &mine, "door", &h), 0);
	EQ(N->read(r, h, &v, EVFD_NOWAIT), 0);
	EQ(N->read(r, h, &v, EVFD_NOWAIT), -EAGAIN);
	EQ(start_readers(c, 2, h), 0);
	EQ(N->stat(r, h, &st), 0);
	EQ(st.owner_id, 4711);
	EQ(st.flags, EVFD_SEMAPHORE | EVFD_COUNTED);
	TRUE(conf_same(st.label, "door"));
	EQ(st.waiting_readers, 2);
	EQ(st.waiting_writers, 0);
	EQ(st.count, 0);
	EQ(st.agains, 1);
	EQ(N->post(r, h, 2), 0);
	EQ(join_all(c, 2, 0), 0);
	EQ(N->stat(r, h, &st), 0);
	EQ(st.reads, 3);
	EQ(st.posts, 1);
	EQ(st.wakes, 2);
	EQ(st.waiting_readers, 0);
	END(h);
	return 0;
}

static int X10_looking_disturbs_nothing(void)
{
	evfd_t h = make(3, 0);
	struct evfd_stat st;

	for (int i = 0; i < 10; i++) {
		EQ(N->stat(N->registry(), h, &st), 0);
		EQ(st.count, 3);
		COUNT(h, 3);
	}
	END(h);
	return 0;
}

static int X10_looking_makes_no_edge(void)
{
	evfd_t h = make(3, 0);
	struct watcher w = watcher(EVFD_IN | EVFD_OUT);
	struct evfd_snapshot s;
	struct evfd_stat st;

	TRUE(N->watch_add(N->registry(), h, &w.watch) >= 0);
	EQ(N->stat(N->registry(), h, &st), 0);
	EQ(N->snapshot(N->registry(), h, &s), 0);
	COUNT(h, 3);
	EQ(w.calls, 0);
	N->watch_remove(N->registry(), h, &w.watch);
	END(h);
	return 0;
}

static int X10_labels_are_cut_off(void)
{
	static const char name[] = "a name of more than fifteen bytes";
	struct evfd_stat st;
	evfd_t h, plain = make(0, 0);

	EQ(N->create(N->registry(), 0, 0, NULL, name, &h), 0);
	EQ(N->stat(N->registry(), h, &st), 0);
	EQ(conf_length(st.label), EVFD_LABEL_SIZE - 1);
	TRUE(conf_find(name, st.label) == name);
	EQ(N->stat(N->registry(), plain, &st), 0);
	EQ(conf_length(st.label), 0);
	END(h);
	END(plain);
	return 0;
}

static int X10_ids_are_unique(void)
{
	struct evfd_stat st;
	uint32_t ids[16];
	evfd_t h[16];

	for (int i = 0; i < 16; i++) {
		h[i] = make(0, 0);
		EQ(N->stat(N->registry(), h[i], &st), 0);
		ids[i] = st.id;
		for (int k = 0; k < i; k++)
			TRUE(ids[k] != ids[i]);
	}
	for (int i = 0; i < 16; i++)
		END(h[i]);
	return 0;
}

/* ---- X11: snapshot and restore ------------------------------------------ */

static int X11_a_snapshot_restores_all(void)
{
	struct evfd_registry other;
	struct evfd_snapshot s;
	struct evfd_stat st;
	uint64_t v;
	evfd_t h;

	EQ(N->create(N->registry(), MAX - 1, EVFD_SEMAPHORE, NULL, "kept", &h), 0);
	EQ(N->snapshot(N->registry(), h, &s), 0);
	COUNT(h, MAX - 1);
	EQ(N->registry_init(&other, 4096), 0);
	EQ(N->restore(&other, &s, NULL), 0);
	EQ(N->stat(&other, h, &st), 0);
	EQ(st.count, MAX - 1);
	EQ(st.flags, EVFD_SEMAPHORE);
	TRUE(conf_same(st.label, "kept"));
	EQ(N->read(&other, h, &v, EVFD_NOWAIT), 0);
	EQ(v, 1);
	COUNT(h, MAX - 1);
	EQ(N->close(&other, h), 0);
	EQ(N->registry_fini(&other), 0);
	END(h);
	return 0;
}

/* The generation of a handle that this place has not reached: two on, so odd too. */
#define LATER (UINT64_C(2) << 32)

static int X11_a_later_handle_is_restored_in_place(void)
{
	evfd_t h = make(MAX - 1, EVFD_SEMAPHORE), gone = make(5, 0);
	struct evfd_registry *r = N->registry();
	struct evfd_owner mine = { .id = 9, .limit = 1 };
	struct evfd_snapshot s, dead;
	struct evfd_stat st;
	uint64_t v;

	EQ(N->cancel(r, gone), 0);
	EQ(N->snapshot(r, h, &s), 0);
	EQ(N->snapshot(r, gone, &dead), 0);
	EQ(dead.is_cancelled, true);
	COUNT(h, MAX - 1);
	END(h);
	END(gone);
	s.handle += LATER;
	dead.handle += LATER;
	EQ(N->restore(r, &s, &mine), 0);
	EQ(N->restore(r, &dead, &mine), -EMFILE);
	EQ(N->restore(r, &dead, NULL), 0);
	EQ(N->peek(r, h, &v), -EBADF);
	EQ(N->stat(r, s.handle, &st), 0);
	EQ(st.count, MAX - 1);
	EQ(st.flags, EVFD_SEMAPHORE);
	EQ(st.owner_id, 9);
	EQ(N->read(r, s.handle, &v, EVFD_NOWAIT), 0);
	EQ(v, 1);
	EQ(N->read(r, dead.handle, &v, EVFD_NOWAIT), -ECANCELED);
	END(s.handle);
	END(dead.handle);
	return 0;
}

static int X11_restore_does_not_bring_back_the_dead(void)
{
	evfd_t h = make(5, 0);
	struct evfd_snapshot s, bad;

	EQ(N->snapshot(N->registry(), h, &s), 0);
	EQ(N->restore(N->registry(), &s, NULL), -EEXIST);
	END(h);
	EQ(N->restore(N->registry(), &s, NULL), -EEXIST);
	bad = s;
	bad.flags = 0x80000000u;
	EQ(N->restore(N->registry(), &bad, NULL), -EINVAL);
	bad = s;
	bad.handle = EVFD_NONE;
	EQ(N->restore(N->registry(), &bad, NULL), -EINVAL);
	EQ(N->registry_live(N->registry()), 0);
	return 0;
}

static int X11_new_objects_avoid_restored_ones(void)
{
	struct evfd_registry other;
	struct evfd_snapshot s[3];
	evfd_t h[3], fresh;
	uint64_t v;

	EQ(N->registry_init(&other, 64), 0);
	for (int i = 0; i < 3; i++) {
		h[i] = make((uint64_t)i + 10, 0);
		EQ(N->snapshot(N->registry(), h[i], &s[i]), 0);
	}
	EQ(N->restore(&other, &s[2], NULL), 0);
	EQ(N->restore(&other, &s[0], NULL), 0);
	EQ(N->create(&other, 1, 0, NULL, NULL, &fresh), 0);
	TRUE(fresh != h[0] && fresh != h[2]);
	EQ(N->peek(&other, h[0], &v), 0);
	EQ(v, 10);
	EQ(N->peek(&other, h[2], &v), 0);
	EQ(v, 12);
	EQ(N->close(&other, fresh), 0);
	EQ(N->close(&other, h[0]), 0);
	EQ(N->close(&other, h[2]), 0);
	EQ(N->registry_fini(&other), 0);
	for (int i = 0; i < 3; i++)
		END(h[i]);
	return 0;
}

static int X11_cancelled_and_saturated_are_kept(void)
{
	evfd_t gone = make(5, 0), full = make(MAX, 0);
	struct evfd_registry other;
	struct evfd_snapshot s[2];
	uint64_t v;

	EQ(N->cancel(N->registry(), gone), 0);
	EQ(N->post(N->registry(), full, 1), 0);
	EQ(N->snapshot(N->registry(), gone, &s[0]), 0);
	EQ(N->snapshot(N->registry(), full, &s[1]), 0);
	EQ(s[0].is_cancelled, true);
	EQ(s[1].count, EVFD_SATURATED);
	EQ(N->registry_init(&other, 64), 0);
	EQ(N->restore(&other, &s[0], NULL), 0);
	EQ(N->restore(&other, &s[1], NULL), 0);
	EQ(N->read(&other, gone, &v, EVFD_NOWAIT), -ECANCELED);
	EQ(N->read(&other, full, &v, EVFD_NOWAIT), 0);
	EQ(v, EVFD_SATURATED);
	EQ(N->close(&other, gone), 0);
	EQ(N->close(&other, full), 0);
	EQ(N->registry_fini(&other), 0);
	END(gone);
	END(full);
	return 0;
}

/* ---- X12: rights -------------------------------------------------------- */

static int X12_a_producer_cannot_read(void)
{
	evfd_t h = make(1, 0), producer = evfd_restrict(h, EVFD_NO_READ);
	struct evfd_registry *r = N->registry();
	struct evfd_stat st;
	uint64_t v;

	EQ(N->write(r, producer, 1, EVFD_NOWAIT), 0);
	EQ(N->post(r, producer, 1), 0);
	EQ(N->read(r, producer, &v, EVFD_NOWAIT), -EPERM);
	EQ(N->take(r, producer, 1, 1, &v, EVFD_NOWAIT), -EPERM);
	EQ(N->swap(r, producer, 0, &v), -EPERM);
	EQ(N->cancel(r, producer), -EPERM);
	EQ(N->peek(r, producer, &v), 0);
	EQ(v, 3);
	EQ(N->stat(r, producer, &st), 0);
	EQ(N->read(r, h, &v, EVFD_NOWAIT), 0);
	EQ(v, 3);
	END(h);
	return 0;
}

static int X12_a_consumer_cannot_write(void)
{
	evfd_t h = make(1, 0), consumer = evfd_restrict(h, EVFD_NO_WRITE);
	struct evfd_registry *r = N->registry();
	uint64_t v;

	EQ(N->write(r, consumer, 1, EVFD_NOWAIT), -EPERM);
	EQ(N->post(r, consumer, 1), -EPERM);
	EQ(N->swap(r, consumer, 0, &v), -EPERM);
	EQ(N->cancel(r, consumer), -EPERM);
	EQ(N->read(r, consumer, &v, EVFD_NOWAIT), 0);
	EQ(v, 1);
	END(h);
	return 0;
}

static int X12_rights_only_shrink(void)
{
	evfd_t h = make(1, 0), none, same;
	uint64_t v;

	none = evfd_restrict(evfd_restrict(h, EVFD_NO_READ), EVFD_NO_WRITE);
	same = evfd_restrict(none, 0);
	EQ(same, none);
	EQ(N->read(N->registry(), none, &v, EVFD_NOWAIT), -EPERM);
	EQ(N->write(N->registry(), none, 1, EVFD_NOWAIT), -EPERM);
	COUNT(h, 1);
	END(h);
	EQ(N->read(N->registry(), none, &v, EVFD_NOWAIT), -EBADF);
	return 0;
}

/* ---- X13: edges --------------------------------------------------------- */

static int X13_an_edge_for_every_operation(void)
{
	evfd_t h = make(0, 0);
	struct watcher w = watcher(EVFD_IN);
	uint64_t v;

	EQ(N->watch_add(N->registry(), h, &w.watch), EVFD_OUT);
	for (uint32_t i = 1; i <= 10; i++) {
		EQ(N->write(N->registry(), h, 1, EVFD_NOWAIT), 0);
		EQ(w.calls, i);
	}
	EQ(N->write(N->registry(), h, 0, EVFD_NOWAIT), 0);
	EQ(w.calls, 11);
	EQ(N->read(N->registry(), h, &v, EVFD_NOWAIT), 0);
	EQ(w.calls, 11); /* asked for IN */
	EQ(w.events & EVFD_IN, EVFD_IN);
	N->watch_remove(N->registry(), h, &w.watch);
	EQ(N->write(N->registry(), h, 1, EVFD_NOWAIT), 0);
	EQ(w.calls, 11);
	END(h);
	return 0;
}

static int X13_edges_on_transition_only(void)
{
	evfd_t h = make(0, EVFD_TRANSITION);
	struct watcher in = watcher(EVFD_IN), out = watcher(EVFD_OUT);
	struct evfd_registry *r = N->registry();
	uint64_t v;

	TRUE(N->watch_add(r, h, &in.watch) >= 0);
	TRUE(N->watch_add(r, h, &out.watch) >= 0);
	for (int i = 0; i < 5; i++)
		EQ(N->write(r, h, 1, EVFD_NOWAIT), 0);
	EQ(in.calls, 1);
	EQ(out.calls, 0);
	EQ(N->read(r, h, &v, EVFD_NOWAIT), 0);
	EQ(out.calls, 0);
	EQ(N->write(r, h, MAX, EVFD_NOWAIT), 0);
	EQ(in.calls, 2);
	EQ(N->read(r, h, &v, EVFD_NOWAIT), 0);
	EQ(out.calls, 1);
	N->watch_remove(r, h, &in.watch);
	N->watch_remove(r, h, &out.watch);
	END(h);
	return 0;
}

static int X13_one_exclusive_watch_is_enough(void)
{
	evfd_t h = make(0, 0);
	struct watcher w[3], shared = watcher(EVFD_IN);
	uint32_t calls = 0;

	for (int i = 0; i < 3; i++) {
		w[i] = watcher(EVFD_IN);
		w[i].watch.exclusive = 1;
		TRUE(N->watch_add(N->registry(), h, &w[i].watch) >= 0);
	}
	TRUE(N->watch_add(N->registry(), h, &shared.watch) >= 0);
	EQ(N->post(N->registry(), h, 1), 0);
	for (int i = 0; i < 3; i++)
		calls += w[i].calls;
	EQ(calls, 1);
	EQ(shared.calls, 1);
	for (int i = 0; i < 3; i++)
		N->watch_remove(N->registry(), h, &w[i].watch);
	N->watch_remove(N->registry(), h, &shared.watch);
	END(h);
	return 0;
}

#define NATIVE(name, sentence) CASE(name, CONF_NATIVE, sentence)
#define EMBED(name, sentence) CASE(name, CONF_NATIVE | CONF_EMBED, sentence)

const struct conf_case conf_native_cases[] = {
	NATIVE(X1_a_post_of_n_wakes_n_semaphore_sleepers,
	       "a post of 3 wakes three of eight; the others are not touched"),
	NATIVE(X1_a_post_wakes_no_more_than_sleep,
	       "a post of 10 wakes the two that sleep"),
	NATIVE(X1_a_post_in_counter_mode_wakes_one,
	       "in counter mode each post wakes one, whatever its value"),
	NATIVE(X1_a_post_of_0_wakes_nobody, "a post of 0 wakes nobody"),
	NATIVE(X1_nobody_asleep_nobody_woken,
	       "posts that nobody waits for count no wakes"),
	CASE(X2_a_read_to_a_bad_address_loses_nothing, CONF_FAULTS,
	     "after EFAULT the value is still there"),
	EMBED(X2_a_value_that_cannot_be_delivered_stays,
	      "read_put takes nothing if its callback fails"),
	NATIVE(X3_a_read_ends_at_its_deadline,
	       "a read sleeps until its deadline, not a nanosecond less"),
	NATIVE(X3_a_write_ends_at_its_deadline,
	       "so does a write, and adds nothing"),
	NATIVE(X3_a_past_deadline_does_not_sleep,
	       "a deadline that has passed is ETIMEDOUT, NOWAIT is EAGAIN"),
	NATIVE(X3_success_beats_a_past_deadline,
	       "a value that is there is read whatever the deadline"),
	NATIVE(X3_deadlines_are_monotonic_nanoseconds,
	       "a deadline is compared with the port's clock"),
	NATIVE(X3_a_timeout_leaves_the_others_their_wakes,
	       "a sleeper that times out takes no wake along"),
	NATIVE(X4_cancel_wakes_every_sleeper,
	       "cancel ends all reads and writes with ECANCELED"),
	NATIVE(X4_later_calls_fail_at_once,
	       "after cancel calls fail at once; looking still works"),
	EMBED(X4_cancel_tells_the_watchers, "watchers get ERR"),
	NATIVE(X4_close_ends_sleeps_with_EBADF, "close ends sleeps with EBADF"),
	EMBED(X4_close_tells_the_watchers, "watchers get HUP, once"),
	NATIVE(X5_a_stale_handle_is_EBADF,
	       "twelve calls with a closed handle, the slot taken or not"),
	EMBED(X5_a_stale_handle_delivers_and_watches_nothing,
	      "no delivery and no subscription through a closed handle"),
	NATIVE(X5_a_stale_handle_never_names_another,
	       "an old handle stays stale over 100 000 new objects"),
	NATIVE(X5_forged_handles_are_EBADF,
	       "none, all ones, a neighbour's and 1000 random handles"),
	EMBED(X5_a_foreign_handle_is_EBADF,
	      "a handle means nothing to another registry"),
	NATIVE(X6_a_post_saturates, "posts over the ceiling succeed, saturate, "
				    "show ERR and are counted"),
	NATIVE(X6_a_post_that_fits_is_a_write,
	       "a post up to the ceiling is an ordinary add"),
	EMBED(X6_a_post_from_a_callback_is_queued,
	      "a watch may post to its own counter; nothing is dropped"),
	NATIVE(X6_a_post_from_a_signal_handler,
	       "2000 posts from a handler that hits posts, reads and watches: "
	       "none is lost"),
	EMBED(X6_callbacks_may_post_in_a_circle,
	      "two watches may post to each other's counters"),
	NATIVE(X7_peek_takes_nothing, "peek shows all 64 bits, takes nothing"),
	NATIVE(X7_swap_replaces_and_tells,
	       "swap returns the former count and wakes a reader"),
	NATIVE(X7_reset_makes_room_for_writers,
	       "a swap with 0 wakes a writer that now fits"),
	NATIVE(X7_take_exactly_n_or_none,
	       "take(3, 3) takes 3 or nothing, in both modes"),
	NATIVE(X7_take_up_to_n,
	       "take(1, 3) takes what there is up to 3; bad ranges are EINVAL"),
	NATIVE(X7_a_sleeping_take_waits_for_its_amount,
	       "take(3, 3) sleeps on while there are 2"),
	NATIVE(X7_a_take_passes_its_wake_on,
	       "a take that cannot be served does not starve a read"),
	NATIVE(X8_a_ready_one_is_taken,
	       "wait_any reads the first that is ready and no other"),
	NATIVE(X8_any_of_them_wakes,
	       "a post to any of four ends the wait with its index"),
	NATIVE(X8_errors,
	       "wait_any of nothing is EINVAL; a cancelled member ends it"),
	NATIVE(X8_a_value_is_taken_once, "four threads wait for any of the "
					 "same: every unit is read once"),
	NATIVE(X9_an_owner_has_its_quota,
	       "an owner at its quota gets EMFILE, others do not"),
	EMBED(X9_the_registry_has_its_limit,
	      "a full registry is ENFILE until one is closed"),
	NATIVE(X9_create_errors, "a refused create makes nothing"),
	NATIVE(X10_stat_tells_all,
	       "label, owner, flags, waiters, reads, posts, wakes, agains"),
	NATIVE(X10_looking_disturbs_nothing, "stat and peek change no count"),
	EMBED(X10_looking_makes_no_edge, "nor do they tell a watch"),
	NATIVE(X10_labels_are_cut_off,
	       "a long label keeps its first 15 bytes; none is empty"),
	NATIVE(X10_ids_are_unique, "ids of open counters differ"),
	EMBED(X11_a_snapshot_restores_all,
	      "value, mode, label and handle survive; nothing is consumed"),
	NATIVE(X11_a_later_handle_is_restored_in_place,
	       "a handle that its place has not had yet, charged to an owner"),
	NATIVE(X11_restore_does_not_bring_back_the_dead,
	       "a handle in use or closed is EEXIST, a bad snapshot EINVAL"),
	EMBED(X11_new_objects_avoid_restored_ones,
	      "creates after a restore do not hit what was restored"),
	EMBED(X11_cancelled_and_saturated_are_kept,
	      "a snapshot keeps cancellation and saturation"),
	NATIVE(X12_a_producer_cannot_read,
	       "a handle without read: EPERM for read, take, swap, cancel"),
	NATIVE(X12_a_consumer_cannot_write,
	       "a handle without write: EPERM for write, post, swap, cancel"),
	NATIVE(X12_rights_only_shrink, "no call gives a right back"),
	EMBED(X13_an_edge_for_every_operation,
	      "by default each write calls an IN watch, ready before or not"),
	EMBED(X13_edges_on_transition_only,
	      "on request only 0 to n and full to room do"),
	EMBED(X13_one_exclusive_watch_is_enough,
	      "of three exclusive watches one is called, a shared one too"),
	{ 0 },
};
