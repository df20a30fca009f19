/* SPDX-License-Identifier: MIT */
/*
 * What core/word.h does, in ACSL, for Frama-C to prove (run.py).
 *
 * The contracts stand here and not above the functions, because they are for
 * a prover: word.h says the same in prose, and stays short. A contract on a
 * declaration after the definition is a contract of that definition; nothing
 * is copied, and no function of word.h is without one.
 *
 * How it is put together:
 *  - `ctl` is read as a number: generation and asleep are quotients and remainders
 *    of it, flags are bits. The lemmas say what the shifts and masks in use do to
 *    these parts. They are all that WP takes as given; run.py proves each of
 *    them apart, as a statement on bit-vectors, which is easy there.
 *  - All lemmas at once drown the provers. So there are views, chosen by a macro:
 *    NUMBERS, FLAGS, BITS, QUIET, EDGES and EDGE_OUT, in which the few functions that deal
 *    with ctl are proved, each with the lemmas that it needs, and one without any
 *    (STEPS), in which the rest is proved from the contracts of those few. Where the
 *    parts need not be computed, they are any functions of ctl.
 *  - Some lemmas say d <= x && x <= d for d == x, or < 1 for == 0: so that the
 *    provers find the terms that the goals have.
 *  - One predicate an operation says all of its outcome (took, added, ...);
 *    `settles` is what all that neither close nor cancel have in common.
 *  - invariants_of_*() at the end derive I1 to I8 of word.h from these, for every
 *    word and every argument: nothing has a precondition that a caller could break.
 */
#include "core/word.h"

/* ---- a word and its parts ----------------------------------------------------- */

#if defined(NUMBERS) || defined(FLAGS)
/*@ logic integer generation_of(integer c) = c / 0x100000000;
  @ logic integer asleep_of(integer c) = c % 0x100000000 / 0x100;
  @ lemma low_32: \forall integer c; 0 <= c < 0x10000000000000000 ==>
  @	(uint32_t)c == c % 0x100000000;
  @ lemma low_8: \forall integer c; 0 <= c < 0x10000000000000000 ==>
  @	((uint32_t)c & 0xff) == c % 0x100;
  @ lemma shift_8: \forall integer c; 0 <= c < 0x10000000000000000 ==>
  @	(c >> 8) == c / 0x100;
  @ lemma shift_32: \forall integer c; 0 <= c < 0x10000000000000000 ==>
  @	(c >> 32) == c / 0x100000000;
  @ lemma join_32: \forall integer c, d; 0 <= c < 0x100000000 ==>
  @	0 <= d < 0x100000000 ==>
  @	((c << 32) | d) == c * 0x100000000 + d;
  @ lemma left_32: \forall integer c; 0 <= c < 0x100000000 ==>
  @	(c << 32) == c * 0x100000000;
  @*/
#else
/*@ axiomatic parts {
  @ logic integer generation_of(integer c);
  @ logic integer asleep_of(integer c);
  @ axiom few: \forall integer c; 0 <= c < 0x10000000000000000 ==> 0 <= asleep_of(c) <= 0xffffff;
  @ }
  @*/
#endif

#ifdef FLAGS
/*@ lemma same_flags: \forall integer c, d; 0 <= c < 0x10000000000000000 ==>
  @	0 <= d < 0x10000000000000000 ==>
  @	c % 0x100 == d % 0x100 ==>
  @	((d & 0x01) != 0 <==> (c & 0x01) != 0) &&
  @	((d & 0x02) != 0 <==> (c & 0x02) != 0) &&
  @	((d & 0x04) != 0 <==> (c & 0x04) != 0) &&
  @	((d & 0x08) != 0 <==> (c & 0x08) != 0) &&
  @	((d & 0x10) != 0 <==> (c & 0x10) != 0) &&
  @	((d & 0x20) != 0 <==> (c & 0x20) != 0) &&
  @	((d & 0x40) != 0 <==> (c & 0x40) != 0);
  @*/
