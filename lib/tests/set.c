/* SPDX-License-Identifier: MIT */
/* Sets: what a loop is handed, and when. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <ucontext.h>
#include <unistd.h>

#include <evfd.h>

#include "unit.h"

#define MANY 8

#define assert_fails(call, error)                 \
	do {                                      \
		errno = 0;                        \
		assert_int_equal((call), -1);     \
		assert_int_equal(errno, (error)); \
	} while (0)

static struct evfd_set *set;
static struct evfd_ready ready[MANY];

static int set_up(void **state)
{
	(void)state;
	set = evfd_set_create(0);
	return set ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	return evfd_set_close(set);
}

/* A member with its number as data. */
static evfd_t member(uint64_t initial, unsigned flags, uintptr_t number)
{
	evfd_t h = evfd_create(initial, flags, "member");

	assert_int_equal(evfd_set_add(set, h, (void *)number), 0);
	return h;
}

static bool is_readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) == 1 && p.revents & POLLIN;
}

/* Nothing is handed out, now and the next time. */
static void assert_nothing(void)
{
	assert_fails(evfd_set_trywait(set, ready, MANY), EAGAIN);
	assert_fails(evfd_set_trywait(set, ready, MANY), EAGAIN);
}

static void assert_only(evfd_t h)
{
	assert_int_equal(evfd_set_trywait(set, ready, MANY), 1);
	assert_true(ready[0].handle == h);
}

/* ---- what is handed out --------------------------------------------------------- */

static void test_level(void **state)
{
	evfd_t h = member(0, 0, 7), other = member(0, 0, 8);

	(void)state;
	for (int round = 0; round < 3; round++) {
		assert_nothing();
		evfd_write(h, 0);
		assert_nothing();
		evfd_write(h, 2);
		evfd_write(h, 3);
		for (int i = 0; i < 3; i++) {
			assert_only(h);
			assert_ptr_equal(ready[0].data, (void *)7);
			assert_int_equal(ready[0].readiness, EVFD_IN | EVFD_OUT);
		}
		assert_int_equal(evfd_tryread(h, NULL), 0);
	}
	assert_nothing();
	evfd_post(other, 1);
	assert_only(other);
	evfd_close(h);
	evfd_close(other);
}

static void test_every_way_to_bring_something(void **state)
{
	evfd_t units = member(0, EVFD_SEMAPHORE, 0), h = member(0, 0, 0);

	(void)state;
	evfd_swap(h, 5, NULL);
	assert_only(h);
	evfd_reset(h, NULL);
	assert_nothing();
	evfd_post(h, EVFD_MAX);
	evfd_post(h, 9);
	assert_only(h);
	assert_int_equal(ready[0].readiness, EVFD_IN | EVFD_ERR);
	evfd_take(h, 1, EVFD_MAX, NULL);
	assert_only(h);
	evfd_reset(h, NULL);
	assert_nothing();
	assert_int_equal(evfd_write(units, 3), 0);
	for (int i = 0; i < 3; i++) {
		assert_only(units);
		assert_int_equal(evfd_tryread(units, NULL), 0);
	}
	assert_nothing();
	evfd_cancel(units);
	assert_only(units);
	assert_true(ready[0].readiness & EVFD_ERR);
	assert_only(units);
	evfd_close(units);
	evfd_close(h);
	assert_nothing();
}

static void test_added_late(void **state)
{
	evfd_t full = member(4, 0, 1), cancelled = evfd_create(0, 0, NULL);

	(void)state;
	assert_only(full);
	evfd_read(full, NULL);
	evfd_cancel(cancelled);
	assert_int_equal(evfd_set_add(set, cancelled, NULL), 0);
	assert_only(cancelled);
	evfd_close(cancelled);
	assert_nothing();
	evfd_close(full);
}

/* ---- turns ------------------------------------------------------------------------- */

/* As they came, and each before any for the second time. */
static void test_turns(void **state)
{
	evfd_t h[5];

	(void)state;
	for (uintptr_t i = 0; i < 5; i++)
		h[i] = member(0, 0, i);
	for (int i = 4; i >= 0; i--)
		evfd_write(h[i], 1);
	for (int i = 0; i < 15; i++) {
		assert_int_equal(evfd_set_trywait(set, ready, 1), 1);
		assert_true(ready[0].handle == h[4 - i % 5]);
		assert_int_equal(evfd_set_arm(set), 1); /* takes no turn */
	}
	assert_int_equal(evfd_set_trywait(set, ready, MANY), 5);
	for (int i = 0; i < 5; i++)
		evfd_close(h[i]);
}

