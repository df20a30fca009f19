/* SPDX-License-Identifier: MIT */
/*
 * What a child of fork() has of the counters: private copies that nobody sleeps on,
 * no lock that another thread held, and none of the parent's descriptors.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <evfd.h>

#include "unit.h"

#define HANG_S 30
#define FORKS 100

static bool is_readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) == 1 && p.revents & POLLIN;
}

/* All locks, and counters of its own. False: something was refused. */
static bool uses_its_own(void)
{
	evfd_t h[2] = { evfd_create(0, 0, "own"), evfd_create(0, 0, "own") };
	struct evfd_stat st;
	uint64_t value;
	int fd = evfd_descriptor(h[0], 0);

	return fd >= 0 && !is_readable(fd) && evfd_write(h[0], 3) == 0 &&
	       is_readable(fd) && evfd_wait_any(h, 2, &value) == 0 &&
	       value == 3 && !is_readable(fd) && evfd_stat(h[0], &st) == 0 &&
	       evfd_close(h[1]) == 0 && evfd_close(h[0]) == 0;
}

/* In a child that a hang would end; true if it came to a good end. */
static bool child_says(bool (*what)(void))
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		alarm(HANG_S);
		_exit(!what());
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* ---- a thread stopped in the lock ------------------------------------------- */

static void *page;
static uint32_t is_inside, is_about_to, has_forked;
static pid_t forker;

static bool sleeps(pid_t thread)
{
	char path[64], line[128] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", (int)thread);
	f = fopen(path, "r");
	if (!f || !fgets(line, sizeof(line), f))
		abort();
	fclose(f);
	return strstr(line, ") S ");
}

/* evfd_create() reads its label, with the lock held. Stay there until the fork waits for
 * that, or is over. */
static void on_fault(int unused)
{
	(void)unused;
	__atomic_store_n(&is_inside, 1, __ATOMIC_SEQ_CST);
	while (!__atomic_load_n(&is_about_to, __ATOMIC_SEQ_CST))
		sched_yield();
	while (!__atomic_load_n(&has_forked, __ATOMIC_SEQ_CST) && !sleeps(forker))
		sched_yield();
	mprotect(page, (size_t)sysconf(_SC_PAGESIZE), PROT_READ | PROT_WRITE);
}

static void *create_slowly(void *unused)
{
	evfd_t h = evfd_create(0, 0, page);

	while (!__atomic_load_n(&has_forked, __ATOMIC_SEQ_CST))
		sched_yield();
	evfd_close(h);
	return unused;
}

