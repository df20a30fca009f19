/* SPDX-License-Identifier: MIT */
/*
 * The cell that is a lock: whoever comes while a word is being changed waits until
 * that is done, and its neighbours are free. The order is made, not waited for: what is expected lies in memory
 * that cannot be read yet, and the fault holds the comparison up half way.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>

#include <core/cell.h>

#include "../support/testport.h"
#include "../support/unit.h"

#define PAGE 65536 /* of the largest that there are */

enum stage {
	BEFORE,
	LOCKED, /* the comparison is being held up */
	LOADED, /* the other thread is through */
};

#define CELLS 64

/* As far apart as objects are; the first is held up. */
static _Alignas(64 * CELLS) struct {
	_Alignas(64) struct evfd_word word;
} cells[CELLS];
static struct evfd_word *expected;
static uint32_t relaxed_beside; /* while the others were loaded */
static uint32_t stage;		/* atomic */
static volatile sig_atomic_t has_waited;

/* Until the other thread has gone round three times, or is through. */
static void hold_up(int signal)
{
	uint32_t relaxes = testport_relaxes();

	(void)signal;
	__atomic_store_n(&stage, LOCKED, __ATOMIC_RELEASE);
	while (__atomic_load_n(&stage, __ATOMIC_ACQUIRE) == LOCKED &&
	       testport_relaxes() - relaxes < 3)
		sched_yield();
	has_waited = __atomic_load_n(&stage, __ATOMIC_ACQUIRE) == LOCKED;
	mprotect(expected, PAGE, PROT_READ | PROT_WRITE);
}

static void load_meanwhile(void *arg)
{
	struct evfd_word *seen = arg;

	while (__atomic_load_n(&stage, __ATOMIC_ACQUIRE) == BEFORE)
		sched_yield();
	relaxed_beside = testport_relaxes();
	for (int i = 1; i < CELLS; i++)
		evfd_cell_load(&cells[i].word);
	relaxed_beside = testport_relaxes() - relaxed_beside;
	*seen = evfd_cell_load(&cells[0].word);
	__atomic_store_n(&stage, LOADED, __ATOMIC_RELEASE);
}

static void test_waits_for_who_is_inside(void **state)
{
	struct sigaction action = { .sa_handler = hold_up }, before;
	struct evfd_word seen = { .count = 0 };
	struct testport_thread *other;

	(void)state;
	expected = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(expected, MAP_FAILED);
	cells[0].word = *expected = (struct evfd_word){ .count = 1, .ctl = 2 };
	assert_int_equal(sigaction(SIGSEGV, &action, &before), 0);
	other = testport_start(load_meanwhile, &seen);
	assert_int_equal(mprotect(expected, PAGE, PROT_NONE), 0);
	assert_true(evfd_cell_cas(&cells[0].word, expected,
				  (struct evfd_word){ .count = 3, .ctl = 4 }));
	testport_join(other);
	sigaction(SIGSEGV, &before, NULL);
	munmap(expected, PAGE);
	assert_true(has_waited);
	assert_int_equal(relaxed_beside, 0);
	assert_int_equal(seen.count, 3);
	assert_int_equal(seen.ctl, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_waits_for_who_is_inside),
	};

	return cmocka_run_group_tests_name("locked", tests, NULL, NULL);
}