/* So many that those handed out are looked at before their turn. Those that were not read
 * keep it, those that were come again when they have something; each once. */
static void test_long_queue(void **state)
{
	static evfd_t h[3000];
	static bool has_come[3000];
	const unsigned n = 3000;
	unsigned turn = 0, next = 0; /* of those that were not read */

	(void)state;
	for (uintptr_t i = 0; i < n; i++) {
		h[i] = member(0, 0, i);
		evfd_write(h[i], 1);
	}
	while (turn < n) {
		int got = evfd_set_trywait(set, ready, MANY);

		assert_true(got > 0);
		for (int k = 0; k < got; k++, turn++) {
			assert_true(ready[k].handle == h[turn]);
			if (turn % 2)
				evfd_tryread(h[turn], NULL);
		}
	}
	for (unsigned i = 1; i < n; i += 2)
		evfd_write(h[i], 1);
	for (turn = 0; turn < n; turn++) {
		unsigned i;

		assert_int_equal(evfd_set_trywait(set, ready, 1), 1);
		i = (unsigned)(uintptr_t)ready[0].data;
		assert_false(has_come[i]);
		has_come[i] = true;
		if (i % 2 == 0) {
			assert_int_equal(i, next);
			next += 2;
		}
		evfd_tryread(h[i], NULL);
	}
	assert_nothing();
	for (unsigned i = 0; i < n; i++)
		evfd_close(h[i]);
}

/* One that is always busy, among those that are now and then. */
static void test_nobody_starves(void **state)
{
	evfd_t busy = member(1, 0, 0), h[3];

	(void)state;
	for (uintptr_t i = 0; i < 3; i++)
		h[i] = member(0, 0, i);
	for (int round = 0; round < 10; round++) {
		unsigned seen = 0;

		for (int i = 0; i < 3; i++)
			evfd_write(h[i], 1);
		for (int i = 0; i < 4; i++) {
			assert_int_equal(evfd_set_trywait(set, ready, 1), 1);
			if (ready[0].handle == busy)
				continue;
			seen++;
			assert_int_equal(evfd_tryread(ready[0].handle, NULL), 0);
			evfd_write(busy, 1);
		}
		assert_int_equal(seen, 3);
	}
	evfd_close(busy);
	for (int i = 0; i < 3; i++)
		evfd_close(h[i]);
}

/* ---- joining and leaving ------------------------------------------------------------- */

static void test_refusals(void **state)
{
	struct evfd_set *other = evfd_set_create(0);
	evfd_t h = member(0, 0, 0), stale = evfd_create(0, 0, NULL);

	(void)state;
	evfd_close(stale);
	errno = 0;
	assert_null(evfd_set_create(1));
	assert_int_equal(errno, EINVAL);
	assert_fails(evfd_set_add(set, h, NULL), EEXIST);
	assert_fails(evfd_set_add(other, h, NULL), EEXIST);
	assert_fails(evfd_set_add(other, evfd_restrict(h, EVFD_NO_READ), NULL),
		     EEXIST);
	assert_fails(evfd_set_add(set, stale, NULL), EBADF);
	assert_fails(evfd_set_add(set, EVFD_NONE, NULL), EBADF);
	assert_fails(evfd_set_add(NULL, h, NULL), EINVAL);
	assert_fails(evfd_set_remove(other, h), EINVAL);
	assert_fails(evfd_set_remove(NULL, h), EINVAL);
	assert_fails(evfd_set_remove(set, stale), EBADF);
	assert_fails(evfd_set_trywait(set, NULL, 1), EINVAL);
	assert_fails(evfd_set_trywait(set, ready, 0), EINVAL);
	assert_fails(evfd_set_trywait(NULL, ready, 1), EINVAL);
	assert_fails(evfd_set_arm(NULL), EINVAL);
	assert_fails(evfd_set_descriptor(NULL), EINVAL);
	assert_fails(evfd_set_close(NULL), EINVAL);
	assert_fails(evfd_set_wait_until(set, ready, 1, 1), ETIMEDOUT);
	assert_fails(evfd_set_wait_until(set, ready, 1, EVFD_NOWAIT), EAGAIN);
	assert_int_equal(evfd_set_close(other), 0);
	assert_fails(evfd_set_trywait(other, ready, 1), EBADF);
	assert_fails(evfd_set_arm(other), EBADF);
	assert_fails(evfd_set_descriptor(other), EBADF);
	assert_int_equal(evfd_set_remove(set, h), 0);
	assert_fails(evfd_set_add(other, h, NULL), EBADF);
	assert_fails(evfd_set_remove(set, h), EINVAL);
	assert_fails(evfd_set_close(other), EBADF);
	evfd_close(h);
}

