/* SPDX-License-Identifier: MIT */
#include <evfd/vfs.h>

#include "abi.h"
#include "lib/string.h"
#include "mm/usercopy.h"
#include "sys/syscall.h"
#include "task/futex.h"
#include "task/process.h"
#include "task/sched.h"

#define CLONE_VM 0x00000100u
#define CLONE_FS 0x00000200u
#define CLONE_FILES 0x00000400u
#define CLONE_SIGHAND 0x00000800u
#define CLONE_THREAD 0x00010000u
#define CLONE_SETTLS 0x00080000u
#define CLONE_PARENT_SETTID 0x00100000u
#define CLONE_CHILD_CLEARTID 0x00200000u
#define CLONE_CHILD_SETTID 0x01000000u
/* What makes a thread, in place of a process. */
#define CLONE_IS_THREAD \
	(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD)

#define ARCH_SET_FS 0x1002
#define ARCH_GET_FS 0x1003

#define PR_SET_NAME 15
#define PR_GET_NAME 16

struct clone_request {
	uint64_t flags, stack_pointer, tls, parent_tid, child_tid;
};

/* clone3's structure, as far as this kernel reads it. */
struct clone_args {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack,
		stack_size, tls;
};

static void enter_program(void *unused)
{
	(void)unused;
}

static int store_tid(uint64_t user_to, int32_t tid)
{
	return copy_to_user(user_to, &tid, sizeof(tid));
}

/* The thread is its caller's image but for stack, TLS and result. */
static int64_t clone_thread(const struct clone_request *rq,
			    const struct trapframe *f)
{
	struct thread *me = thread_current(), *t;
	int32_t tid;
	int result = 0;

	if ((rq->flags & CLONE_IS_THREAD) != CLONE_IS_THREAD)
		return EVFD_ENOSYS; /* fork and its kin */
	if (rq->flags & CLONE_SETTLS && rq->tls >= USER_TOP)
		return EVFD_EPERM;
	t = thread_create(me->process, enter_program, NULL);
	if (!t)
		return EVFD_EAGAIN;
	tid = t->tid;
	*thread_frame(t) = *f;
	thread_frame(t)->rax = 0;
	thread_frame(t)->vector = 0;
	if (rq->stack_pointer)
		thread_frame(t)->rsp = rq->stack_pointer;
	t->fs_base = rq->flags & CLONE_SETTLS ? rq->tls : me->fs_base;
	t->mask = me->mask;
	memcpy(t->name, me->name, sizeof(t->name));
	thread_save_fpu(t);
	if (rq->flags & CLONE_CHILD_CLEARTID)
		t->clear_tid = rq->child_tid;
	if (rq->flags & CLONE_PARENT_SETTID)
		result = store_tid(rq->parent_tid, tid);
	if (!result && rq->flags & CLONE_CHILD_SETTID)
		result = store_tid(rq->child_tid, tid);
	if (!result)
		result = process_add_thread(t);
	if (result) {
		thread_free(t);
		return result;
	}
	sched_start(t);
	return tid;
}

int64_t sys_clone(const uint64_t args[6], struct trapframe *f)
{
	struct clone_request rq = { .flags = args[0],
				    .stack_pointer = args[1],
				    .parent_tid = args[2],
				    .child_tid = args[3],
				    .tls = args[4] };

	return clone_thread(&rq, f);
}

int64_t sys_clone3(const uint64_t args[6], struct trapframe *f)
{
	struct clone_args a;
	struct clone_request rq;

	if (args[1] < sizeof(a))
		return EVFD_EINVAL;
	if (copy_from_user(&a, args[0], sizeof(a)))
		return EVFD_EFAULT;
	rq = (struct clone_request){
		.flags = a.flags,
		.stack_pointer = a.stack ? a.stack + a.stack_size : 0,
		.parent_tid = a.parent_tid,
		.child_tid = a.child_tid,
		.tls = a.tls,
	};
	return clone_thread(&rq, f);
}

int64_t sys_exit(const uint64_t args[6], struct trapframe *f)
{
	(void)f;
	process_exit_thread((int32_t)args[0]);
}

