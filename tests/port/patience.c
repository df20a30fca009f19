/* SPDX-License-Identifier: MIT */
/*
 * When threads of a POSIX host look again before they sleep: port/posix/patience.c with a
 * clock that stands still unless told, and as many processors as the argument says. With
 * one, nobody ever looks, and nobody reads the clock to find out.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <evfd/port.h>

#include "port/posix/patience.h"

#define WAKE_NS 4000u /* what a wake takes here */
#define BUDGET_NS (WAKE_NS + WAKE_NS / 2)
#define SLEEPS 1600

static unsigned failures, cases, clock_reads;
static unsigned yields;
static uint64_t now_ns = 1000000, yield_ns = 1000;
static long processors;
static uint32_t word;

uint64_t evfd_port_now(void)
{
	clock_reads++;
	return now_ns;
}

long __real_sysconf(int name);
long __wrap_sysconf(int name);

long __wrap_sysconf(int name)
{
	return name == _SC_NPROCESSORS_ONLN ? processors : __real_sysconf(name);
}

int __wrap_sched_yield(void);

int __wrap_sched_yield(void)
{
	yields++;
	now_ns += yield_ns;
	return 0;
}

static void verdict(bool is_good, const char *name)
{
	cases++;
	failures += !is_good;
	printf("%s %u - %s\n", is_good ? "ok" : "not ok", cases, name);
}

static void *call(void *arg)
{
	(*(void (**)(void))arg)();
	return NULL;
}

/* Each thread has a mind of its own, so each case is a new one. */
static void in_new_thread(void (*body)(void))
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, call, &body) ||
	    pthread_join(thread, NULL))
		exit(2);
}

/* A sleep, the wake that ends it, and the way back from it. */
static void sleep_once(uint64_t wake_ns)
{
	evfd_posix_sleep_begin(&word);
	now_ns += 12345; /* it may have slept for long */
	evfd_posix_waking(&word);
	now_ns += wake_ns;
	evfd_posix_sleep_end(&word);
}

/* Does this wait look first? In vain, then. */
static bool looks_in_vain(void)
{
	bool looks = evfd_port_patience() != 0;

	if (looks)
		evfd_port_patience_end(false);
	return looks;
}

static unsigned waits_until_look(void)
{
	unsigned waits = 1;

	while (!looks_in_vain() && waits < 10000)
		waits++;
	return waits;
}

/* ---- several processors ------------------------------------------------------------ */

static void nothing_is_known(void)
{
	verdict(evfd_posix_wake_latency() == 0 && evfd_port_patience() == 0,
		"nobody looks while no wake has been measured");
}

static void a_wake_of_none_measures_nothing(void)
{
	evfd_posix_sleep_begin(&word);
	evfd_posix_sleep_end(&word);
	verdict(evfd_posix_wake_latency() == 0,
		"a wake without an answer to the note measures nothing");
}

static void a_wake_is_measured(void)
{
	sleep_once(WAKE_NS);
	verdict(evfd_posix_wake_latency() == WAKE_NS,
		"from the waker's call to the sleeper's return");
	verdict(evfd_port_patience() == now_ns + BUDGET_NS,
		"looks for half as long again as a wake takes");
}

static void an_average_is_kept(void)
{
	sleep_once(2 * WAKE_NS);
	verdict(evfd_posix_wake_latency() == WAKE_NS + WAKE_NS / 8,
		"one slow wake in eight parts");
	sleep_once(0);
	sleep_once(1000001);
	verdict(evfd_posix_wake_latency() < WAKE_NS,
		"what took a millisecond is not counted");
}

static void the_clock_is_read_seldom(void)
{
	unsigned before;

	for (int i = 0; i < 16; i++)
		sleep_once(WAKE_NS);
	before = clock_reads;
	for (int i = 0; i < SLEEPS; i++)
		sleep_once(WAKE_NS);
	verdict(clock_reads - before == 2 * SLEEPS / 16,
		"two clock reads in sixteen sleeps");
}

static void a_vain_look_makes_looks_rare(void)
{
	bool is_good = waits_until_look() == 1;

	is_good &= waits_until_look() == 2;
	for (unsigned skipped = 2; skipped <= 1024; skipped *= 2)
		is_good &= waits_until_look() == skipped + 1;
	is_good &= waits_until_look() == 1025;
	verdict(is_good, "looks in vain: 1 wait in 2, in 3, in 5, ... in 1025");
}

