/* SPDX-License-Identifier: MIT */
/* Broken on purpose: everything that tools/check-layers forbids in core/. */
#include <stdio.h>
#include "../vfs/upper.h"
#include "missing.h"
#ifdef __linux__
int is_linux;
#endif