#endif
#ifdef BITS
/*@ lemma clear_08: \forall integer c, d; 0 <= c < 0x10000000000000000 ==>
  @	0 <= d < 0x10000000000000000 ==>
  @	(c & 0xfffffffffffffff7) <= d <= (c & 0xfffffffffffffff7) ==>
  @	generation_of(d) == generation_of(c) && asleep_of(d) == asleep_of(c) &&
  @	((d & 0x01) != 0 <==> (c & 0x01) != 0) &&
  @	((d & 0x02) != 0 <==> (c & 0x02) != 0) &&
  @	((d & 0x04) != 0 <==> (c & 0x04) != 0) &&
  @	(d & 0x08) == 0 &&
  @	((d & 0x10) != 0 <==> (c & 0x10) != 0) &&
  @	((d & 0x20) != 0 <==> (c & 0x20) != 0) &&
  @	((d & 0x40) != 0 <==> (c & 0x40) != 0);
  @ lemma clear_20: \forall integer c, d; 0 <= c < 0x10000000000000000 ==>
  @	0 <= d < 0x10000000000000000 ==>
  @	(c & 0xffffffffffffffdf) <= d <= (c & 0xffffffffffffffdf) ==>
  @	generation_of(d) == generation_of(c) && asleep_of(d) == asleep_of(c) &&
  @	((d & 0x01) != 0 <==> (c & 0x01) != 0) &&
  @	((d & 0x02) != 0 <==> (c & 0x02) != 0) &&
  @	((d & 0x04) != 0 <==> (c & 0x04) != 0) &&
  @	((d & 0x08) != 0 <==> (c & 0x08) != 0) &&
  @	((d & 0x10) != 0 <==> (c & 0x10) != 0) &&
  @	(d & 0x20) == 0 &&
  @	((d & 0x40) != 0 <==> (c & 0x40) != 0);
  @ lemma clear_40: \forall integer c, d; 0 <= c < 0x10000000000000000 ==>
  @	0 <= d < 0x10000000000000000 ==>
  @	(c & 0xffffffffffffffbf) <= d <= (c & 0xffffffffffffffbf) ==>
  @	generation_of(d) == generation_of(c) && asleep_of(d) == asleep_of(c) &&
  @	((d & 0x01) != 0 <==> (c & 0x01) != 0) &&
  @	((d & 0x02) != 0 <==> (c & 0x02) != 0) &&
  @	((d & 0x04) != 0 <==> (c & 0x04) != 0) &&
  @	((d & 0x08) != 0 <==> (c & 0x08) != 0) &&
  @	((d & 0x10) != 0 <==> (c & 0x10) != 0) &&
  @	((d & 0x20) != 0 <==> (c & 0x20) != 0) &&
  @	(d & 0x40) == 0;
  @ lemma clear_60: \forall integer c, d; 0 <= c < 0x10000000000000000 ==>
  @	0 <= d < 0x10000000000000000 ==>
  @	(c & 0xffffffffffffff9f) <= d <= (c & 0xffffffffffffff9f) ==>
  @	generation_of(d) == generation_of(c) && asleep_of(d) == asleep_of(c) &&
  @	((d & 0x01) != 0 <==> (c & 0x01) != 0) &&
  @	((d & 0x02) != 0 <==> (c & 0x02) != 0) &&
  @	((d & 0x04) != 0 <==> (c & 0x04) != 0) &&
  @	((d & 0x08) != 0 <==> (c & 0x08) != 0) &&
  @	((d & 0x10) != 0 <==> (c & 0x10) != 0) &&
  @	(d & 0x20) == 0 &&
  @	(d & 0x40) == 0;
  @ lemma set_08: \forall integer c, d; 0 <= c < 0x10000000000000000 ==>
  @	0 <= d < 0x10000000000000000 ==>
  @	(c | 0x08) <= d <= (c | 0x08) ==>
  @	generation_of(d) == generation_of(c) && asleep_of(d) == asleep_of(c) &&
  @	((d & 0x01) != 0 <==> (c & 0x01) != 0) &&
  @	((d & 0x02) != 0 <==> (c & 0x02) != 0) &&
  @	((d & 0x04) != 0 <==> (c & 0x04) != 0) &&
  @	(d & 0x08) != 0 &&
  @	((d & 0x10) != 0 <==> (c & 0x10) != 0) &&
  @	((d & 0x20) != 0 <==> (c & 0x20) != 0) &&
  @	((d & 0x40) != 0 <==> (c & 0x40) != 0);
  @ lemma set_10: \forall integer c, d; 0 <= c < 0x10000000000000000 ==>
  @	0 <= d < 0x10000000000000000 ==>
  @	(c | 0x10) <= d <= (c | 0x10) ==>
  @	generation_of(d) == generation_of(c) && asleep_of(d) == asleep_of(c) &&
  @	((d & 0x01) != 0 <==> (c & 0x01) != 0) &&
  @	((d & 0x02) != 0 <==> (c & 0x02) != 0) &&
  @	((d & 0x04) != 0 <==> (c & 0x04) != 0) &&
  @	((d & 0x08) != 0 <==> (c & 0x08) != 0) &&
  @	(d & 0x10) != 0 &&
  @	((d & 0x20) != 0 <==> (c & 0x20) != 0) &&
  @	((d & 0x40) != 0 <==> (c & 0x40) != 0);
  @ lemma set_20: \forall integer c, d; 0 <= c < 0x10000000000000000 ==>
  @	0 <= d < 0x10000000000000000 ==>
  @	(c | 0x20) <= d <= (c | 0x20) ==>
  @	generation_of(d) == generation_of(c) && asleep_of(d) == asleep_of(c) &&
  @	((d & 0x01) != 0 <==> (c & 0x01) != 0) &&
  @	((d & 0x02) != 0 <==> (c & 0x02) != 0) &&
  @	((d & 0x04) != 0 <==> (c & 0x04) != 0) &&
  @	((d & 0x08) != 0 <==> (c & 0x08) != 0) &&
  @	((d & 0x10) != 0 <==> (c & 0x10) != 0) &&
  @	(d & 0x20) != 0 &&
  @	((d & 0x40) != 0 <==> (c & 0x40) != 0);
  @ lemma set_40: \forall integer c, d; 0 <= c < 0x10000000000000000 ==>
  @	0 <= d < 0x10000000000000000 ==>
  @	(c | 0x40) <= d <= (c | 0x40) ==>
  @	generation_of(d) == generation_of(c) && asleep_of(d) == asleep_of(c) &&
  @	((d & 0x01) != 0 <==> (c & 0x01) != 0) &&
  @	((d & 0x02) != 0 <==> (c & 0x02) != 0) &&
  @	((d & 0x04) != 0 <==> (c & 0x04) != 0) &&
  @	((d & 0x08) != 0 <==> (c & 0x08) != 0) &&
  @	((d & 0x10) != 0 <==> (c & 0x10) != 0) &&
  @	((d & 0x20) != 0 <==> (c & 0x20) != 0) &&
  @	(d & 0x40) != 0;
  @ lemma value_20: \forall integer c; 0 <= c < 0x10000000000000000 ==>
  @	(c & 0x20) == ((c & 0x20) != 0 ? 0x20 : 0);
  @ lemma low_20: \forall integer c; 0 <= c < 0x10000000000000000 ==>
  @	((uint32_t)c & 0x20) == (c & 0x20);
  @ lemma value_40: \forall integer c; 0 <= c < 0x10000000000000000 ==>
  @	(c & 0x40) == ((c & 0x40) != 0 ? 0x40 : 0);
  @ lemma low_40: \forall integer c; 0 <= c < 0x10000000000000000 ==>
  @	((uint32_t)c & 0x40) == (c & 0x40);
  @ lemma value_60: \forall integer c; 0 <= c < 0x10000000000000000 ==>
  @	((uint32_t)c & 0x60) == ((c & 0x20) != 0 ? 0x20 : 0) +
  @				((c & 0x40) != 0 ? 0x40 : 0);
  @*/
