/* SPDX-License-Identifier: MIT */
/* Numbers that look random. Seeded from the time stamp counter: fit for hash
 * seeds and stack guards in a test host, not for secrets. Context: any. */
#ifndef KERNEL_SYS_RANDOM_H
#define KERNEL_SYS_RANDOM_H

#include <stdint.h>

uint64_t random_u64(void);

#endif
