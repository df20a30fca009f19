/* SPDX-License-Identifier: MIT */
/*
 * The calls of a shared counter: as those of any counter, and what is different.
 * HAS_PEERS: the cell is good for several processes. IS_PLAIN: no sanitizer makes
 * system calls of its own.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shared.h"

#include "tests/support/random.h"
#define CALLED struct evfd_shared *
#include "caller.h"

static struct evfd_shared *memory; /* a page, shared, zero at the start of each case */

static int setup(void **state)
{
	(void)state;
	memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return memory == MAP_FAILED;
}

static int teardown(void **state)
{
	(void)state;
	return munmap(memory, 4096);
}

static struct evfd_shared *make(uint64_t initial, unsigned flags)
{
	assert_int_equal(evfd_shared_init(memory, initial, flags), 0);
	return memory;
}

/* ---- make and find ------------------------------------------------------------- */

static void test_init(void **state)
{
	uint64_t value;

	(void)state;
	assert_fails(evfd_shared_init(NULL, 0, 0), EINVAL);
	assert_fails(evfd_shared_init((void *)((char *)memory + 8), 0, 0), EINVAL);
	assert_fails(evfd_shared_init(memory, 0, EVFD_COUNTED), EINVAL);
	assert_fails(evfd_shared_init(memory, EVFD_SATURATED, 0), EINVAL);
	assert_int_equal(memory->opaque[0] | memory->opaque[1], 0);
	assert_int_equal(evfd_shared_init(memory, EVFD_MAX, EVFD_SEMAPHORE), 0);
	assert_fails(evfd_shared_init(memory, 1, 0), EEXIST);
	assert_int_equal(evfd_shared_peek(memory, &value), 0);
	assert_true(value == EVFD_MAX);
	memory[1].opaque[2] = 1;
	assert_fails(evfd_shared_init(&memory[1], 0, 0), EINVAL);
}

static void assert_no_counter(void *at, size_t size, int error)
{
	errno = 0;
	assert_null(evfd_shared_attach(at, size));
	assert_int_equal(errno, error);
}

static void test_attach(void **state)
{
	char *at = (char *)memory;

	(void)state;
	assert_no_counter(NULL, 64, EINVAL);
	assert_no_counter(memory, 4096, EAGAIN);
	make(0, 0);
	assert_no_counter(memory, 63, EINVAL);
	assert_no_counter(at + 16, 4080, EINVAL);
	assert_ptr_equal(evfd_shared_attach(memory, 64), memory);
	/* Another layout, another byte order, flags of the future, half made. */
	memory->opaque[2]++;
	assert_no_counter(memory, 64, EINVAL);
	memory->opaque[2] = __builtin_bswap64(memory->opaque[2] - 1);
	assert_no_counter(memory, 64, EINVAL);
	memory->opaque[2] = EVFD_SHARED_MAGIC;
	memory->opaque[1] |= EVFD_WORD_WATCHED;
	assert_no_counter(memory, 64, EINVAL);
	memory->opaque[1] = 0;
	assert_no_counter(memory, 64, EAGAIN);
	assert_int_equal(evfd_shared_init(memory, 0, 0), 0);
}

static void test_no_counter(void **state)
{
	uint64_t value;

	(void)state;
	assert_fails(evfd_shared_read(memory, &value), EINVAL);
	assert_fails(evfd_shared_post(memory, 1), EINVAL);
	assert_fails(evfd_shared_cancel(NULL), EINVAL);
	assert_fails(evfd_shared_peek(memory, &value), EINVAL);
	assert_fails(evfd_shared_readiness(memory), EINVAL);
	make(0, 0);
	assert_fails(evfd_shared_peek(memory, NULL), EINVAL);
	assert_fails(evfd_shared_take(memory, 0, 1, &value), EINVAL);
	assert_fails(evfd_shared_take(memory, 2, 1, &value), EINVAL);
	assert_fails(evfd_shared_take(memory, 1, UINT64_MAX, &value), EINVAL);
}