#endif
#ifdef CANCEL
/*@ lemma generation_10: \forall integer c; 0 <= c < 0x10000000000000000 ==>
  @	generation_of(c | 0x10) == generation_of(c);
  @ lemma asleep_10: \forall integer c; 0 <= c < 0x10000000000000000 ==>
  @	asleep_of(c | 0x10) == asleep_of(c);
  @*/
#endif
#ifdef EDGE_OUT
/*@ lemma told_4: \forall integer a, b; 0 <= a < 16 ==> 0 <= b < 16 ==>
  @	a / 4 % 2 == 1 ==> b / 4 % 2 == 0 ==> (4 & (a & (uint32_t)~b)) == 4;
  @ lemma told_4_after: \forall integer a, b; 0 <= a < 16 ==> 0 <= b < 16 ==>
  @	a / 4 % 2 == 0 ==> (4 & (a & (uint32_t)~b)) < 1;
  @ lemma told_4_before: \forall integer a, b; 0 <= a < 16 ==> 0 <= b < 16 ==>
  @	b / 4 % 2 == 1 ==> (4 & (a & (uint32_t)~b)) < 1;
  @ lemma join_out: \forall integer c; 0 <= c < 4 ==> (c | 4) == c + 4;
  @*/
#endif
#ifdef EDGES
/*@ lemma told_1: \forall integer a, b; 0 <= a < 16 ==> 0 <= b < 16 ==>
  @	(1 & (a & (uint32_t)~b)) == (a % 2 == 1 && b % 2 == 0 ? 1 : 0);
  @ lemma told_5: \forall integer a, b; 0 <= a < 16 ==> 0 <= b < 16 ==>
  @	(5 & (a & (uint32_t)~b)) ==
  @		(a % 2 == 1 && b % 2 == 0 ? 1 : 0) + (a / 4 % 2 == 1 && b / 4 % 2 == 0 ? 4 : 0);
  @ lemma told_9: \forall integer a, b; 0 <= a < 16 ==> 0 <= b < 16 ==>
  @	(9 & (a & (uint32_t)~b)) ==
  @		(a % 2 == 1 && b % 2 == 0 ? 1 : 0) + (a / 8 % 2 == 1 && b / 8 % 2 == 0 ? 8 : 0);
  @ lemma join_4: \forall integer c; 0 <= c < 4 ==> (c | 4) == c + 4;
  @ lemma join_8: \forall integer c; 0 <= c < 8 ==> (c | 8) == c + 8;
  @*/
#endif

#ifdef QUIET
/*@ lemma quiet_parts: \forall integer c; 0 <= c < 0x10000000000000000 ==>
  @	((uint32_t)c & 0xfffffffa) <= 0 ==>
  @	asleep_of(c) <= 0 && (c & 0x02) == 0 && (c & 0x08) == 0 &&
  @	(c & 0x10) == 0 && (c & 0x20) == 0 && (c & 0x40) == 0;
  @ lemma quiet_mask: \forall integer c; 0 <= c < 0x10000000000000000 ==>
  @	((uint32_t)c & 0xfffffffa) <= 0 ==>
  @	(c & 0xffffffff00000005) == c;
  @*/
#endif

/*@ logic integer generation(struct evfd_word w) = generation_of(w.ctl);
  @ logic integer asleep(struct evfd_word w) = asleep_of(w.ctl);
  @ logic integer flags(struct evfd_word w) = w.ctl % 0x100;
  @ logic boolean semaphore(struct evfd_word w) = (w.ctl & 0x01) != 0;
  @ logic boolean counted(struct evfd_word w) = (w.ctl & 0x02) != 0;
  @ logic boolean transition(struct evfd_word w) = (w.ctl & 0x04) != 0;
  @ logic boolean watched(struct evfd_word w) = (w.ctl & 0x08) != 0;
  @ logic boolean cancelled(struct evfd_word w) = (w.ctl & 0x10) != 0;
  @ logic boolean choosy_readers(struct evfd_word w) = (w.ctl & 0x20) != 0;
  @ logic boolean choosy_writers(struct evfd_word w) = (w.ctl & 0x40) != 0;
  @
  @ logic integer least(integer a, integer b) = a < b ? a : b;
  @*/

/* ---- parts of a word --------------------------------------------------------------- */

