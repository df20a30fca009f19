/* SPDX-License-Identifier: MIT */
/*
 * Runs one schedule: threads as stacks of their own, one step at a time.
 *
 * A thread stops before each operation with the operation written down, so whoever
 * chooses knows what each thread would do next. The operation is then done by the
 * thread itself, when it is its turn.
 */
#include "machine.h"
#include "context.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STEPS_ALONE 100000
#define CANARY UINT64_C(0x5ac1f1ce0ddba11)

const struct sim_program *sim_program;
struct sim_thread sim_threads[SIM_THREADS];
uint32_t sim_wakes;
uint64_t sim_clock;
char sim_failure[SIM_TEXT];
struct sim_event sim_events[SIM_STEPS];
int sim_depth;
int sim_chosen;

static int thread_count;
static int current = -1; /* the thread that runs, -1: the scheduler */
static int steps_alone;	 /* of setup, rest and end */
static void *scheduler;
static sigjmp_buf out;
static bool is_armed; /* `out` may be jumped to */

/* ---- failure ---------------------------------------------------------------- */

void sim_fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(sim_failure, sizeof(sim_failure), format, args);
	va_end(args);
	if (!is_armed) {
		fprintf(stderr, "sim: %s\n", sim_failure);
		abort();
	}
	siglongjmp(out, 1);
}

void sim_check_equal_at(uint64_t is, uint64_t should, const char *what,
			const char *function, int line)
{
	if (is != should)
		sim_fail("%s:%d: %s is %lld, should be %lld", function, line,
			 what, (long long)is, (long long)should);
}

static void on_crash(int signal)
{
	sim_fail("crash: signal %d", signal);
}

static void catch_crashes(void)
{
	static unsigned char stack[64 * 1024];
	stack_t alternate = { .ss_sp = stack, .ss_size = sizeof(stack) };
	struct sigaction action = {
		.sa_handler = on_crash,
		.sa_flags = SA_ONSTACK | SA_NODEFER,
	};

	sigaltstack(&alternate, NULL);
	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
	sigaction(SIGFPE, &action, NULL);
	sigaction(SIGILL, &action, NULL);
}

/* ---- threads ------------------------------------------------------------------ */

int sim_thread_count(void)
{
	return thread_count;
}

int sim_self(void)
{
	return current;
}

bool sim_is_asleep(int thread)
{
	const struct sim_thread *t = &sim_threads[thread];

	return t->op.kind == SIM_LEAVE && !t->is_done && !t->is_woken &&
	       !t->op.is_short;
}

bool sim_is_done(int thread)
{
	return sim_threads[thread].is_done;
}

uint32_t sim_sleeps(int thread)
{
	return sim_threads[thread].sleeps;
}

uint32_t sim_woken(void)
{
	return sim_wakes;
}

void sim_interrupt_sleepers(void)
{
	for (int i = 0; i < thread_count; i++)
		sim_threads[i].is_interrupted = sim_is_asleep(i);
}

static void back_to_scheduler(void)
{
	struct sim_thread *self = &sim_threads[current];

	sim_context_switch(&self->context, scheduler);
}

static void thread_main(void)
{
	struct sim_thread *self = &sim_threads[current];
	struct evfd_word none = { 0 };

	sim_note(&self->op, none, none, 0);
	self->fn();
	self->is_done = true;
	back_to_scheduler();
}

static uint64_t *canary_of(int thread)
{
	size_t size;

	/* Above what context_ucontext.c keeps at the low end. */
	return (uint64_t *)(sim_stack(thread, &size) + 4096);
}

static void make_threads(const struct sim_program *p)
{
	size_t size;

	for (thread_count = 0; thread_count < SIM_THREADS; thread_count++) {
		struct sim_thread *t = &sim_threads[thread_count];
		unsigned char *stack = sim_stack(thread_count, &size);

		if (!p->threads[thread_count])
			break;
		*t = (struct sim_thread){
			.fn = p->threads[thread_count],
			.context = sim_context_make(stack, size, thread_main),
			.op = { .kind = SIM_START },
			.interrupts = p->handler[thread_count] - 1,
			.first = -1,
			.last = -1,
			.interrupts_left = p->interrupts,
			.spurious_left = p->spurious,
			.alloc_failures_left = p->alloc_failures,
			.copy_faults_left = p->copy_faults,
		};
		*canary_of(thread_count) = CANARY;
	}
}

/* Does a handler that has begun keep thread t from going on? */
static bool is_interrupted(int t)
{
	for (int i = 0; i < thread_count; i++)
		if (sim_threads[i].interrupts == t && !sim_threads[i].is_done &&
		    sim_threads[i].op.kind != SIM_START)
			return true;
	return false;
}

static uint32_t enabled_threads(void)
{
	uint32_t enabled = 0;

	for (int i = 0; i < thread_count; i++)
		if (!sim_threads[i].is_done && sim_choices(i) > 0 &&
		    !is_interrupted(i))
			enabled |= 1u << i;
	return enabled;
}

/* ---- steps ------------------------------------------------------------------------ */

/* A frame that its thread has returned from holds nothing for others. */
static void check_stacks(const volatile void *at)
{
	for (int i = 0; i < thread_count; i++) {
		size_t size;
		const unsigned char *low = sim_stack(i, &size);
		uintptr_t offset = (uintptr_t)at - (uintptr_t)low;

		if (offset >= size)
			continue;
		if (i != current &&
		    (sim_threads[i].is_done ||
		     (uintptr_t)at < (uintptr_t)sim_context_lowest(
					     sim_threads[i].context)))
			sim_fail(
				"access to the frame of a call that has ended");
	}
}

