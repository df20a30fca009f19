/* SPDX-License-Identifier: MIT */
/*
 * The parking lot, as in core/park.c: one bucket, two words that fall into it, threads
 * that sleep until their word is not 0 and then take 1 off it. Wakes follow a change
 * of the word. The host gives a lock, and a permit a thread: blocking waits for it,
 * or ends at a deadline at any moment.
 *
 *	-DLEAVERS=0|1	the first sleeper may meet its deadline
 *	-DTWIN=n	a fault that must be found, see run.py
 */
#ifndef TWIN
#define TWIN 0
#endif
#define SLEEPERS 3
#define WORD(id) ((id) / 2) /* 0 0 1 */

byte word[2];
bool held;
/* of each sleeper: in the queue, woken, permitted to go on, inside park() */
bool queued[SLEEPERS], is_done[SLEEPERS], permit[SLEEPERS], inside[SLEEPERS];

inline lock() { atomic { !held -> held = true } }
inline unlock() { held = false }

proctype Sleeper(byte id) {
	bool late;
again:
	if
	:: atomic { word[WORD(id)] > 0 -> word[WORD(id)]--; goto out }
	:: word[WORD(id)] == 0
	fi;
	inside[id] = true; is_done[id] = false;
#if TWIN == 1
	if :: word[WORD(id)] > 0 -> goto back :: else fi;
	lock();
#else
	lock();
	if :: word[WORD(id)] > 0 -> unlock(); goto back :: else fi;
#endif
	queued[id] = true;
	do
	:: is_done[id] -> break
	:: else ->
		unlock();
		late = false;
		if
		:: atomic { permit[id] -> permit[id] = false }
		:: LEAVERS && id == 0 -> late = true
#if TWIN == 3
		:: is_done[id] -> goto back /* read without the lock */
#endif
		fi;
		lock();
		if
		:: late && !is_done[id] ->
			if :: TWIN != 2 -> queued[id] = false :: else fi;
			unlock();
			inside[id] = false;
			goto out
		:: else
		fi
	od;
	unlock();
back:
	inside[id] = false;
	goto again;
out:
	skip
}

/* Give one unit to word w, wake one. */
proctype Waker(byte w) {
	byte i, woken;
	word[w]++;
	lock();
	do
	:: i == SLEEPERS || woken == 1 -> break
	:: else ->
		if
		:: queued[i] && WORD(i) == w ->
			assert(inside[i]); /* its place is on its stack */
			queued[i] = false;
			is_done[i] = true;
#if TWIN == 4
			unlock();
#endif
			assert(inside[i]); /* and so is the thread */
			permit[i] = true;
#if TWIN == 4
			lock();
#endif
			woken++
		:: else
		fi;
		i++
	od;
	unlock()
}

init {
	atomic {
		run Sleeper(0); run Sleeper(1); run Sleeper(2);
		run Waker(0); run Waker(0); run Waker(1)
	}
}

/* When nothing can move any more, nobody sleeps over a unit. */
active proctype Rest() {
	timeout ->
	assert(!held);
	assert(!(word[0] > 0 && (queued[0] || queued[1])));
	assert(!(word[1] > 0 && queued[2]));
	assert(!inside[0] && !inside[1] && !inside[2])
}
