/* SPDX-License-Identifier: MIT */
#include "testport.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <core/cell_lock.h>

/* One sleep; lives on the sleeper's stack. */
struct sleep {
	struct sleep *next;
	uint32_t *word;
	uint64_t deadline_ns;
	bool is_short;
	bool is_over;
	int result;
	pthread_cond_t cond;
};

/* An allocation that has not been freed. */
struct block {
	struct block *next;
	void *memory;
	size_t size;
};

/* Everything is guarded by lock. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct sleep *first; /* longest asleep first */
static uint64_t now_ns = 1000000000;
static uint32_t interrupts;
static uint32_t allocs_left = UINT32_MAX;
static struct block *blocks;
static struct testport_counts counts;
static void (*wake_hook)(void *arg);
static void *wake_hook_arg;
static uint64_t patience, looks_to_hook;
static void (*look_hook)(void *arg);
static void *look_hook_arg;
static bool is_looking;

static void end_sleep(struct sleep **link, int result)
{
	struct sleep *s = *link;

	*link = s->next;
	s->is_over = true;
	s->result = result;
	pthread_cond_signal(&s->cond);
}

static int sleep_on(uint32_t *word, uint64_t deadline_ns, bool is_short)
{
	struct sleep self = {
		.word = word,
		.deadline_ns = deadline_ns,
		.is_short = is_short,
		.cond = PTHREAD_COND_INITIALIZER,
	};
	struct sleep **link = &first;

	while (*link)
		link = &(*link)->next;
	*link = &self;
	counts.waits++;
	while (!self.is_over)
		pthread_cond_wait(&self.cond, &lock);
	pthread_cond_destroy(&self.cond);
	return self.result;
}

int evfd_port_wait(uint32_t *word, uint32_t expected, uint64_t deadline_ns)
{
	int result = 0;

	pthread_mutex_lock(&lock);
	counts.calls++;
	if (__atomic_load_n(word, __ATOMIC_ACQUIRE) != expected) {
		/* Nothing to wait for. */
	} else if (interrupts) {
		interrupts--;
		result = EVFD_EINTR;
	} else if (now_ns >= deadline_ns) {
		result = EVFD_ETIMEDOUT;
	} else {
		result = sleep_on(word, deadline_ns, false);
	}
	pthread_mutex_unlock(&lock);
	return result;
}

void evfd_port_wait_short(uint32_t *word, uint32_t expected)
{
	pthread_mutex_lock(&lock);
	counts.calls++;
	if (__atomic_load_n(word, __ATOMIC_ACQUIRE) == expected)
		sleep_on(word, UINT64_MAX, true);
	pthread_mutex_unlock(&lock);
}

void evfd_port_wake(uint32_t *word, uint32_t count)
{
	struct sleep **link = &first;
	void (*hook)(void *arg);

	pthread_mutex_lock(&lock);
	counts.calls++;
	counts.wakes++;
	hook = wake_hook;
	wake_hook = NULL;
	if (hook) {
		pthread_mutex_unlock(&lock);
		hook(wake_hook_arg);
		pthread_mutex_lock(&lock);
	}
	while (*link && count) {
		if ((*link)->word == word) {
			end_sleep(link, 0);
			counts.woken++;
			count--;
		} else {
			link = &(*link)->next;
		}
	}
	pthread_mutex_unlock(&lock);
}

uint64_t evfd_port_now(void)
{
	void (*hook)(void *arg) = NULL;
	uint64_t ns;

	pthread_mutex_lock(&lock);
	if (is_looking) {
		now_ns++;
		if (--looks_to_hook == 0)
			hook = look_hook;
	}
	ns = now_ns;
	pthread_mutex_unlock(&lock);
	if (hook)
		hook(look_hook_arg);
	return ns;
}

uint64_t evfd_port_patience(void)
{
	void (*hook)(void *arg);
	uint64_t until;

	pthread_mutex_lock(&lock);
	is_looking = patience > 0;
	until = is_looking ? now_ns + patience : 0;
	hook = is_looking && looks_to_hook == 0 ? look_hook : NULL;
	pthread_mutex_unlock(&lock);
	if (hook)
		hook(look_hook_arg);
	return until;
}

void evfd_port_patience_end(bool was_found)
{
	pthread_mutex_lock(&lock);
	is_looking = false;
	if (was_found)
		counts.found++;
	else
		counts.unfound++;
	pthread_mutex_unlock(&lock);
}

void testport_be_patient(uint64_t looks, uint64_t look, void (*fn)(void *arg),
			 void *arg)
{
	pthread_mutex_lock(&lock);
	patience = looks;
	looks_to_hook = look;
	look_hook = fn;
	look_hook_arg = arg;
	pthread_mutex_unlock(&lock);
}

/* What lies behind the memory, up to a full line, is no 0. */
static void *make_block(size_t size)
{
	size_t whole = (size + 63) / 64 * 64;
	struct block *b = malloc(sizeof(*b));
	void *memory = aligned_alloc(64, whole);

	if (!b || !memory)
		evfd_port_panic("no memory", __FILE__, __LINE__);
	memset(memory, 0xdf, whole);
	memset(memory, 0, size);
	*b = (struct block){ .next = blocks, .memory = memory, .size = size };
	blocks = b;
	counts.allocs++;
	return memory;
}

