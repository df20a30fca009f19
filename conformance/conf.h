/* SPDX-License-Identifier: MIT */
/*
 * What a case is written with. A case is a function that returns 0, or leaves
 * through one of the checks below at the first thing that is not so; the runner
 * then closes what it left open and releases whom it left asleep.
 *
 * Checks work in every task of a case, children of fork() included: the first
 * one that fails is the one that is reported.
 */
#ifndef CONF_CONF_H
#define CONF_CONF_H

#include "abi.h"
#include "target.h"

struct conf_case {
	const char *name; /* C12_blocking_read_sleeps: C12 is the contract line */
	int (*fn)(void);
	uint32_t needs; /* CONF_ capabilities */
	const char *sentence;
	const void *row; /* badinput.c's */
};
#define CASE(function, caps, text)                                                 \
	{                                                                          \
		.name = #function, .fn = function, .needs = caps, .sentence = text \
	}

/* Each file's cases; ends with a NULL name. */
extern const struct conf_case conf_create_cases[], conf_read_cases[],
	conf_write_cases[], conf_block_cases[], conf_poll_cases[],
	conf_epoll_cases[], conf_edge_cases[], conf_descriptor_cases[],
	conf_seed_cases[], conf_native_cases[], conf_library_cases[];
extern struct conf_case conf_badinput_cases[]; /* filled by the function */
void conf_badinput_fill(void);

/* The target that is being judged, and the case that runs on it. */
extern struct conf_target *conf_target;
extern const struct conf_case *conf_running;
#define T conf_target
#define N conf_target->native

/* 64 words that every task of the case sees, children included; 0 at first. */
uint64_t *conf_words(void);
/* 32 KiB of the same. */
void *conf_shared_buffer(void);
#define CONF_BUFFER_SIZE 32768u

/* A repetition count, cut down where the target is slow; at least 2. */
uint32_t conf_times(uint32_t full);

/* ---- checks ------------------------------------------------------------- */

void conf_at(const char *file, int line, const char *text);
bool conf_equal(const char *text, int64_t actual, int64_t expected);
bool conf_true(const char *text, bool is_true);
/*
 * Leave a task that failed: returns 1. In the case's own task that releases and
 * joins the others first, for they use what is on its stack.
 */
int conf_fail(void);
/* Returns what a case returns to be skipped. */
int conf_skip(const char *why);

