/* SPDX-License-Identifier: MIT */
/* The first serial port: the kernel's voice and the program's terminal. */
#ifndef KERNEL_X86_SERIAL_H
#define KERNEL_X86_SERIAL_H

#include <stddef.h>

void serial_init(void);
/* All n bytes, not mixed with those of other CPUs. Context: any. */
void serial_write(const char *bytes, size_t n);
/* For a panic: whoever held the port will not come back. */
void serial_break_lock(void);

#endif
