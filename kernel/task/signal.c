/* SPDX-License-Identifier: MIT */
#include "task/signal.h"

#include <evfd/types.h>

#include "lib/print.h"
#include "lib/string.h"
#include "mm/usercopy.h"
#include "task/sched.h"
#include "task/sigframe.h"

#define HANDLER_DEFAULT 0
#define HANDLER_IGNORE 1
#define SA_NODEFER UINT64_C(0x40000000)
#define SA_RESETHAND UINT64_C(0x80000000)
#define SA_RESTART UINT64_C(0x10000000)
#define SS_DISABLE 2
#define SIGNAL_STACK_MIN 2048

#define BIT(s) (UINT64_C(1) << ((s)-1))
#define UNMASKABLE (BIT(SIGNAL_KILL) | BIT(SIGNAL_STOP))
/* Their default is to do nothing, or to stop, or to continue. */
#define DEFAULT_IGNORED                                                   \
	(BIT(SIGNAL_CHLD) | BIT(SIGNAL_CONT) | BIT(SIGNAL_STOP) |         \
	 BIT(SIGNAL_STOP + 1) | BIT(SIGNAL_STOP + 2) | BIT(SIGNAL_TTOU) | \
	 BIT(SIGNAL_URG) | BIT(SIGNAL_WINCH))

bool signal_is_pending(const struct thread *t)
{
	const struct process *p = t->process;
	uint64_t pending;

	if (!p)
		return false;
	pending = __atomic_load_n(&t->pending, __ATOMIC_RELAXED) |
		  __atomic_load_n(&p->pending, __ATOMIC_RELAXED);
	return __atomic_load_n(&p->is_dying, __ATOMIC_RELAXED) ||
	       (pending & ~t->mask);
}

/* With the lock held. */
static bool is_ignored(const struct process *p, int s)
{
	uint64_t handler = p->actions[s - 1].handler;

	return handler == HANDLER_IGNORE ||
	       (handler == HANDLER_DEFAULT && DEFAULT_IGNORED & BIT(s));
}

/* With the lock held: let those look who would take one of these. */
static void kick_takers(struct process *p, uint64_t signals)
{
	struct thread *t;

	list_each(t, &p->threads, process_link) if (signals & ~t->mask)
		sched_kick(t);
}

void signal_send_process(struct process *p, int s)
{
	uint64_t flags = spin_lock(&p->lock);

	if (!is_ignored(p, s)) {
		p->pending |= BIT(s);
		kick_takers(p, BIT(s));
	}
	spin_unlock(&p->lock, flags);
}

void signal_send_thread(struct thread *t, void *s)
{
	int number = *(int *)s;

	if (!is_ignored(thread_current()->process, number)) {
		t->pending |= BIT(number);
		sched_kick(t);
	}
}

void signal_set_mask(uint64_t mask)
{
	struct thread *me = thread_current();
	struct process *p = me->process;
	uint64_t flags = spin_lock(&p->lock);

	me->mask = mask & ~UNMASKABLE;
	/* What this thread will not take any more, others may. */
	kick_takers(p, p->pending & me->mask);
	spin_unlock(&p->lock, flags);
}

/* The lowest deliverable signal, taken off; 0: none. */
static int take(struct thread *t, struct siginfo *info, struct signal_action *action)
{
	struct process *p = t->process;
	uint64_t flags = spin_lock(&p->lock), pending;
	int s = 0;

	pending = (t->pending | p->pending) & ~t->mask;
	if (pending) {
		s = __builtin_ctzll(pending) + 1;
		*info = (struct siginfo){ .signo = s, .pid = p->pid };
		info->code = t->pending & BIT(s) ? SI_TKILL : SI_USER;
		if (t->pending & BIT(s))
			t->pending &= ~BIT(s);
		else
			p->pending &= ~BIT(s);
		*action = p->actions[s - 1];
		if (action->flags & SA_RESETHAND)
			p->actions[s - 1].handler = HANDLER_DEFAULT;
	}
	spin_unlock(&p->lock, flags);
	return s;
}

