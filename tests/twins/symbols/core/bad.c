/* SPDX-License-Identifier: MIT */
/* Broken on purpose: wants something that is neither ours nor the port's. */
#include <stddef.h>

void *malloc(size_t size);
void *evfd_port_alloc(size_t size);
void *evfd_twin(size_t size);

void *evfd_twin(size_t size)
{
	return size ? malloc(size) : evfd_port_alloc(size);
}
