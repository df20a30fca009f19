/* SPDX-License-Identifier: MIT */
/*
 * The suite linked whole with no libc: what is here is all that it wants from
 * outside. Never run; that it links is the proof.
 */
#include <stddef.h>

void *memcpy(void *to, const void *from, size_t n);
void *memset(void *p, int c, size_t n);
void _start(void);

void *memcpy(void *to, const void *from, size_t n)
{
	for (size_t i = 0; i < n; i++)
		((char *)to)[i] = ((const char *)from)[i];
	return to;
}

void *memset(void *p, int c, size_t n)
{
	for (size_t i = 0; i < n; i++)
		((char *)p)[i] = (char)c;
	return p;
}

void _start(void)
{
}
