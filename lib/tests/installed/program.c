/* SPDX-License-Identifier: MIT */
/* Built against the installed library, as C and as C++. */
#include <evfd.h>

static int is_good(void)
{
	evfd_t h = evfd_create(41, 0, "installed");
	uint64_t value = 0;

	if (h == EVFD_NONE || evfd_descriptor(h, 0) < 0)
		return 0;
	if (evfd_write(h, 1) < 0 || evfd_read(h, &value) < 0)
		return 0;
	return value == 42 && evfd_close(h) == 0;
}

int main(void)
{
	return is_good() ? 0 : 1;
}
