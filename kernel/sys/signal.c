/* SPDX-License-Identifier: MIT */
#include "mm/usercopy.h"
#include "sys/syscall.h"
#include "task/process.h"
#include "task/signal.h"

#define SIG_BLOCK 0
#define SIG_UNBLOCK 1
#define SIG_SETMASK 2
#define MASK_SIZE sizeof(uint64_t)

int64_t sys_rt_sigaction(const uint64_t args[6], struct trapframe *f)
{
	(void)f;
	if (args[3] != MASK_SIZE)
		return EVFD_EINVAL;
	return signal_action((int)args[0], args[1], args[2]);
}

int64_t sys_rt_sigprocmask(const uint64_t args[6], struct trapframe *f)
{
	uint64_t old = thread_current()->mask, set;

	(void)f;
	if (args[3] != MASK_SIZE)
		return EVFD_EINVAL;
	if (args[1]) {
		if (copy_from_user(&set, args[1], sizeof(set)))
			return EVFD_EFAULT;
		if (args[0] == SIG_BLOCK)
			set |= old;
		else if (args[0] == SIG_UNBLOCK)
			set = old & ~set;
		else if (args[0] != SIG_SETMASK)
			return EVFD_EINVAL;
		signal_set_mask(set);
	}
	if (args[2] && copy_to_user(args[2], &old, sizeof(old)))
		return EVFD_EFAULT;
	return 0;
}

int64_t sys_rt_sigreturn(const uint64_t args[6], struct trapframe *f)
{
	(void)args;
	return signal_return(f);
}

int64_t sys_rt_sigpending(const uint64_t args[6], struct trapframe *f)
{
	struct thread *me = thread_current();
	uint64_t set = (me->pending | me->process->pending) & me->mask;

	(void)f;
	if (args[1] > MASK_SIZE)
		return EVFD_EINVAL;
	return copy_to_user(args[0], &set, args[1]);
}

int64_t sys_rt_sigsuspend(const uint64_t args[6], struct trapframe *f)
{
	uint64_t mask;

	(void)f;
	if (args[1] != MASK_SIZE)
		return EVFD_EINVAL;
	if (copy_from_user(&mask, args[0], sizeof(mask)))
		return EVFD_EFAULT;
	return signal_suspend(mask);
}

int64_t sys_pause(const uint64_t args[6], struct trapframe *f)
{
	(void)args, (void)f;
	return signal_suspend(thread_current()->mask);
}

int64_t sys_sigaltstack(const uint64_t args[6], struct trapframe *f)
{
	return signal_alternate_stack(f, args[0], args[1]);
}

/* There is one process: itself, its group, and everybody are the same. */
int64_t sys_kill(const uint64_t args[6], struct trapframe *f)
{
	struct process *p = thread_current()->process;
	int64_t pid = (int32_t)args[0];
	int s = (int)args[1];

	(void)f;
	if (s < 0 || s > SIGNALS)
		return EVFD_EINVAL;
	if (pid != p->pid && pid != -p->pid && pid != 0)
		return LINUX_ESRCH;
	if (s)
		signal_send_process(p, s);
	return 0;
}

static void probe(struct thread *t, void *unused)
{
	(void)t, (void)unused;
}

static int64_t send_to_thread(int32_t tid, int s)
{
	if (s < 0 || s > SIGNALS || tid <= 0)
		return EVFD_EINVAL;
	return process_with_thread(tid, s ? signal_send_thread : probe, &s);
}

int64_t sys_tkill(const uint64_t args[6], struct trapframe *f)
{
	(void)f;
	return send_to_thread((int32_t)args[0], (int)args[1]);
}

int64_t sys_tgkill(const uint64_t args[6], struct trapframe *f)
{
	(void)f;
	if ((int32_t)args[0] != thread_current()->process->pid)
		return (int32_t)args[0] <= 0 ? EVFD_EINVAL : LINUX_ESRCH;
	return send_to_thread((int32_t)args[1], (int)args[2]);
}