int64_t sys_exit_group(const uint64_t args[6], struct trapframe *f)
{
	(void)f;
	process_end(thread_current()->process, (int32_t)(args[0] & 0xff) << 8);
	return 0; /* ends on its way out */
}

int64_t sys_futex(const uint64_t args[6], struct trapframe *f)
{
	(void)f;
	return futex(args);
}

int64_t sys_set_tid_address(const uint64_t args[6], struct trapframe *f)
{
	(void)f;
	thread_current()->clear_tid = args[0];
	return thread_current()->tid;
}

int64_t sys_set_robust_list(const uint64_t args[6], struct trapframe *f)
{
	(void)f;
	if (args[1] != 3 * sizeof(uint64_t))
		return EVFD_EINVAL;
	thread_current()->robust_list = args[0];
	return 0;
}

int64_t sys_gettid(const uint64_t args[6], struct trapframe *f)
{
	(void)args, (void)f;
	return thread_current()->tid;
}

int64_t sys_getpid(const uint64_t args[6], struct trapframe *f)
{
	(void)args, (void)f;
	return thread_current()->process->pid;
}

int64_t sys_getppid(const uint64_t args[6], struct trapframe *f)
{
	(void)args, (void)f;
	return 0; /* the kernel itself */
}

int64_t sys_arch_prctl(const uint64_t args[6], struct trapframe *f)
{
	struct thread *me = thread_current();

	(void)f;
	if (args[0] == ARCH_GET_FS)
		return copy_to_user(args[1], &me->fs_base, sizeof(me->fs_base));
	if (args[0] != ARCH_SET_FS)
		return EVFD_EINVAL;
	if (args[1] >= USER_TOP)
		return EVFD_EPERM;
	interrupts_disable();
	me->fs_base = args[1];
	msr_write(MSR_FS_BASE, args[1]);
	interrupts_enable();
	return 0;
}

static int64_t set_abi(uint64_t abi)
{
	if (abi != EVFD_ABI_LINUX && abi != EVFD_ABI_VERIDIAN)
		return EVFD_EINVAL;
	evfd_process_set_veridian(thread_current()->process->files,
				  abi == EVFD_ABI_VERIDIAN);
	return 0;
}

static int64_t set_name(uint64_t user_name)
{
	char name[THREAD_NAME_SIZE] = { 0 };

	/* Longer names are cut, so the end of the copy may be the end of it. */
	if (copy_string_from_user(name, user_name, sizeof(name) - 1) == EVFD_EFAULT)
		return EVFD_EFAULT;
	memcpy(thread_current()->name, name, sizeof(name));
	return 0;
}

int64_t sys_prctl(const uint64_t args[6], struct trapframe *f)
{
	struct thread *me = thread_current();

	(void)f;
	switch (args[0]) {
	case EVFD_PRCTL_ABI:
		return set_abi(args[1]);
	case PR_SET_NAME:
		return set_name(args[1]);
	case PR_GET_NAME:
		return copy_to_user(args[1], me->name, sizeof(me->name));
	default:
		return EVFD_EINVAL;
	}
}

int64_t sys_sched_yield(const uint64_t args[6], struct trapframe *f)
{
	(void)args, (void)f;
	sched_yield();
	return 0;
}

int64_t sys_sched_getaffinity(const uint64_t args[6], struct trapframe *f)
{
	uint64_t mask = (UINT64_C(1) << cpus_online) - 1;

	(void)f;
	if (args[1] < sizeof(mask) || args[1] % sizeof(mask))
		return EVFD_EINVAL;
	if (copy_to_user(args[2], &mask, sizeof(mask)))
		return EVFD_EFAULT;
	return sizeof(mask);
}

int64_t sys_getcpu(const uint64_t args[6], struct trapframe *f)
{
	uint32_t cpu = this_cpu()->index, node = 0;

	(void)f;
	if ((args[0] && copy_to_user(args[0], &cpu, sizeof(cpu))) ||
	    (args[1] && copy_to_user(args[1], &node, sizeof(node))))
		return EVFD_EFAULT;
	return 0;
}
