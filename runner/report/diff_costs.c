/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/report/diff_costs.h"

#include <stddef.h>
#include <string.h>

#include "runner/common/result.h"
#include "runner/common/text.h"

/* Results may come from anywhere. What is beyond takes years. */
#define CYCLES_MAX (1ll << 56)

const json_t *diff_cost_of(const json_t *costs, const char *operation)
{
	const json_t *cost;
	size_t i;

	json_array_foreach(costs, i, cost)
		if (!strcmp(result_string(cost, "operation"), operation))
			return cost;
	return NULL;
}

static void describe(struct cost_change *change, long long before, long long now, const char *unit)
{
	change->more = now > before;
	change->before = text_format("%lld %s%s", before, unit, before == 1 ? "" : "s");
	change->now = text_format("%lld %s%s", now, unit, now == 1 ? "" : "s");
}

static bool exits_of(const json_t *cost, long long *exits)
{
	*exits = result_count(cost, "exits");
	return json_is_integer(json_object_get(cost, "exits"));
}

bool diff_cost(const json_t *before, const json_t *now, long percent, struct cost_change *change)
{
	long long was, is, apart;

	if (exits_of(before, &was) && exits_of(now, &is) && was != is) {
		describe(change, was, is, "exit");
		return true;
	}
	was = result_count(before, "median_cycles");
	is = result_count(now, "median_cycles");
	apart = was < is ? is - was : was - is;
	if (!percent || !was || was > CYCLES_MAX || apart / percent <= was / 100)
		return false;
	describe(change, was, is, "cycle");
	return true;
}

static bool is_hardware(const struct result_entry *r)
{
	const char *words = result_string(json_object_get(r->rest, "guest"), "command_line"), *end;

	for (; *words; words = end + (*end == ' ')) {
		end = words + strcspn(words, " ");
		if (!strncmp(words, "host-is-virtual=off", (size_t)(end - words)) &&
		    end - words == (ptrdiff_t)strlen("host-is-virtual=off"))
			return true;
	}
	return false;
}

bool diff_costs_on_hardware(const struct pair *p)
{
	return p->before && p->now && is_hardware(p->before) && is_hardware(p->now);
}
