/* SPDX-License-Identifier: MIT */
/*
 * A counter in memory that several processes map, each of which may be killed at any
 * instruction, or stopped for good.
 *
 * Theory
 *
 * There is no lock, so nobody dies with one. The state is the word of word.h,
 * changed by its transitions and one compare-and-swap, which an operation is done
 * with or has not begun. What is left to lose is a wake: whoever changes the word,
 * and is killed before he wakes those who sleep for that change, leaves them asleep
 * with what they want before them. So here the wake comes first, and the change is
 * made only if nobody went to sleep after it:
 *
 *	sleeper					waker
 *	S1 b = bell				W1 load the word; CHOOSY is set:
 *	S2 CAS  CHOOSY set, epoch += 1, only	   bell += 1, wake all
 *	        if the request still does	W2 CAS  count, CHOOSY cleared,
 *	        not fit				   round += 1; if it fails, W1
 *	S3 while bell == b wait			W3 if anybody is late:
 *	S4 look; if round is still that			bell += 1, wake all
 *	   of S2: be late
 *
 * The word is as in word.h, but all sleepers are choosy, and where that has
 * generation and sleepers ctl has an *epoch*, which changes with every
 * registration, and a *round*, which changes when CHOOSY is cleared.
 *
 *  K1	Whoever sleeps in S3 is named by CHOOSY, or has been woken. W2 is the only
 *	step that clears it. If it succeeds, the word is the one that W1 loaded: all
 *	who were registered then had done S1 before W1 rang, so they do not go
 *	to sleep, or have been woken; who registered since has changed the epoch, and
 *	W2 fails. (CHOOSY alone would not tell: it may have been set before.)
 *  K2	Whoever is killed leaves the word as it was, or has done W2. Before W2: the
 *	sleepers woken find nothing and sleep again; CHOOSY is still set, also if the
 *	bell had been counted but not rung, so whoever comes next rings again. After
 *	W2: all are awake and look for themselves. So all must be woken, not as many as
 *	there are units: one who is woken may be killed before he takes any.
 *  K3	A sleeper who is killed, or has left, may leave CHOOSY or `late` set: one
 *	ring for nobody.
 *
 * Being late is what keeps W1 and W2 from going on for ever: sleepers who are woken
 * before the change and at once register again would make W2 fail, and if they
 * preempt the waker whenever he wakes them, each time. A sleeper who was rung for and
 * sees the round of his registration knows that a waker is between W1 and W2, or
 * dead. He waits, unregistered, for W3, and no longer than a grace that doubles each
 * time that it was in vain: then he takes the waker for dead and registers. If the
 * waker lives, W2 fails and he rings again; sooner or later the grace is
 * longer than he needs. No order of events makes this wrong, it can only cost
 * time: meanwhile CHOOSY is set, and others ring for the late as for all. Only if a
 * waker is killed between W2 and W3 do they lie there until the grace ends.
 *	late:   late = 1, then look at the round
 *	waker:  round += 1 (W2), then take late (W3)
 * Both change `late`, so one of them sees the other.
 *
 * That a count, a round and an epoch all come back while a waker is between W1 and
 * W2 takes 2^32 registrations; that a bell comes back between S1 and S3, as many
 * rings.
 *
 * Whatever the memory contains is a state: nothing in it is a pointer, a length or an
 * index, and a wrong bell, epoch or round is a look in vain.
 */
#include <errno.h>

#include "shared.h"

_Static_assert(sizeof(struct evfd_lib_shared) == sizeof(struct evfd_shared) &&
		       _Alignof(struct evfd_lib_shared) ==
			       _Alignof(struct evfd_shared),
	       "this is what lies in it");
_Static_assert(EVFD_WORD_SEMAPHORE == EVFD_SEMAPHORE,
	       "flags are stored as given");

#define MODES EVFD_WORD_SEMAPHORE
#define KNOWN_FLAGS                                               \
	(MODES | EVFD_WORD_CANCELLED | EVFD_WORD_CHOOSY_READERS | \
	 EVFD_WORD_CHOOSY_WRITERS)

#define FIRST_GRACE_NS UINT64_C(1000000)
#define LAST_GRACE_NS (FIRST_GRACE_NS << 10)

/* ---- make and find ------------------------------------------------------------ */

static bool is_aligned(const void *memory)
{
	return memory && (uintptr_t)memory % _Alignof(struct evfd_lib_shared) == 0;
}

/* What every call begins with. */
static bool is_counter(const struct evfd_lib_shared *s)
{
	return is_aligned(s) && load_acq(&s->magic) == EVFD_SHARED_MAGIC;
}

static int fail(int error)
{
	errno = error;
	return -1;
}

