/* SPDX-License-Identifier: MIT */
/*
 * shared_kill [KILLS [STRIDE [PAIRS [HANG_S]]]]: processes that share counters are
 * killed, stopped and joined at every instruction of a call, then KILLS of them at
 * random; survivors must never hang, and every operation that was completed must be in
 * the count. TAP.
 *
 * Survivors are processes that sleep in a call, or this one. A victim logs what it is
 * about to do and what it has done in memory of its own, so that after its death one
 * operation at most is in doubt, and that may have happened or not. When all
 * have come to rest, who sleeps must have nothing to do, and the count must be
 * the sum of the logs.
 *
 * Every instruction: a victim makes one call with the trap flag set, and at the n-th
 * trap, for n = 0, STRIDE ... to the end of the call, it kills itself; or it stops, the
 * others go on without it, and then it ends its call; or it stops, others go to
 * sleep on the counter, and it ends its call. STRIDE leaves points out. Two victims
 * in turn, at PAIRS points of each kind of call. (x86-64 only.)
 *
 * Nothing here waits for a time; HANG_S without progress is a hang.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "shared.h"

#include "peers.h"

/* ---- every instruction ---------------------------------------------------------------------- */

/*
 * A counter that starts at `initial`; survivors who sleep on it; the victim's call, and
 * what it adds if it happens; for a victim that sleeps, what wakes it; and what
 * wakes whoever is still asleep in the end, victim included.
 */
struct scene {
	const char *name;
	uint64_t initial;
	unsigned flags;
	unsigned sleepers;
	struct op sleeps[2];
	struct op victim;
	uint64_t effect;
	bool is_relative; /* the effect: a second one has another */
	bool does_sleep;
	struct op feed;
	struct op release;
};

static const struct scene scenes[] = {
	{ .name = "a post for nobody", .victim = { POST, 3 }, .effect = 3 },
	{ .name = "a read for nobody",
	  .initial = 5,
	  .victim = { READ },
	  .effect = -UINT64_C(5),
	  .is_relative = true },
	{ .name = "a post to two readers",
	  .flags = EVFD_SEMAPHORE,
	  .sleepers = 2,
	  .sleeps = { { READ, 1, SLEEP }, { READ, 1, SLEEP } },
	  .victim = { POST, 1 },
	  .effect = 1,
	  .release = { POST, 2 } },
	{ .name = "a write to a reader and a taker",
	  .sleepers = 2,
	  .sleeps = { { READ, 0, SLEEP }, { TAKE, 3, SLEEP } },
	  .victim = { WRITE, 4, SLEEP },
	  .effect = 4,
	  .release = { POST, 3 } },
	{ .name = "a read to a writer",
	  .initial = EVFD_MAX,
	  .sleepers = 1,
	  .sleeps = { { WRITE, 7, SLEEP } },
	  .victim = { READ },
	  .effect = -EVFD_MAX,
	  .is_relative = true,
	  .release = { READ } },
	{ .name = "a take to two writers",
	  .initial = EVFD_MAX,
	  .sleepers = 2,
	  .sleeps = { { WRITE, 1, SLEEP }, { WRITE, 2, SLEEP } },
	  .victim = { TAKE, 2 },
	  .effect = -UINT64_C(2),
	  .release = { READ } },
	{ .name = "a swap to a taker",
	  .initial = 1,
	  .sleepers = 1,
	  .sleeps = { { TAKE, 2, SLEEP } },
	  .victim = { SWAP, 9 },
	  .effect = 8,
	  .is_relative = true,
	  .release = { POST, 2 } },
	{ .name = "a cancel to two readers",
	  .sleepers = 2,
	  .sleeps = { { READ, 0, SLEEP }, { TAKE, 2, SLEEP } },
	  .victim = { CANCEL },
	  .release = { CANCEL } },
	{ .name = "a read that sleeps",
	  .flags = EVFD_SEMAPHORE,
	  .sleepers = 1,
	  .sleeps = { { READ, 1, SLEEP } },
	  .victim = { READ, 1, SLEEP },
	  .effect = -UINT64_C(1),
	  .does_sleep = true,
	  .feed = { POST, 1 },
	  .release = { POST, 2 } },
	{ .name = "a write that sleeps",
	  .initial = EVFD_MAX,
	  .sleepers = 1,
	  .sleeps = { { WRITE, 1, SLEEP } },
	  .victim = { WRITE, 1, SLEEP },
	  .effect = 1,
	  .does_sleep = true,
	  .feed = { TAKE, 1 },
	  .release = { TAKE, 2 } },
	{ .name = "a read whose deadline passes",
	  .flags = EVFD_SEMAPHORE,
	  .sleepers = 1,
	  .sleeps = { { READ, 1, SLEEP } },
	  .victim = { READ, 1, UNTIL },
	  .effect = -UINT64_C(1),
	  .does_sleep = true,
	  .release = { POST, 2 } },
};

