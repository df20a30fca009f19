/* SPDX-License-Identifier: MIT */
/*
 * Expected skips, with reasons. The runner fails a skip that is not here and a
 * pass that is; the first pin that matches counts.
 *
 * CONF_LACKS: the target has not got what the case needs, so it is not tried.
 * Capabilities are found out, not configured, so a target that learns
 * something runs the case, and this pin fails.
 * CONF_DEVIATES: the case is tried, and must fail.
 */
#include "run.h"

#define NO_NATIVE "the native interface is for who links core/ or vfs/"
#define NO_FORK "the kernel has no fork yet"

const struct conf_pin conf_pins[] = {
	{ "linux", "C5_the_system_limit_*", CONF_LACKS,
	  "the system's limit is in the millions, and everyone's" },
	{ "linux", "S*", CONF_LACKS,
	  "Linux has no calls by id; its call 330 is pkey_alloc" },
	{ "linux", "X2_a_read_to_a_bad_address_*", CONF_DEVIATES,
	  "Linux loses the value when the copy to the caller fails" },
	{ "linux", "X*", CONF_LACKS, NO_NATIVE },
	{ "linux", "B_native_*", CONF_LACKS, NO_NATIVE },
	{ "linux", "B_*_lossy_*", CONF_DEVIATES,
	  "Linux loses the value when the copy to the caller fails" },

	{ "evfd-kernel", "C5_the_system_limit_*", CONF_LACKS,
	  "programs cannot lower the kernel's own limit" },
	{ "evfd-kernel", "C36_*", CONF_LACKS, NO_FORK },
	{ "evfd-kernel", "C75_*", CONF_LACKS, NO_FORK },
	{ "evfd-kernel", "C76_a_childs_copy_*", CONF_LACKS, NO_FORK },
	{ "evfd-kernel", "C49_*", CONF_LACKS,
	  "the kernel has no asynchronous requests that post to an eventfd" },
	{ "evfd-kernel", "S?_*", CONF_LACKS,
	  "programs create by call 330 (S10); calls by id are for the kernel" },
	{ "evfd-kernel", "S11_*", CONF_LACKS,
	  "programs create by call 330 (S10); calls by id are for the kernel" },
	{ "evfd-kernel", "X1*", CONF_LACKS, NO_NATIVE }, /* X10 to X13 too */
	{ "evfd-kernel", "X2_a_value_*", CONF_LACKS, NO_NATIVE },
	{ "evfd-kernel", "X3_*", CONF_LACKS, NO_NATIVE },
	{ "evfd-kernel", "X4_*", CONF_LACKS, NO_NATIVE },
	{ "evfd-kernel", "X5_*", CONF_LACKS, NO_NATIVE },
	{ "evfd-kernel", "X6_*", CONF_LACKS, NO_NATIVE },
	{ "evfd-kernel", "X7_*", CONF_LACKS, NO_NATIVE },
	{ "evfd-kernel", "X8_*", CONF_LACKS, NO_NATIVE },
	{ "evfd-kernel", "X9_*", CONF_LACKS, NO_NATIVE },
	{ "evfd-kernel", "B_native_*", CONF_LACKS, NO_NATIVE },

	/* For the suite's own broken twin: untrue, to be noticed. */
	{ "stale-pins", "C7_a_read_*", CONF_LACKS, "it does not" },
	{ "stale-pins", "C7_*", CONF_DEVIATES, "it does not" },
	{ 0 },
};
