/* SPDX-License-Identifier: MIT */
/* Simulated processes, threads, signals, and the way into the vfs. */
#include <sched.h>
#include <signal.h>
#include <stdlib.h>

#include "internal.h"

pthread_mutex_t inproc_threads_lock = PTHREAD_MUTEX_INITIALIZER;
struct inproc_thread *inproc_threads;
static pthread_cond_t a_thread_ended = PTHREAD_COND_INITIALIZER;

static _Thread_local struct inproc_thread *self;
static pthread_key_t self_key; /* frees the self of threads not started here */
static pthread_once_t self_once = PTHREAD_ONCE_INIT;

/* ---- threads ----------------------------------------------------------------- */

static struct inproc_thread *new_thread(struct inproc_process *p)
{
	struct inproc_thread *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->process = p;
	pthread_mutex_init(&t->lock, NULL);
	pthread_mutex_lock(&inproc_threads_lock);
	t->next = inproc_threads;
	if (t->next)
		t->next->prev = t;
	inproc_threads = t;
	pthread_mutex_unlock(&inproc_threads_lock);
	return t;
}

static void free_thread(void *thread)
{
	struct inproc_thread *t = thread;

	pthread_mutex_lock(&inproc_threads_lock);
	if (t->prev)
		t->prev->next = t->next;
	else
		inproc_threads = t->next;
	if (t->next)
		t->next->prev = t->prev;
	pthread_mutex_unlock(&inproc_threads_lock);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

static void make_self_key(void)
{
	pthread_key_create(&self_key, free_thread);
}

struct inproc_thread *inproc_self(void)
{
	if (self)
		return self;
	pthread_once(&self_once, make_self_key);
	self = new_thread(NULL);
	if (!self)
		evfd_port_panic("no memory for a thread", __FILE__, __LINE__);
	pthread_setspecific(self_key, self);
	return self;
}

struct inproc_process *inproc_bind(struct inproc_process *p)
{
	struct inproc_thread *t = inproc_self();
	struct inproc_process *before;

	pthread_mutex_lock(&t->lock);
	before = t->process;
	t->process = p;
	pthread_mutex_unlock(&t->lock);
	return before;
}

static void *run(void *thread)
{
	struct inproc_thread *t = thread;

	self = t;
	if (setjmp(t->out) == 0)
		t->result = t->fn(t->arg);
	pthread_mutex_lock(&inproc_threads_lock);
	store_rel(&t->is_done, 1);
	pthread_cond_broadcast(&a_thread_ended);
	pthread_mutex_unlock(&inproc_threads_lock);
	return NULL;
}

struct inproc_thread *inproc_thread_start(struct inproc_process *p,
					  void *(*fn)(void *), void *arg)
{
	struct inproc_thread *t = new_thread(p);

	if (!t)
		return NULL;
	t->is_started = true;
	t->fn = fn;
	t->arg = arg;
	if (pthread_create(&t->pthread, NULL, run, t) != 0) {
		free_thread(t);
		return NULL;
	}
	return t;
}

void *inproc_thread_join(struct inproc_thread *t)
{
	void *result;

	pthread_join(t->pthread, NULL);
	result = t->result;
	free_thread(t);
	return result;
}

bool inproc_is_done(struct inproc_thread *t)
{
	return load_acq(&t->is_done);
}

bool inproc_until_blocked(struct inproc_thread *t)
{
	while (!inproc_is_blocked(t)) {
		if (inproc_is_done(t))
			return false;
		sched_yield();
	}
	return true;
}

/* ---- processes ------------------------------------------------------------------ */

static struct inproc_process *wrap(struct evfd_process *evfd)
{
	struct inproc_process *p;

	if (!evfd)
		return NULL;
	inproc_catch_faults();
	p = calloc(1, sizeof(*p));
	if (!p) {
		evfd_process_destroy(evfd);
		return NULL;
	}
	p->evfd = evfd;
	return p;
}

struct inproc_process *inproc_process_create(struct evfd_system *s, uint64_t pid)
{
	return wrap(evfd_process_create(s, pid));
}

struct inproc_process *inproc_fork(struct inproc_process *parent, uint64_t pid)
{
	struct inproc_process *p = wrap(evfd_process_fork(parent->evfd, pid));

	if (!p)
		return NULL;
	p->on_signal = parent->on_signal;
	p->signal_ctx = parent->signal_ctx;
	return p;
}

void inproc_exec(struct inproc_process *p)
{
	evfd_process_exec(p->evfd);
}

void inproc_process_exit(struct inproc_process *p)
{
	if (inproc_self()->process == p)
		inproc_bind(NULL);
	if (p->evfd)
		evfd_process_destroy(p->evfd);
	free(p);
}

struct evfd_process *inproc_evfd(struct inproc_process *p)
{
	return p->evfd;
}

static bool is_of(struct inproc_thread *t, const struct inproc_process *p)
{
	bool is_ours;

	pthread_mutex_lock(&t->lock);
	is_ours = t->process == p;
	pthread_mutex_unlock(&t->lock);
	return is_ours;
}

/* With inproc_threads_lock. */
static struct inproc_thread *find_running(const struct inproc_process *p)
{
	struct inproc_thread *t = inproc_threads;

	while (t && (!t->is_started || load_acq(&t->is_done) || !is_of(t, p)))
		t = t->next;
	return t;
}

void inproc_kill(struct inproc_process *p)
{
	store_rel(&p->is_killed, 1);
	pthread_mutex_lock(&inproc_threads_lock);
	for (struct inproc_thread *t = inproc_threads; t; t = t->next) {
		if (!is_of(t, p))
			continue;
		store_rel(&t->attention, 1);
		inproc_kick(t);
	}
	while (find_running(p))
		pthread_cond_wait(&a_thread_ended, &inproc_threads_lock);
	pthread_mutex_unlock(&inproc_threads_lock);
	evfd_process_destroy(p->evfd);
	p->evfd = NULL;
}

/* ---- signals ------------------------------------------------------------------------ */

static uint64_t bit_of(int signal)
{
	return UINT64_C(1) << (signal - 1);
}

/* With t->lock, after pending, mask or restore_mask have changed. */
static void update_attention(struct inproc_thread *t)
{
	store_rel(&t->attention, inproc_is_interrupted(t) || t->has_restore_mask);
}

void inproc_signal(struct inproc_thread *t, int signal, enum inproc_disposition how)
{
	bool is_deliverable;

	pthread_mutex_lock(&t->lock);
	t->pending |= bit_of(signal);
	t->how[signal - 1] = how;
	is_deliverable = inproc_is_interrupted(t);
	update_attention(t);
	pthread_mutex_unlock(&t->lock);
	if (is_deliverable)
		inproc_kick(t);
}

void inproc_interrupt(struct inproc_thread *t, bool restart)
{
	inproc_signal(t, SIGUSR1,
		      restart ? INPROC_HANDLER_RESTART : INPROC_HANDLER);
}

void inproc_on_signal(struct inproc_process *p,
		      void (*handler)(int signal, void *ctx), void *ctx)
{
	p->on_signal = handler;
	p->signal_ctx = ctx;
}

uint64_t inproc_pending(struct inproc_thread *t)
{
	uint64_t pending;

	pthread_mutex_lock(&t->lock);
	pending = t->pending;
	pthread_mutex_unlock(&t->lock);
	return pending;
}

uint64_t inproc_taken(struct inproc_thread *t)
{
	uint64_t taken;

	pthread_mutex_lock(&t->lock);
	taken = t->taken;
	pthread_mutex_unlock(&t->lock);
	return taken;
}

static void set_mask(struct inproc_thread *t, uint64_t mask, uint64_t *before)
{
	pthread_mutex_lock(&t->lock);
	*before = t->mask;
	t->mask = mask;
	update_attention(t);
	pthread_mutex_unlock(&t->lock);
}

void evfd_port_sigmask(const uint64_t *set, uint64_t *old)
{
	set_mask(inproc_self(), *set, old);
}

void evfd_port_sigmask_after_handler(const uint64_t *old)
{
	struct inproc_thread *t = inproc_self();

	pthread_mutex_lock(&t->lock);
	t->restore_mask = *old;
	t->has_restore_mask = true;
	update_attention(t);
	pthread_mutex_unlock(&t->lock);
}

/* What the handlers that ran ask of the call that they interrupted. */
struct handled {
	bool is_any;
	bool is_no_restart;
};

/* Take one signal off t and run its handler. With t->lock, which it leaves for
 * the handler. */
static void take_signal(struct inproc_thread *t, struct handled *h)
{
	uint64_t deliverable = t->pending & ~t->mask;
	struct inproc_process *p = t->process;
	int signal = 1;

	while (!(deliverable & bit_of(signal)))
		signal++;
	t->pending &= ~bit_of(signal);
	t->taken++;
	if (t->how[signal - 1] == INPROC_NO_HANDLER)
		return;
	h->is_any = true;
	if (t->how[signal - 1] == INPROC_HANDLER)
		h->is_no_restart = true;
	if (!p || !p->on_signal)
		return;
	pthread_mutex_unlock(&t->lock);
	p->on_signal(signal, p->signal_ctx);
	pthread_mutex_lock(&t->lock);
}

/*
 * Take what is pending; then the mask that the call had replaced comes back, and
 * what that lets through is taken too. Calls of a handler have masks of their own
 * to restore.
 */
static void take_signals(struct inproc_thread *t, struct handled *h)
{
	uint64_t mask;
	bool is_to_restore;

	pthread_mutex_lock(&t->lock);
	mask = t->restore_mask;
	is_to_restore = t->has_restore_mask;
	t->has_restore_mask = false;
	while (t->pending & ~t->mask)
		take_signal(t, h);
	if (is_to_restore) {
		t->mask = mask;
		while (t->pending & ~t->mask)
			take_signal(t, h);
	}
	update_attention(t);
	pthread_mutex_unlock(&t->lock);
}

uint64_t inproc_sigmask(uint64_t mask)
{
	struct inproc_thread *t = inproc_self();
	struct handled ignored = { 0 };
	uint64_t before;

	set_mask(t, mask, &before);
	take_signals(t, &ignored);
	return before;
}

/* ---- system calls ---------------------------------------------------------------------- */

/* Does not return in a killed thread, unless that cannot be ended. */
static bool is_killed(struct inproc_thread *t)
{
	if (!load_acq(&t->process->is_killed))
		return false;
	if (t->is_started)
		longjmp(t->out, 1);
	return true;
}

/* Before a call: what came in since the last one. */
static bool enter(struct inproc_thread *t)
{
	struct handled ignored = { 0 };

	if (!load_acq(&t->attention))
		return true;
	if (is_killed(t))
		return false;
	take_signals(t, &ignored);
	return true;
}

/* After it. Returns true if it is to be made again, else *result is final. */
static bool leave(struct inproc_thread *t, int64_t *result)
{
	struct handled h = { 0 };

	if (load_acq(&t->attention)) {
		if (is_killed(t)) {
			*result = INPROC_KILLED;
			return false;
		}
		take_signals(t, &h);
	}
	if (*result == EVFD_ERESTARTSYS && !h.is_no_restart)
		return true;
	if (*result == EVFD_ERESTARTNOHAND && !h.is_any)
		return true;
	if (*result == EVFD_ERESTARTSYS || *result == EVFD_ERESTARTNOHAND)
		*result = EVFD_EINTR;
	return false;
}

int64_t inproc_syscall(uint64_t number, uint64_t a0, uint64_t a1, uint64_t a2,
		       uint64_t a3, uint64_t a4, uint64_t a5)
{
	const uint64_t args[6] = { a0, a1, a2, a3, a4, a5 };
	struct inproc_thread *t = inproc_self();
	int64_t result;

	do {
		if (!enter(t))
			return INPROC_KILLED;
		result = evfd_syscall(t->process->evfd, number, args);
	} while (leave(t, &result));
	return result;
}
