/* SPDX-License-Identifier: MIT */
/*
 * A port to copy: what core/ needs of a host. It compiles and links, and stops
 * at the first function that you have not written. docs/porting.md tells more
 * about each; include/evfd/port.h is the contract.
 */
#include <evfd/port.h>

#define TO_WRITE() __builtin_trap()

/*
 * With wait-on-address (a futex, WaitOnAddress, ulock, _umtx, your own): call
 * it. Without: delete these three, build core/park.c, and copy park.c.
 */
int evfd_port_wait(uint32_t *word, uint32_t expected, uint64_t deadline_ns)
{
	/*
	 * Under the lock that evfd_port_wake() takes: return 0 if *word is not
	 * expected, else join those who sleep on word and sleep. Return 0 when
	 * woken, EVFD_ETIMEDOUT at deadline_ns (EVFD_FOREVER: never),
	 * EVFD_EINTR if the thread has a signal or is to die.
	 */
	(void)word;
	(void)expected;
	(void)deadline_ns;
	TO_WRITE();
}

void evfd_port_wait_short(uint32_t *word, uint32_t expected)
{
	/* The same without deadline or signals: the wake is on its way. */
	(void)word;
	(void)expected;
	TO_WRITE();
}

void evfd_port_wake(uint32_t *word, uint32_t count)
{
	/*
	 * Wake up to count of those who sleep on word, longest asleep first.
	 * Any context. Do not read *word: it may be another object's by now.
	 */
	(void)word;
	(void)count;
	TO_WRITE();
}

uint64_t evfd_port_now(void)
{
	/* Nanoseconds of a clock that never goes back; start it at 1. */
	TO_WRITE();
}

/* Only where a switch of threads costs far more than looking again. */
uint64_t evfd_port_patience(void)
{
	return 0;
}

void evfd_port_patience_end(bool was_found)
{
	(void)was_found;
}

void *evfd_port_alloc(size_t size)
{
	/* Zeroed, aligned to 64 bytes; NULL when there is none. */
	(void)size;
	TO_WRITE();
}

void evfd_port_free(void *p, size_t size)
{
	(void)p;
	(void)size;
	TO_WRITE();
}

_Noreturn void evfd_port_panic(const char *what, const char *file, int line)
{
	/* Say it where somebody looks, and stop. */
	(void)what;
	(void)file;
	(void)line;
	TO_WRITE();
}
