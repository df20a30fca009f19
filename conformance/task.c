/* SPDX-License-Identifier: MIT */
/*
 * Tasks of a case, and what is done about those that a failed case leaves
 * asleep. Only the case's own task starts and joins others.
 */
#include "run.h"

#define TASKS 256u
#define NUMBERS 512u

struct entry {
	struct conf_task *task;
	bool is_process;
};

static struct entry entries[TASKS];
static bool was_open[NUMBERS];
static struct conf_task *the_case;
static const char *stuck;

uint64_t conf_hang_ns = UINT64_C(30000000000);

static struct conf_task *enter(struct conf_task *t, bool is_process)
{
	for (uint32_t i = 0; i < TASKS; i++) {
		if (!entries[i].task) {
			entries[i] = (struct entry){ t, is_process };
			return t;
		}
	}
	conf_true("a case starts at most 256 tasks", false);
	return t;
}

static void leave(struct conf_task *t)
{
	for (uint32_t i = 0; i < TASKS; i++)
		if (entries[i].task == t)
			entries[i].task = NULL;
}

struct conf_task *conf_spawn(conf_fn *fn, void *arg)
{
	return enter(T->spawn(fn, arg), false);
}

struct conf_task *conf_fork(conf_fn *fn, void *arg)
{
	return enter(T->fork(fn, arg), true);
}

int conf_join(struct conf_task *t)
{
	int result = T->wait(t, conf_hang_ns);

	if (result == CONF_HANG)
		conf_true("the task ends (it hangs)", false);
	else
		leave(t);
	return result;
}

bool conf_until_blocked(struct conf_task *t)
{
	uint64_t limit = T->now_ns() + conf_hang_ns;

	while (!T->has_ended(t)) {
		if (T->is_blocked(t))
			return true;
		if (T->now_ns() > limit)
			return false;
		T->yield();
	}
	return false;
}

void conf_until(const uint64_t *word, uint64_t value)
{
	while (__atomic_load_n(word, __ATOMIC_ACQUIRE) != value)
		T->yield();
}

static int run_call(void *arg)
{
	struct call *c = arg;

	c->result = conf_syscall(c->nr, c->args);
	return 0;
}

void conf_start(struct call *c, uint64_t nr, const uint64_t args[6])
{
	c->nr = nr;
	for (int i = 0; i < 6; i++)
		c->args[i] = args[i];
	c->result = INT64_MIN;
	c->task = conf_spawn(run_call, c);
}

int64_t conf_finish(struct call *c)
{
	conf_join(c->task);
	return c->result;
}

/* ---- cleaning up -------------------------------------------------------- */

/* Which of the low numbers are open; one poll tells about all of them. */
static uint32_t look(struct pollfd *p)
{
	uint32_t n = NUMBERS;
	int64_t result;

	for (uint32_t i = 0; i < n; i++)
		p[i] = (struct pollfd){ (int)i, 0, 0 };
	do {
		result = sys(SYS_POLL, p, n, 0);
	} while (result < 0 && (n /= 2) > 1);
	return n;
}

void conf_release_begin(void)
{
	static struct pollfd p[NUMBERS];
	uint32_t n = look(p);

	the_case = T->self();
	stuck = NULL;
	for (uint32_t i = 0; i < n; i++)
		was_open[i] = !(p[i].revents & POLLNVAL);
}

bool conf_has_leaked(int *fd)
{
	static struct pollfd p[NUMBERS];
	uint32_t n = look(p);

	for (uint32_t i = 0; i < n; i++) {
		if (!(p[i].revents & POLLNVAL) && !was_open[i]) {
			*fd = (int)i;
			return true;
		}
	}
	return false;
}

bool conf_tasks_are_gone(void)
{
	for (uint32_t i = 0; i < TASKS; i++)
		if (entries[i].task)
			return false;
	return true;
}

void conf_tasks_forget(void)
{
	for (uint32_t i = 0; i < TASKS; i++)
		entries[i].task = NULL;
}

/* Give whoever sleeps on a descriptor of the case something to return with. */
static void stir(void)
{
	uint64_t value;

	for (int fd = 0; fd < (int)NUMBERS; fd++) {
		if (was_open[fd] || sys(SYS_FCNTL, fd, F_GETFD) < 0)
			continue;
		sys(SYS_FCNTL, fd, F_SETFL, O_NONBLOCK);
		if (conf_write(fd, 1) < 0)
			conf_read(fd, &value);
	}
}

static void collect(void)
{
	for (uint32_t i = 0; i < TASKS; i++) {
		struct conf_task *t = entries[i].task;

		if (!t)
			continue;
		if (entries[i].is_process)
			T->kill(t);
		if (entries[i].is_process || T->has_ended(t))
			conf_join(t);
	}
}

const char *conf_release(void)
{
	uint64_t limit = T->now_ns() + conf_hang_ns;
	int fd;

	while (!stuck && !conf_tasks_are_gone()) {
		collect();
		stir();
		if (T->now_ns() > limit)
			stuck = "a task that the case started cannot be "
				"released";
		T->yield();
	}
	while (!stuck && conf_has_leaked(&fd))
		if (sys(SYS_CLOSE, fd) < 0)
			stuck = "a descriptor that the case opened cannot be "
				"closed";
	return stuck;
}

int conf_fail(void)
{
	if (T->self() == the_case)
		conf_release();
	return 1;
}
