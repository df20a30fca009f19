/* SPDX-License-Identifier: MIT */
/*
 * What this kernel offers to programs beyond Linux's ABI.
 *
 * prctl(EVFD_PRCTL_ABI, EVFD_ABI_VERIDIAN, 0, 0, 0) lets the calling process
 * create eventfds through system call 330 (initial count, flags), as VeridianOS
 * numbers it; EVFD_ABI_LINUX takes that back. Returns 0, or EINVAL for another
 * value. Off at start, because 330 is pkey_alloc on Linux and programs take an
 * answer to it for protection keys.
 */
#ifndef EVFD_KERNEL_ABI_H
#define EVFD_KERNEL_ABI_H

#define EVFD_PRCTL_ABI 0x45564644 /* "EVFD" */
#define EVFD_ABI_LINUX 0
#define EVFD_ABI_VERIDIAN 1

#define EVFD_VERIDIAN_SYS_EVENTFD_CREATE 330

#endif
