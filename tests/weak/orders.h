/* SPDX-License-Identifier: MIT */
#ifndef EVFD_TESTS_WEAK_ORDERS_H
#define EVFD_TESTS_WEAK_ORDERS_H

/* One order made weaker by one step. */
struct weak_order {
	const char *site, *change; /* as weak_check_orders() names them */
	const char *program;	   /* fails then; NULL: none does */
	const char *reason;	   /* why the order stays nevertheless */
};

extern const struct weak_order weak_orders[]; /* a nameless one ends them */

/* The file whose sites this build is for; NULL: all. */
extern const char *const weak_only_file;

#endif