void *evfd_port_alloc(size_t size)
{
	void *p = NULL;

	pthread_mutex_lock(&lock);
	if (allocs_left > 0)
		p = make_block(size);
	if (p && allocs_left != UINT32_MAX)
		allocs_left--;
	pthread_mutex_unlock(&lock);
	return p;
}

void evfd_port_free(void *p, size_t size)
{
	struct block **link = &blocks, *b;

	pthread_mutex_lock(&lock);
	while (*link && (*link)->memory != p)
		link = &(*link)->next;
	b = *link;
	if (!b || b->size != size)
		evfd_port_panic("freed what was not allocated", __FILE__, __LINE__);
	*link = b->next;
	counts.allocs--;
	pthread_mutex_unlock(&lock);
	memset(p, 0xdf, size);
	free(p);
	free(b);
}

_Noreturn void evfd_port_panic(const char *what, const char *file, int line)
{
	fprintf(stderr, "%s:%d: %s\n", file, line, what);
	abort();
}

/* Is this thread in a cell, and how often did one find it locked? */
static _Thread_local bool is_in_cell;
static uint32_t relaxes; /* atomic */
#define CELL_STATE 0xce11u

uintptr_t evfd_port_cell_enter(void)
{
	if (is_in_cell)
		evfd_port_panic("in a cell already", __FILE__, __LINE__);
	is_in_cell = true;
	return CELL_STATE;
}

void evfd_port_cell_leave(uintptr_t state)
{
	if (!is_in_cell || state != CELL_STATE)
		evfd_port_panic("not in a cell", __FILE__, __LINE__);
	is_in_cell = false;
}

void evfd_port_cell_relax(void)
{
	__atomic_fetch_add(&relaxes, 1, __ATOMIC_RELAXED);
	sched_yield();
}

uint32_t testport_relaxes(void)
{
	return __atomic_load_n(&relaxes, __ATOMIC_RELAXED);
}

void testport_reset(void)
{
	pthread_mutex_lock(&lock);
	if (first)
		evfd_port_panic("somebody is still asleep", __FILE__, __LINE__);
	now_ns = 1000000000;
	interrupts = 0;
	wake_hook = NULL;
	allocs_left = UINT32_MAX;
	patience = 0;
	counts = (struct testport_counts){ .allocs = counts.allocs };
	pthread_mutex_unlock(&lock);
}

uint32_t testport_asleep(void)
{
	uint32_t n = 0;

	pthread_mutex_lock(&lock);
	for (struct sleep *s = first; s; s = s->next)
		n += !s->is_short;
	pthread_mutex_unlock(&lock);
	return n;
}

void testport_until_asleep(uint32_t n)
{
	while (testport_asleep() != n)
		sched_yield();
}

void testport_advance(uint64_t ns)
{
	struct sleep **link = &first;

	pthread_mutex_lock(&lock);
	now_ns += ns;
	while (*link) {
		if ((*link)->deadline_ns <= now_ns)
			end_sleep(link, EVFD_ETIMEDOUT);
		else
			link = &(*link)->next;
	}
	pthread_mutex_unlock(&lock);
}

uint32_t testport_interrupt(void)
{
	struct sleep **link = &first;
	uint32_t n = 0;

	pthread_mutex_lock(&lock);
	while (*link) {
		if ((*link)->is_short) {
			link = &(*link)->next;
			continue;
		}
		end_sleep(link, EVFD_EINTR);
		n++;
	}
	pthread_mutex_unlock(&lock);
	return n;
}

void testport_interrupt_next(uint32_t n)
{
	pthread_mutex_lock(&lock);
	interrupts = n;
	pthread_mutex_unlock(&lock);
}

void testport_on_wake(void (*fn)(void *arg), void *arg)
{
	pthread_mutex_lock(&lock);
	wake_hook = fn;
	wake_hook_arg = arg;
	pthread_mutex_unlock(&lock);
}

void testport_alloc_limit(uint32_t n)
{
	pthread_mutex_lock(&lock);
	allocs_left = n;
	pthread_mutex_unlock(&lock);
}

struct testport_counts testport_counts(void)
{
	struct testport_counts c;

	pthread_mutex_lock(&lock);
	c = counts;
	pthread_mutex_unlock(&lock);
	return c;
}

struct testport_thread {
	pthread_t thread;
	void (*fn)(void *arg);
	void *arg;
	bool is_done;
};

static void *run_thread(void *arg)
{
	struct testport_thread *t = arg;

	t->fn(t->arg);
	__atomic_store_n(&t->is_done, true, __ATOMIC_RELEASE);
	return NULL;
}

struct testport_thread *testport_start(void (*fn)(void *arg), void *arg)
{
	struct testport_thread *t = calloc(1, sizeof(*t));

	if (!t)
		evfd_port_panic("no memory", __FILE__, __LINE__);
	t->fn = fn;
	t->arg = arg;
	if (pthread_create(&t->thread, NULL, run_thread, t))
		evfd_port_panic("no thread", __FILE__, __LINE__);
	return t;
}

void testport_join(struct testport_thread *t)
{
	pthread_join(t->thread, NULL);
	free(t);
}

bool testport_is_done(struct testport_thread *t)
{
	bool is_done = __atomic_load_n(&t->is_done, __ATOMIC_ACQUIRE);

	if (!is_done)
		sched_yield();
	return is_done;
}
