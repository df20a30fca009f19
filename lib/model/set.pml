/* SPDX-License-Identifier: MIT */
/*
 * The sets of lib/set.c. K1 to K4, L1 to L6, J1 to J3 are the labels of its theory.
 * The list and what its head says of the loop are one word there, and change in one
 * step here. Members 0 to 2 belong to the set; counter 0 is a member from the
 * beginning, leaves, and comes back after counter 1 has taken its place.
 *
 *	-DWRITERS=n -DWRITES=n	to counter 0, so many times each
 *	-DMOVES=0, 1	does counter 0 leave, and come back? Counter 1 is written to once
 *	-DTHIEF=0, 1	does another thread read counter 0?
 *	-DTWIN=n	a fault that must be found, see run.py
 */
#ifndef TWIN
#define TWIN 0
#endif

#define NONE 9
#define WRITTEN (WRITERS * WRITES + MOVES)

byte count[2];
byte found;	/* read */
byte table[2];	/* the member that a counter is */
byte whose[3];	/* the counter that a member is */
bool armed[3];	/* its token lies on it */
bool listed[3], queued[3], aside[3];
bool asleep, lock;
byte bell;
byte ended;

inline enter() { atomic { !lock -> lock = true } }
inline leave() { lock = false }

#if TWIN == 6
inline take_token(m, was) { was = armed[m]; armed[m] = false }
#else
inline take_token(m, was) { atomic { was = armed[m]; armed[m] = false } }
#endif

/* K2 to K4 */
inline call(m, was) {
	take_token(m, was);
	if
	:: was ->
		atomic { /* K3 */
			assert(!listed[m] && !queued[m] && !aside[m]);
			listed[m] = true;
			was = asleep;
			asleep = false
		};
		if :: was -> bell++ :: else fi /* K4 */
	:: else
	fi
}

proctype Writer(byte c; byte times) {
	byte m, before;
	bool was;

	do
	:: atomic { times > 0 -> times--; before = count[c]; count[c]++ }; /* K1 */
		if
		:: before == 0 ->
			m = table[c];
			if :: m != NONE -> call(m, was) :: else fi
		:: else
		fi
	:: else -> break
	od;
	ended++
}

/* L1 */
inline take(m) {
	atomic {
		asleep = false;
		m = 0;
		do
		:: m < 3 ->
			if
			:: listed[m] && whose[m] == NONE -> aside[m] = true
			:: listed[m] && whose[m] != NONE ->
#if TWIN == 3
				if
				:: count[whose[m]] > 0 -> queued[m] = true
				:: else -> skip
				fi
#else
				queued[m] = true
#endif
			:: else -> skip
			fi;
			listed[m] = false;
			m++
		:: else -> break
		od
	}
}

/* L2 to L4 */
inline look(m, was, some) {
	if
	:: atomic { count[whose[m]] > 0 -> some = true }
	:: atomic { count[whose[m]] == 0 -> queued[m] = false };
		atomic { assert(!armed[m]); armed[m] = true }; /* L3 */
#if TWIN != 1
		if
		:: count[whose[m]] > 0 -> /* L4 */
			take_token(m, was);
			if :: atomic { was -> queued[m] = true; some = true } :: else fi
		:: else
		fi
#endif
	fi
}

/* What was handed out is read, or left for the next time. */
inline read(c) {
	if
	:: atomic { found = found + count[c]; count[c] = 0 }
	:: skip
	fi
}

proctype Loop() {
	byte m;
	bool was, some;

	do
	:: found == WRITTEN -> break
	:: else ->
		enter();
		bell = 0;
		do
		:: true ->
			some = false;
			take(m);
			m = 0;
			do
			:: atomic { m < 3 && queued[m] -> skip };
				look(m, was, some);
				m++
			:: atomic { m < 3 && !queued[m] -> m++ }
			:: m == 3 -> break
			od;
			if :: some -> break :: else fi;
#if TWIN == 2
			asleep = true;
			break
#else
			atomic { /* L5 */
				if
				:: listed[0] || listed[1] || listed[2] -> skip
				:: else -> asleep = true; break
				fi
			}
#endif
		od;
		leave();
		if
		:: some -> read(0); read(1)
		:: else -> atomic { bell > 0 || found == WRITTEN -> bell = 0 } /* L6 */
		fi
	od;
	ended++
}

inline join(c, m, was) {
	enter();
	atomic {
		m = 0;
		do :: !aside[m] -> m++ :: else -> break od;
		assert(m < 3);
		aside[m] = false
	};
	atomic { whose[m] = c; armed[m] = true }; /* J1 */
	table[c] = m;	 /* J2, J3 */
	leave();
#if TWIN != 5
	if :: count[c] > 0 -> call(m, was) :: else fi
#endif
}

inline drop(c, m, was) {
	enter();
	m = table[c];
	table[c] = NONE;
	whose[m] = NONE;
	if
	:: queued[m] -> queued[m] = false; aside[m] = true
	:: else ->
		take_token(m, was);
#if TWIN == 4
		aside[m] = true
#else
		if :: was -> aside[m] = true :: else fi
#endif
	fi;
	leave()
}

proctype Mover() {
	byte m;
	bool was;

	drop(0, m, was);
	join(1, m, was);
	join(0, m, was);
	ended++
}

proctype Thief() {
	atomic { found = found + count[0]; count[0] = 0 };
	ended++
}

init {
	byte i;
	atomic {
		table[1] = NONE;
		whose[1] = NONE;
		whose[2] = NONE;
		aside[1] = true;
		aside[2] = true;
		armed[0] = true;
		i = 0;
		do :: i < WRITERS -> run Writer(0, WRITES); i++ :: else -> break od;
		run Loop();
#if MOVES
		run Writer(1, 1);
		run Mover();
#endif
#if THIEF
		run Thief()
#endif
	}
}

active proctype Rest() {
	timeout -> assert(ended == WRITERS + 1 + 2 * MOVES + THIEF)
}
