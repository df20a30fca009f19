/* SPDX-License-Identifier: MIT */
/*
 * The waking of lib/shared.c, with deaths. S1 to S4, W1 to W3 are the labels of its
 * theory. A process may be killed between any two steps; the first sleeper is the
 * survivor. Epoch and round grow without end here: that they come round is not searched.
 *
 *	-DWAKERS=n	post 1 each
 *	-DSLEEPERS=n	read 1 each
 *	-DDEATHS=n	at most
 *	-DTWIN=n	a fault that must be found, see tests/model/run.py
 *
 * At rest nobody sleeps, but the dead, while there is something to read.
 */
#ifndef TWIN
#define TWIN 0
#endif
#define HASTY 2 /* graces that end although the waker lives */

byte count, epoch, round;
bool choosy;		/* with the three above: the word */
byte bell;
bool late;
bool asleep[SLEEPERS];	/* in the kernel */
bool ended[SLEEPERS];	/* or dead */
byte graces;		/* waits that will end by themselves */
byte hasty, deaths;

inline wake_all() {
	d_step {
		i = 0;
		do
		:: i < SLEEPERS -> asleep[i] = false; i++
		:: else -> i = 0; break
		od
	}
}

inline wake_one() {
	if
	:: atomic { asleep[0] -> asleep[0] = false }
	:: atomic { asleep[SLEEPERS - 1] -> asleep[SLEEPERS - 1] = false }
	:: atomic { !asleep[0] && !asleep[SLEEPERS - 1] }
	fi
}

inline ring() {
	bell++;
	may_die(); /* counted, and not rung */
#if TWIN == 5
	wake_one()
#else
	wake_all()
#endif
}

inline may_die() {
	if
	:: true
	:: atomic { deaths < DEATHS -> deaths++; goto dead }
	fi
}

proctype Waker() {
	byte i, e, c;
	bool is_marked;

again:	atomic { e = epoch; c = count; is_marked = choosy };
#if TWIN != 1
	if :: is_marked -> ring() :: else fi; /* W1 */
#endif
	may_die();
	atomic { /* W2 */
		if
		:: epoch == e && count == c && choosy == is_marked ->
			count++;
			choosy = false;
			if :: is_marked -> round++ :: else fi
		:: else -> goto again
		fi
	};
	may_die();
#if TWIN == 1
	if :: is_marked -> ring() :: else fi;
#else
	if /* W3 */
	:: is_marked ->
		if :: atomic { late -> late = false }; ring() :: else fi
	:: else
	fi;
#endif
dead:	skip
}

proctype Sleeper(byte me) {
	byte b, r;

again:	if
	:: atomic { count > 0 -> count--; goto dead }
	:: atomic { count == 0 -> b = bell } /* S1 */
	fi;
	atomic { /* S2 */
		if
		:: count > 0 -> goto again
		:: else ->
#if TWIN == 2
			if :: choosy :: else -> epoch++ fi;
#else
			epoch++;
#endif
			choosy = true;
			r = round
		fi
	};
#if TWIN == 3
	b = bell;
#endif
	if /* S3 */
	:: atomic { bell == b -> asleep[me] = true }
	:: atomic { bell != b -> goto called }
	fi;
	if
	:: !asleep[me]
	:: atomic { me > 0 && deaths < DEATHS -> deaths++; goto dead }
	fi;
	if
	:: true
	:: atomic { me > 0 && deaths < DEATHS -> deaths++; goto dead }
	fi;
called:	b = bell; /* S4 */
	late = true;
	if :: round != r -> goto again :: else fi;
	if
	:: atomic { bell == b -> asleep[me] = true }
	:: atomic { bell != b -> goto called }
	fi;
#if TWIN == 4
	!asleep[me];
	goto called;
#else
	graces++;
	if
	:: atomic { !asleep[me] -> graces--; goto called }
	:: atomic { hasty < HASTY -> hasty++; graces--; asleep[me] = false; goto again }
	:: atomic { timeout -> graces--; asleep[me] = false; goto again }
	fi;
#endif
dead:	asleep[me] = false;
	ended[me] = true
}

init {
	byte i;

	atomic {
		i = 0;
		do :: i < WAKERS -> run Waker(); i++ :: else -> break od;
		i = 0;
		do :: i < SLEEPERS -> run Sleeper(i); i++ :: else -> break od
	};
	timeout && graces == 0;
	i = 0;
	do
	:: i < SLEEPERS -> assert(count == 0 || ended[i]); i++
	:: else -> break
	od
}
