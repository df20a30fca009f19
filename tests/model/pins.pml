/* SPDX-License-Identifier: MIT */
/*
 * When a closed slot may have its next tenant, as in core/registry.c: P1 to P4 are
 * those of its theory. Visitors come with a handle of the first generation, at any
 * moment, also when the slot is long another's; the slot is closed and opened twice.
 *
 *	-DVISITORS=n
 *	-DTWIN=n	a fault that must be found, see run.py
 */
#ifndef TWIN
#define TWIN 0
#endif

byte generation = 1;	/* odd: open */
byte pins;		/* threads inside */
bool closed;		/* with pins, one word */
byte working;		/* visitors that use the tokens of generation 1 */
byte listed;		/* times the slot stands on the free list */
byte ended;

inline reclaim(won) { /* P2, P4 */
	atomic {
#if TWIN == 2
		won = closed
#else
		won = closed && pins == 0;
		closed = (won -> false : closed);
#endif
		if
		:: won -> listed++; assert(listed == 1 && working == 0)
		:: else
		fi
	}
}

proctype Visitor() {
	bool last, won;

	pins++;
	if
	:: atomic { generation == 1 -> working++ }; working--
	:: generation != 1 -> skip
	fi;
	atomic { pins--; last = pins == 0 && closed }; /* P3 */
	if :: last -> reclaim(won) :: else fi;
	ended++
}

proctype Owner() {
	bool alone, won;
	byte round;

	do
	:: round < 2 ->
		generation++;
		atomic { alone = pins == 0; closed = true }; /* P1 */
#if TWIN == 1
		atomic { closed = false; listed++ }; assert(working == 0);
#else
		if :: alone -> reclaim(won) :: else fi;
#endif
		/* the next tenant, as soon as the slot is free */
		atomic { listed > 0 -> listed--; generation++; assert(working == 0) };
		round++
	:: else -> break
	od;
	ended++
}

init {
	byte i;
	atomic {
		do :: i < VISITORS -> run Visitor(); i++ :: else -> break od;
		run Owner()
	}
}

active proctype Rest() {
	timeout ->
	assert(ended == VISITORS + 1); /* no slot is lost */
	assert(pins == 0 && listed == 0)
}