/*@ assigns \nothing;
  @ ensures \result == generation(w);
  @*/
static inline uint32_t evfd_word_generation(struct evfd_word w);

/*@ assigns \nothing;
  @ ensures \result == flags(w);
  @*/
static inline uint32_t evfd_word_flags(struct evfd_word w);

/*@ assigns \nothing;
  @ ensures \result == asleep(w);
  @*/
static inline uint32_t evfd_word_asleep(struct evfd_word w);

/*@ assigns \nothing;
  @ ensures \result.count == count;
  @ ensures \result.ctl == generation * 0x100000000 + flags;
  @*/
static inline struct evfd_word evfd_word_make(uint64_t count, uint32_t generation,
					      uint32_t flags);

/*@ assigns \nothing;
  @ ensures \result <==> w.count + value <= EVFD_MAX;
  @*/
static inline bool evfd_word_fits(struct evfd_word w, uint64_t value);

/*@ logic boolean is_in(struct evfd_word w) = w.count > 0;
  @ logic boolean is_out(struct evfd_word w) = w.count < EVFD_MAX;
  @ logic boolean is_err(struct evfd_word w) =
  @	w.count == EVFD_SATURATED || cancelled(w);
  @ logic integer readiness(struct evfd_word w) =
  @	(is_in(w) ? 0x01 : 0) + (is_out(w) ? 0x04 : 0) + (is_err(w) ? 0x08 : 0);
  @*/

/*@ assigns \nothing;
  @ ensures \result == readiness(w);
  @*/
static inline uint32_t evfd_word_readiness(struct evfd_word w);

/*@ predicate same(struct evfd_word a, struct evfd_word b) =
  @	a.count == b.count && a.ctl == b.ctl;
  @ predicate is_quiet(struct evfd_word w) = ((uint32_t)w.ctl & 0xfffffffa) == 0;
  @*/

/*@ assigns \nothing;
  @ ensures \result <==> is_quiet(w);
  @ ensures \result ==> asleep(w) == 0 && !counted(w) && !watched(w) &&
  @	!cancelled(w) && !choosy_readers(w) && !choosy_writers(w);
  @*/
static inline bool evfd_word_is_quiet(struct evfd_word w);

/*@ assigns \nothing;
  @ ensures is_quiet(w) ==> same(w, \result);
  @*/
static inline struct evfd_word evfd_word_quiet(struct evfd_word w);

/* ---- parts of a step ------------------------------------------------------------------ */

/*@ predicate refused(struct evfd_word w, struct evfd_step s, integer error) =
  @	s.result == error && same(s.next, w) && s.value == 0 &&
  @	s.claim == 0 && s.ring == 0 && s.edges == 0;
  @
  @ // What nothing but close changes.
  @ predicate keeps_identity(struct evfd_word w, struct evfd_word next) =
  @	generation(next) == generation(w);
  @ predicate keeps_mode(struct evfd_word w, struct evfd_word next) =
  @	semaphore(next) == semaphore(w) && counted(next) == counted(w) &&
  @	transition(next) == transition(w);
  @ // What most steps keep too.
  @ predicate keeps(struct evfd_word w, struct evfd_word next) =
  @	keeps_identity(w, next) && keeps_mode(w, next) &&
  @	watched(next) == watched(w);
  @ predicate keeps_choosy(struct evfd_word w, struct evfd_word next) =
  @	choosy_readers(next) == choosy_readers(w) &&
  @	choosy_writers(next) == choosy_writers(w);
  @
  @ // Flags that ring are flags that were set, and are set no more.
  @ predicate rings(struct evfd_word w, struct evfd_word next, integer ring,
  @		    boolean readers, boolean writers) =
  @	ring == (readers && choosy_readers(w) ? 0x20 : 0) +
  @		(writers && choosy_writers(w) ? 0x40 : 0) &&
  @	choosy_readers(next) == (choosy_readers(w) && !readers) &&
  @	choosy_writers(next) == (choosy_writers(w) && !writers);
  @*/

/*@ assigns \nothing;
  @ ensures refused(w, \result, error);
  @*/
static inline struct evfd_step evfd_word_refuse(struct evfd_word w, int error);

/*@ requires \valid(s) && s->claim == 0;
  @ assigns s->next.ctl, s->claim;
  @ ensures s->claim == least(n, asleep(\old(s->next)));
  @ ensures keeps_identity(\old(s->next), s->next);
  @ ensures flags(s->next) == flags(\old(s->next));
  @ ensures asleep(s->next) == asleep(\old(s->next)) - s->claim;
  @ ensures keeps_mode(\old(s->next), s->next);
  @ ensures watched(s->next) == watched(\old(s->next));
  @ ensures choosy_readers(s->next) == choosy_readers(\old(s->next));
  @ ensures choosy_writers(s->next) == choosy_writers(\old(s->next));
  @ ensures cancelled(s->next) == cancelled(\old(s->next));
  @*/
static inline void evfd_word_claim(struct evfd_step *s, uint64_t n);