/* From everywhere that a member can be; and back. */
static void test_remove(void **state)
{
	evfd_t h = member(0, 0, 1), other = member(0, 0, 2);

	(void)state;
	for (int where = 0; where < 5; where++) {
		if (where > 0)
			evfd_write(h, 1); /* 1: on the list */
		if (where > 1)
			assert_only(h); /* 2: in the queue */
		if (where > 2)
			evfd_write(other, 1); /* 3: before another */
		if (where > 3)		      /* 4: after him */
			assert_int_equal(evfd_set_trywait(set, ready, 1), 1);
		assert_int_equal(evfd_set_remove(set, h), 0);
		evfd_write(h, 1);
		if (where > 2) {
			assert_only(other);
			evfd_read(other, NULL);
		}
		assert_nothing();
		assert_int_equal(evfd_set_add(set, h, NULL), 0);
		assert_only(h);
		evfd_read(h, NULL);
		assert_nothing();
	}
	evfd_close(h);
	evfd_close(other);
}

/* A place has many tenants; each is in the set that it was added to, and rings for no
 * other. */
static void test_tenants(void **state)
{
	struct evfd_set *other = evfd_set_create(0);
	int fd = evfd_set_descriptor(set);

	(void)state;
	for (uintptr_t i = 0; i < 2000; i++) {
		evfd_t lone = i % 4 < 2 ? evfd_create(1, 0, NULL) : EVFD_NONE;
		evfd_t h = member(i % 3 == 0, 0, i);

		if (i % 2)
			evfd_write(h, 1);
		if (i % 2 || i % 3 == 0) {
			assert_only(h);
			assert_ptr_equal(ready[0].data, (void *)i);
		}
		if (lone == EVFD_NONE) /* the other way round */
			lone = evfd_create(1, 0, NULL);
		evfd_close(h);
		assert_int_equal(evfd_set_arm(set), 0);
		evfd_reset(lone, NULL);
		evfd_write(lone, 1);
		assert_false(is_readable(fd));
		assert_nothing();
		assert_int_equal(evfd_set_add(other, lone, NULL), 0);
		assert_int_equal(evfd_set_trywait(other, ready, MANY), 1);
		assert_true(ready[0].handle == lone);
		evfd_close(lone);
		assert_fails(evfd_set_trywait(other, ready, MANY), EAGAIN);
	}
	assert_int_equal(evfd_set_close(other), 0);
}

static void test_close(void **state)
{
	struct evfd_set *other = evfd_set_create(0);
	evfd_t h[3];
	unsigned live = evfd_live();

	(void)state;
	for (int i = 0; i < 3; i++) {
		h[i] = evfd_create(i == 2, 0, NULL);
		assert_int_equal(evfd_set_add(other, h[i], NULL), 0);
	}
	evfd_write(h[1], 1);
	assert_int_equal(evfd_set_close(other), 0);
	assert_int_equal(evfd_live(), live + 2); /* with the set's own */
	for (int i = 0; i < 3; i++) {
		assert_int_equal(evfd_write(h[i], 1), 0);
		assert_int_equal(evfd_set_add(set, h[i], NULL), 0);
	}
	assert_int_equal(evfd_set_trywait(set, ready, MANY), 3);
	for (int i = 0; i < 3; i++)
		evfd_close(h[i]);
}

/* ---- the descriptor -------------------------------------------------------------------- */

static void test_descriptor(void **state)
{
	evfd_t h = member(0, 0, 0);
	int fd = evfd_set_descriptor(set);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(evfd_set_descriptor(set), fd);
	evfd_write(h, 1);
	assert_false(is_readable(fd)); /* nobody armed */
	assert_int_equal(evfd_set_arm(set), 1);
	assert_false(is_readable(fd));
	evfd_read(h, NULL);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(evfd_set_arm(set), 0);
		assert_int_equal(evfd_set_arm(set), 0);
		evfd_write(h, 0);
		assert_false(is_readable(fd));
		evfd_write(h, 1);
		assert_true(is_readable(fd));
		if (i == 1)
			assert_int_equal(evfd_set_arm(set), 1);
		else
			assert_only(h);
		assert_false(is_readable(fd));
		evfd_read(h, NULL);
		evfd_write(h, 1);
		assert_false(is_readable(fd));
		evfd_read(h, NULL);
	}
	evfd_close(h);
}

