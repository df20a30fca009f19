/* SPDX-License-Identifier: MIT */
/*
 * Text for people and for kernel/run, and the end of everything.
 *
 * Formats: %s %c %d %u %x %p %%, l before d, u and x, a width with or without
 * leading 0.
 */
#ifndef KERNEL_LIB_PRINT_H
#define KERNEL_LIB_PRINT_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* At most size - 1 characters and a NUL. Returns how many characters. */
__attribute__((format(printf, 3, 4))) size_t format(char *buf, size_t size,
						    const char *fmt, ...);
size_t format_va(char *buf, size_t size, const char *fmt, va_list ap);

/* To the console; whole, whatever other CPUs print. Context: any. */
__attribute__((format(printf, 1, 2))) void print(const char *fmt, ...);

/* Say what and where, stop the other CPUs, leave the machine with
 * EXIT_PANIC. Context: any. */
__attribute__((format(printf, 3, 4))) _Noreturn void panic_at(const char *file,
							      int line,
							      const char *fmt,
							      ...);

#define panic(...) panic_at(__FILE__, __LINE__, __VA_ARGS__)
#define assert(condition) \
	((condition) ? (void)0 : panic("assertion failed: %s", #condition))

#endif
