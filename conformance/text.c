/* SPDX-License-Identifier: MIT */
/* The few things that a libc would have supplied. */
#include "conf.h"

size_t conf_length(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

bool conf_same(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

bool conf_matches(const char *pattern, const char *s)
{
	const char *star = NULL, *resume = s;

	while (*s) {
		if (*pattern == '*') {
			star = ++pattern;
			resume = s;
		} else if (*pattern == '?' || *pattern == *s) {
			pattern++;
			s++;
		} else if (star) {
			pattern = star;
			s = ++resume;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

static bool starts_with(const char *s, const char *part)
{
	while (*part && *s == *part) {
		s++;
		part++;
	}
	return !*part;
}

const char *conf_find(const char *s, const char *part)
{
	for (; *s; s++)
		if (starts_with(s, part))
			return s;
	return NULL;
}

static uint32_t digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return (uint32_t)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (uint32_t)(c - 'a') + 10;
	return UINT32_MAX;
}

uint64_t conf_number(const char *s, uint32_t base)
{
	uint64_t n = 0;

	for (; digit_of(*s) < base; s++)
		n = n * base + digit_of(*s);
	return n;
}

void conf_put(struct conf_line *l, const char *s)
{
	while (*s && l->length < sizeof(l->text) - 1)
		l->text[l->length++] = *s++;
}

static void put_unsigned(struct conf_line *l, uint64_t n, uint32_t base)
{
	char digits[24];
	size_t at = sizeof(digits);

	digits[--at] = '\0';
	do {
		digits[--at] = "0123456789abcdef"[n % base];
		n /= base;
	} while (n);
	conf_put(l, digits + at);
}

void conf_put_number(struct conf_line *l, int64_t n)
{
	if (n < 0)
		conf_put(l, "-");
	put_unsigned(l, n < 0 ? 0 - (uint64_t)n : (uint64_t)n, 10);
}

static const char *error_name(int64_t n)
{
	static const struct {
		int64_t number;
		const char *name;
	} names[] = {
		{ EPERM, "EPERM" },	    { ENOENT, "ENOENT" },
		{ EINTR, "EINTR" },	    { EBADF, "EBADF" },
		{ EAGAIN, "EAGAIN" },	    { ENOMEM, "ENOMEM" },
		{ EFAULT, "EFAULT" },	    { EBUSY, "EBUSY" },
		{ EEXIST, "EEXIST" },	    { ENODEV, "ENODEV" },
		{ ENOTDIR, "ENOTDIR" },	    { EINVAL, "EINVAL" },
		{ ENFILE, "ENFILE" },	    { EMFILE, "EMFILE" },
		{ ENOTTY, "ENOTTY" },	    { ESPIPE, "ESPIPE" },
		{ ENOSYS, "ENOSYS" },	    { ELOOP, "ELOOP" },
		{ ENOTSOCK, "ENOTSOCK" },   { ETIMEDOUT, "ETIMEDOUT" },
		{ ECANCELED, "ECANCELED" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].number == -n)
			return names[i].name;
	return NULL;
}

void conf_put_value(struct conf_line *l, int64_t n)
{
	conf_put_number(l, n);
	if (n >= 0 && n < 16)
		return;
	conf_put(l, " (0x");
	put_unsigned(l, (uint64_t)n, 16);
	if (n < 0 && error_name(n)) {
		conf_put(l, ", ");
		conf_put(l, error_name(n));
	}
	conf_put(l, ")");
}

void conf_flush(struct conf_line *l)
{
	T->print(l->text, l->length);
	l->length = 0;
}

uint32_t conf_random(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) +
		 UINT64_C(1442695040888963407);
	return (uint32_t)(*state >> 33);
}