enum ending {
	KILL,
	STOP,
	JOIN
};

static const struct scene *scene;
static uint64_t points, kills, stops;
static bool is_joined, is_fed;

static void step_to_sleep(unsigned i)
{
	struct process *p = &survivors[i];
	uint64_t before = load_acq(&p->log->state);

	if (write(p->orders, &scene->sleeps[i], sizeof(struct op)) < 0)
		fail("no survivor");
	while (load_acq(&p->log->state) == before)
		sched_yield();
	while (is_under_way(p->log) && !is_asleep(p))
		sched_yield();
}

/* The survivors of the scene go to sleep, if they have not yet. */
static void join(void)
{
	if (is_joined)
		return;
	is_joined = true;
	for (unsigned i = 0; i < scene->sleepers; i++)
		step_to_sleep(i);
}

/* Wake a victim that sleeps, once; another one by other means. */
static void feed(void)
{
	if (!is_fed && scene->feed.amount)
		do_logged(&world->self, &scene->feed);
	is_fed = true;
}

/* A deadline that has passed leaves its mark in the word: a ring for nobody. */
static void leave_a_mark(void)
{
	struct op op = scene->victim;

	if (scene->sleepers) {
		op = scene->sleeps[0];
		op.how = UNTIL;
		do_logged(&world->self, &op);
	}
}

static void set_scene(const struct scene *s, enum ending ending)
{
	progress();
	scene = s;
	memset(world->counters, 0, sizeof(world->counters));
	memset(&world->self, 0, sizeof(world->self));
	memset(world->victims, 0, sizeof(world->victims));
	memset(world->survivors, 0, sizeof(world->survivors));
	if (evfd_shared_init(world->counters, s->initial, s->flags) < 0)
		fail("init");
	is_joined = is_fed = false;
	if (ending == JOIN)
		leave_a_mark();
	else if (!s->does_sleep)
		join();
}

/* A process that makes one call, and sends itself a signal n instructions into it. */
static void victim_start(struct process *p, struct log *log,
			 const struct op *op, int signal, uint64_t n)
{
	p->log = log;
	p->pid = fork_child();
	if (p->pid == 0) {
		act_at_step(n, signal);
		do_logged(log, op);
		_exit(0);
	}
	process_open(p);
}

static void wake_victim(const struct process *p)
{
	join();
	if (!is_fed)
		feed();
	else if (p->log->op.how == SLEEP && !can_go_on(&p->log->op))
		do_logged(&world->self, &scene->release);
}

/* It is stopped, killed, or has ended, which is told. What it sleeps for, comes. */
static bool victim_await(const struct process *p)
{
	int how = WUNTRACED | (scene->does_sleep ? WNOHANG : 0);
	int status;

	while (waitpid(p->pid, &status, how) != p->pid) {
		if (is_asleep(p) && is_under_way(p->log))
			wake_victim(p);
		sched_yield();
	}
	if (WIFSTOPPED(status))
		return false;
	close(p->stat);
	if (WIFEXITED(status))
		return true;
	if (WTERMSIG(status) != SIGKILL)
		fail("a victim died");
	kills++;
	return false;
}

/* The rest of its call, which may sleep until it is released. */
static void victim_finish(const struct process *p)
{
	int status;

	kill(p->pid, SIGCONT);
	while (waitpid(p->pid, &status, WNOHANG) != p->pid) {
		if (is_asleep(p) && is_under_way(p->log) && scene->does_sleep)
			wake_victim(p);
		sched_yield();
	}
	if (!WIFEXITED(status))
		fail("a victim died");
	close(p->stat);
	stops++;
}

static bool is_any_under_way(void)
{
	for (unsigned i = 0; i < scene->sleepers; i++)
		if (is_under_way(survivors[i].log))
			return true;
	return false;
}

static void check_scene(void)
{
	uint64_t doubts[VICTIMS];
	unsigned n = 0;

	for (unsigned i = 0; i < VICTIMS; i++)
		if (is_under_way(&world->victims[i]))
			doubts[n++] = scene->effect;
	await_rest(scene->sleepers);
	check_sum(0, scene->initial, doubts, n, false);
	while (is_any_under_way()) {
		do_logged(&world->self, &scene->release);
		await_rest(scene->sleepers);
	}
	check_sum(0, scene->initial, doubts, n, false);
}

static bool is_any_done(void)
{
	for (unsigned i = 0; i < scene->sleepers; i++)
		if (!is_under_way(survivors[i].log))
			return true;
	return false;
}

