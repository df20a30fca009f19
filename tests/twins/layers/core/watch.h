/* SPDX-License-Identifier: MIT */
/* Broken on purpose: a list of watches that knows counters. */
#ifndef TWIN_WATCH_H
#define TWIN_WATCH_H
#include "counter.h"
#endif
