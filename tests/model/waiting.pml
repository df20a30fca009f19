/* SPDX-License-Identifier: MIT */
/*
 * Waiting on a counter, as in core/counter.c: readers on tokens, writers without
 * room on a bell, leaving, failing, closing. The labels R1.. W1.. C1.. L1.. are
 * those of its theory. One CAS of the word is one atomic step; everything between
 * may interleave. Sequentially consistent: orders are argued in the source.
 *
 *	-DSEM=0|1	counter or semaphore mode
 *	-DLAST=0|1|2	the last reader: patient, leaves at a deadline, fails to deliver
 *	-DCLOSER=0|1	somebody closes at any moment
 *	-DFULL=0|1	the count starts without room for either writer
 *	-DTWIN=n	a fault that must be found, see run.py
 */
#ifndef TWIN
#define TWIN 0
#endif
#define READERS 3
#define WRITERS 2
#define THREADS 5
#define MAXC 3

/* the word */
byte count, asleep;
bool choosy, closed;
/* beside it */
byte tokens, debt, bell;
/* the port: what a thread sleeps on */
#define AWAKE 0
#define TOKENS 1
#define BELL 2
byte on[THREADS];
/* accounts */
byte put, got, lost, ended;
bool left, is_out; /* the last reader's deadline has passed; it has returned */

#define FITS(v) (count + (v) <= MAXC)

/* Wake at most n that sleep on `what`, any of them. */
inline wake(what, n, i, done) {
	done = 0;
	do
	:: done < n -> atomic {
		if
		:: on[0] == what -> on[0] = AWAKE; done++
		:: on[1] == what -> on[1] = AWAKE; done++
		:: on[2] == what -> on[2] = AWAKE; done++
		:: on[3] == what -> on[3] = AWAKE; done++
		:: on[4] == what -> on[4] = AWAKE; done++
		:: else -> done = n
		fi }
	:: else -> break
	od
}

/* claim k for n units, in the same step as what brought them */
inline offer(n, k) {
	k = (SEM -> n : (n > 0 -> 1 : 0));
	k = (k < asleep -> k : asleep);
	asleep = asleep - k
}

proctype Reader(byte id) {
	byte v, k, done, i;
	bool ring, leaving, token;
top:
	atomic { /* load, step, CAS: take, or register (R1), or leave */
		ring = false; k = 0;
		if
		:: closed -> goto out
		:: !closed && count > 0 && LAST == 2 && id == READERS - 1 -> goto failed
		:: !closed && count > 0 && !(LAST == 2 && id == READERS - 1) ->
			v = (SEM -> 1 : count);
			count = count - v; got = got + v;
			ring = choosy; choosy = false;
			goto took
		:: !closed && count == 0 && leaving -> goto out
		:: !closed && count == 0 && !leaving -> token = false
		fi
	};
	/* R0: pay a debt, whatever the word is by now; or R1: the word is still empty */
	atomic {
		if
		:: debt > 0 -> debt--
		:: else ->
			if
			:: closed -> goto out
			:: !closed && count > 0 && TWIN != 2 -> goto top
			:: else -> asleep++
			fi
		fi
	};
sleep:	/* R2 */
	if
	:: atomic { tokens > 0 -> tokens--; token = true } -> goto top /* R3 */
	:: atomic { tokens == 0 -> on[id] = TOKENS }
	fi;
	if
	:: on[id] == AWAKE -> goto sleep
	:: LAST == 1 && id == READERS - 1 ->
		/* the deadline; a wake that chose us at the same time counts or not */
		on[id] = AWAKE; leaving = true; left = true
	fi;
	atomic { /* L1 */
		if
		:: tokens > 0 && TWIN != 3 -> tokens--; token = true; goto top
		:: else
		fi
	};
	atomic { /* L2 */
		if
		:: !closed && asleep > 0 -> asleep--; goto top
		:: else -> k = 0
		fi
	};
	/* L3 */
	atomic { if :: tokens > 0 -> tokens--; token = true; k = 2 :: else fi };
	if :: k == 0 && TWIN != 1 -> atomic { debt++ } :: else fi;
	goto top;
failed:	/* deliver failed: pass the claim on */
	k = 0;
	if
	:: token && TWIN != 4 -> atomic {
		if :: !closed && count > 0 && asleep > 0 -> asleep--; k = 1 :: else fi }
	:: else
	fi;
	if :: k > 0 -> atomic { tokens = tokens + k }; wake(TOKENS, k, i, done) :: else fi;
	goto out;
took:
	if :: ring -> atomic { bell++ }; wake(BELL, THREADS, i, done) :: else fi; /* B1 */
out:
	atomic { ended++; is_out = is_out || id == READERS - 1 }
}

proctype Writer(byte id; byte v) {
	byte k, done, i, heard;
top:
	atomic {
		if
		:: closed -> goto out
		:: !closed && FITS(v) -> /* W1 */
			count = count + v; put = put + v;
			offer(v, k);
			goto wrote
		:: else
		fi
	};
#if TWIN != 5
	heard = bell; /* C1 */
#endif
	atomic { /* C2 */
		if
		:: closed || FITS(v) -> goto top
		:: else -> choosy = true
		fi
	};
#if TWIN == 5
	heard = bell;
#endif
	do /* C3 */
	:: atomic { bell == heard -> on[id] = BELL }; on[id] == AWAKE
	:: bell != heard -> break
	od;
	goto top;
wrote:
	if :: k > 0 -> atomic { tokens = tokens + k }; wake(TOKENS, k, i, done) :: else fi; /* W2 */
out:
	ended++
}

proctype Closer() {
	byte k, done, i;
	bool ring;

	atomic {
		closed = true; lost = count; count = 0;
		k = (TWIN == 6 -> 0 : asleep); asleep = 0;
		ring = choosy; choosy = false
	};
	if :: k > 0 -> atomic { tokens = tokens + k }; wake(TOKENS, k, i, done) :: else fi;
	if :: ring -> atomic { bell++ }; wake(BELL, THREADS, i, done) :: else fi
}

init {
	atomic {
		if :: FULL -> count = MAXC; put = MAXC :: else fi;
		run Reader(0); run Reader(1); run Reader(2);
		run Writer(3, 1); run Writer(4, 2);
		if :: CLOSER -> run Closer() :: else fi
	}
}

/* When nothing can move any more: */
active proctype Rest() {
	timeout ->
	/* nobody sleeps over a value, or over room for his own */
	assert(!(count > 0 && (on[0] == TOKENS || on[1] == TOKENS || on[2] == TOKENS)));
	assert(!(on[3] == BELL && FITS(1)));
	assert(!(on[4] == BELL && FITS(2)));
	/* sums are conserved, close ended everyone */
	assert(put == got + count + lost);
	assert(!closed || ended == READERS + WRITERS);
	/* who leaves waits for nobody */
	assert(!(LAST == 1 && left) || is_out);
	/* T1: who is registered sleeps, or has left a debt */
	assert(asleep + tokens ==
	       (on[0] == TOKENS) + (on[1] == TOKENS) + (on[2] == TOKENS) + debt)
}