static uint32_t epoch(void)
{
	const struct evfd_lib_shared *s = (void *)world->counters;

	return (uint32_t)(load_acq(&s->word.ctl) >> EVFD_GENERATION_SHIFT);
}

/* While it is stopped: who was called in vain goes to sleep again; we are not held up. */
static void go_on_without(uint32_t before)
{
	const struct evfd_lib_shared *s = (void *)world->counters;

	join();
	if (scene->does_sleep)
		feed();
	await_rest(scene->sleepers);
	if (!scene->does_sleep && (load_acq(&s->late[0]) || load_acq(&s->late[1])))
		while (!is_any_done() && epoch() - before < scene->sleepers)
			sched_yield();
	evfd_shared_trywrite(world->counters, 0);
}

/* False: the call has fewer instructions. */
static bool try_point(const struct scene *s, enum ending ending, uint64_t n)
{
	struct process victim;
	uint32_t before;
	bool has_ended;

	set_scene(s, ending);
	before = epoch();
	victim_start(&victim, &world->victims[0], &s->victim,
		     ending == KILL ? SIGKILL : SIGSTOP, n);
	has_ended = victim_await(&victim);
	if (ending == STOP && !has_ended)
		go_on_without(before);
	join();
	if (ending == KILL)
		feed();
	else if (!has_ended)
		victim_finish(&victim);
	check_scene();
	return !has_ended;
}

/* Two deaths in turn. */
static void try_pair(const struct scene *s, uint64_t n, uint64_t m)
{
	struct process victim;

	set_scene(s, KILL);
	victim_start(&victim, &world->victims[0], &s->victim, SIGKILL, n);
	victim_await(&victim);
	victim_start(&victim, &world->victims[1], &s->victim, SIGKILL, m);
	victim_await(&victim);
	join();
	feed();
	check_scene();
}

static void sweep(const struct scene *s, uint64_t stride, uint64_t pairs)
{
	static const char *const endings[] = { "killed", "stopped", "joined" };
	char name[100];
	uint64_t length = 0;

	doing = name;
	for (enum ending e = KILL; e <= JOIN; e++) {
		uint64_t n = 0;

		snprintf(name, sizeof(name), "%s, %s", s->name, endings[e]);
		while (try_point(s, e, n)) {
			points++;
			n += stride;
		}
		length = length ? length : n;
	}
	snprintf(name, sizeof(name), "%s, two killed", s->name);
	while (pairs-- > 0 && !s->is_relative)
		try_pair(s, any(length), any(length));
	printf("ok %u - %s: %llu points\n", number, s->name,
	       (unsigned long long)length);
}

/* Whoever comes after a maker that was killed makes the counter, or finds it. */
static void sweep_init(void)
{
	const struct op op = { INIT, 6, TRY, 0 };
	static const struct scene none = { .name = "init, killed" };
	struct process victim;
	bool has_ended = false;

	doing = none.name;
	for (uint64_t n = 0; !has_ended; n++) {
		bool is_made;

		set_scene(&none, JOIN);
		memset(world->counters, 0, sizeof(world->counters));
		victim_start(&victim, &world->victims[0], &op, SIGKILL, n);
		has_ended = victim_await(&victim);
		is_made = evfd_shared_attach(world->counters, 64) != NULL;
		if (!is_made && errno != EAGAIN)
			fail("attach");
		if (evfd_shared_init(world->counters, 6, 0) < 0 &&
		    (errno != EEXIST || !is_made))
			fail("it cannot be made any more");
		if (!evfd_shared_attach(world->counters, 64) || count_of(0) != 6)
			fail("it is not as it was made");
		points++;
	}
	printf("ok %u - %s\n", number, doing);
}

/* ---- at random -------------------------------------------------------------------------- */

/* A victim brings what the survivors wait for, takes some, and sometimes sleeps. */
static struct op any_op(void)
{
	struct op op = { .on = any(COUNTERS),
			 .how = any(8) ? any(2) * UNTIL : SLEEP,
			 .amount = 1 + any(3) };

	if (any(4) == 0)
		op.verb = op.on == FULL ? WRITE : any(2) ? TAKE : READ;
	else
		op.verb = op.on == FULL ? TAKE : any(2) ? POST : WRITE;
	if (op.verb == READ && op.on == SEMAPHORE)
		op.amount = 1;
	return op;
}

/* A survivor takes from its counter, or fills it. */
static struct op survivor_op(unsigned on)
{
	struct op op = { .on = on,
			 .how = any(3) ? SLEEP : UNTIL,
			 .amount = 1 + any(3) };

	op.verb = on == FULL ? WRITE : any(2) ? READ : TAKE;
	if (op.verb == READ)
		op.amount = 1;
	return op;
}

