/* SPDX-License-Identifier: MIT */
/*
 * The descriptor of lib/descriptor.c. F1 to F4, A1 to A3, K1 to K3 are the labels of
 * its theory; the doorbell's calls are atomic, as the kernel makes them.
 *
 *	-DWRITERS=n -DREADERS=n
 *	-DMODE=0	exact: at rest the doorbell is as the count demands, and a loop
 *			that acts on edges only has seen the last write
 *	-DMODE=1	exact with EVFD_TRANSITION: at rest, as before
 *	-DMODE=2	armed: a loop that sleeps on the doorbell finds everything
 *	-DTWIN=n	a fault that must be found, see run.py
 */
#ifndef TWIN
#define TWIN 0
#endif

byte count;
byte bell;	/* rings unheard */
byte edges;	/* since the loop looked last */
byte ended;
byte found;	/* what the loop has read */
bool armed;

/* Each writer writes twice, so that some find the count above 0. */
#define WRITTEN (2 * WRITERS)

inline ring() { atomic { bell++; edges++ } }
inline hush() { atomic { bell = 0 } }

/* up: what the thread's own change demands (F2) */
inline mirror(up) {
	do
	:: true ->
		if :: up -> ring() :: else -> hush() fi; /* F3 */
#if TWIN == 1
		break
#elif TWIN == 2
		if :: !up -> break :: else fi; /* only writers look again */
		if :: (count > 0) == up -> break :: else -> up = !up fi
#elif TWIN == 3
		if :: up -> break :: else fi; /* only readers look again */
		if :: (count > 0) == up -> break :: else -> up = !up fi
#else
		atomic { /* F4 */
			if :: (count > 0) == up -> break :: else -> up = !up fi
		}
#endif
	od
}

proctype Writer() {
	byte i, before;
	bool up, was;

	do
	:: i < 2 ->
		i++;
		atomic { before = count; count++ }; /* F1, K1 */
#if MODE == 0
		up = true;
		mirror(up)
#elif MODE == 1
		up = true;
		if :: before == 0 -> mirror(up) :: else fi
#else
		if
		:: before == 0 && armed -> /* K2 looks, then swaps */
			atomic { was = armed; armed = false };
			if :: was -> ring() :: else fi /* K3 */
		:: else
		fi
#endif
	:: else -> break
	od;
	ended++
}

proctype Reader() {
	bool up, did;

	atomic { did = count > 0; count = 0 }; /* F1 */
	if :: did -> up = false; mirror(up) :: else fi;
	ended++
}

#if MODE == 2
proctype Loop() {
	byte owed, heard;

	do
	:: found == WRITTEN -> break
	:: else ->
		if
		:: owed > 0 -> atomic { heard = bell; bell = 0 };
			owed = (heard < owed -> owed - heard : 0)
		:: else
		fi;
#if TWIN == 4
		if
		:: count > 0
		:: else -> armed = true; bell > 0
		fi;
#else
		armed = true; /* A1 */
		if
		:: count > 0 -> /* A2 */
			atomic { if :: !armed -> owed++ :: else fi; armed = false }
		:: else ->
			bell > 0; /* A3 */
			atomic { if :: !armed -> owed++ :: else fi; armed = false };
			if
			:: owed > 0 -> atomic { heard = bell; bell = 0 };
				owed = (heard < owed -> owed - heard : 0)
			:: else
			fi
		fi;
#endif
		atomic { found = found + count; count = 0 }
	od;
	ended++
}
#define LOOPS 1
#elif MODE == 0 && READERS == 0
/* Acts on an edge, reads once, and never looks by itself. */
proctype Loop() {
	bool up, did;

	do
	:: found == WRITTEN -> break
	:: else ->
		atomic { edges > 0 -> edges = 0 };
		atomic { did = count > 0; found = found + count; count = 0 };
		if :: did -> up = false; mirror(up) :: else fi
	od;
	ended++
}
#define LOOPS 1
#else
#define LOOPS 0
#endif

init {
	byte i;
	atomic {
		i = 0;
		do :: i < WRITERS -> run Writer(); i++ :: else -> break od;
		i = 0;
		do :: i < READERS -> run Reader(); i++ :: else -> break od;
#if LOOPS
		run Loop()
#endif
	}
}

active proctype Rest() {
	timeout ->
	assert(ended == WRITERS + READERS + LOOPS);
#if MODE != 2
	assert((bell > 0) == (count > 0)) /* D1 */
#endif
}
