/* SPDX-License-Identifier: MIT */
/*
 * Delivery of edges, as in core/watch.c: makers in threads (who wait until their edge
 * has been delivered), one maker who may not wait, and a subscriber who holds the
 * list meanwhile. The labels W1, W2 are those of its theory.
 *
 *	-DMAKERS=n	makers in threads; maker 0 may not wait
 *	-DTWIN=n	a fault that must be found, see run.py
 */
#ifndef TWIN
#define TWIN 0
#endif

bool held, queued;
byte value;	/* made so far: what a callback would find */
byte seen;	/* the value that the last callback found */
byte inside;	/* callbacks running now */
byte ended;

/* Let go; deliver what was queued meanwhile. */
inline unlock(mine) {
	do
	:: atomic { queued -> queued = false };
		inside++; assert(inside == 1);
		seen = value;
		inside--
#if TWIN == 1
	:: atomic { held -> held = false }; break
#else
	:: atomic { !queued -> held = false }; break /* W2 */
#endif
	od
}

proctype Maker(byte id) {
	bool mine;
	byte made;

	atomic { value++; made = value };
	if
	:: id == 0 -> /* W1: any context, never waits */
#if TWIN == 2
		mine = false;
		atomic { if :: !held -> held = true; queued = true; mine = true :: else fi };
#else
		atomic { mine = !held; held = true; queued = true };
#endif
		if :: mine -> unlock(mine) :: else fi
	:: id > 0 -> /* thread: waits for the list */
		atomic { !held -> held = true; queued = true };
		unlock(mine);
		assert(seen >= made) /* delivered when the call returns */
	fi;
	ended++
}

proctype Subscriber() {
	bool mine;

	atomic { !held -> held = true };
	assert(inside == 0);
	unlock(mine);
	ended++
}

init {
	byte i;
	atomic {
		i = 0;
		do :: i < MAKERS -> run Maker(i); i++ :: else -> break od;
		run Subscriber()
	}
}

active proctype Rest() {
	timeout ->
	assert(ended == MAKERS + 1);
	assert(seen == value); /* no edge is lost */
	assert(!held && !queued)
}
