/* SPDX-License-Identifier: MIT */
/*
 * In place of core/atomic.h while mutator.py reads core/: functions, so that the
 * arguments keep their places in the source. Without a prototype they take any.
 */
#ifndef EVFD_CORE_ATOMIC_H
#define EVFD_CORE_ATOMIC_H

#include <stdbool.h>
#include <stdint.h>

uint64_t load_rlx(), load_acq();
void store_rlx(), store_rel();
uint64_t swap_ar(), add_rlx(), add_ar(), sub_ar(), or_ar(), and_ar();
bool cas_ar();

#endif
