/* SPDX-License-Identifier: MIT */
/*
 * The end of a process. exit_group or a fatal signal sets is_dying and kicks
 * every thread: those asleep wake with EINTR, those in the program come in by
 * interrupt, and each finds on its way out (trap_leave) that it must go. The
 * last one takes the process apart: descriptors first, while the tables of the
 * space are still there, then the space.
 *
 * A thread unloads the space before it leaves the list, so when the list is
 * empty no CPU has it loaded.
 */
#include "task/process.h"

#include <evfd/vfs.h>

#include "lib/print.h"
#include "lib/string.h"
#include "mm/heap.h"
#include "mm/usercopy.h"
#include "task/futex.h"
#include "task/robust.h"
#include "task/sched.h"
#include "task/sleepq.h"

#define LINUX_ESRCH (-3)

struct process *process_create(struct evfd_system *s, const char *path,
			       void (*start)(void *), void *argument)
{
	struct process *p = heap_alloc(sizeof(*p));
	struct thread *t;

	if (!p)
		return NULL;
	spin_init(&p->lock, "process");
	list_init(&p->threads);
	format(p->path, sizeof(p->path), "%s", path);
	p->space = space_create();
	t = thread_create(p, start, argument);
	if (!p->space || !t)
		panic("no memory for the first process");
	p->pid = t->tid;
	p->system = s;
	p->files = evfd_process_create(s, (uint64_t)p->pid);
	if (!p->files)
		panic("no memory for the first process");
	list_append(&p->threads, &t->process_link);
	sched_start(t);
	return p;
}

int32_t process_wait(struct process *p)
{
	struct sleep_request rq = {
		.key = { NULL, (uint64_t)&p->has_ended },
		.load = sleepq_load_kernel,
		.expected = false,
		.bits = SLEEP_BITS_ALL,
		.deadline_ns = SCHED_FOREVER,
		.kind = SLEEP_SHORT,
	};

	while (sleepq_wait(&rq) != EVFD_EAGAIN)
		;
	return p->status;
}

void process_free(struct process *p)
{
	heap_free(p, sizeof(*p));
}

int process_add_thread(struct thread *t)
{
	struct process *p = t->process;
	uint64_t flags = spin_lock(&p->lock);
	bool is_dying = p->is_dying;

	if (!is_dying)
		list_append(&p->threads, &t->process_link);
	spin_unlock(&p->lock, flags);
	return is_dying ? EVFD_EAGAIN : 0;
}

int process_with_thread(int32_t tid, void (*f)(struct thread *, void *),
			void *argument)
{
	struct process *p = thread_current()->process;
	uint64_t flags = spin_lock(&p->lock);
	int result = LINUX_ESRCH;
	struct thread *t;

	list_each(t, &p->threads, process_link)
	{
		if (t->tid == tid) {
			f(t, argument);
			result = 0;
			break;
		}
	}
	spin_unlock(&p->lock, flags);
	return result;
}

void process_end(struct process *p, int32_t status)
{
	uint64_t flags = spin_lock(&p->lock);
	struct thread *t;

	if (!p->is_dying) {
		p->is_dying = true;
		p->status = status;
		list_each(t, &p->threads, process_link) sched_kick(t);
	}
	spin_unlock(&p->lock, flags);
}

/* What pthread_join() waits for. */
static void clear_tid(struct thread *t)
{
	uint32_t zero = 0;

	if (t->clear_tid && !copy_to_user(t->clear_tid, &zero, sizeof(zero)))
		futex_wake_one(t->process->space, t->clear_tid);
}

static void take_apart(struct process *p)
{
	evfd_process_destroy(p->files);
	space_destroy(p->space);
	p->files = NULL;
	p->space = NULL;
	__atomic_store_n(&p->has_ended, true, __ATOMIC_RELEASE);
	sleepq_wake((struct sleep_key){ NULL, (uint64_t)&p->has_ended },
		    UINT32_MAX, SLEEP_BITS_ALL);
}

_Noreturn void process_exit_thread(int32_t code)
{
	struct thread *me = thread_current();
	struct process *p = me->process;
	bool is_last;
	uint64_t flags;

	robust_release(me->robust_list);
	clear_tid(me);
	interrupts_disable();
	me->process = NULL;
	space_load(NULL);
	interrupts_enable();

	flags = spin_lock(&p->lock);
	list_remove(&me->process_link);
	is_last = list_is_empty(&p->threads);
	if (is_last && !p->is_dying) {
		p->is_dying = true;
		p->status = (code & 0xff) << 8;
	}
	spin_unlock(&p->lock, flags);
	if (is_last)
		take_apart(p);
	sched_exit();
}
