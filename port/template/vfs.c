/* SPDX-License-Identifier: MIT */
/* A port to copy: what vfs/ needs beyond core.c. Embedders with descriptors of
 * their own take core/ alone and leave this out. */
#include <evfd/port.h>

#define TO_WRITE() __builtin_trap()

int evfd_port_copy_in(void *to, uint64_t user_from, size_t n)
{
	/*
	 * Check the range against what a program may touch, then copy with your
	 * fault handler ready: EVFD_EFAULT if any byte is not there, also when
	 * another thread unmaps it meanwhile. Never with interrupts off.
	 */
	(void)to;
	(void)user_from;
	(void)n;
	TO_WRITE();
}

int evfd_port_copy_out(uint64_t user_to, const void *from, size_t n)
{
	(void)user_to;
	(void)from;
	(void)n;
	TO_WRITE();
}

void evfd_port_sigmask(const uint64_t *set, uint64_t *old)
{
	/* Bit s - 1 is signal s. A signal that this lets through and that is
	 * already pending must interrupt the next evfd_port_wait(). */
	(void)set;
	(void)old;
	TO_WRITE();
}

void evfd_port_sigmask_after_handler(const uint64_t *old)
{
	/* Remember *old; make it the mask after the handler that is about to
	 * run, or at the return from the system call if none runs. */
	(void)old;
	TO_WRITE();
}