static bool is_at_rest_for_good(const struct process *p)
{
	return is_under_way(p->log) && is_at_rest(p);
}

static void victim_run(struct process *p, struct log *log)
{
	p->log = log;
	p->pid = fork_child();
	if (p->pid)
		return;
	any_of((uint64_t)getpid() * 0x9e3779b97f4a7c15u);
	for (;;) {
		struct op op = any_op();

		do_logged(log, &op);
	}
}

static void check_storm(const uint64_t *base)
{
	for (unsigned on = 0; on < COUNTERS; on++) {
		uint64_t doubts[VICTIMS];
		unsigned n = 0;
		bool is_wild = false;

		for (unsigned i = 0; i < VICTIMS; i++) {
			const struct log *log = &world->victims[i];

			if (!is_under_way(log) || log->op.on != on)
				continue;
			doubts[n++] = log->op.verb == TAKE || log->op.verb == READ ?
					      -log->op.amount :
					      log->op.amount;
			is_wild |= log->op.verb == READ && on == COUNTER;
		}
		check_sum(on, base[on], doubts, n, is_wild);
	}
}

/* As many of the victims' logs as count from now on. */
static void take_stock(uint64_t *base)
{
	memset(world->victims, 0, sizeof(world->victims));
	for (unsigned on = 0; on < COUNTERS; on++) {
		base[on] = count_of(on) - done(&world->self, on);
		for (unsigned i = 0; i < SURVIVORS; i++)
			base[on] -= done(&world->survivors[i], on);
	}
}

static void storm_round(uint64_t *base)
{
	struct process victims[VICTIMS];

	progress();
	for (unsigned i = 0; i < VICTIMS; i++)
		victim_run(&victims[i], &world->victims[i]);
	for (unsigned i = 0; i < VICTIMS; i++) {
		struct timespec ts = { 0, (long)any(300000) };
		struct op op = any_op();

		op.how = TRY;
		nanosleep(&ts, NULL);
		do_logged(&world->self, &op);
		kill(victims[i].pid, SIGKILL);
		waitpid(victims[i].pid, NULL, 0);
		kills++;
	}
	for (unsigned i = 0; i < SURVIVORS; i++)
		while (!is_at_rest_for_good(&survivors[i]))
			sched_yield();
	check_storm(base);
	take_stock(base);
}

static void storm(uint64_t n)
{
	uint64_t base[COUNTERS] = { 0, 0, EVFD_MAX }, before = kills;

	doing = "at random";
	memset(world, 0, sizeof(*world));
	evfd_shared_init(&world->counters[SEMAPHORE], 0, EVFD_SEMAPHORE);
	evfd_shared_init(&world->counters[COUNTER], 0, 0);
	evfd_shared_init(&world->counters[FULL], EVFD_MAX, 0);
	survivors_start(survivor_op);
	while (kills - before < n)
		storm_round(base);
	survivors_end();
	printf("ok %u - at random: %llu killed\n", number,
	       (unsigned long long)(kills - before));
}

/* ---- running ------------------------------------------------------------------------------ */

int main(int argc, char **argv)
{
	const unsigned n = sizeof(scenes) / sizeof(scenes[0]);
	uint64_t random_kills = argc > 1 ? strtoull(argv[1], NULL, 10) : 300;
	uint64_t stride = argc > 2 ? strtoull(argv[2], NULL, 10) : 7;
	uint64_t pairs = argc > 3 ? strtoull(argv[3], NULL, 10) : 20;

	unsigned only = argc > 5 ? (unsigned)atoi(argv[5]) : 0; /* one of them */

	hang_s = argc > 4 ? (unsigned)atoi(argv[4]) : hang_s;
	printf("1..%u\n", only ? 1 : n + 2);
	watch_for_hangs();
	world = mmap(NULL, sizeof(*world), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (world == MAP_FAILED)
		fail("no memory");
	survivors_start(NULL);
	for (unsigned i = 0; i < n; i++, fflush(stdout)) {
		number = i + 1;
		if (!only || only == number)
			sweep(&scenes[i], stride, pairs);
	}
	number = n + 1;
	if (!only || only == number)
		sweep_init();
	survivors_end();
	number = n + 2;
	if (!only || only == number)
		storm(random_kills);
	printf("# table: shared counters, peers killed | killed, stopped or "
	       "joined at "
	       "each %llu. instruction of %u calls, and at random | %llu "
	       "points, %llu "
	       "killed, %llu stopped |\n",
	       (unsigned long long)stride, n + 1, (unsigned long long)points,
	       (unsigned long long)kills, (unsigned long long)stops);
	return 0;
}
