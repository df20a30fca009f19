/* SPDX-License-Identifier: MIT */
#include "fs/procfs.h"

#include "fs/node.h"
#include "lib/print.h"
#include "lib/string.h"
#include "task/process.h"

#define TEXT_MAX 1024
#define PROC_INO 0x10000

struct text {
	char bytes[TEXT_MAX];
	size_t size;
};

/* A decimal number at *s, which moves behind it; -1: there is none. */
static int64_t parse_number(const char **s)
{
	int64_t n = 0;

	if (**s < '0' || **s > '9')
		return -1;
	for (; **s >= '0' && **s <= '9' && n < INT32_MAX; (*s)++)
		n = n * 10 + (**s - '0');
	return n <= INT32_MAX ? n : -1;
}

/* What follows /proc/self/ or /proc/<own pid>/; NULL: another path. */
static const char *own_part(const char *path)
{
	const char *rest = string_after(path, "/proc/");
	const char *self;

	if (!rest)
		return NULL;
	self = string_after(rest, "self/");
	if (self)
		return self;
	if (parse_number(&rest) != thread_current()->process->pid)
		return NULL;
	return string_after(rest, "/");
}

static char state_letter(const struct thread *t)
{
	if (__atomic_load_n(&t->state, __ATOMIC_ACQUIRE) != THREAD_SLEEPING)
		return 'R';
	return t->sleep_kind == SLEEP_SIGNALS ? 'S' : 'D';
}

static void describe(struct thread *t, void *argument)
{
	struct text *x = argument;
	int32_t pid = thread_current()->process->pid;

	x->size =
		format(x->bytes, sizeof(x->bytes),
		       "%d (%s) %c 0 %d %d 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 0\n",
		       t->tid, t->name, state_letter(t), pid, pid);
}

static int task_stat(const char *rest, struct text *x)
{
	int64_t tid = parse_number(&rest);

	if (tid < 0 || strcmp(rest, "/stat") ||
	    process_with_thread((int32_t)tid, describe, x))
		return EVFD_ENOENT;
	return 0;
}

static int fdinfo(const char *rest, struct text *x)
{
	int64_t fd = parse_number(&rest), n;

	if (fd < 0 || *rest)
		return EVFD_ENOENT;
	n = evfd_process_fdinfo(thread_current()->process->files, (int)fd,
				x->bytes, sizeof(x->bytes));
	if (n < 0)
		return EVFD_ENOENT;
	x->size = (size_t)n;
	return 0;
}

int procfs_open(const char *path, struct evfd_vnode **v)
{
	const char *own = own_part(path), *rest;
	int result = EVFD_ENOENT;
	struct text x;

	if (own && (rest = string_after(own, "task/")))
		result = task_stat(rest, &x);
	else if (own && (rest = string_after(own, "fdinfo/")))
		result = fdinfo(rest, &x);
	if (result)
		return result;
	*v = text_node_create(x.bytes, x.size, PROC_INO);
	return *v ? 0 : EVFD_ENOMEM;
}
