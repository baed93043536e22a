/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A fact and its value split the hosts in two. How well that tells the wanted hosts from the others is the square of
 * the correlation of the two splits: 1, all wanted hosts have it and no others; 0, it tells nothing.
 */
#include "runner/fleet/fleet_explain.h"

#include <stdlib.h>
#include <string.h>

#include "runner/common/alloc.h"
#include "runner/common/text.h"

/* Below, most of what the fact seems to tell could be chance. */
#define LEAST_FIT 0.25
/* Two facts have to be so much better than one of them. */
#define PAIR_GAIN 0.15
/* Pairs are made of so many facts that tell best. */
#define PAIR_FACTS 12
/* So many other facts that tell the same are named. */
#define EQUALS_MAX 6

/* A fact that is different on each host tells nothing; and hosts may say anything. */
#define VALUES_OF_FACT 200
#define VALUES_MAX     1000

struct fact_value {
	const char *fact, *value; /* of a platform, which keeps them */
	size_t order; /* of its fact, when several tell the same */
	size_t hosts;
	bool *on; /* for each platform, whether it has it */
};

struct fleet_explainer {
	const struct fleet_cells *cells;
	size_t platform_count;
	struct fact_value *values;
	size_t count;
};

/* A split of all hosts: by having a fact, or two of them. */
struct split {
	size_t hosts, wanted; /* that have it, and are wanted as well */
	double fit;
};

static size_t order_of(const char *fact)
{
	size_t order = 0;

	while (fleet_facts[order] && strcmp(fleet_facts[order], fact) != 0)
		order++;
	return order;
}

/* Platforms of most hosts come first, so that the values of most hosts are kept. */
static bool has_room(const struct fleet_explainer *e, json_t *counts, const char *fact)
{
	json_int_t count = json_integer_value(json_object_get(counts, fact));

	if (count >= VALUES_OF_FACT || e->count >= VALUES_MAX)
		return false;
	json_object_set_new(counts, fact, json_integer(count + 1));
	return true;
}

/* @counts: fact -> how many values it has. */
static void add_platform(struct fleet_explainer *e, json_t *numbers, json_t *counts, size_t platform,
			 json_t *facts)
{
	const char *fact;
	json_t *value;

	json_object_foreach(facts, fact, value) {
		char *key = text_format("%s\n%s", fact, json_string_value(value));
		const json_t *number = json_object_get(numbers, key);
		size_t at = number ? (size_t)json_integer_value(number) : e->count;

		if (!number && has_room(e, counts, fact)) {
			json_object_set_new(numbers, key, json_integer((json_int_t)at));
			e->values = alloc_grow(e->values, e->count++, sizeof(*e->values));
			e->values[at] = (struct fact_value){
				.fact = fact,
				.value = json_string_value(value),
				.order = order_of(fact),
				.on = alloc_bytes(e->platform_count),
			};
			memset(e->values[at].on, 0, e->platform_count);
		}
		if (at < e->count)
			e->values[at].on[platform] = true;
		free(key);
	}
}

struct fleet_explainer *fleet_explainer_new(const struct fleet *fleet, const struct fleet_cells *cells)
{
	struct fleet_explainer *e = alloc_bytes(sizeof(*e));
	json_t *numbers = json_object(), *counts = json_object(), *facts;
	size_t platform;

	*e = (struct fleet_explainer){.cells = cells, .platform_count = json_array_size(fleet->platforms)};
	json_array_foreach(fleet->platforms, platform, facts)
		add_platform(e, numbers, counts, platform, facts);
	json_decref(numbers);
	json_decref(counts);
	for (size_t v = 0; v < e->count; v++)
		for (size_t i = 0; i < cells->count; i++)
			if (e->values[v].on[cells->all[i].platform])
				e->values[v].hosts += cells->all[i].hosts;
	return e;
}

void fleet_explainer_free(struct fleet_explainer *e)
{
	for (size_t i = 0; i < e->count; i++)
		free(e->values[i].on);
	free(e->values);
	free(e);
}

static struct split make_split(const struct fleet_explainer *e, const bool *wanted, size_t all_wanted,
			       const struct fact_value *one, const struct fact_value *other)
{
	struct split split = {0};
	double with, without, good, bad, more = 0;

	for (size_t i = 0; i < e->cells->count; i++) {
		const struct fleet_cell *cell = &e->cells->all[i];

		if (!one->on[cell->platform] || (other && !other->on[cell->platform]))
			continue;
		split.hosts += cell->hosts;
		split.wanted += wanted[cell->outcome] ? cell->hosts : 0;
	}
	with = (double)split.hosts;
	without = (double)(e->cells->hosts - split.hosts);
	bad = (double)all_wanted;
	good = (double)(e->cells->hosts - all_wanted);
	if (with > 0 && without > 0 && bad > 0 && good > 0)
		more = (double)split.wanted * (double)e->cells->hosts - with * bad;
	if (more > 0)
		split.fit = more * more / (with * without * bad * good);
	return split;
}