/*@ requires \valid(s) && s->ring == 0;
  @ requires flag == 0x20 || flag == 0x40 || flag == 0x60;
  @ assigns s->next.ctl, s->ring;
  @ ensures flag == 0x20 ==>
  @	s->ring == (choosy_readers(\old(s->next)) ? 0x20 : 0);
  @ ensures flag == 0x40 ==>
  @	s->ring == (choosy_writers(\old(s->next)) ? 0x40 : 0);
  @ ensures flag == 0x60 ==>
  @	s->ring == (choosy_readers(\old(s->next)) ? 0x20 : 0) +
  @		   (choosy_writers(\old(s->next)) ? 0x40 : 0);
  @ ensures flag == 0x20 ==>
  @	choosy_readers(s->next) == \false;
  @ ensures flag == 0x20 ==>
  @	choosy_writers(s->next) == choosy_writers(\old(s->next));
  @ ensures flag == 0x20 ==> keeps(\old(s->next), s->next) &&
  @	asleep(s->next) == asleep(\old(s->next)) &&
  @	cancelled(s->next) == cancelled(\old(s->next));
  @ ensures flag == 0x40 ==>
  @	choosy_readers(s->next) == choosy_readers(\old(s->next));
  @ ensures flag == 0x40 ==>
  @	choosy_writers(s->next) == \false;
  @ ensures flag == 0x40 ==> keeps(\old(s->next), s->next) &&
  @	asleep(s->next) == asleep(\old(s->next)) &&
  @	cancelled(s->next) == cancelled(\old(s->next));
  @ ensures flag == 0x60 ==>
  @	choosy_readers(s->next) == \false;
  @ ensures flag == 0x60 ==>
  @	choosy_writers(s->next) == \false;
  @ ensures flag == 0x60 ==> keeps(\old(s->next), s->next) &&
  @	asleep(s->next) == asleep(\old(s->next)) &&
  @	cancelled(s->next) == cancelled(\old(s->next));
  @*/
static inline void evfd_word_ring(struct evfd_step *s, uint32_t flag);

/* Readers for whom `units` are enough: in counter mode the first has all. */
/*@ logic integer offered(struct evfd_word w, integer units) =
  @	least(semaphore(w) ? units : least(units, 1), asleep(w));
  @*/

/*@ requires \valid(s) && s->claim == 0;
  @ assigns s->next.ctl, s->claim;
  @ ensures s->claim == offered(\old(s->next), units);
  @ ensures asleep(s->next) == asleep(\old(s->next)) - s->claim;
  @ ensures keeps_identity(\old(s->next), s->next);
  @ ensures keeps_mode(\old(s->next), s->next);
  @ ensures watched(s->next) == watched(\old(s->next));
  @ ensures choosy_readers(s->next) == choosy_readers(\old(s->next));
  @ ensures choosy_writers(s->next) == choosy_writers(\old(s->next));
  @ ensures cancelled(s->next) == cancelled(\old(s->next));
  @*/
static inline void evfd_word_offer(struct evfd_step *s, uint64_t units);

/*@ requires \valid(s) && s->claim == 0 && s->ring == 0;
  @ assigns s->next.ctl, s->claim, s->ring;
  @ ensures 0 <= s->next.ctl <= 0xffffffffffffffff;
  @ ensures s->claim == asleep(\old(s->next)) && asleep(s->next) == 0;
  @ ensures rings(\old(s->next), s->next, s->ring, \true, \true);
  @ ensures keeps_identity(\old(s->next), s->next);
  @ ensures keeps_mode(\old(s->next), s->next);
  @ ensures watched(s->next) == watched(\old(s->next));
  @ ensures cancelled(s->next) == cancelled(\old(s->next));
  @*/
static inline void evfd_word_wake_all(struct evfd_step *s);

/* A bit is told always, or, of a TRANSITION word, if it became true. */
/*@ logic integer told_in(struct evfd_word w, struct evfd_word next) =
  @	!transition(w) || (!is_in(w) && is_in(next)) ? 0x01 : 0;
  @ logic integer told_out(struct evfd_word w, struct evfd_word next) =
  @	!transition(w) || (!is_out(w) && is_out(next)) ? 0x04 : 0;
  @ logic integer told_err(struct evfd_word w, struct evfd_word next) =
  @	!transition(w) || (!is_err(w) && is_err(next)) ? 0x08 : 0;
  @*/

/*@ requires \valid(s) && s->edges == 0;
  @ requires edges == 0x01 || edges == 0x04 || edges == 0x05 || edges == 0x09;
  @ assigns s->edges;
  @ ensures edges == 0x01 ==> s->edges == told_in(before, s->next);
  @ ensures edges == 0x04 && told_out(before, s->next) == 0x04 ==>
  @	s->edges == 0x04;
  @ ensures edges == 0x04 && transition(before) && is_out(before) ==>
  @	s->edges == 0;
  @ ensures edges == 0x04 && transition(before) && !is_out(s->next) ==>
  @	s->edges == 0;
  @ ensures edges == 0x05 ==>
  @	s->edges == told_in(before, s->next) + told_out(before, s->next);
  @ ensures edges == 0x09 ==>
  @	s->edges == told_in(before, s->next) + told_err(before, s->next);
  @*/
static inline void evfd_word_edge(struct evfd_step *s, struct evfd_word before,
				  uint32_t edges);

/* ---- transitions: what each operation does --------------------------------------------- */

