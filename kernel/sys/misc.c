/* SPDX-License-Identifier: MIT */
#include "mm/page.h"
#include "mm/usercopy.h"
#include "sys/random.h"
#include "sys/syscall.h"
#include "task/exec.h"
#include "task/process.h"
#include "x86/clock.h"

#define UTS_FIELD 65
#define RLIMIT_STACK 3

/* What programs compare with; the version says which ABI is served. */
static const char uts[6][UTS_FIELD] = {
	"Linux", "evfd", "6.9.0-evfd", "evfd reference kernel", "x86_64", "",
};

int64_t sys_uname(const uint64_t args[6], struct trapframe *f)
{
	(void)f;
	return copy_to_user(args[0], uts, sizeof(uts));
}

int64_t sys_getrandom(const uint64_t args[6], struct trapframe *f)
{
	uint64_t done = 0, size = args[1];

	(void)f;
	if (size > INT32_MAX)
		size = INT32_MAX;
	while (done < size) {
		uint64_t piece = random_u64();
		size_t n = size - done < sizeof(piece) ? size - done :
							 sizeof(piece);

		if (copy_to_user(args[0] + done, &piece, n))
			return done ? (int64_t)done : EVFD_EFAULT;
		done += n;
	}
	return (int64_t)done;
}

int64_t sys_sysinfo(const uint64_t args[6], struct trapframe *f)
{
	struct {
		int64_t uptime;
		uint64_t loads[3], ram, free, shared, buffers, swap, free_swap;
		uint16_t processes, pad;
		uint64_t high, free_high;
		uint32_t unit;
	} info = { .uptime = (int64_t)(clock_now() / NS_PER_S),
		   .processes = 1,
		   .unit = 1 };

	(void)f;
	info.ram = page_total() * PAGE_SIZE;
	info.free = info.ram - page_used() * PAGE_SIZE;
	return copy_to_user(args[0], &info, sizeof(info));
}

/* The number of descriptors is the vfs's; the others cannot be changed. */
int64_t sys_prlimit64(const uint64_t args[6], struct trapframe *f)
{
	uint64_t limit[2] = { UINT64_MAX, UINT64_MAX };

	(void)f;
	if (args[0] && args[0] != (uint64_t)thread_current()->process->pid)
		return LINUX_ESRCH;
	if (args[2])
		return EVFD_EPERM;
	if (args[1] == RLIMIT_STACK)
		limit[0] = EXEC_STACK_SIZE;
	return args[3] ? copy_to_user(args[3], limit, sizeof(limit)) : 0;
}

/* For user and group ids: everybody is root. */
int64_t sys_zero(const uint64_t args[6], struct trapframe *f)
{
	(void)args, (void)f;
	return 0;
}