static bool is_better(const struct fact_value *one, double fit, const struct fact_value *other,
		      double other_fit)
{
	return fit > other_fit + 1e-9 || (fit > other_fit - 1e-9 && one->order < other->order);
}

static json_t *name_of(const struct fact_value *value)
{
	return json_pack("{s:s, s:s}", "fact", value->fact, "value", value->value);
}

static json_t *make_explanation(const struct fleet_explainer *e, const struct split *split, size_t all_wanted,
				json_t *facts, json_t *equals)
{
	return json_pack("{s:o, s:o, s:{s:I, s:I}, s:{s:I, s:I}}", "facts", facts, "equals", equals, "with",
			 "hosts", (json_int_t)split->hosts, "failed", (json_int_t)split->wanted, "without",
			 "hosts", (json_int_t)(e->cells->hosts - split->hosts), "failed",
			 (json_int_t)(all_wanted - split->wanted));
}

/* Other facts that the same hosts have. */
static json_t *equals_of(const struct fleet_explainer *e, const struct fact_value *best)
{
	json_t *equals = json_array();

	for (size_t i = 0; i < e->count && json_array_size(equals) < EQUALS_MAX; i++)
		if (&e->values[i] != best && e->values[i].hosts == best->hosts &&
		    !memcmp(e->values[i].on, best->on, e->platform_count))
			json_array_append_new(equals, name_of(&e->values[i]));
	return equals;
}

struct ranking {
	const struct fact_value *best[PAIR_FACTS];
	struct split splits[PAIR_FACTS];
	size_t count;
};

static void rank(struct ranking *r, const struct fact_value *value, const struct split *split)
{
	size_t at = r->count < PAIR_FACTS ? r->count++ : PAIR_FACTS;

	while (at && is_better(value, split->fit, r->best[at - 1], r->splits[at - 1].fit)) {
		at--;
		if (at + 1 < PAIR_FACTS) {
			r->best[at + 1] = r->best[at];
			r->splits[at + 1] = r->splits[at];
		}
	}
	if (at < PAIR_FACTS) {
		r->best[at] = value;
		r->splits[at] = *split;
	}
}

/* NULL: no pair tells so much better than the best fact. */
static json_t *explain_by_pair(const struct fleet_explainer *e, const bool *wanted, size_t all_wanted,
			       const struct ranking *r)
{
	double least = r->splits[0].fit + PAIR_GAIN;
	const struct fact_value *one = NULL, *other = NULL;
	struct split best = {.fit = least > LEAST_FIT ? least : LEAST_FIT};

	for (size_t i = 0; i < r->count; i++)
		for (size_t j = i + 1; j < r->count; j++) {
			struct split split = make_split(e, wanted, all_wanted, r->best[i], r->best[j]);

			if (split.fit <= best.fit + 1e-9)
				continue;
			best = split;
			one = r->best[i];
			other = r->best[j];
		}
	if (!one)
		return NULL;
	if (one->order > other->order) {
		const struct fact_value *first = other;

		other = one;
		one = first;
	}
	return make_explanation(e, &best, all_wanted, json_pack("[o, o]", name_of(one), name_of(other)),
				json_array());
}

json_t *fleet_explain(const struct fleet_explainer *e, const bool *wanted)
{
	struct ranking r = {0};
	size_t all_wanted = 0;
	json_t *explanation;

	for (size_t i = 0; i < e->cells->count; i++)
		all_wanted += wanted[e->cells->all[i].outcome] ? e->cells->all[i].hosts : 0;
	for (size_t i = 0; i < e->count; i++) {
		struct split split = make_split(e, wanted, all_wanted, &e->values[i], NULL);

		if (split.fit > 0)
			rank(&r, &e->values[i], &split);
	}
	if (!r.count)
		return json_null();
	explanation = explain_by_pair(e, wanted, all_wanted, &r);
	if (explanation)
		return explanation;
	if (r.splits[0].fit < LEAST_FIT)
		return json_null();
	return make_explanation(e, &r.splits[0], all_wanted, json_pack("[o]", name_of(r.best[0])),
				equals_of(e, r.best[0]));
}