/* The magic number first, then the whole rest in one step: both may be tried again. */
int evfd_shared_init(struct evfd_shared *memory, uint64_t initial, unsigned flags)
{
	struct evfd_lib_shared *s = (struct evfd_lib_shared *)memory;
	struct evfd_word none = { 0, 0 };
	struct evfd_word first = { initial, EVFD_SHARED_EPOCH_ONE | flags };
	uint64_t magic = 0;

	if (!is_aligned(s) || flags & ~MODES || initial > EVFD_MAX)
		return fail(EINVAL);
	if (!evfd_lib_shared_is_possible)
		return fail(ENOTSUP);
	if (!cas_ar(&s->magic, &magic, EVFD_SHARED_MAGIC) &&
	    magic != EVFD_SHARED_MAGIC)
		return fail(EINVAL);
	if (!evfd_cell_cas(&s->word, &none, first))
		return fail(EEXIST);
	return 0;
}

struct evfd_shared *evfd_shared_attach(void *memory, size_t size)
{
	const struct evfd_lib_shared *s = memory;
	int error = 0;

	if (!is_aligned(s) || size < sizeof(*s))
		error = EINVAL;
	else if (!evfd_lib_shared_is_possible)
		error = ENOTSUP;
	else if (load_acq(&s->magic) == 0)
		error = EAGAIN;
	else if (!is_counter(s))
		error = EINVAL;
	else if (evfd_cell_load(&s->word).ctl == 0)
		error = EAGAIN;
	else if (evfd_word_flags(evfd_cell_load(&s->word)) & ~KNOWN_FLAGS)
		error = EINVAL;
	if (error) {
		errno = error;
		return NULL;
	}
	return memory;
}

/* ---- one step --------------------------------------------------------------------- */

static uint64_t round_of(struct evfd_word w)
{
	return w.ctl & (EVFD_SHARED_EPOCH_ONE - EVFD_SHARED_ROUND_ONE);
}

/* The transition of word.h, which is to see neither epoch nor round. */
static struct evfd_step step_from(struct evfd_word w, const struct evfd_request *rq)
{
	uint64_t flags = w.ctl & EVFD_WORD_FLAGS;
	struct evfd_word plain = { w.count, flags };
	struct evfd_step s = evfd_word_apply(plain, rq->op, rq->min, rq->max);

	s.next.ctl += w.ctl - flags;
	if (s.ring)
		s.next.ctl += EVFD_SHARED_ROUND_ONE;
	return s;
}

static void ring_bell(struct evfd_lib_shared *s, enum evfd_side side)
{
	add_ar(&s->bells[side], 1);
	evfd_lib_shared_wake_all(&s->bells[side]);
}

/* W1 */
static void ring(struct evfd_lib_shared *s, uint32_t flags)
{
	if (flags & EVFD_WORD_CHOOSY_READERS)
		ring_bell(s, EVFD_READERS);
	if (flags & EVFD_WORD_CHOOSY_WRITERS)
		ring_bell(s, EVFD_WRITERS);
}

/* W3 */
static void call_late(struct evfd_lib_shared *s, uint32_t flags)
{
	if (flags & EVFD_WORD_CHOOSY_READERS && swap_ar(&s->late[EVFD_READERS], 0))
		ring_bell(s, EVFD_READERS);
	if (flags & EVFD_WORD_CHOOSY_WRITERS && swap_ar(&s->late[EVFD_WRITERS], 0))
		ring_bell(s, EVFD_WRITERS);
}

/* ---- sleep -------------------------------------------------------------------------- */

/* S4: rung for, and the round is that of the registration. Returns as sleep_for(). */
static int be_late(struct evfd_lib_shared *s, enum evfd_side side,
		   uint64_t round, uint64_t deadline, uint64_t *grace)
{
	uint64_t until = evfd_after(*grace);
	bool is_last = deadline <= until;
	int error;

	do {
		uint32_t heard = load_acq(&s->bells[side]);

		swap_ar(&s->late[side], 1);
		if (round_of(evfd_cell_load(&s->word)) != round)
			return 0;
		error = evfd_lib_shared_wait(&s->bells[side], heard,
					     is_last ? deadline : until);
	} while (!error);
	if (error != EVFD_ETIMEDOUT || is_last)
		return error;
	if (*grace < LAST_GRACE_NS)
		*grace *= 2;
	return 0;
}

/* The request does not fit w. Returns 0 to look again, else the reason to leave. */
static int sleep_for(struct evfd_lib_shared *s, enum evfd_side side,
		     struct evfd_word w, uint64_t deadline, uint64_t *grace)
{
	uint32_t heard = load_acq(&s->bells[side]); /* S1 */
	struct evfd_word mine = evfd_word_sleep_choosy(w, side).next;
	int error = 0;

	mine.ctl += EVFD_SHARED_EPOCH_ONE;
	if (!evfd_cell_cas(&s->word, &w, mine)) /* S2 */
		return 0;
	while (load_acq(&s->bells[side]) == heard && !error) /* S3 */
		error = evfd_lib_shared_wait(&s->bells[side], heard, deadline);
	if (error)
		return error;
	return be_late(s, side, round_of(mine), deadline, grace);
}

