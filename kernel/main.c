/* SPDX-License-Identifier: MIT */
/*
 * From the first C instruction to the end of the machine: bring everything up,
 * run one program as process 1, tell how it went, leave.
 *
 * The kernel command line is words separated by spaces; "..." and \x quote.
 * Leading words with a = are the program's environment, then its path in the
 * initramfs and its arguments follow. Two of the leading words are the kernel's
 * own: kernel.seed=N for the scheduler (jitter.h), and kernel.count=1 to count
 * reads, writes and wakes, which makes each a little slower.
 */
#include <evfd/vfs.h>

#include "fs/initramfs.h"
#include "fs/node.h"
#include "lib/jitter.h"
#include "lib/print.h"
#include "lib/string.h"
#include "mm/heap.h"
#include "mm/page.h"
#include "mm/pagetable.h"
#include "task/exec.h"
#include "task/process.h"
#include "task/sched.h"
#include "task/sleepq.h"
#include "x86/apic.h"
#include "x86/clock.h"
#include "x86/cpu.h"
#include "x86/pvh.h"
#include "x86/serial.h"

#define O_RDWR 2
#define EVENTFDS_MAX (1u << 20)

void kernel_main(void);

static struct exec program;
static uint32_t counting; /* or EVFD_CONFIG_COUNTED */

/* The next word of *s, unquoted in place; NULL: there is none. */
static char *next_word(char **s)
{
	char *from = *s, *word, *to;
	bool is_quoted = false;

	while (*from == ' ')
		from++;
	if (!*from)
		return NULL;
	word = to = from;
	for (; *from && (is_quoted || *from != ' '); from++) {
		if (*from == '"') {
			is_quoted = !is_quoted;
			continue;
		}
		if (*from == '\\' && from[1])
			from++;
		*to++ = *from;
	}
	*s = *from ? from + 1 : from;
	*to = '\0';
	return word;
}

static bool is_assignment(const char *word)
{
	while (*word && *word != '=' && *word != '/')
		word++;
	return *word == '=';
}

static uint64_t number(const char *digit, const char *word)
{
	uint64_t n = 0;

	for (; *digit; digit++) {
		if (*digit < '0' || *digit > '9')
			panic("%s: not a number", word);
		n = n * 10 + (uint64_t)(*digit - '0');
	}
	return n;
}

/* True if the word is the kernel's own. */
static bool take_option(const char *word)
{
	const char *seed = string_after(word, "kernel.seed=");
	const char *count = string_after(word, "kernel.count=");

	if (seed)
		jitter_init(number(seed, word));
	else if (count)
		counting = number(count, word) ? EVFD_CONFIG_COUNTED : 0;
	else
		return false;
	return true;
}

static void parse_command_line(const char *boot_line)
{
	static char line[BOOT_COMMAND_LINE_MAX];
	char *at = line, *word;

	memcpy(line, boot_line, sizeof(line));
	program.envp[program.envc++] = "HOME=/";
	program.envp[program.envc++] = "PATH=/";
	while ((word = next_word(&at))) {
		bool is_env = !program.argc && is_assignment(word);
		uint32_t *count = is_env ? &program.envc : &program.argc;

		if (is_env && take_option(word))
			continue;
		if (*count == EXEC_WORDS_MAX)
			panic("the kernel command line has too many words");
		(is_env ? program.envp : program.argv)[(*count)++] = word;
	}
	if (!program.argc)
		panic("no program: give its path in the initramfs and its "
		      "arguments on the kernel command line (-append)");
}

/* Descriptors 0, 1 and 2. */
static void open_console(struct process *p)
{
	for (int fd = 0; fd <= 2; fd++) {
		struct evfd_file *f =
			evfd_file_open(p->system, &console_node, O_RDWR);

		if (!f || evfd_fd_install(p->files, f, false) != fd)
			panic("cannot open the console");
	}
}

/* Process 1's first thread, before it enters the program. */
static void start_program(void *unused)
{
	(void)unused;
	open_console(thread_current()->process);
	exec_start(&program);
}

/* One line for kernel/run; its words are name=value. */
static bool report(int32_t status, const struct evfd_census *c, size_t leaked)
{
	bool is_clean = !c->processes && !c->files && !c->eventfds &&
			!c->epolls && !c->epoll_items && !leaked;

	print("evfd-kernel: program=%s %s=%d created=%lu reads=%lu writes=%lu "
	      "wakes=%lu us=%lu schedule=%lx steps=%lu processes=%u files=%u "
	      "eventfds=%u epolls=%u "
	      "items=%u leaked=%lu\n",
	      program.argv[0], status & 0x7f ? "signal" : "exit",
	      status & 0x7f ? status & 0x7f : status >> 8, c->created, c->reads,
	      c->writes, c->wakes, clock_now() / 1000, jitter_digest(),
	      jitter_steps(), c->processes, c->files, c->eventfds, c->epolls,
	      c->epoll_items, leaked);
	return status == 0 && is_clean;
}

/* The kernel's own first thread. */
static void run_program(void *unused)
{
	struct evfd_config config = { .profile = EVFD_PROFILE_LINUX,
				      .max_eventfds = EVENTFDS_MAX,
				      .flags = counting };
	size_t before = heap_used();
	struct evfd_system *s = evfd_system_create(&config);
	struct evfd_census census;
	struct process *p;
	int32_t status;
	bool is_good;

	(void)unused;
	if (!s)
		panic("no memory for the descriptors");
	p = process_create(s, program.argv[0], start_program, NULL);
	if (!p)
		panic("no memory for the first process");
	status = process_wait(p);
	process_free(p);
	evfd_system_census(s, &census);
	evfd_system_destroy(s);
	is_good = report(status, &census, heap_used() - before);
	cpu_exit_machine(is_good ? EXIT_SUCCESS_STATUS : EXIT_FAILURE_STATUS);
}

void kernel_main(void)
{
	const struct boot_info *boot;
	struct thread *first;

	cpu_init(0);
	serial_init();
	boot = pvh_read();
	page_init(boot);
	pagetable_protect_image();
	apic_init();
	clock_init();
	initramfs_init(page_virtual(boot->initramfs.start),
		       boot->initramfs.end - boot->initramfs.start);
	parse_command_line(boot->command_line);
	sleepq_init();
	sched_init_cpu();
	cpu_start_others();
	first = thread_create(NULL, run_program, NULL);
	if (!first)
		panic("no memory for the first thread");
	sched_start(first);
	sched_idle();
}
