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
	mprotect(page, (size_t)sysconf(_SC_PAGESIZE), PROT_READ);
}

static void *create_slowly(void *unused)
{
	evfd_t h = evfd_create(0, 0, page);

	while (!__atomic_load_n(&has_forked, __ATOMIC_SEQ_CST))
		sched_yield();
	evfd_close(h);
	return unused;
}

static void a_lock_is_not_inherited(void **unused)
{
	struct sigaction fault = { .sa_handler = on_fault }, before;
	pthread_t thread;
	int status;
	pid_t child;

	(void)unused;
	page = mmap(NULL, (size_t)sysconf(_SC_PAGESIZE), PROT_NONE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(page, MAP_FAILED);
	forker = getpid();
	sigaction(SIGSEGV, &fault, &before);
	assert_int_equal(pthread_create(&thread, NULL, create_slowly, NULL), 0);
	while (!__atomic_load_n(&is_inside, __ATOMIC_SEQ_CST))
		sched_yield();
	__atomic_store_n(&is_about_to, 1, __ATOMIC_SEQ_CST);
	child = fork();
	if (child == 0) { /* the creation was waited for */
		alarm(HANG_S);
		_exit(!(uses_its_own() && evfd_live() == 1));
	}
	__atomic_store_n(&has_forked, 1, __ATOMIC_SEQ_CST);
	assert_int_equal(waitpid(child, &status, 0), child);
	pthread_join(thread, NULL);
	sigaction(SIGSEGV, &before, NULL);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
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

/* ---- all at once --------------------------------------------------------------------- */

static uint32_t is_over;

static void *hammer(void *p)
{
	evfd_t pair[2] = { *(evfd_t *)p, EVFD_NONE };

	while (!__atomic_load_n(&is_over, __ATOMIC_RELAXED)) {
		struct evfd_stat st;

		pair[1] = evfd_create(1, EVFD_COUNTED, "hammer");
		evfd_descriptor(pair[1], 0);
		evfd_write(pair[0], 1);
		evfd_wait_any(pair, 2, NULL);
		evfd_stat(pair[1], &st);
		evfd_close(pair[1]);
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
		cmocka_unit_test(forks_among_calls),
	};

	return cmocka_run_group_tests_name("fork", tests, NULL, NULL);
}
