/* SPDX-License-Identifier: MIT */
/* Broken on purpose: a second conditional beside the include guard. */
#ifndef TWIN_COUNTER_H
#define TWIN_COUNTER_H
#ifndef TWIN_OPTION
#define TWIN_OPTION 1
#endif
#endif