static void a_look_that_paid_is_repeated(void)
{
	bool is_good = waits_until_look() == 1 && waits_until_look() == 2 &&
		       waits_until_look() == 3;

	while (!evfd_port_patience())
		continue;
	evfd_port_patience_end(true);
	for (int i = 0; i < 100; i++) {
		is_good &= evfd_port_patience() != 0;
		evfd_port_patience_end(true);
	}
	for (int i = 0; i < 5; i++) /* 16, 8, 4, 2, 1 */
		is_good &= looks_in_vain();
	verdict(is_good && waits_until_look() == 2,
		"sixteen looks that paid make up for five in vain");
}

/* Looks in vain until the next one yields. */
static void wait_until_yield(void)
{
	unsigned before = yields;

	for (int i = 0; yields == before && i < 10000; i++)
		looks_in_vain();
}

static void probes_take_turns(void)
{
	unsigned before = yields;
	bool is_good = true;

	for (unsigned i = 0; i < 20; i++) {
		waits_until_look();
		is_good &= yields - before == (i < 2 ? 0 : i / 2);
	}
	verdict(is_good, "every other probe yields");
}

/* Of 10 looks, each of which found something. */
static unsigned yields_that_paid(void)
{
	unsigned before = yields;

	for (int i = 0; i < 10; i++) {
		if (!evfd_port_patience())
			continue;
		evfd_port_patience_end(true);
	}
	return yields - before;
}

static void yields_go_on_while_they_pay(void)
{
	bool is_good;

	wait_until_yield();
	wait_until_yield();
	while (!evfd_port_patience()) /* spins, in vain */
		continue;
	evfd_port_patience_end(false);
	while (!evfd_port_patience()) /* yields */
		continue;
	evfd_port_patience_end(true);
	is_good = yields_that_paid() == 10;
	verdict(is_good, "a yield that paid is repeated");
	yield_ns = 101 * BUDGET_NS;
	is_good = yields_that_paid() == 1;
	yield_ns = 1000;
	is_good &= waits_until_look() + 10 > 100;
	verdict(is_good, "one that was late by so much is not, for so long");
}

static void it_can_be_forbidden(void)
{
	unsigned before = clock_reads;
	unsigned yielded = yields;
	uint64_t latency = evfd_posix_wake_latency();

	verdict(evfd_posix_allow_patience(false),
		"looking is allowed at first");
	for (int i = 0; i < SLEEPS; i++)
		sleep_once(2 * WAKE_NS);
	verdict(evfd_port_patience() == 0 && clock_reads == before &&
			yields == yielded && evfd_posix_wake_latency() == latency,
		"if forbidden nobody looks, nor reads the clock");
	verdict(!evfd_posix_allow_patience(true) &&
			evfd_posix_allow_patience(true) &&
			evfd_port_patience() != 0,
		"and allowed again they do");
}

/* ---- one ----------------------------------------------------------------------------- */

static void one_is_too_few(void)
{
	for (int i = 0; i < SLEEPS; i++)
		sleep_once(WAKE_NS);
	verdict(evfd_posix_wake_latency() == 0 && evfd_port_patience() == 0,
		"one processor: nobody looks");
	verdict(clock_reads == 0, "nor reads the clock");
}

int main(int argc, char **argv)
{
	static void (*const several[])(void) = {
		nothing_is_known,

		a_wake_of_none_measures_nothing,
		a_wake_is_measured,
		an_average_is_kept,
		the_clock_is_read_seldom,
		a_vain_look_makes_looks_rare,
		a_look_that_paid_is_repeated,
		probes_take_turns,
		yields_go_on_while_they_pay,
		it_can_be_forbidden,
	};

	processors = argc > 1 ? atoi(argv[1]) : 2;
	if (processors < 2)
		in_new_thread(one_is_too_few);
	for (size_t i = 0;
	     i < sizeof(several) / sizeof(*several) && processors > 1; i++)
		in_new_thread(several[i]);
	printf("1..%u\n", cases);
	return failures != 0;
}
