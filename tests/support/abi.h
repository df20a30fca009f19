/* SPDX-License-Identifier: MIT */
/* Linux's numbers as programs see them, for tests of vfs/ that have no system's headers. */
#ifndef EVFD_TESTS_SUPPORT_ABI_H
#define EVFD_TESTS_SUPPORT_ABI_H

#include <stdint.h>

enum {
	NONBLOCK = 0x800,
	CLOEXEC = 0x80000,
	SEMAPHORE = 1,
	CTL_ADD = 1,
	CTL_DEL = 2,
	CTL_MOD = 3,
	IN = 1,
	OUT = 4,
	ERR = 8,
	HUP = 16,
	NVAL = 32,
};
#define ET (1u << 31)
#define ONESHOT (1u << 30)
#define EXCLUSIVE (1u << 28)

struct __attribute__((packed)) event {
	uint32_t events;
	uint64_t data;
};

struct pollfd {
	int fd;
	uint16_t events, revents;
};

#endif
