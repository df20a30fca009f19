/* SPDX-License-Identifier: MIT */
/*
 * Programs as text that looks like C: `name(number, number);` a line, with what came
 * of it in a comment. `safe;` on the first line: reads into bad addresses keep
 * the value.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "program.h"

static uint32_t arity(const struct call_info *info)
{
	uint32_t n = 0;

	while (n < ARGS_MAX && info->args[n] != ARG_NONE)
		n++;
	return n;
}

static void print_number(FILE *to, int64_t x)
{
	if (x > 1000 || x < -1000)
		fprintf(to, "0x%llx", (unsigned long long)x);
	else
		fprintf(to, "%lld", (long long)x);
}

void program_print(FILE *to, const struct program *p)
{
	if (!p->is_lossy)
		fprintf(to, "safe;\n");
	for (uint32_t i = 0; i < p->n; i++) {
		const struct call *c = &p->calls[i];
		const struct call_info *info = &calls_info[c->kind];

		fprintf(to, "%s(", info->name);
		for (uint32_t a = 0; a < arity(info); a++) {
			fprintf(to, "%s", a ? ", " : "");
			print_number(to, c->args[a]);
		}
		fprintf(to, ");");
		if (c->results[0] == c->results[1])
			fprintf(to, "\t/* %lld */\n", (long long)c->results[0]);
		else
			fprintf(to, "\t/* host %lld, evfd %lld */\n",
				(long long)c->results[0],
				(long long)c->results[1]);
	}
}

static bool parse_call(char *line, struct call *c)
{
	char *at = strchr(line, '(');

	if (!at)
		return false;
	*at++ = '\0';
	for (c->kind = 0; c->kind < calls_count; c->kind++)
		if (!strcmp(line, calls_info[c->kind].name))
			break;
	if (c->kind == calls_count)
		return false;
	for (uint32_t a = 0; a < arity(&calls_info[c->kind]); a++) {
		char *end;

		c->args[a] = (int64_t)strtoull(at, &end, 0);
		if (end == at || (*end != ',' && *end != ')'))
			return false;
		at = end + 1;
	}
	return *at == ';';
}

int program_parse(FILE *from, struct program *p)
{
	char line[256];
	int number = 0;

	*p = (struct program){ .is_lossy = true };
	while (fgets(line, sizeof(line), from)) {
		number++;
		if (line[0] == '\n' || line[0] == '/')
			continue;
		if (!strncmp(line, "safe;", 5)) {
			p->is_lossy = false;
			continue;
		}
		if (p->n == CALLS_MAX || !parse_call(line, &p->calls[p->n]))
			return number;
		p->n++;
	}
	return 0;
}