static void check_handler(const struct sim_op *op)
{
	if (sim_threads[current].interrupts < 0)
		return;
	if (op->kind == SIM_WAIT || op->kind == SIM_WAIT_SHORT)
		sim_fail("a handler sleeps");
	if (op->kind == SIM_ALLOC || op->kind == SIM_FREE || op->kind == SIM_COPY)
		sim_fail("a handler calls what only threads may call");
}

int sim_step(const struct sim_op *op)
{
	struct sim_thread *self = &sim_threads[current];
	bool is_access = op->kind <= SIM_CELL_SWAP;

	if (current < 0) {
		if (++steps_alone > STEPS_ALONE)
			sim_fail("no end of setup, rest or end");
		if (is_access)
			sim_memory_check(op->at);
		return 0;
	}
	check_handler(op);
	self->op = *op;
	back_to_scheduler();
	if (is_access || op->kind == SIM_WAIT || op->kind == SIM_WAIT_SHORT) {
		sim_memory_check(op->at);
		check_stacks(op->at);
	}
	return self->choice;
}

/* Write down the step that `thread` takes next. */
static void make_event(int thread, int choice, uint32_t enabled)
{
	struct sim_thread *t = &sim_threads[thread];
	struct sim_event *e = &sim_events[sim_depth];

	if (sim_depth == SIM_STEPS)
		sim_fail("no end after %d steps", SIM_STEPS);
	e->thread = (uint8_t)thread;
	e->choice = (uint8_t)choice;
	e->choices = (uint8_t)sim_choices(thread);
	e->accesses = (uint8_t)sim_accesses(t, choice, e->access);
	e->cause = t->op.kind == SIM_LEAVE && t->is_woken ? t->woken_by : -1;
	e->enabled = enabled;
	sim_order_add(sim_depth);
	if (t->first < 0)
		t->first = sim_depth;
	t->last = sim_depth;
	sim_depth++;
}

static void resume(int thread, int choice)
{
	sim_threads[thread].choice = choice;
	current = thread;
	sim_context_switch(&scheduler, sim_threads[thread].context);
	current = -1;
	if (*canary_of(thread) != CANARY)
		sim_fail("thread %c ran out of stack", 'a' + thread);
}

/* ---- a schedule ---------------------------------------------------------------------- */

/* Run until nobody can go on. Returns false if the schedule was cut. */
static bool run_steps(const struct sim_program *p, sim_choose_fn *choose,
		      sim_chosen_fn *chosen)
{
	uint32_t enabled;

	while ((enabled = enabled_threads()) != 0) {
		int choice = 0;
		int thread = choose(enabled, &choice);

		if (thread < 0)
			return false;
		make_event(thread, choice, enabled);
		sim_chosen = sim_depth;
		if (chosen)
			chosen();
		resume(thread, choice);
		if (p->each)
			p->each();
	}
	return true;
}

/* Nobody can go on: may those who have not ended be asleep? */
static void check_sleepers(const struct sim_program *p)
{
	for (int i = 0; i < thread_count; i++) {
		if (sim_threads[i].is_done)
			continue;
		if (!sim_is_asleep(i))
			sim_fail("deadlock: thread %c waits for a lock", 'a' + i);
		if (!(p->may_sleep & 1u << i))
			sim_fail("thread %c is left asleep", 'a' + i);
	}
}

/* What was asleep has been woken by rest(): let all of it end, in one order. */
static void run_to_end(void)
{
	uint32_t enabled;

	while ((enabled = enabled_threads()) != 0) {
		int thread = __builtin_ctz(enabled);

		make_event(thread, 0, enabled);
		resume(thread, 0);
	}
	for (int i = 0; i < thread_count; i++)
		if (!sim_threads[i].is_done)
			sim_fail("thread %c sleeps on after the end", 'a' + i);
}

static void reset(const struct sim_program *p)
{
	static bool is_ready;

	if (!is_ready)
		catch_crashes();
	is_ready = true;
	sim_program = p;
	sim_failure[0] = '\0';
	sim_depth = 0;
	sim_chosen = 0;
	sim_wakes = 0;
	sim_clock = SIM_DEADLINE / 2;
	steps_alone = 0;
	current = -1;
	thread_count = 0;
	sim_memory_reset();
	sim_waits_reset();
	sim_order_reset();
	sim_view_reset();
	sim_picture_reset();
}

enum sim_outcome sim_run(const struct sim_program *p, sim_choose_fn *choose,
			 sim_chosen_fn *chosen)
{
	if (sigsetjmp(out, 0) != 0) {
		is_armed = false;
		current = -1;
		return SIM_FAILED;
	}
	is_armed = true;
	reset(p);
	p->setup();
	make_threads(p);
	sim_view_begin();
	if (!run_steps(p, choose, chosen)) {
		is_armed = false;
		return SIM_CUT;
	}
	check_sleepers(p);
	if (p->rest)
		p->rest();
	run_to_end();
	if (p->end)
		p->end();
	sim_memory_check_leaks();
	is_armed = false;
	return SIM_PASSED;
}
