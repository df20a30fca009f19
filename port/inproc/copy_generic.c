/* SPDX-License-Identifier: MIT */
/*
 * Copies between ours and an address that may be bad, on any CPU under Linux: the
 * kernel does it, which takes a system call a copy.
 */
#define _GNU_SOURCE
#include <sys/uio.h>
#include <unistd.h>

#include "internal.h"

void inproc_catch_faults(void)
{
}

int evfd_port_copy_in(void *to, uint64_t user_from, size_t n)
{
	struct iovec ours = { to, n };
	struct iovec theirs = { (void *)(uintptr_t)user_from, n };

	if (n == 0)
		return 0;
	return process_vm_readv(getpid(), &ours, 1, &theirs, 1, 0) == (ssize_t)n ?
		       0 :
		       EVFD_EFAULT;
}

int evfd_port_copy_out(uint64_t user_to, const void *from, size_t n)
{
	struct iovec ours = { (void *)(uintptr_t)from, n };
	struct iovec theirs = { (void *)(uintptr_t)user_to, n };

	if (n == 0)
		return 0;
	return process_vm_writev(getpid(), &ours, 1, &theirs, 1, 0) == (ssize_t)n ?
		       0 :
		       EVFD_EFAULT;
}