/* Also with edges; and a ready counter that is added is something, too. */
static void test_descriptor_edges(void **state)
{
	int ep = epoll_create1(0), fd = evfd_set_descriptor(set);
	struct epoll_event e = { .events = EPOLLIN | EPOLLET };
	evfd_t h = member(0, 0, 0);

	(void)state;
	assert_int_equal(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e), 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(evfd_set_arm(set), 0);
		assert_int_equal(epoll_wait(ep, &e, 1, 0), 0);
		evfd_write(h, 1);
		assert_int_equal(epoll_wait(ep, &e, 1, 0), 1);
		assert_int_equal(epoll_wait(ep, &e, 1, 0), 0);
		evfd_read(h, NULL);
	}
	evfd_set_remove(set, h);
	evfd_write(h, 1);
	assert_int_equal(evfd_set_arm(set), 0);
	assert_int_equal(evfd_set_add(set, h, NULL), 0);
	assert_int_equal(epoll_wait(ep, &e, 1, 0), 1);
	assert_only(h);
	evfd_close(h);
	close(ep);
}

/* A member may have a descriptor, made before it joined or after. */
static void test_member_with_descriptor(void **state)
{
	evfd_t h = evfd_create(0, 0, NULL), late = member(0, 0, 0);
	int fd = evfd_descriptor(h, 0), late_fd = evfd_descriptor(late, 0);

	(void)state;
	assert_int_equal(evfd_set_add(set, h, NULL), 0);
	for (int i = 0; i < 3; i++) {
		evfd_write(h, 1);
		assert_true(is_readable(fd) && !is_readable(late_fd));
		assert_only(h);
		evfd_read(h, NULL);
		evfd_write(late, 1);
		assert_true(!is_readable(fd) && is_readable(late_fd));
		assert_only(late);
		evfd_read(late, NULL);
	}
	assert_int_equal(evfd_set_remove(set, h), 0);
	evfd_write(h, 1);
	assert_true(is_readable(fd));
	assert_nothing();
	evfd_close(late);
	evfd_close(h);
}

/* ---- threads ------------------------------------------------------------------------------ */

#define WRITERS 3
#define ROUNDS 20000

static evfd_t targets[MANY];

static void *write_to_all(void *unused)
{
	for (int i = 0; i < ROUNDS; i++) {
		evfd_write(targets[i % MANY], 1);
		if (i % 64 == 0)
			sched_yield();
	}
	return unused;
}

static uint64_t read_all(int n)
{
	uint64_t sum = 0, value;

	for (int i = 0; i < n; i++)
		if (evfd_tryread(ready[i].handle, &value) == 0)
			sum += value;
	return sum;
}