/* ---- the same as a counter of one process ----------------------------------------- */

static uint64_t seed = 88172645463325252u;

static uint64_t any(uint64_t n)
{
	return random_next(&seed) % n;
}

/* Amounts at which something changes. */
static uint64_t any_amount(void)
{
	static const uint64_t edges[] = { 0, 1, EVFD_MAX, UINT64_MAX };

	return edges[any(4)] + any(4) - any(3);
}

/* The n-th call, on the one or the other. */
static int call(unsigned n, evfd_t h, struct evfd_shared *s, uint64_t a,
		uint64_t b, uint64_t *v)
{
	switch (n) {
	case 0:
		return s ? evfd_shared_tryread(s, v) : evfd_tryread(h, v);
	case 1:
		return s ? evfd_shared_trytake(s, a, b, v) :
			   evfd_trytake(h, a, b, v);
	case 2:
		return s ? evfd_shared_trywrite(s, a) : evfd_trywrite(h, a);
	case 3:
		return s ? evfd_shared_post(s, a) : evfd_post(h, a);
	case 4:
		return s ? evfd_shared_swap(s, a, v) : evfd_swap(h, a, v);
	case 5:
		return s ? evfd_shared_reset(s, v) : evfd_reset(h, v);
	case 6:
		return s ? evfd_shared_read_until(s, v, 1) :
			   evfd_read_until(h, v, 1);
	case 7:
		return s ? evfd_shared_write_until(s, a, 1) :
			   evfd_write_until(h, a, 1);
	case 8:
		return s ? evfd_shared_take_until(s, a, b, v, 1) :
			   evfd_take_until(h, a, b, v, 1);
	case 9:
		return s ? evfd_shared_readiness(s) : evfd_readiness(h);
	case 10:
		return s ? evfd_shared_peek(s, v) : evfd_peek(h, v);
	default:
		return s ? evfd_shared_cancel(s) : evfd_cancel(h);
	}
}

static void test_same(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 400; i++) {
		unsigned flags = i % 2 ? EVFD_SEMAPHORE : 0;
		uint64_t initial = any_amount() % UINT64_MAX;
		evfd_t h = evfd_create(initial, flags, NULL);
		struct evfd_shared *s = memset(memory, 0, sizeof(*memory));

		make(initial, flags);
		for (unsigned j = 0; j < 200; j++) {
			unsigned n = any(j < 150 ? 11 : 12);
			uint64_t a = any_amount(), b = any_amount();
			uint64_t one = 77, other = 77;
			int error, result;

			errno = 0;
			result = call(n, h, NULL, a, b, &one);
			error = errno;
			errno = 0;
			assert_int_equal(call(n, h, s, a, b, &other), result);
			assert_int_equal(errno, error);
			assert_true(one == other);
		}
		evfd_close(h);
	}
}

/* ---- sleeping ---------------------------------------------------------------------- */

static uint64_t registered(struct evfd_shared *s)
{
	return evfd_cell_load(&((const struct evfd_lib_shared *)s)->word).ctl;
}

static int call_write(struct evfd_shared *s, uint64_t *value)
{
	return evfd_shared_write(s, *value);
}

static int call_take_two(struct evfd_shared *s, uint64_t *value)
{
	return evfd_shared_take(s, 2, 2, value);
}

