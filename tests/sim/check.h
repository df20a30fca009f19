/* SPDX-License-Identifier: MIT */
#ifndef EVFD_TESTS_SIM_CHECK_H
#define EVFD_TESTS_SIM_CHECK_H

/* TAP; returns the exit status. */
int check_explorers(void);

#endif
