/* SPDX-License-Identifier: MIT */
/*
 * Where a counter cannot be shared: the cell is a lock, which belongs to one process and
 * to whoever dies with it, or there is nothing to sleep on between processes.
 */
#include "shared.h"

const bool evfd_lib_shared_is_possible = false;

int evfd_lib_shared_wait(uint32_t *word, uint32_t expected, uint64_t deadline_ns)
{
	(void)word;
	(void)expected;
	(void)deadline_ns;
	evfd_port_panic("nobody can sleep here", __FILE__, __LINE__);
}

/* Memory may look like a counter all the same; nobody sleeps on it. */
void evfd_lib_shared_wake_all(uint32_t *word)
{
	(void)word;
}
