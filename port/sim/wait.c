/* SPDX-License-Identifier: MIT */
/* A host that has wait-on-address: each call is one step. */
#include "machine.h"

#include <evfd/port.h>

const bool sim_has_handlers = true;

void sim_waits_reset(void)
{
}

int evfd_port_wait(uint32_t *word, uint32_t expected, uint64_t deadline_ns)
{
	return sim_wait(word, expected, deadline_ns, false);
}

void evfd_port_wait_short(uint32_t *word, uint32_t expected)
{
	sim_wait(word, expected, EVFD_FOREVER, true);
}

void evfd_port_wake(uint32_t *word, uint32_t count)
{
	sim_wake(word, count);
}