/*@ // All that a step does to ctl, if it does not close or cancel.
  @ predicate settles(struct evfd_word w, struct evfd_step s,
  @		      boolean readers, boolean writers) =
  @	keeps(w, s.next) && cancelled(s.next) == cancelled(w) &&
  @	asleep(s.next) == asleep(w) - s.claim &&
  @	rings(w, s.next, s.ring, readers, writers);
  @
  @ predicate took(struct evfd_word w, struct evfd_step s,
  @		   integer min, integer max) =
  @	cancelled(w) ? refused(w, s, EVFD_ECANCELED) :
  @	w.count < min ? refused(w, s, EVFD_EAGAIN) :
  @	s.result == 0 && settles(w, s, \false, \true) &&
  @	s.value == least(w.count, max) && s.next.count == w.count - s.value &&
  @	s.claim == (semaphore(w) ? 0 : offered(w, s.next.count)) &&
  @	s.edges == told_out(w, s.next);
  @
  @ predicate added(struct evfd_word w, struct evfd_step s, integer value) =
  @	value == 0xffffffffffffffff ? refused(w, s, EVFD_EINVAL) :
  @	cancelled(w) ? refused(w, s, EVFD_ECANCELED) :
  @	w.count + value > EVFD_MAX ? refused(w, s, EVFD_EAGAIN) :
  @	s.result == 0 && settles(w, s, value > 0, \false) &&
  @	s.value == 0 && s.next.count == w.count + value &&
  @	s.claim == offered(w, value) && s.edges == told_in(w, s.next);
  @
  @ predicate posted(struct evfd_word w, struct evfd_step s, integer value) =
  @	w.count + value <= EVFD_MAX ? added(w, s, value) :
  @	cancelled(w) ? refused(w, s, EVFD_ECANCELED) :
  @	s.result == 0 && settles(w, s, \true, \false) &&
  @	s.value == 0 && s.next.count == EVFD_SATURATED &&
  @	s.claim == offered(w, value) &&
  @	s.edges == told_in(w, s.next) + told_err(w, s.next);
  @
  @ predicate swapped(struct evfd_word w, struct evfd_step s, integer value) =
  @	value > EVFD_MAX ? refused(w, s, EVFD_EINVAL) :
  @	cancelled(w) ? refused(w, s, EVFD_ECANCELED) :
  @	s.result == 0 && settles(w, s, value > w.count, value < w.count) &&
  @	s.value == w.count && s.next.count == value &&
  @	s.claim == offered(w, value) &&
  @	s.edges == told_in(w, s.next) + told_out(w, s.next);
  @
  @ predicate was_cancelled(struct evfd_word w, struct evfd_step s) =
  @	cancelled(w) ? refused(w, s, 0) :
  @	s.result == 0 && s.value == 0 && s.next.count == w.count &&
  @	keeps(w, s.next) && cancelled(s.next) &&
  @	s.claim == asleep(w) && asleep(s.next) == 0 &&
  @	rings(w, s.next, s.ring, \true, \true) && s.edges == 0x08;
  @
  @ predicate was_closed(struct evfd_word w, struct evfd_step s) =
  @	s.result == 0 && s.value == w.count && s.next.count == 0 &&
  @	generation(s.next) == (generation(w) + 1) % 0x100000000 &&
  @	asleep(s.next) == 0 && flags(s.next) == 0 &&
  @	s.claim == asleep(w) && s.edges == 0x10 &&
  @	s.ring == (choosy_readers(w) ? 0x20 : 0) + (choosy_writers(w) ? 0x40 : 0);
  @*/

/*@ assigns \nothing;
  @ ensures took(w, \result, min, max);
  @*/
static inline struct evfd_step evfd_word_take(struct evfd_word w, uint64_t min,
					      uint64_t max);

/*@ assigns \nothing;
  @ ensures semaphore(w) ? took(w, \result, 1, 1) :
  @	    took(w, \result, 1, 0xffffffffffffffff);
  @*/
static inline struct evfd_step evfd_word_read(struct evfd_word w);

/*@ assigns \nothing;
  @ ensures added(w, \result, value);
  @*/
static inline struct evfd_step evfd_word_add(struct evfd_word w, uint64_t value);

/*@ assigns \nothing;
  @ ensures posted(w, \result, value);
  @*/
static inline struct evfd_step evfd_word_post(struct evfd_word w, uint64_t value);

/*@ assigns \nothing;
  @ ensures swapped(w, \result, value);
  @*/
static inline struct evfd_step evfd_word_swap(struct evfd_word w, uint64_t value);

/*@ assigns \nothing;
  @ ensures cancelled(w) ==> refused(w, \result, 0);
  @ ensures \result.result == 0 && \result.value == 0;
  @ ensures \result.next.count == w.count;
  @ ensures keeps_identity(w, \result.next);
  @ ensures semaphore(\result.next) == semaphore(w);
  @ ensures counted(\result.next) == counted(w);
  @ ensures transition(\result.next) == transition(w);
  @ ensures watched(\result.next) == watched(w);
  @ ensures cancelled(\result.next);
  @ ensures !cancelled(w) ==> \result.claim == asleep(w);
  @ ensures !cancelled(w) ==> asleep(\result.next) == 0;
  @ ensures !cancelled(w) ==> \result.ring ==
  @	(choosy_readers(w) ? 0x20 : 0) + (choosy_writers(w) ? 0x40 : 0);
  @ ensures !cancelled(w) ==> !choosy_readers(\result.next);
  @ ensures !cancelled(w) ==> !choosy_writers(\result.next);
  @ ensures !cancelled(w) ==> \result.edges == 0x08;
  @*/
static inline struct evfd_step evfd_word_cancel(struct evfd_word w);

/*@ assigns \nothing;
  @ ensures was_closed(w, \result);
  @*/
