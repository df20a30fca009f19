/* SPDX-License-Identifier: MIT */
/*
 * Linked into every killer. By environment:
 *
 *	EVFD_MUTANT	its number
 *	EVFD_MUTANT_MS	end with SIGPROF after so many ms of processor time
 *	EVFD_MUTANT_MET	a file: a byte a mutant, 1 if the run came by it
 */
#include "select.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <signal.h>

unsigned evfd_mutant;
unsigned char evfd_mutants_met[MUTANTS + 1];

static unsigned long number(const char *name)
{
	const char *text = getenv(name);

	return text ? strtoul(text, NULL, 10) : 0;
}

__attribute__((constructor)) static void start(void)
{
	unsigned long ms = number("EVFD_MUTANT_MS");
	struct itimerval limit = {
		.it_value = { (time_t)(ms / 1000), (suseconds_t)(ms % 1000 * 1000) },
	};

	evfd_mutant = (unsigned)number("EVFD_MUTANT");
	setitimer(ITIMER_PROF, &limit, NULL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* A failure is told at once: whoever listens need not wait for the end. */
	setvbuf(stdout, NULL, _IOLBF, 0);
}

__attribute__((destructor)) static void end(void)
{
	const char *path = getenv("EVFD_MUTANT_MET");
	FILE *out = path ? fopen(path, "wb") : NULL;

	if (out) {
		fwrite(evfd_mutants_met, 1, sizeof(evfd_mutants_met), out);
		fclose(out);
	}
}