/* Nothing is lost by a loop that sleeps whenever it can, `outside` or in the set. */
static void run_loop(unsigned flags, bool outside)
{
	pthread_t threads[WRITERS];
	uint64_t sum = 0;
	struct pollfd p = { .events = POLLIN };

	p.fd = evfd_set_descriptor(set);
	for (uintptr_t i = 0; i < MANY; i++)
		targets[i] = member(0, flags, i);
	for (int i = 0; i < WRITERS; i++)
		pthread_create(&threads[i], NULL, write_to_all, NULL);
	while (sum < WRITERS * ROUNDS) {
		int n;

		if (!outside) {
			n = evfd_set_wait(set, ready, MANY);
			assert_true(n > 0);
		} else {
			if (evfd_set_arm(set) == 0)
				poll(&p, 1, -1);
			n = evfd_set_trywait(set, ready, MANY);
		}
		sum += read_all(n);
	}
	for (int i = 0; i < WRITERS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(sum, WRITERS * ROUNDS);
	assert_nothing();
	for (int i = 0; i < MANY; i++)
		evfd_close(targets[i]);
}

static void test_loop(void **state)
{
	(void)state;
	run_loop(0, false);
	run_loop(EVFD_SEMAPHORE, false);
	run_loop(0, true);
}

static evfd_t back;

/* Each write waits until the one before was seen: one that is lost hangs. */
static void *write_and_wait(void *unused)
{
	for (int i = 0; i < ROUNDS / 4; i++) {
		evfd_write(targets[i % MANY], 1);
		evfd_read(back, NULL);
	}
	return unused;
}

static void test_hand_shake(void **state)
{
	pthread_t thread;

	(void)state;
	back = evfd_create(0, EVFD_SEMAPHORE, NULL);
	for (uintptr_t i = 0; i < MANY; i++)
		targets[i] = member(0, 0, i);
	pthread_create(&thread, NULL, write_and_wait, NULL);
	for (uint64_t sum = 0; sum < ROUNDS / 4;) {
		uint64_t got = read_all(evfd_set_wait(set, ready, MANY));

		sum += got;
		evfd_write(back, got);
	}
	pthread_join(thread, NULL);
	for (int i = 0; i < MANY; i++)
		evfd_close(targets[i]);
	evfd_close(back);
}

/* Moves counters between two sets, closes them, and gives their places to others. */
static struct evfd_set *second;
static uint32_t is_over;

static void *write_to_shared(void *unused)
{
	for (unsigned i = 0; !__atomic_load_n(&is_over, __ATOMIC_RELAXED); i++)
		evfd_post(__atomic_load_n(&targets[i % MANY], __ATOMIC_ACQUIRE), 1);
	return unused;
}

static void *wait_for_all(void *which)
{
	struct evfd_set *s = which;
	struct evfd_ready got[MANY];

	while (!__atomic_load_n(&is_over, __ATOMIC_RELAXED)) {
		int n = evfd_set_wait(s, got, MANY);

		for (int i = 0; i < n; i++)
			evfd_tryread(got[i].handle, NULL);
	}
	return NULL;
}

static void move(unsigned i)
{
	evfd_t h = targets[i % MANY], fresh;

	if (i % 3) {
		struct evfd_set *from = i % 2 ? set : second;

		if (evfd_set_remove(from, h) == 0)
			assert_int_equal(evfd_set_add(from == set ? second : set,
						      h, NULL),
					 0);
		return;
	}
	fresh = evfd_create(0, 0, NULL);
	assert_int_equal(evfd_set_add(set, fresh, NULL), 0);
	__atomic_store_n(&targets[i % MANY], fresh, __ATOMIC_RELEASE);
	assert_int_equal(evfd_close(h), 0);
}

/* At rest each member's count is found, whatever happened before. */
static void test_moves(void **state)
{
	pthread_t writers[2], loops[2];
	evfd_t quit[2] = { member(0, 0, 0), evfd_create(0, 0, NULL) };

	(void)state;
	is_over = 0;
	second = evfd_set_create(0);
	assert_int_equal(evfd_set_add(second, quit[1], NULL), 0);
	for (uintptr_t i = 0; i < MANY; i++)
		targets[i] = member(0, 0, i);
	for (int i = 0; i < 2; i++)
		pthread_create(&writers[i], NULL, write_to_shared, NULL);
	pthread_create(&loops[0], NULL, wait_for_all, set);
	pthread_create(&loops[1], NULL, wait_for_all, second);
	for (unsigned i = 0; i < ROUNDS; i++)
		move(i);
	__atomic_store_n(&is_over, 1, __ATOMIC_RELAXED);
	evfd_write(quit[0], 1);
	evfd_write(quit[1], 1);
	for (int i = 0; i < 2; i++) {
		pthread_join(writers[i], NULL);
		pthread_join(loops[i], NULL);
		evfd_close(quit[i]);
	}
	for (int i = 0; i < MANY; i++)
		evfd_tryread(targets[i], NULL);
	assert_nothing();
	assert_fails(evfd_set_trywait(second, ready, MANY), EAGAIN);
	for (int i = 0; i < MANY; i++) {
		evfd_write(targets[i], 1);
		assert_int_equal(evfd_set_trywait(set, ready, MANY) +
					 evfd_set_trywait(second, ready, MANY),
				 0);
		assert_true(ready[0].handle == targets[i]);
		evfd_close(targets[i]);
	}
	assert_int_equal(evfd_set_close(second), 0);
}

#if defined(__x86_64__) && defined(CAN_STEP)
/* A writer is stopped after each instruction of its write in turn. Meanwhile its counter
 * leaves the set, another takes its place, and is written to. */
#define TRAP_FLAG 0x100

static volatile int instructions; /* until it stops */
static uint32_t is_stopped, may_go_on;

static void on_step(int signal, siginfo_t *info, void *context)
{
	greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;

	(void)signal;
	(void)info;
	instructions = instructions - 1;
	if (instructions >= 0)
		return;
	registers[REG_EFL] &= ~(greg_t)TRAP_FLAG;
	__atomic_store_n(&is_stopped, 1, __ATOMIC_RELEASE);
	while (!__atomic_load_n(&may_go_on, __ATOMIC_ACQUIRE))
		sched_yield();
}

static void *write_stepping(void *h)
{
	__asm__ volatile("lea -128(%%rsp), %%rsp; pushfq; orq %0, (%%rsp);"
			 "popfq; lea 128(%%rsp), %%rsp" ::"i"(TRAP_FLAG)
			 : "memory", "cc");
	evfd_write(*(evfd_t *)h, 1);
	__asm__ volatile("lea -128(%%rsp), %%rsp; pushfq; andq %0, (%%rsp);"
			 "popfq; lea 128(%%rsp), %%rsp" ::"i"(~TRAP_FLAG)
			 : "memory", "cc");
	__atomic_store_n(&is_over, 1, __ATOMIC_RELEASE);
	return NULL;
}

/* Written to, it is handed out, and only it. */
static void assert_works(evfd_t h)
{
	assert_int_equal(evfd_write(h, 1), 0);
	assert_only(h);
	assert_int_equal(evfd_tryread(h, NULL), 0);
	assert_nothing();
}

/* Returns whether the write was stopped. */
static bool overtake(evfd_t h, evfd_t other, int at)
{
	pthread_t thread;
	bool was_stopped;

	assert_works(h);
	instructions = at;
	is_stopped = may_go_on = is_over = 0;
	pthread_create(&thread, NULL, write_stepping, &h);
	while (!__atomic_load_n(&is_stopped, __ATOMIC_ACQUIRE) &&
	       !__atomic_load_n(&is_over, __ATOMIC_ACQUIRE))
		sched_yield();
	was_stopped = is_stopped;
	assert_int_equal(evfd_set_remove(set, h), 0);
	assert_int_equal(evfd_set_add(set, other, NULL), 0);
	assert_int_equal(evfd_write(other, 1), 0);
	assert_only(other);
	__atomic_store_n(&may_go_on, 1, __ATOMIC_RELEASE);
	pthread_join(thread, NULL);
	assert_only(other);
	assert_int_equal(evfd_tryread(other, NULL), 0);
	assert_nothing();
	assert_int_equal(evfd_set_add(set, h, NULL), 0);
	assert_only(h);
	assert_int_equal(evfd_tryread(h, NULL), 0);
	assert_works(other);
	assert_int_equal(evfd_set_remove(set, other), 0);
	return was_stopped;
}

static void test_overtaken(void **state)
{
	struct sigaction step = { .sa_sigaction = on_step,
				  .sa_flags = SA_RESTART | SA_SIGINFO };
	evfd_t h = member(0, 0, 0), other = evfd_create(0, 0, NULL);

	(void)state;
	sigaction(SIGTRAP, &step, NULL);
	for (int at = 0; overtake(h, other, at); at++)
		continue;
	evfd_close(h);
	evfd_close(other);
}
#endif

static void *wait_here(void *result)
{
	struct evfd_ready one;
	int *error = result;

	*error = evfd_set_wait(second, &one, 1) < 0 ? errno : 0;
	return NULL;
}

static void test_close_under_a_sleeper(void **state)
{
	(void)state;
	for (int i = 0; i < 200; i++) {
		pthread_t thread;
		int error;

		second = evfd_set_create(0);
		pthread_create(&thread, NULL, wait_here, &error);
		if (i % 2)
			sched_yield();
		assert_int_equal(evfd_set_close(second), 0);
		pthread_join(thread, NULL);
		assert_int_equal(error, EBADF);
	}
}

/* set [TEST]: all, or one */
int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(test_level),
		TEST(test_every_way_to_bring_something),
		TEST(test_added_late),
		TEST(test_turns),
		TEST(test_long_queue),
		TEST(test_nobody_starves),
		TEST(test_refusals),
		TEST(test_remove),
		TEST(test_tenants),
		TEST(test_close),
		TEST(test_descriptor),
		TEST(test_descriptor_edges),
		TEST(test_member_with_descriptor),
		TEST(test_loop),
		TEST(test_hand_shake),
		TEST(test_moves),
		TEST(test_close_under_a_sleeper),
#if defined(__x86_64__) && defined(CAN_STEP)
		TEST(test_overtaken),
#endif
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
