/* SPDX-License-Identifier: MIT */
#include "sys/syscall.h"

#include <evfd/vfs.h>

#include "lib/print.h"
#include "task/process.h"

#define NUMBERS 512

static syscall_fn *const table[NUMBERS] = {
	[2] = sys_open,
	[4] = sys_stat,
	[9] = sys_mmap,
	[10] = sys_mprotect,
	[11] = sys_munmap,
	[12] = sys_brk,
	[13] = sys_rt_sigaction,
	[14] = sys_rt_sigprocmask,
	[15] = sys_rt_sigreturn,
	[21] = sys_access,
	[24] = sys_sched_yield,
	[28] = sys_madvise,
	[34] = sys_pause,
	[35] = sys_nanosleep,
	[39] = sys_getpid,
	[56] = sys_clone,
	[60] = sys_exit,
	[62] = sys_kill,
	[63] = sys_uname,
	[79] = sys_getcwd,
	[89] = sys_readlink,
	[96] = sys_gettimeofday,
	[99] = sys_sysinfo,
	[102] = sys_zero, /* getuid */
	[104] = sys_zero, /* getgid */
	[107] = sys_zero, /* geteuid */
	[108] = sys_zero, /* getegid */
	[110] = sys_getppid,
	[127] = sys_rt_sigpending,
	[130] = sys_rt_sigsuspend,
	[131] = sys_sigaltstack,
	[157] = sys_prctl,
	[158] = sys_arch_prctl,
	[186] = sys_gettid,
	[200] = sys_tkill,
	[201] = sys_time,
	[202] = sys_futex,
	[204] = sys_sched_getaffinity,
	[218] = sys_set_tid_address,
	[228] = sys_clock_gettime,
	[229] = sys_clock_getres,
	[230] = sys_clock_nanosleep,
	[231] = sys_exit_group,
	[234] = sys_tgkill,
	[257] = sys_openat,
	[262] = sys_newfstatat,
	[267] = sys_readlinkat,
	[273] = sys_set_robust_list,
	[302] = sys_prlimit64,
	[309] = sys_getcpu,
	[318] = sys_getrandom,
	[435] = sys_clone3,
};

/* Name a call that is missing, or a form of one, the first time that any
 * program makes it. */
static void report_missing(uint64_t number)
{
	static uint64_t reported[NUMBERS / 64 + 1];
	uint64_t at = number < NUMBERS ? number : NUMBERS;
	uint64_t bit = UINT64_C(1) << at % 64;
	char name[SYSCALL_NAME_MAX];

	if (__atomic_fetch_or(&reported[at / 64], bit, __ATOMIC_RELAXED) & bit)
		return;
	syscall_name(number, name);
	print("kernel: missing system call %lu (%s)\n", number, name);
}

int64_t syscall_dispatch(struct trapframe *f)
{
	const uint64_t args[6] = { f->rdi, f->rsi, f->rdx, f->r10, f->r8, f->r9 };
	uint64_t number = f->rax;
	int64_t result =
		evfd_syscall(thread_current()->process->files, number, args);

	if (result == EVFD_ENOSYS && number < NUMBERS && table[number])
		result = table[number](args, f);
	if (result == EVFD_ENOSYS)
		report_missing(number);
	return result;
}
