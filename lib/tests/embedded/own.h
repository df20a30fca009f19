/* SPDX-License-Identifier: MIT */
#ifndef OWN_H
#define OWN_H

#include <stdint.h>

/* The counter of the program's own core/: add, then take. 0: refused. */
uint64_t own_count(uint64_t value);

#endif
