/* SPDX-License-Identifier: MIT */
/* Starting a program. */
#ifndef KERNEL_TASK_EXEC_H
#define KERNEL_TASK_EXEC_H

#include <stdint.h>

#define EXEC_WORDS_MAX 256
#define EXEC_STACK_SIZE UINT64_C(0x800000)
#define EXEC_STATUS_REFUSED (127 << 8)

/* Strings that outlive the program. argv[0] is the path. */
struct exec {
	const char *argv[EXEC_WORDS_MAX], *envp[EXEC_WORDS_MAX];
	uint32_t argc, envc;
};

/* For process_create(): turn the current thread, whose process has an empty
 * space, into the program *(struct exec *)e; if it is refused, say why and end
 * the process with EXEC_STATUS_REFUSED. */
void exec_start(void *e);

#endif