#define EQ(actual, expected)                                                      \
	do {                                                                      \
		conf_at(__FILE__, __LINE__, #actual);                             \
		if (!conf_equal(#actual, (int64_t)(actual), (int64_t)(expected))) \
			return conf_fail();                                       \
	} while (0)
#define TRUE(condition)                                  \
	do {                                             \
		conf_at(__FILE__, __LINE__, #condition); \
		if (!conf_true(#condition, (condition))) \
			return conf_fail();              \
	} while (0)
/* A descriptor (or a byte count): not an error. */
#define OK(fd) TRUE((fd) >= 0)

/* ---- system calls ------------------------------------------------------- */

/* Widened by its sign if it is a number, not if it is a pointer (class 5). */
#define CONF_U(x)                                              \
	__builtin_choose_expr(__builtin_classify_type(x) == 5, \
			      (uint64_t)(uintptr_t)(x), (uint64_t)(x))
/* A struct iovec. */
#define PIECE(p, n)          \
	{                    \
		CONF_U(p), n \
	}
#define CONF_PICK(n, a, b, c, d, e, f, name, ...) name
#define CONF_ARGS0(n)       \
	(const uint64_t[6]) \
	{                   \
		0           \
	}
#define CONF_ARGS1(n, a)    \
	(const uint64_t[6]) \
	{                   \
		CONF_U(a)   \
	}
#define CONF_ARGS2(n, a, b)          \
	(const uint64_t[6])          \
	{                            \
		CONF_U(a), CONF_U(b) \
	}
#define CONF_ARGS3(n, a, b, c)                  \
	(const uint64_t[6])                     \
	{                                       \
		CONF_U(a), CONF_U(b), CONF_U(c) \
	}
#define CONF_ARGS4(n, a, b, c, d)                          \
	(const uint64_t[6])                                \
	{                                                  \
		CONF_U(a), CONF_U(b), CONF_U(c), CONF_U(d) \
	}
#define CONF_ARGS5(n, a, b, c, d, e)                                  \
	(const uint64_t[6])                                           \
	{                                                             \
		CONF_U(a), CONF_U(b), CONF_U(c), CONF_U(d), CONF_U(e) \
	}
#define CONF_ARGS6(n, a, b, c, d, e, f)                                          \
	(const uint64_t[6])                                                      \
	{                                                                        \
		CONF_U(a), CONF_U(b), CONF_U(c), CONF_U(d), CONF_U(e), CONF_U(f) \
	}
/* CONF_ARGS(number, arguments ...) */
#define CONF_ARGS(...)                                                         \
	CONF_PICK(__VA_ARGS__, CONF_ARGS6, CONF_ARGS5, CONF_ARGS4, CONF_ARGS3, \
		  CONF_ARGS2, CONF_ARGS1, CONF_ARGS0, 0)                       \
	(__VA_ARGS__)
#define CONF_NR(...) CONF_NR_(__VA_ARGS__, 0)
#define CONF_NR_(n, ...) (n)

int64_t conf_syscall(uint64_t nr, const uint64_t args[6]);
#define sys(...) conf_syscall(CONF_NR(__VA_ARGS__), CONF_ARGS(__VA_ARGS__))

#define MAX UINT64_C(0xfffffffffffffffe)
#define FULL_RANGE UINT64_C(0xffffffffffffffff)
#define FOREVER (-1)

int conf_eventfd(uint32_t initial, uint32_t flags);
/* An eventfd in non-blocking mode, of 0, with count `count` (up to MAX). */
int conf_eventfd_at(uint64_t count, uint32_t flags);
int64_t conf_read(int fd, uint64_t *value);
int64_t conf_write(int fd, uint64_t value);
/* Readiness by poll with no timeout: revents for what is asked, or an error. */
int64_t conf_poll(int fd, int events);
int conf_epoll(void);
/* epoll_ctl with data = fd. */
int64_t conf_ctl(int ep, int op, int fd, uint32_t events);
#define conf_add(ep, fd, events) conf_ctl(ep, EPOLL_CTL_ADD, fd, events)
#define conf_mod(ep, fd, events) conf_ctl(ep, EPOLL_CTL_MOD, fd, events)
/* One event without waiting: its bits, 0 for none, or an error. */
int64_t conf_epoll_now(int ep);

/* Checks: count of a non-blocking eventfd is `count`; it is 0 afterwards. */
#define HOLDS(fd, count)                              \
	do {                                          \
		uint64_t held_ = 0;                   \
		if ((count) != 0) {                   \
			EQ(conf_read(fd, &held_), 8); \
			EQ(held_, count);             \
		}                                     \
		EQ(conf_read(fd, &held_), -EAGAIN);   \
	} while (0)

int conf_close_all(const int *fds, size_t n);
#define CLOSE(...)                                                             \
	EQ(conf_close_all((const int[]){ __VA_ARGS__ },                        \
			  sizeof((const int[]){ __VA_ARGS__ }) / sizeof(int)), \
	   0)

/* ---- tasks -------------------------------------------------------------- */

/* Start a task; the runner knows of it until it is joined. */
struct conf_task *conf_spawn(conf_fn *fn, void *arg);
struct conf_task *conf_fork(conf_fn *fn, void *arg);
/* Its result; ends the run if it hangs. */
int conf_join(struct conf_task *t);
/* Wait until it is asleep; false if it ended instead. */
bool conf_until_blocked(struct conf_task *t);
/* Wait until *word (shared, atomic) is `value`. */
void conf_until(const uint64_t *word, uint64_t value);

/* One system call in a task of its own. */
struct call {
	uint64_t nr, args[6];
	int64_t result;
	struct conf_task *task;
};
void conf_start(struct call *c, uint64_t nr, const uint64_t args[6]);
#define start(c, ...) \
	conf_start(c, CONF_NR(__VA_ARGS__), CONF_ARGS(__VA_ARGS__))
/* Check that it sleeps in its call. */
#define BLOCKS(c) TRUE(conf_until_blocked((c)->task))
/* Join it and check what the call returned. */
int64_t conf_finish(struct call *c);
#define RETURNS(c, expected) EQ(conf_finish(c), expected)

/* ---- small things that a libc would have -------------------------------- */

size_t conf_length(const char *s);
bool conf_same(const char *a, const char *b);
/* Shell pattern: * and ?. */
bool conf_matches(const char *pattern, const char *s);
/* Where `part` starts in s, or NULL. */
const char *conf_find(const char *s, const char *part);
/* Digits in base 10 or 16 (no prefix), up to what is none. */
uint64_t conf_number(const char *s, uint32_t base);
/* A line of text being put together; cut off when full. */
struct conf_line {
	char text[512];
	size_t length;
};
void conf_put(struct conf_line *l, const char *s);
void conf_put_number(struct conf_line *l, int64_t n);
void conf_put_value(struct conf_line *l, int64_t n); /* with the error's name */
void conf_flush(struct conf_line *l);		     /* print and empty it */

/* A pseudo-random sequence, the same on every run. */
uint32_t conf_random(uint64_t *state);

#endif