static void test_sleepers_wake(void **state)
{
	struct evfd_shared *s = make(0, 0);
	struct caller reader = { .on = s, .call = evfd_shared_read };
	struct caller taker = { .on = s, .call = call_take_two };
	struct caller writer = { .on = s, .call = call_write, .value = 3 };
	uint64_t value;

	(void)state;
	caller_start_asleep(&reader);
	assert_int_equal(evfd_shared_write(s, 0), 0);
	assert_int_equal(evfd_shared_write(s, 5), 0);
	assert_int_equal(caller_join(&reader), 0);
	assert_int_equal(reader.value, 5);

	caller_start_asleep(&taker);
	assert_int_equal(evfd_shared_trywrite(s, 1), 0);
	assert_int_equal(evfd_shared_post(s, 1), 0);
	assert_int_equal(caller_join(&taker), 0);
	assert_int_equal(taker.value, 2);

	assert_int_equal(evfd_shared_swap(s, EVFD_MAX, &value), 0);
	caller_start_asleep(&writer);
	assert_int_equal(evfd_shared_trytake(s, 1, 2, &value), 0);
	assert_int_equal(evfd_shared_trytake(s, 1, 1, &value), 0);
	assert_int_equal(caller_join(&writer), 0);
	assert_int_equal(evfd_shared_peek(s, &value), 0);
	assert_true(value == EVFD_MAX);
}

static void test_deadlines(void **state)
{
	struct evfd_shared *s = make(0, EVFD_SEMAPHORE);
	uint64_t value = 77, end = evfd_after(2 * MS);

	(void)state;
	assert_fails(evfd_shared_read_until(s, &value, end), ETIMEDOUT);
	assert_true(evfd_after(0) >= end);
	assert_fails(evfd_shared_take_until(s, 2, 3, &value, evfd_after(MS)),
		     ETIMEDOUT);
	assert_int_equal(value, 77);
	errno = 78;
	assert_int_equal(evfd_shared_post(s, 2), 0);
	assert_int_equal(evfd_shared_read_until(s, &value, 1), 0);
	assert_int_equal(value, 1);
	assert_int_equal(errno, 78);
}

static void test_cancel(void **state)
{
	struct evfd_shared *s = make(0, 0);
	struct caller reader = { .on = s, .call = evfd_shared_read };
	struct caller taker = { .on = s, .call = call_take_two };

	(void)state;
	caller_start_asleep(&reader);
	caller_start_asleep(&taker);
	assert_int_equal(evfd_shared_cancel(s), 0);
	assert_int_equal(caller_join(&reader), -1);
	assert_int_equal(reader.error, ECANCELED);
	assert_int_equal(caller_join(&taker), -1);
	assert_int_equal(taker.error, ECANCELED);
	assert_fails(evfd_shared_post(s, 1), ECANCELED);
	assert_fails(evfd_shared_read(s, NULL), ECANCELED);
	assert_int_equal(evfd_shared_readiness(s), EVFD_OUT | EVFD_ERR);
}

static void on_signal(int signal)
{
	(void)signal;
}

static void *send_until_joined(void *thread)
{
	const struct timespec ts = { 0, MS };

	while (!__atomic_load_n(&memory[1].opaque[0], __ATOMIC_ACQUIRE)) {
		pthread_kill(*(pthread_t *)thread, SIGUSR1);
		nanosleep(&ts, NULL);
	}
	return NULL;
}

static void test_signal_ends_a_sleep(void **state)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct evfd_shared *s = make(0, 0);
	pthread_t self = pthread_self(), sender;

	(void)state;
	sigaction(SIGUSR1, &action, NULL);
	pthread_create(&sender, NULL, send_until_joined, &self);
	assert_fails(evfd_shared_read(s, NULL), EINTR);
	__atomic_store_n(&memory[1].opaque[0], 1, __ATOMIC_RELEASE);
	pthread_join(sender, NULL);
}

/* ---- what the memory may contain --------------------------------------------------------- */

