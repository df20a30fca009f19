/* SPDX-License-Identifier: MIT */
/*
 * Copies between ours and an address that may be bad, on any CPU: whoever copies has
 * said where to go on, and a fault meanwhile goes there. A handler that interrupts a
 * copy and copies itself puts that back.
 */
#include <setjmp.h>
#include <string.h>

#include "internal.h"

static _Thread_local sigjmp_buf *volatile escape;

bool inproc_copy_leave(void *context)
{
	(void)context;
	if (escape)
		siglongjmp(*escape, 1);
	return false;
}

static int copy(void *to, const void *from, size_t n)
{
	sigjmp_buf *const before = escape;
	sigjmp_buf here;
	volatile int result = EVFD_EFAULT;

	if (sigsetjmp(here, 0) == 0) {
		escape = &here;
		/* The compiler knows of no way from the copy to the handler. */
		__atomic_signal_fence(__ATOMIC_SEQ_CST);
		memcpy(to, from, n);
		__atomic_signal_fence(__ATOMIC_SEQ_CST);
		result = 0;
	}
	escape = before;
	return result;
}

int evfd_port_copy_in(void *to, uint64_t user_from, size_t n)
{
	return copy(to, (const void *)(uintptr_t)user_from, n);
}

int evfd_port_copy_out(uint64_t user_to, const void *from, size_t n)
{
	return copy((void *)(uintptr_t)user_to, from, n);
}