static inline struct evfd_step evfd_word_close(struct evfd_word w);

/*@ assigns \nothing;
  @ ensures op == EVFD_OP_TAKE ==> took(w, \result, min, max);
  @ ensures op == EVFD_OP_POST ==> posted(w, \result, max);
  @ ensures op == EVFD_OP_SWAP ==> swapped(w, \result, max);
  @ ensures op == EVFD_OP_CANCEL ==> was_cancelled(w, \result);
  @ ensures op == EVFD_OP_CLOSE ==> was_closed(w, \result);
  @ ensures op == EVFD_OP_READ || op == EVFD_OP_ADD || op > EVFD_OP_CLOSE ==>
  @	refused(w, \result, EVFD_EINVAL);
  @*/
static inline struct evfd_step evfd_word_apply_rare(struct evfd_word w,
						    enum evfd_op op,
						    uint64_t min, uint64_t max);

/*@ assigns \nothing;
  @ ensures op == EVFD_OP_READ ==> (semaphore(w) ? took(w, \result, 1, 1) :
  @	    took(w, \result, 1, 0xffffffffffffffff));
  @ ensures op == EVFD_OP_TAKE ==> took(w, \result, min, max);
  @ ensures op == EVFD_OP_ADD ==> added(w, \result, max);
  @ ensures op == EVFD_OP_POST ==> posted(w, \result, max);
  @ ensures op == EVFD_OP_SWAP ==> swapped(w, \result, max);
  @ ensures op == EVFD_OP_CANCEL ==> was_cancelled(w, \result);
  @ ensures op == EVFD_OP_CLOSE ==> was_closed(w, \result);
  @ ensures op > EVFD_OP_CLOSE ==> refused(w, \result, EVFD_EINVAL);
  @*/
static inline struct evfd_step evfd_word_apply(struct evfd_word w, enum evfd_op op,
					       uint64_t min, uint64_t max);

/* ---- transitions: how threads come to sleep and leave -------------------------------------- */

/*@ predicate quiet(struct evfd_word w, struct evfd_step s) =
  @	s.result == 0 && s.value == 0 && s.next.count == w.count &&
  @	s.ring == 0 && s.edges == 0 && keeps(w, s.next) &&
  @	cancelled(s.next) == cancelled(w);
  @*/

/*@ assigns \nothing;
  @ ensures asleep(w) == EVFD_ASLEEP_MAX ==> refused(w, \result, EVFD_ENOMEM);
  @ ensures asleep(w) < EVFD_ASLEEP_MAX ==>
  @	keeps_identity(w, \result.next) && flags(\result.next) == flags(w);
  @ ensures asleep(w) < EVFD_ASLEEP_MAX ==>
  @	asleep(\result.next) == asleep(w) + 1;
  @ ensures asleep(w) < EVFD_ASLEEP_MAX ==> quiet(w, \result) &&
  @	keeps_choosy(w, \result.next) && \result.claim == 0;
  @*/
static inline struct evfd_step evfd_word_sleep(struct evfd_word w);

/*@ assigns \nothing;
  @ ensures quiet(w, \result) && \result.claim == 0;
  @ ensures asleep(\result.next) == asleep(w);
  @ ensures choosy_readers(\result.next) ==
  @	(side == EVFD_READERS || choosy_readers(w));
  @ ensures choosy_writers(\result.next) ==
  @	(side != EVFD_READERS || choosy_writers(w));
  @*/
static inline struct evfd_step evfd_word_sleep_choosy(struct evfd_word w,
						      enum evfd_side side);

/*@ assigns \nothing;
  @ ensures asleep(w) == 0 ==> refused(w, \result, EVFD_EAGAIN);
  @ ensures asleep(w) > 0 ==>
  @	keeps_identity(w, \result.next) && flags(\result.next) == flags(w);
  @ ensures asleep(w) > 0 ==> asleep(\result.next) == asleep(w) - 1;
  @ ensures asleep(w) > 0 ==> quiet(w, \result) &&
  @	keeps_choosy(w, \result.next) && \result.claim == 0;
  @*/
static inline struct evfd_step evfd_word_leave(struct evfd_word w);

/*@ assigns \nothing;
  @ ensures quiet(w, \result) && keeps_choosy(w, \result.next);
  @ ensures asleep(\result.next) == asleep(w) - \result.claim;
  @ ensures \result.claim == (is_in(w) ? least(1, asleep(w)) : 0);
  @*/
static inline struct evfd_step evfd_word_pass(struct evfd_word w);

/*@ assigns \nothing;
  @ ensures \result.count == w.count;
  @ ensures keeps_identity(w, \result) && keeps_mode(w, \result);
  @ ensures asleep(\result) == asleep(w);
  @ ensures choosy_readers(\result) == choosy_readers(w);
  @ ensures choosy_writers(\result) == choosy_writers(w);
  @ ensures cancelled(\result) == cancelled(w);
  @ ensures watched(\result) <==> watched;
  @*/
static inline struct evfd_word evfd_word_with_watched(struct evfd_word w,
						      bool watched);

/* ---- the invariants of word.h -------------------------------------------------------------- */

/*@ predicate conserves_readers(struct evfd_word w, struct evfd_step s) =
  @	asleep(w) == asleep(s.next) + s.claim;
  @*/