/* What a child says that is made while a thread is in the middle of a call. */
static bool child_says_amid(void *(*call)(void *), bool (*what)(void))
{
	struct sigaction fault = { .sa_handler = on_fault }, before;
	pthread_t thread;
	int status;
	pid_t child;

	page = mmap(NULL, (size_t)sysconf(_SC_PAGESIZE), PROT_NONE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(page, MAP_FAILED);
	is_inside = is_about_to = has_forked = 0;
	forker = getpid();
	sigaction(SIGSEGV, &fault, &before);
	assert_int_equal(pthread_create(&thread, NULL, call, NULL), 0);
	while (!__atomic_load_n(&is_inside, __ATOMIC_SEQ_CST))
		sched_yield();
	__atomic_store_n(&is_about_to, 1, __ATOMIC_SEQ_CST);
	child = fork();
	if (child == 0) {
		alarm(HANG_S);
		_exit(!what());
	}
	__atomic_store_n(&has_forked, 1, __ATOMIC_SEQ_CST);
	assert_int_equal(waitpid(child, &status, 0), child);
	pthread_join(thread, NULL);
	sigaction(SIGSEGV, &before, NULL);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* The creation was waited for. */
static bool has_one_more(void)
{
	return uses_its_own() && evfd_live() == 1;
}

static void a_lock_is_not_inherited(void **unused)
{
	(void)unused;
	assert_true(child_says_amid(create_slowly, has_one_more));
}

/* ---- sleepers ------------------------------------------------------------------ */

static evfd_t set[2], gate;

static void *sleep_on_any(void *unused)
{
	evfd_wait_any(set, 2, NULL);
	return unused;
}

static void *sleep_on_gate(void *unused)
{
	evfd_read(gate, NULL);
	return unused;
}

static void *sleep_for_two(void *unused)
{
	evfd_take(gate, 2, 2, NULL);
	return unused;
}

static unsigned sleepers(evfd_t h)
{
	struct evfd_stat st;

	return evfd_stat(h, &st) == 0 ? st.waiting_readers : ~0u;
}

static bool has_no_sleepers(void)
{
	return sleepers(gate) == 0 && evfd_write(gate, 2) == 0 &&
	       evfd_tryread(gate, NULL) == 0 && evfd_write(set[1], 1) == 0 &&
	       evfd_wait_any(set, 2, NULL) == 1 && evfd_close(gate) == 0 &&
	       evfd_close(set[0]) == 0 && evfd_close(set[1]) == 0 &&
	       uses_its_own();
}

static void sleepers_are_not_inherited(void **unused)
{
	void *(*run[])(void *) = { sleep_on_gate, sleep_for_two, sleep_on_any };
	pthread_t threads[3];

	(void)unused;
	gate = evfd_create(0, EVFD_SEMAPHORE, "gate");
	set[0] = evfd_create(0, 0, NULL);
	set[1] = evfd_create(0, 0, NULL);
	for (int i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, run[i], NULL),
				 0);
	while (sleepers(gate) != 2)
		sched_yield();
	assert_true(child_says(has_no_sleepers));
	assert_int_equal(evfd_write(gate, 3), 0);
	assert_int_equal(evfd_write(set[0], 1), 0);
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	evfd_close(gate);
	evfd_close(set[0]);
	evfd_close(set[1]);
}

/* ---- descriptors ------------------------------------------------------------------ */

static evfd_t empty, full;
static int empty_fd;

static bool writes_and_reads_copies(void)
{
	struct pollfd p = { .fd = empty_fd, .events = POLLIN };
	uint64_t value;

	if (poll(&p, 1, 0) != 1 || p.revents != POLLNVAL)
		return false;
	return evfd_write(empty, 1) == 0 && evfd_read(full, &value) == 0 &&
	       value == 5 && is_readable(evfd_descriptor(empty, 0)) &&
	       evfd_close(empty) == 0;
}

static void descriptors_are_the_parents(void **unused)
{
	int full_fd;

	(void)unused;
	empty = evfd_create(0, 0, NULL);
	full = evfd_create(5, 0, NULL);
	empty_fd = evfd_descriptor(empty, 0);
	full_fd = evfd_descriptor(full, 0);
	assert_true(child_says(writes_and_reads_copies));
	assert_false(is_readable(empty_fd));
	assert_true(is_readable(full_fd));
	assert_int_equal(evfd_close(empty), 0);
	assert_int_equal(evfd_close(full), 0);
}

/* ---- sets --------------------------------------------------------------------------- */

static struct evfd_set *loop;
static evfd_t idle, busy;
static int loop_fd;

static bool hands_out(evfd_t h)
{
	struct evfd_ready ready[2];

	return evfd_set_trywait(loop, ready, 2) == 1 && ready[0].handle == h &&
	       evfd_tryread(h, NULL) == 0;
}

static bool has_a_set_of_its_own(void)
{
	struct pollfd p = { .fd = loop_fd, .events = POLLIN };
	int fd;

	if (poll(&p, 1, 0) != 1 || p.revents != POLLNVAL || !hands_out(busy))
		return false;
	fd = evfd_set_descriptor(loop);
	return evfd_set_arm(loop) == 0 && evfd_write(idle, 1) == 0 &&
	       is_readable(fd) && hands_out(idle) && !is_readable(fd) &&
	       evfd_close(idle) == 0 && evfd_set_close(loop) == 0 &&
	       evfd_write(busy, 1) == 0;
}

/* What was armed in the parent is not, and rings nothing. */
static bool has_no_member_ready(void)
{
	struct evfd_ready ready;

	return evfd_write(busy, 1) == 0 && hands_out(busy) &&
	       evfd_set_trywait(loop, &ready, 1) < 0 && evfd_live() == 3;
}

static void sets_are_copied(void **unused)
{
	(void)unused;
	loop = evfd_set_create(0);
	idle = evfd_create(0, 0, NULL);
	busy = evfd_create(0, 0, NULL);
	loop_fd = evfd_set_descriptor(loop);
	assert_int_equal(evfd_set_add(loop, idle, NULL), 0);
	assert_int_equal(evfd_set_add(loop, busy, NULL), 0);
	assert_int_equal(evfd_set_arm(loop), 0);
	assert_int_equal(evfd_write(busy, 1), 0); /* rings */
	assert_true(child_says(has_a_set_of_its_own));
	assert_true(is_readable(loop_fd));
	assert_true(hands_out(busy));
	assert_int_equal(evfd_set_arm(loop), 0);
	assert_true(child_says(has_no_member_ready));
	assert_false(is_readable(loop_fd));
	assert_int_equal(evfd_write(idle, 1), 0);
	assert_true(is_readable(loop_fd));
	assert_true(hands_out(idle));
	assert_int_equal(evfd_set_close(loop), 0);
	assert_int_equal(evfd_close(idle), 0);
	assert_int_equal(evfd_close(busy), 0);
}

/* Faults in the middle of a wait, with the set's lock held. */
static void *wait_slowly(void *unused)
{
	evfd_set_wait(loop, page, 1);
	return unused;
}

static bool can_wait(void)
{
	return hands_out(busy);
}

static void a_sets_lock_is_not_inherited(void **unused)
{
	(void)unused;
	loop = evfd_set_create(0);
	busy = evfd_create(1, 0, NULL);
	assert_int_equal(evfd_set_add(loop, busy, NULL), 0);
	assert_true(child_says_amid(wait_slowly, can_wait));
	assert_true(hands_out(busy));
	assert_int_equal(evfd_set_close(loop), 0);
	assert_int_equal(evfd_close(busy), 0);
}

/* ---- all at once --------------------------------------------------------------------- */

static uint32_t is_over;

static void *hammer(void *p)
{
	evfd_t pair[2] = { *(evfd_t *)p, EVFD_NONE };

	while (!__atomic_load_n(&is_over, __ATOMIC_RELAXED)) {
		struct evfd_stat st;

		struct evfd_set *s = evfd_set_create(0);
		struct evfd_ready ready;

		pair[1] = evfd_create(1, EVFD_COUNTED, "hammer");
		evfd_set_add(s, pair[1], NULL);
		evfd_set_wait(s, &ready, 1);
		evfd_descriptor(pair[1], 0);
		evfd_write(pair[0], 1);
		evfd_wait_any(pair, 2, NULL);
		evfd_stat(pair[1], &st);
		evfd_close(pair[1]);
		evfd_set_close(s);
	}
	return NULL;
}

static void forks_among_calls(void **unused)
{
	evfd_t h = evfd_create(0, 0, NULL);
	pthread_t threads[2];

	(void)unused;
	assert_true(evfd_descriptor(h, 0) >= 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, hammer, &h), 0);
	for (int i = 0; i < FORKS; i++)
		assert_true(child_says(uses_its_own));
	__atomic_store_n(&is_over, 1, __ATOMIC_RELAXED);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(evfd_close(h), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_lock_is_not_inherited),
		cmocka_unit_test(sleepers_are_not_inherited),
		cmocka_unit_test(descriptors_are_the_parents),
		cmocka_unit_test(sets_are_copied),
		cmocka_unit_test(a_sets_lock_is_not_inherited),
		cmocka_unit_test(forks_among_calls),
	};

	return cmocka_run_group_tests_name("fork", tests, NULL, NULL);
}
