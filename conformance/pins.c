/* SPDX-License-Identifier: MIT */
/*
 * Expected skips, with reasons. The runner fails a skip that is not here and a
 * pass that is; the first pin that matches counts.
 */
#include "run.h"

const struct conf_pin conf_pins[] = {
	{ "linux", "C5_the_system_limit_*", CONF_LACKS,
	  "the system's limit is in the millions, and everyone's" },
	{ "linux", "S*", CONF_LACKS,
	  "Linux has no calls by id; its call 330 is pkey_alloc" },
	{ "linux", "X2_a_read_to_a_bad_address_*", CONF_DEVIATES,
	  "Linux loses the value when the copy to the caller fails" },
	{ "linux", "X*", CONF_LACKS, "Linux has no native interface of ours" },
	{ "linux", "B_native_*", CONF_LACKS,
	  "Linux has no native interface of ours" },
	{ "linux", "B_*_lossy_*", CONF_DEVIATES,
	  "Linux loses the value when the copy to the caller fails" },
	{ NULL },
};
