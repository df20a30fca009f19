/* SPDX-License-Identifier: MIT */
/*
 * Checks, and the record of the first one that failed. The record lies in
 * memory that every task of the case sees, so a child of fork() can fail too;
 * its texts are string literals of one program image.
 */
#include "run.h"

#define RECORD_SIZE 256u
#define WORDS 64u

_Static_assert(sizeof(struct conf_record) <= RECORD_SIZE, "the record fits");

struct conf_record *conf_record(void)
{
	return T->shared;
}

void conf_record_clear(void)
{
	uint64_t *p = T->shared;

	for (size_t i = 0; i < CONF_SHARED_SIZE / sizeof(*p); i++)
		p[i] = 0;
}

uint64_t *conf_words(void)
{
	return (uint64_t *)((char *)T->shared + RECORD_SIZE);
}

void *conf_shared_buffer(void)
{
	_Static_assert(RECORD_SIZE + WORDS * 8 <= CONF_BUFFER_SIZE &&
			       2 * CONF_BUFFER_SIZE <= CONF_SHARED_SIZE,
		       "it fits");
	return (char *)T->shared + CONF_BUFFER_SIZE;
}

uint32_t conf_times(uint32_t full)
{
	uint32_t n = full / T->scale;

	return n < 2 ? 2 : n;
}

void conf_at(const char *file, int line, const char *text)
{
	struct conf_record *r = conf_record();

	__atomic_store_n(&r->at_file, file, __ATOMIC_RELAXED);
	__atomic_store_n(&r->at_line, line, __ATOMIC_RELAXED);
	__atomic_store_n(&r->at_text, text, __ATOMIC_RELAXED);
}

static void fail(const char *text, bool is_comparison, int64_t actual,
		 int64_t expected)
{
	struct conf_record *r = conf_record();

	if (__atomic_exchange_n(&r->has_failed, 1, __ATOMIC_ACQ_REL))
		return;
	r->file = __atomic_load_n(&r->at_file, __ATOMIC_RELAXED);
	r->line = __atomic_load_n(&r->at_line, __ATOMIC_RELAXED);
	r->text = text;
	r->is_comparison = is_comparison;
	r->actual = actual;
	r->expected = expected;
	__atomic_store_n(&r->is_written, 1, __ATOMIC_RELEASE);
}

bool conf_equal(const char *text, int64_t actual, int64_t expected)
{
	if (actual == expected)
		return true;
	fail(text, true, actual, expected);
	return false;
}

bool conf_true(const char *text, bool is_true)
{
	if (!is_true)
		fail(text, false, 0, 0);
	return is_true;
}

int conf_skip(const char *why)
{
	/* Several tasks may say so. */
	__atomic_store_n(&conf_record()->skip, why, __ATOMIC_RELAXED);
	return 0;
}
