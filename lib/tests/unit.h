/* SPDX-License-Identifier: MIT */
/* cmocka, with the headers that it wants before itself; and calls that fail. */
#ifndef EVFD_LIB_TESTS_UNIT_H
#define EVFD_LIB_TESTS_UNIT_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define MS UINT64_C(1000000)

#define assert_fails(call, error)                 \
	do {                                      \
		errno = 0;                        \
		assert_int_equal((call), -1);     \
		assert_int_equal(errno, (error)); \
	} while (0)

#endif
