/* SPDX-License-Identifier: MIT */
/* Schedules as text: write them down, run them again, make them simpler. */
#include "machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct sim_schedule *following;
static int at; /* in *following */

void sim_schedule_save(struct sim_schedule *s)
{
	s->n = sim_chosen;
	for (int i = 0; i < s->n; i++) {
		s->thread[i] = sim_events[i].thread;
		s->choice[i] = sim_events[i].choice;
	}
}

/* How many steps from i on are of one thread, in its way 0. */
static int run_at(const struct sim_schedule *s, int i)
{
	int n = 0;

	while (i + n < s->n && s->thread[i + n] == s->thread[i] &&
	       s->choice[i + n] == 0)
		n++;
	return n;
}

void sim_schedule_print(const struct sim_schedule *s)
{
	for (int i = 0; i < s->n;) {
		int n = run_at(s, i);

		putchar('a' + s->thread[i]);
		if (n == 0)
			printf("!%d", s->choice[i++]);
		else if (n > 1)
			printf("%d", n);
		i += n;
	}
}

bool sim_schedule_parse(struct sim_schedule *s, const char *text)
{
	s->n = 0;
	while (*text) {
		int thread = *text++ - 'a';
		long n = 1, choice = 0;
		char *end;

		if (thread < 0 || thread >= SIM_THREADS)
			return false;
		if (*text == '!') {
			choice = strtol(text + 1, &end, 10);
			text = end;
		} else if (*text >= '0' && *text <= '9') {
			n = strtol(text, &end, 10);
			text = end;
		}
		for (; n > 0; n--) {
			if (s->n == SIM_STEPS || choice < 0 || choice > 255)
				return false;
			s->thread[s->n] = (uint8_t)thread;
			s->choice[s->n++] = (uint8_t)choice;
		}
	}
	return true;
}

/* The next thread of the schedule that can go on; when there is none, whoever was
 * running, or the first that does not give up a sleep. */
static int choose(uint32_t enabled, int *choice)
{
	int last = sim_depth > 0 ? sim_events[sim_depth - 1].thread : -1;
	int t = __builtin_ctz(enabled);

	for (; at < following->n; at++) {
		t = following->thread[at];
		if (t >= sim_thread_count() || !(enabled & 1u << t))
			continue;
		*choice = following->choice[at++];
		if (*choice >= sim_choices(t))
			*choice = 0;
		return t;
	}
	*choice = 0;
	if (last >= 0 && enabled & 1u << last && !sim_is_leaving(last))
		return last;
	for (int i = 0; i < sim_thread_count(); i++)
		if (enabled & 1u << i && !sim_is_leaving(i))
			return i;
	return t;
}

enum sim_outcome sim_schedule_run(const struct sim_program *p,
				  const struct sim_schedule *s)
{
	following = s;
	at = 0;
	return sim_run(p, choose, NULL);
}

static int switches(const struct sim_schedule *s)
{
	int n = 0;

	for (int i = 1; i < s->n; i++)
		n += s->thread[i] != s->thread[i - 1];
	return n;
}

/* The steps of the run that begins at i move up behind the last one of their thread
 * before it. Returns false if there is none. */
static bool join_run(struct sim_schedule *s, int i)
{
	int to = i - 1, n = 1;

	while (to >= 0 && s->thread[to] != s->thread[i])
		to--;
	if (to < 0)
		return false;
	while (i + n < s->n && s->thread[i + n] == s->thread[i])
		n++;
	for (int k = 0; k < n; k++) {
		uint8_t thread = s->thread[i + k], choice = s->choice[i + k];
		int from = to + 1 + k;

		memmove(&s->thread[from + 1], &s->thread[from],
			(size_t)(i + k - from));
		memmove(&s->choice[from + 1], &s->choice[from],
			(size_t)(i + k - from));
		s->thread[from] = thread;
		s->choice[from] = choice;
	}
	return true;
}

void sim_schedule_minimise(const struct sim_program *p, struct sim_schedule *s)
{
	static struct sim_schedule tried, found;
	bool has_changed = true;

	while (has_changed) {
		has_changed = false;
		for (int i = 1; i < s->n && !has_changed; i++) {
			if (s->thread[i] == s->thread[i - 1])
				continue;
			tried = *s;
			if (!join_run(&tried, i) ||
			    sim_schedule_run(p, &tried) != SIM_FAILED)
				continue;
			sim_schedule_save(&found);
			if (switches(&found) < switches(s)) {
				*s = found;
				has_changed = true;
			}
		}
	}
	sim_schedule_run(p, s);
	sim_schedule_save(s);
}