static void die_of(const struct trapframe *f, const struct siginfo *info)
{
	struct thread *me = thread_current();
	bool is_fault = info->signo == SIGNAL_SEGV && info->code == SEGV_MAPERR;

	print("kernel: %s: thread %d ends the process by signal %d, rip %lx",
	      me->process->path, me->tid, info->signo, f->rip);
	if (is_fault)
		print(", bad address %lx", info->address);
	print("\n");
	process_end(me->process, info->signo);
}

/* The program's stack is not there to go on with. */
static void die_of_stack(const struct trapframe *f)
{
	struct siginfo info = { .signo = SIGNAL_SEGV,
				.code = SEGV_MAPERR,
				.address = f->rsp };

	die_of(f, &info);
}

static void restart(struct trapframe *f)
{
	f->rax = f->error;
	f->rip -= 2; /* the syscall instruction */
}

/* Before a handler runs: what has the broken-off system call returned? */
static void settle_syscall(struct trapframe *f, uint64_t sa_flags)
{
	int64_t result = (int64_t)f->rax;

	if (f->vector != VECTOR_SYSCALL)
		return;
	f->vector = 0;
	if (result == EVFD_ERESTARTSYS && sa_flags & SA_RESTART)
		restart(f);
	else if (result == EVFD_ERESTARTSYS || result == EVFD_ERESTARTNOHAND)
		f->rax = (uint64_t)(int64_t)EVFD_EINTR;
}

static void run_handler(struct trapframe *f, const struct siginfo *info,
			const struct signal_action *action)
{
	struct thread *me = thread_current();
	uint64_t old = me->has_saved_mask ? me->saved_mask : me->mask;
	uint64_t during = me->mask | action->mask;

	settle_syscall(f, action->flags);
	if (sigframe_push(f, info, action, old)) {
		die_of_stack(f);
		return;
	}
	me->has_saved_mask = false;
	if (!(action->flags & SA_NODEFER))
		during |= BIT(info->signo);
	signal_set_mask(during);
}

void signal_deliver(struct trapframe *f)
{
	struct thread *me = thread_current();
	struct signal_action action;
	struct siginfo info;
	int s;

	if (__atomic_load_n(&me->process->is_dying, __ATOMIC_ACQUIRE))
		process_exit_thread(0);
	s = take(me, &info, &action);
	if (!s || action.handler == HANDLER_IGNORE)
		return;
	if (action.handler != HANDLER_DEFAULT)
		run_handler(f, &info, &action);
	else if (!(DEFAULT_IGNORED & BIT(s)))
		die_of(f, &info);
}

bool signal_finish_syscall(struct trapframe *f)
{
	struct thread *me = thread_current();
	int64_t result = (int64_t)f->rax;

	if (f->vector != VECTOR_SYSCALL)
		return false;
	f->vector = 0;
	if (result == EVFD_ERESTARTSYS || result == EVFD_ERESTARTNOHAND)
		restart(f);
	if (!me->has_saved_mask)
		return false;
	me->has_saved_mask = false;
	signal_set_mask(me->saved_mask);
	return true;
}

/* A signal that the thread brought on itself cannot wait or be ignored. */
static void force(struct trapframe *f, struct siginfo *info)
{
	struct thread *me = thread_current();
	struct process *p = me->process;
	uint64_t flags = spin_lock(&p->lock);
	struct signal_action action = p->actions[info->signo - 1];

	spin_unlock(&p->lock, flags);
	if (action.handler == HANDLER_DEFAULT ||
	    action.handler == HANDLER_IGNORE || me->mask & BIT(info->signo))
		die_of(f, info);
	else
		run_handler(f, info, &action);
}