/* Whatever is there is a count; calls that do not sleep come back. */
static void test_any_contents(void **state)
{
	(void)state;
	alarm(60);
	for (unsigned i = 0; i < 20000; i++) {
		uint64_t a = any_amount(), b = any_amount(), value;

		for (unsigned j = 0; j < 8; j++)
			memory->opaque[j] =
				any(3) ? any(UINT64_MAX) : -(uint64_t)any(2);
		memory->opaque[2] = EVFD_SHARED_MAGIC;
		call(i % 12, EVFD_NONE, memory, a, b, &value);
		assert_int_equal(memory->opaque[2], EVFD_SHARED_MAGIC);
		for (unsigned j = 8; j < 512; j++)
			assert_int_equal(((uint64_t *)memory)[j], 0);
	}
	alarm(0);
}

/* ---- processes ------------------------------------------------------------------------- */

#ifdef IS_PLAIN
/* Under strict seccomp any system call but write and exit is death. */
static void test_no_system_call(void **state)
{
	struct evfd_shared *s = make(0, 0);
	pid_t pid = fork();
	int status;

	(void)state;
	if (pid == 0) {
		uint64_t v;
		bool is_good;

		prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT);
		is_good = evfd_shared_write(s, 3) == 0 &&
			  evfd_shared_post(s, 3) == 0 &&
			  evfd_shared_take(s, 1, 2, &v) == 0 &&
			  evfd_shared_read(s, &v) == 0 && v == 4 &&
			  evfd_shared_tryread(s, &v) < 0 &&
			  evfd_shared_swap(s, 1, &v) == 0 &&
			  evfd_shared_cancel(s) == 0;
		syscall(SYS_exit, is_good ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}
#endif

#ifdef HAS_PEERS
#define PEERS 4
#define ROUNDS 20000u

/* Half of the peers write and post 1, 2, 3 ..., half take it. */
static void peer(struct evfd_shared *s, unsigned id, uint64_t *sum)
{
	uint64_t got;

	for (unsigned i = 0; i < ROUNDS; i++) {
		int result;

		got = 1 + i % 3;
		if (id % 2 == 0 && i % 2)
			result = evfd_shared_post(s, got);
		else if (id % 2 == 0)
			result = evfd_shared_write(s, got);
		else
			result = evfd_shared_take(s, 1, 1 + i % 4, &got);
		if (result < 0)
			break;
		*sum += got;
	}
}

/* Has it ended? By itself: the alarm would have killed it. */
static bool reap(pid_t *pid, int how)
{
	int status;

	if (*pid && waitpid(*pid, &status, how) == *pid) {
		assert_true(WIFEXITED(status));
		*pid = 0;
	}
	return !*pid;
}

static void test_peers(void **state)
{
	struct evfd_shared *s = make(0, 0);
	uint64_t *sums = (uint64_t *)(memory + 4);
	uint64_t left;
	pid_t pids[PEERS];

	(void)state;
	for (unsigned i = 0; i < PEERS; i++) {
		pids[i] = fork();
		if (pids[i])
			continue;
		alarm(120);
		peer(s, i, &sums[i]);
		_exit(0);
	}
	reap(&pids[0], 0);
	reap(&pids[2], 0);
	/* What is there is taken, unless nobody is left to take it. */
	do
		assert_int_equal(evfd_shared_peek(s, &left), 0);
	while (left > 0 && !(reap(&pids[1], WNOHANG) & reap(&pids[3], WNOHANG)));
	assert_int_equal(evfd_shared_cancel(s), 0);
	reap(&pids[1], 0);
	reap(&pids[3], 0);
	assert_int_equal(evfd_shared_peek(s, &left), 0);
	assert_int_equal(sums[0] + sums[2], sums[1] + sums[3] + left);
}
#endif

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	static const struct CMUnitTest tests[] = {
		CASE(test_init),	   CASE(test_attach),
		CASE(test_no_counter),	   CASE(test_same),
		CASE(test_sleepers_wake),  CASE(test_deadlines),
		CASE(test_cancel),	   CASE(test_signal_ends_a_sleep),
		CASE(test_any_contents),
#ifdef IS_PLAIN
		CASE(test_no_system_call),
#endif
#ifdef HAS_PEERS
		CASE(test_peers),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