static int apply(struct evfd_lib_shared *s, const struct evfd_request *rq,
		 uint64_t deadline, uint64_t *value)
{
	enum evfd_side side = rq->op == EVFD_OP_ADD ? EVFD_WRITERS : EVFD_READERS;
	uint64_t grace = FIRST_GRACE_NS;
	struct evfd_word w = evfd_cell_load(&s->word);
	struct evfd_step step;
	int leaving = 0;

	for (;;) {
		step = step_from(w, rq);
		if (step.result == EVFD_EAGAIN && leaving)
			return leaving;
		if (step.result == EVFD_EAGAIN && deadline != EVFD_NOWAIT) {
			leaving = sleep_for(s, side, w, deadline, &grace);
			w = evfd_cell_load(&s->word);
			continue;
		}
		if (step.result < 0)
			return step.result;
		ring(s, step.ring);
		if (evfd_cell_cas(&s->word, &w, step.next)) /* W2 */
			break;
	}
	call_late(s, step.ring);
	if (value)
		*value = step.value;
	return 0;
}

/* ---- the calls ---------------------------------------------------------------------------- */

static int call(struct evfd_shared *memory, const struct evfd_request *rq,
		uint64_t deadline, uint64_t *value)
{
	struct evfd_lib_shared *s = (struct evfd_lib_shared *)memory;

	return evfd_lib_result(is_counter(s) ? apply(s, rq, deadline, value) :
					       EVFD_EINVAL);
}

int evfd_shared_read_until(struct evfd_shared *s, uint64_t *value, uint64_t deadline)
{
	const struct evfd_request rq = { .op = EVFD_OP_READ };

	return call(s, &rq, deadline, value);
}

int evfd_shared_read(struct evfd_shared *s, uint64_t *value)
{
	return evfd_shared_read_until(s, value, EVFD_FOREVER);
}

int evfd_shared_tryread(struct evfd_shared *s, uint64_t *value)
{
	return evfd_shared_read_until(s, value, EVFD_NOWAIT);
}

int evfd_shared_take_until(struct evfd_shared *s, uint64_t min, uint64_t max,
			   uint64_t *taken, uint64_t deadline)
{
	const struct evfd_request rq = { .op = EVFD_OP_TAKE, .min = min, .max = max };

	if (min < 1 || min > max || max > EVFD_MAX)
		return fail(EINVAL);
	return call(s, &rq, deadline, taken);
}

int evfd_shared_take(struct evfd_shared *s, uint64_t min, uint64_t max,
		     uint64_t *taken)
{
	return evfd_shared_take_until(s, min, max, taken, EVFD_FOREVER);
}

int evfd_shared_trytake(struct evfd_shared *s, uint64_t min, uint64_t max,
			uint64_t *taken)
{
	return evfd_shared_take_until(s, min, max, taken, EVFD_NOWAIT);
}

int evfd_shared_write_until(struct evfd_shared *s, uint64_t value, uint64_t deadline)
{
	const struct evfd_request rq = { .op = EVFD_OP_ADD, .max = value };

	return call(s, &rq, deadline, NULL);
}

int evfd_shared_write(struct evfd_shared *s, uint64_t value)
{
	return evfd_shared_write_until(s, value, EVFD_FOREVER);
}

int evfd_shared_trywrite(struct evfd_shared *s, uint64_t value)
{
	return evfd_shared_write_until(s, value, EVFD_NOWAIT);
}

int evfd_shared_post(struct evfd_shared *s, uint64_t value)
{
	const struct evfd_request rq = { .op = EVFD_OP_POST, .max = value };

	return call(s, &rq, EVFD_NOWAIT, NULL);
}

int evfd_shared_swap(struct evfd_shared *s, uint64_t value, uint64_t *old)
{
	const struct evfd_request rq = { .op = EVFD_OP_SWAP, .max = value };

	return call(s, &rq, EVFD_NOWAIT, old);
}

int evfd_shared_reset(struct evfd_shared *s, uint64_t *old)
{
	return evfd_shared_swap(s, 0, old);
}

int evfd_shared_cancel(struct evfd_shared *s)
{
	const struct evfd_request rq = { .op = EVFD_OP_CANCEL };

	return call(s, &rq, EVFD_NOWAIT, NULL);
}

int evfd_shared_peek(const struct evfd_shared *memory, uint64_t *value)
{
	const struct evfd_lib_shared *s = (const struct evfd_lib_shared *)memory;

	if (!is_counter(s) || !value)
		return fail(EINVAL);
	*value = evfd_cell_load(&s->word).count;
	return 0;
}

int evfd_shared_readiness(const struct evfd_shared *memory)
{
	const struct evfd_lib_shared *s = (const struct evfd_lib_shared *)memory;

	if (!is_counter(s))
		return fail(EINVAL);
	return (int)evfd_word_readiness(evfd_cell_load(&s->word));
}
