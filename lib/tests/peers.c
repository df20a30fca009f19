/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "peers.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/atomic.h"
#include "step.h"
#include "tests/support/random.h"

struct world *world;
const char *doing = "begin";
unsigned number, hang_s = 20;
struct process survivors[SURVIVORS];

static uint64_t seed = 88172645463325252u;

uint64_t any(uint64_t n)
{
	return random_next(&seed) % n;
}

void any_of(uint64_t who)
{
	seed += who;
}

/* ---- operations, and a log of them ------------------------------------------------ */

static int perform(const struct op *op, uint64_t *added)
{
	struct evfd_shared *s = &world->counters[op->on];
	uint64_t until = op->how == TRY	  ? EVFD_NOWAIT :
			 op->how == SLEEP ? EVFD_FOREVER :
					    evfd_after(30000);
	uint64_t got = 0;
	int result = -1;

	switch (op->verb) {
	case POST:
		result = evfd_shared_post(s, op->amount);
		break;
	case WRITE:
		result = evfd_shared_write_until(s, op->amount, until);
		break;
	case TAKE:
		result = evfd_shared_take_until(s, op->amount, op->amount, &got,
						until);
		break;
	case READ:
		result = evfd_shared_read_until(s, &got, until);
		break;
	case SWAP:
		result = evfd_shared_swap(s, op->amount, &got);
		break;
	case CANCEL:
		result = evfd_shared_cancel(s);
		break;
	case INIT:
		result = evfd_shared_init(s, op->amount, 0);
		break;
	}
	*added = result < 0 ? 0 : -got;
	if (result == 0 && op->verb != TAKE && op->verb != READ)
		*added += op->amount;
	return result;
}

uint64_t done(const struct log *log, unsigned on)
{
	return log->sum[load_acq(&log->state) >> 1 & 1][on];
}

static volatile uint64_t steps_left = UINT64_MAX;
static volatile int signal_at_step;

static void on_step(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)info;
	if (steps_left-- > 0)
		return;
	steps_end(context);
	kill(getpid(), signal_at_step);
}

void act_at_step(uint64_t n, int signal)
{
	signal_at_step = signal;
	steps_left = n;
	steps_install(on_step);
}

int do_logged(struct log *log, const struct op *op)
{
	uint64_t n = load_rlx(&log->state) >> 1;
	uint64_t *sum = log->sum[(n + 1) & 1];
	uint64_t added;
	int result;

	log->op = *op;
	memcpy(sum, log->sum[n & 1], sizeof(log->sum[0]));
	store_rel(&log->state, 2 * n + 1);
	if (steps_left != UINT64_MAX)
		steps_on();
	result = perform(op, &added);
	steps_off();
	sum[op->on] += added;
	store_rel(&log->state, 2 * n + 2);
	return result;
}

bool is_under_way(const struct log *log)
{
	return load_acq(&log->state) & 1;
}

/* ---- verdicts --------------------------------------------------------------------------- */

_Noreturn void fail(const char *what)
{
	printf("not ok %u - %s: %s\n", number, doing, what);
	fflush(stdout);
	_exit(1); /* the others die with us */
}

static void on_alarm(int signal)
{
	static const char what[] = ": a survivor hangs\n";
	char line[200];
	size_t n = strlen(doing);

	(void)signal;
	n = n < sizeof(line) ? n : sizeof(line);
	memcpy(line, doing, n);
	(void)!write(1, "not ok - ", 9);
	(void)!write(1, line, n);
	(void)!write(1, what, sizeof(what) - 1);
	_exit(1);
}

void watch_for_hangs(void)
{
	signal(SIGALRM, on_alarm);
}

void progress(void)
{
	alarm(hang_s);
}

uint64_t count_of(unsigned on)
{
	uint64_t count;

	if (evfd_shared_peek(&world->counters[on], &count) < 0)
		fail("not a counter any more");
	return count;
}

static bool is_cancelled(unsigned on)
{
	return evfd_shared_trywrite(&world->counters[on], 0) < 0 &&
	       errno == ECANCELED;
}

bool can_go_on(const struct op *op)
{
	uint64_t count = count_of(op->on);

	if (is_cancelled(op->on))
		return true;
	if (op->verb == WRITE)
		return op->amount < UINT64_MAX - count;
	return count >= (op->verb == TAKE ? op->amount : 1);
}

void check_sum(unsigned on, uint64_t base, const uint64_t *doubts, unsigned n,
	       bool is_wild)
{
	uint64_t sum = base + done(&world->self, on), got = count_of(on);

	for (unsigned i = 0; i < SURVIVORS; i++)
		sum += done(&world->survivors[i], on);
	for (unsigned i = 0; i < VICTIMS; i++)
		sum += done(&world->victims[i], on);
	for (unsigned set = 0; set < 1u << n; set++) {
		uint64_t all = sum;

		for (unsigned i = 0; i < n; i++)
			all += set >> i & 1 ? doubts[i] : 0;
		if (got == all || (is_wild && got < all))
			return;
	}
	fail("the count is not the sum of the operations");
}

/* ---- processes ------------------------------------------------------------------------------ */

bool is_asleep(const struct process *p)
{
	char line[256];
	ssize_t n = pread(p->stat, line, sizeof(line) - 1, 0);
	const char *name_end;

	if (n <= 0)
		return false;
	line[n] = 0;
	name_end = strrchr(line, ')');
	return name_end && name_end[2] == 'S';
}

void process_open(struct process *p)
{
	char path[40];

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)p->pid);
	p->stat = open(path, O_RDONLY | O_CLOEXEC);
	if (p->stat < 0)
		fail("no /proc");
}

pid_t fork_child(void)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		fail("no fork");
	if (pid == 0) {
		alarm(0);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	}
	return pid;
}

bool is_at_rest(const struct process *p)
{
	uint64_t state = load_acq(&p->log->state);

	if (!(state & 1))
		return true;
	return p->log->op.how == SLEEP && is_asleep(p) &&
	       !can_go_on(&p->log->op) && load_acq(&p->log->state) == state;
}

void await_rest(unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		while (!is_at_rest(&survivors[i]))
			sched_yield();
}

void survivors_start(struct op (*next)(unsigned on))
{
	for (unsigned i = 0; i < SURVIVORS; i++) {
		struct process *p = &survivors[i];
		int orders[2];

		p->log = &world->survivors[i];
		if (pipe(orders) < 0)
			fail("no pipe");
		p->orders = orders[1];
		p->pid = fork_child();
		if (p->pid == 0) {
			struct op op;

			any_of(i);
			while (next || read(orders[0], &op, sizeof(op)) > 0) {
				if (next)
					op = next(i);
				do_logged(p->log, &op);
			}
			_exit(0);
		}
		close(orders[0]);
		process_open(p);
	}
}

void survivors_end(void)
{
	for (unsigned i = 0; i < SURVIVORS; i++) {
		kill(survivors[i].pid, SIGKILL);
		waitpid(survivors[i].pid, NULL, 0);
		close(survivors[i].stat);
		close(survivors[i].orders);
	}
}
