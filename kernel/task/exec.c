/* SPDX-License-Identifier: MIT */
#include "task/exec.h"

#include "fs/initramfs.h"
#include "lib/print.h"
#include "lib/string.h"
#include "mm/page.h"
#include "mm/usercopy.h"
#include "sys/random.h"
#include "task/elf.h"
#include "task/process.h"

#define CLOCK_TICKS 100

enum auxiliary {
	AT_NULL = 0,
	AT_PHDR = 3,
	AT_PHENT = 4,
	AT_PHNUM = 5,
	AT_PAGESZ = 6,
	AT_BASE = 7,
	AT_ENTRY = 9,
	AT_UID = 11,
	AT_EUID = 12,
	AT_GID = 13,
	AT_EGID = 14,
	AT_HWCAP = 16,
	AT_CLKTCK = 17,
	AT_SECURE = 23,
	AT_RANDOM = 25,
	AT_EXECFN = 31,
};

/* A program's stack in the making, growing down. */
struct stack {
	uint64_t rsp;
	bool has_failed;
};

static uint64_t push_bytes(struct stack *s, const void *bytes, size_t n)
{
	s->rsp -= n;
	if (copy_to_user(s->rsp, bytes, n))
		s->has_failed = true;
	return s->rsp;
}

static void push(struct stack *s, uint64_t word)
{
	push_bytes(s, &word, sizeof(word));
}

/* The last string first, so that they lie in memory in order. */
static void push_strings(struct stack *s, const char *const *strings,
			 uint32_t count, uint64_t *addresses)
{
	while (count--)
		addresses[count] =
			push_bytes(s, strings[count], strlen(strings[count]) + 1);
}

static void push_array(struct stack *s, const uint64_t *words, uint32_t count)
{
	push(s, 0);
	push_bytes(s, words, count * sizeof(*words));
}

static void push_auxiliary(struct stack *s, const struct elf_program *p,
			   uint64_t random, uint64_t path)
{
	uint32_t features[4];
	uint64_t vector[][2] = {
		{ AT_PHDR, p->headers },
		{ AT_PHENT, p->header_size },
		{ AT_PHNUM, p->header_count },
		{ AT_PAGESZ, PAGE_SIZE },
		{ AT_BASE, 0 },
		{ AT_ENTRY, p->entry },
		{ AT_UID, 0 },
		{ AT_EUID, 0 },
		{ AT_GID, 0 },
		{ AT_EGID, 0 },
		{ AT_HWCAP, 0 },
		{ AT_CLKTCK, CLOCK_TICKS },
		{ AT_SECURE, 0 },
		{ AT_RANDOM, random },
		{ AT_EXECFN, path },
		{ AT_NULL, 0 },
	};

	cpuid(1, features);
	vector[10][1] = features[3];
	push_bytes(s, vector, sizeof(vector));
}

/* argc, argv, envp and the auxiliary vector, as a program's first instruction
 * finds them. Returns the stack pointer; 0: it does not fit. */
static uint64_t build_stack(struct space *space, const struct exec *e,
			    const struct elf_program *p)
{
	uint64_t argv[EXEC_WORDS_MAX], envp[EXEC_WORDS_MAX];
	struct stack s = { USER_TOP, false };
	uint64_t random[2] = { random_u64(), random_u64() };
	uint64_t random_at, words;

	if (space_map(space, USER_TOP - EXEC_STACK_SIZE, EXEC_STACK_SIZE,
		      SPACE_READ | SPACE_WRITE, SPACE_AT_IF_FREE, NULL) < 0)
		return 0;
	push_strings(&s, e->envp, e->envc, envp);
	push_strings(&s, e->argv, e->argc, argv);
	random_at = push_bytes(&s, random, sizeof(random));
	/* 16-byte alignment where argc will be: argc, the two arrays with their
	 * ends, and an even number of auxiliary words. */
	words = 1 + e->argc + 1 + e->envc + 1;
	s.rsp = (s.rsp & ~UINT64_C(15)) - words % 2 * sizeof(uint64_t);
	push_auxiliary(&s, p, random_at, argv[0]);
	push_array(&s, envp, e->envc);
	push_array(&s, argv, e->argc);
	push(&s, e->argc);
	return s.has_failed ? 0 : s.rsp;
}

/* The thread is called as the program's file is. */
static void set_name(struct thread *t, const char *path)
{
	const char *name = path;

	for (; *path; path++)
		if (*path == '/')
			name = path + 1;
	format(t->name, sizeof(t->name), "%s", name);
}

void exec_start(void *argument)
{
	const struct exec *e = argument;
	struct thread *me = thread_current();
	struct process *p = me->process;
	struct trapframe *f = thread_frame(me);
	const char *reason = "no such file in the initramfs";
	struct initramfs_file file;
	struct elf_program program;
	uint64_t rsp = 0;

	if (initramfs_find(e->argv[0], &file))
		reason = elf_load(p->space, file.bytes, file.size, &program);
	if (!reason) {
		space_set_break(p->space, program.end);
		rsp = build_stack(p->space, e, &program);
		if (!rsp)
			reason = "its arguments do not fit, or no memory";
	}
	if (reason) {
		print("kernel: %s: not started: %s\n", e->argv[0], reason);
		process_end(p, EXEC_STATUS_REFUSED);
		return;
	}
	set_name(me, e->argv[0]);
	*f = (struct trapframe){ .rip = program.entry,
				 .rsp = rsp,
				 .cs = SEGMENT_USER_CODE,
				 .ss = SEGMENT_USER_DATA,
				 .rflags = RFLAGS_IF | 2 };
}
