/* SPDX-License-Identifier: MIT */
#include "lib/print.h"

#include <stdbool.h>

#include "x86/serial.h"

struct out {
	char *at, *end; /* end: where the NUL goes at the latest */
};

static void put(struct out *o, char c)
{
	if (o->at < o->end)
		*o->at++ = c;
}

static void put_number(struct out *o, uint64_t n, unsigned base, bool negative,
		       unsigned width, char pad)
{
	char digits[24];
	unsigned len = 0;

	do {
		digits[len++] = "0123456789abcdef"[n % base];
		n /= base;
	} while (n);
	if (negative)
		digits[len++] = '-';
	for (unsigned i = len; i < width; i++)
		put(o, pad);
	while (len)
		put(o, digits[--len]);
}

static void put_string(struct out *o, const char *s, unsigned width)
{
	unsigned len = 0;

	for (; *s; s++, len++)
		put(o, *s);
	for (; len < width; len++)
		put(o, ' ');
}

size_t format_va(char *buf, size_t size, const char *fmt, va_list ap)
{
	struct out o = { buf, buf + size - 1 };

	for (; *fmt; fmt++) {
		unsigned width = 0;
		bool is_long = false;
		char pad = ' ';

		if (*fmt != '%') {
			put(&o, *fmt);
			continue;
		}
		if (*++fmt == '0')
			pad = '0';
		for (; *fmt >= '0' && *fmt <= '9'; fmt++)
			width = width * 10 + (unsigned)(*fmt - '0');
		for (; *fmt == 'l'; fmt++)
			is_long = true;
		if (*fmt == 'd') {
			int64_t n =
				is_long ? va_arg(ap, int64_t) : va_arg(ap, int);

			put_number(&o, n < 0 ? -(uint64_t)n : (uint64_t)n, 10,
				   n < 0, width, pad);
		} else if (*fmt == 'u' || *fmt == 'x') {
			uint64_t n = is_long ? va_arg(ap, uint64_t) :
					       va_arg(ap, unsigned);

			put_number(&o, n, *fmt == 'u' ? 10 : 16, false, width, pad);
		} else if (*fmt == 'p') {
			put_number(&o, (uintptr_t)va_arg(ap, void *), 16, false,
				   16, '0');
		} else if (*fmt == 's') {
			put_string(&o, va_arg(ap, const char *), width);
		} else if (*fmt == 'c') {
			put(&o, (char)va_arg(ap, int));
		} else {
			put(&o, *fmt);
		}
	}
	*o.at = '\0';
	return (size_t)(o.at - buf);
}

size_t format(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	size_t n;

	va_start(ap, fmt);
	n = format_va(buf, size, fmt, ap);
	va_end(ap);
	return n;
}

void print(const char *fmt, ...)
{
	char line[512];
	va_list ap;
	size_t n;

	va_start(ap, fmt);
	n = format_va(line, sizeof(line), fmt, ap);
	va_end(ap);
	serial_write(line, n);
}
