/* SPDX-License-Identifier: MIT */
/*
 * System calls: Linux's numbers and registers. vfs/ is asked first; what it does
 * not serve is looked up in the table of syscall.c. To add one: write
 * sys_<name>() in the file of its subject, declare it here, enter it there.
 */
#ifndef KERNEL_SYS_SYSCALL_H
#define KERNEL_SYS_SYSCALL_H

#include <stdint.h>

#include <evfd/types.h>

#include "x86/trap.h"

/* Errors that only the kernel's own calls return. */
#define LINUX_ESRCH (-3)
#define LINUX_EACCES (-13)
#define LINUX_ERANGE (-34)
#define LINUX_ENAMETOOLONG (-36)

#define NS_PER_S UINT64_C(1000000000)

typedef int64_t syscall_fn(const uint64_t args[6], struct trapframe *f);

/* The result of the call that *f asks for. */
int64_t syscall_dispatch(struct trapframe *f);
/* Linux's name of a number, or "unknown". */
#define SYSCALL_NAME_MAX 32
void syscall_name(uint64_t number, char name[SYSCALL_NAME_MAX]);

/* memory.c */
syscall_fn sys_mmap, sys_mprotect, sys_munmap, sys_brk, sys_madvise;
/* thread.c */
syscall_fn sys_clone, sys_clone3, sys_exit, sys_exit_group, sys_futex,
	sys_set_tid_address, sys_set_robust_list, sys_gettid, sys_getpid,
	sys_getppid, sys_arch_prctl, sys_prctl, sys_sched_yield,
	sys_sched_getaffinity, sys_getcpu;
/* signal.c */
syscall_fn sys_rt_sigaction, sys_rt_sigprocmask, sys_rt_sigreturn,
	sys_rt_sigpending, sys_rt_sigsuspend, sys_sigaltstack, sys_kill,
	sys_tkill, sys_tgkill, sys_pause;
/* time.c */
syscall_fn sys_clock_gettime, sys_clock_getres, sys_gettimeofday, sys_time,
	sys_nanosleep, sys_clock_nanosleep;
/* path.c */
syscall_fn sys_open, sys_openat, sys_access, sys_readlink, sys_readlinkat,
	sys_stat, sys_newfstatat, sys_getcwd;
/* misc.c */
syscall_fn sys_uname, sys_getrandom, sys_sysinfo, sys_prlimit64, sys_zero;

#endif
