/* SPDX-License-Identifier: MIT */
#ifndef TWIN_TYPES_H
#define TWIN_TYPES_H
#include <unistd.h>
#endif