void signal_fault(struct trapframe *f, uint64_t address, int error)
{
	struct siginfo info = { .signo = SIGNAL_SEGV,
				.code = SEGV_MAPERR,
				.address = address };

	if (error == EVFD_ENOMEM) {
		print("kernel: out of memory; give QEMU more (-m, or "
		      "kernel/run --memory)\n");
		info = (struct siginfo){ .signo = SIGNAL_KILL };
		die_of(f, &info);
		return;
	}
	force(f, &info);
}

void signal_exception(struct trapframe *f)
{
	static const uint8_t signals[32] = {
		[0] = SIGNAL_FPE, [1] = SIGNAL_TRAP, [3] = SIGNAL_TRAP,
		[6] = SIGNAL_ILL, [16] = SIGNAL_FPE, [19] = SIGNAL_FPE,
	};
	int s = signals[f->vector];
	struct siginfo info = { .signo = s ? s : SIGNAL_SEGV, .code = SI_KERNEL };

	interrupts_enable();
	force(f, &info);
	interrupts_disable();
}

/* ---- system calls --------------------------------------------------------- */

int64_t signal_action(int s, uint64_t user_new, uint64_t user_old)
{
	struct process *p = thread_current()->process;
	struct signal_action new = { 0 }, old;
	uint64_t flags;

	if (s < 1 || s > SIGNALS || (user_new && UNMASKABLE & BIT(s)))
		return EVFD_EINVAL;
	if (user_new && copy_from_user(&new, user_new, sizeof(new)))
		return EVFD_EFAULT;
	flags = spin_lock(&p->lock);
	old = p->actions[s - 1];
	if (user_new)
		p->actions[s - 1] = new;
	if (user_new && is_ignored(p, s)) {
		struct thread *t;

		p->pending &= ~BIT(s);
		list_each(t, &p->threads, process_link) t->pending &= ~BIT(s);
	}
	spin_unlock(&p->lock, flags);
	if (user_old && copy_to_user(user_old, &old, sizeof(old)))
		return EVFD_EFAULT;
	return 0;
}

int64_t signal_return(struct trapframe *f)
{
	uint64_t mask;

	if (sigframe_pop(f, &mask)) {
		die_of_stack(f);
		return 0;
	}
	signal_set_mask(mask);
	f->vector = 0; /* rax is the program's, not a result */
	return (int64_t)f->rax;
}

static bool is_on_alternate_stack(const struct trapframe *f)
{
	const struct signal_stack *s = &thread_current()->signal_stack;

	return s->size && f->rsp - s->base <= s->size;
}

int64_t signal_alternate_stack(const struct trapframe *f, uint64_t user_new,
			       uint64_t user_old)
{
	struct signal_stack *stack = &thread_current()->signal_stack;
	struct signal_stack new = { 0 }, old = *stack;
	bool is_on = is_on_alternate_stack(f);

	old.flags = old.size ? is_on : SS_DISABLE;
	if (user_new) {
		if (copy_from_user(&new, user_new, sizeof(new)))
			return EVFD_EFAULT;
		if (is_on)
			return EVFD_EPERM;
		if (new.flags & ~SS_DISABLE)
			return EVFD_EINVAL;
		if (new.flags & SS_DISABLE)
			new = (struct signal_stack){ 0 };
		else if (new.size < SIGNAL_STACK_MIN)
			return EVFD_ENOMEM;
		*stack = new;
	}
	if (user_old && copy_to_user(user_old, &old, sizeof(old)))
		return EVFD_EFAULT;
	return 0;
}

int64_t signal_suspend(uint64_t mask)
{
	struct thread *me = thread_current();

	me->saved_mask = me->mask;
	me->has_saved_mask = true;
	signal_set_mask(mask);
	me->sleep_kind = SLEEP_SIGNALS;
	while (!signal_is_pending(me))
		sched_sleep(SCHED_FOREVER);
	me->sleep_kind = SLEEP_NOT;
	return EVFD_ERESTARTNOHAND;
}