/*@ assigns \nothing; */
static void invariants_of_operations(struct evfd_word w, enum evfd_op op,
				     uint64_t min, uint64_t max)
{
	struct evfd_step s = evfd_word_apply(w, op, min, max);

	/*@ check I1: s.result < 0 ==> same(s.next, w) && s.claim == 0 &&
	  @	s.ring == 0 && s.edges == 0 && s.value == 0;
	  @*/
	/*@ check I2: s.next.count > EVFD_MAX ==>
	  @	s.next.count == w.count || op == EVFD_OP_POST;
	  @*/
	/*@ check I3_kept: op != EVFD_OP_CLOSE ==> keeps_identity(w, s.next); */
	/*@ check I3_closed: op == EVFD_OP_CLOSE ==>
	  @	generation(s.next) == (generation(w) + 1) % 0x100000000;
	  @*/
	/*@ check I4: op != EVFD_OP_CLOSE ==> keeps_mode(w, s.next) &&
	  @	(cancelled(w) ==> cancelled(s.next));
	  @*/
	/*@ check I5: conserves_readers(w, s); */
	/*@ check I6_added: s.next.count > w.count && s.result == 0 &&
	  @	(op == EVFD_OP_ADD || op == EVFD_OP_POST) ==>
	  @	s.claim == least(asleep(w), semaphore(w) ? max : 1);
	  @*/
	/*@ check I6_swapped: s.result == 0 && op == EVFD_OP_SWAP &&
	  @	s.next.count > 0 ==>
	  @	s.claim == least(asleep(w), semaphore(w) ? s.next.count : 1);
	  @*/
	/*@ check I6_left: !semaphore(w) && s.result == 0 &&
	  @	op <= EVFD_OP_TAKE && s.next.count > 0 ==>
	  @	s.claim == least(asleep(w), 1);
	  @*/
	/*@ check I6_nobody_in_vain: op < EVFD_OP_CANCEL && s.next.count == 0 ==>
	  @	s.claim == 0;
	  @*/
	/*@ check I7_units: s.next.count > w.count ==> !choosy_readers(s.next) &&
	  @	(choosy_readers(w) ==> s.ring == 0x20);
	  @*/
	/*@ check I7_room: s.next.count < w.count && op < EVFD_OP_CANCEL ==>
	  @	!choosy_writers(s.next) && (choosy_writers(w) ==> s.ring == 0x40);
	  @*/
	/*@ check units_conserved: op < EVFD_OP_POST && s.result == 0 ==>
	  @	w.count + (op == EVFD_OP_ADD ? max : 0) == s.next.count + s.value;
	  @*/
	/*@ check cancel_wakes_all: op == EVFD_OP_CANCEL && !cancelled(w) ==>
	  @	asleep(s.next) == 0 && s.claim == asleep(w) &&
	  @	!choosy_readers(s.next) && !choosy_writers(s.next);
	  @*/
	/*@ check close_wakes_all: op == EVFD_OP_CLOSE ==>
	  @	s.claim == asleep(w) && (choosy_readers(w) ==> s.ring >= 0x20) &&
	  @	(choosy_writers(w) ==> s.ring >= 0x40);
	  @*/
}

/*@ assigns \nothing; */
static void invariants_of_quiet(struct evfd_word w, enum evfd_op op,
				uint64_t min, uint64_t max)
{
	if (evfd_word_is_quiet(w)) {
		struct evfd_word q = evfd_word_quiet(w);
		struct evfd_step s = evfd_word_apply(w, op, min, max);

		/*@ check fast_path_is_the_same: same(q, w); */
		/*@ check I8: s.claim == 0 && s.ring == 0; */
	}
}

/*@ assigns \nothing; */
static void invariants_of_sleeping(struct evfd_word w)
{
	struct evfd_step in = evfd_word_sleep(w);
	struct evfd_step out = evfd_word_leave(w);
	struct evfd_step passed = evfd_word_pass(w);

	/*@ check I1: in.result < 0 ==> same(in.next, w); */
	/*@ check I1: out.result < 0 ==> same(out.next, w); */
	/*@ check I3: keeps_identity(w, in.next) && keeps_identity(w, out.next) &&
	  @	keeps_identity(w, passed.next);
	  @*/
	/*@ check I4: keeps_mode(w, in.next) && keeps_mode(w, out.next) &&
	  @	keeps_mode(w, passed.next);
	  @*/
	/*@ check I5: conserves_readers(w, passed); */
	/*@ check counted_in: in.result == 0 ==> asleep(in.next) == asleep(w) + 1; */
	/*@ check counted_out: out.result == 0 ==> asleep(out.next) == asleep(w) - 1; */
}

/*@ assigns \nothing; */
static void invariants_of_choosy(struct evfd_word w, enum evfd_side side)
{
	struct evfd_step s = evfd_word_sleep_choosy(w, side);

	/*@ check I3: keeps_identity(w, s.next); */
	/*@ check I4: keeps_mode(w, s.next); */
	/*@ check I5: conserves_readers(w, s); */
	/*@ check heard: side == EVFD_READERS ==> choosy_readers(s.next); */
	/*@ check heard: side == EVFD_WRITERS ==> choosy_writers(s.next); */
}

/*@ assigns \nothing; */
static void invariants_of_watching(struct evfd_word w, bool watched)
{
	struct evfd_word next = evfd_word_with_watched(w, watched);

	/*@ check I3: keeps_identity(w, next); */
	/*@ check I4: keeps_mode(w, next) && cancelled(next) == cancelled(w); */
	/*@ check I5: asleep(next) == asleep(w); */
}
