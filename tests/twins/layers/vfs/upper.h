/* SPDX-License-Identifier: MIT */
#ifndef TWIN_UPPER_H
#define TWIN_UPPER_H
#include <evfd/types.h>
#endif
