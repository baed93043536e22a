/* SPDX-License-Identifier: BSD-2-Clause */
/* How hosts fare by kernel, by QEMU and so on: by each fact in which any two of the fleet's hosts differ. */
#include <stdlib.h>

#include "runner/common/result.h"
#include "runner/fleet/fleet_parts.h"

/* KVM has some fifty parameters, and hosts may say anything. */
#define FACTS_MAX 500

/* A platform's hosts with their verdicts, added to those of the fact's value. */
static void add(json_t *values, const char *value, const char *verdict, size_t hosts)
{
	json_t *counts = json_object_get(values, value);

	if (!counts) {
		counts = json_pack("{s:s, s:i, s:i, s:i, s:i, s:i}", "value", value, "hosts", 0, "pass", 0,
				   "fail", 0, "cannot_run", 0, "nothing_validated", 0);
		json_object_set_new(values, value, counts);
	}
	json_object_set_new(counts, verdict,
			    json_integer(result_number(counts, verdict) + (json_int_t)hosts));
	json_object_set_new(counts, "hosts",
			    json_integer(result_number(counts, "hosts") + (json_int_t)hosts));
}

/* Those on which most hosts fail first; of these, those of most hosts. */
static int compare_values(const void *a, const void *b)
{
	const json_t *one = *(json_t *const *)a, *other = *(json_t *const *)b;
	long long fail = result_number(other, "fail") - result_number(one, "fail");
	long long hosts = result_number(other, "hosts") - result_number(one, "hosts");

	return fail ? (fail < 0 ? -1 : 1) : (hosts > 0) - (hosts < 0);
}

static json_t *all_facts(const struct fleet *fleet)
{
	json_t *all = json_object(), *facts, *value;
	const char *fact;
	size_t i;

	for (i = 0; fleet_facts[i]; i++)
		json_object_set_new(all, fleet_facts[i], json_true());
	json_array_foreach(fleet->platforms, i, facts)
		json_object_foreach(facts, fact, value)
			if (json_object_size(all) < FACTS_MAX)
				json_object_set_new(all, fact, json_true());
	return all;
}

static json_t *values_of(const struct fleet *fleet, const struct fleet_cells *cells, const char *fact)
{
	json_t *by_value = json_object(), *values = json_array(), *counts;
	const char *value;

	for (size_t i = 0; i < cells->count; i++) {
		const struct fleet_cell *cell = &cells->all[i];

		add(by_value, result_string(json_array_get(fleet->platforms, cell->platform), fact),
		    fleet_status_key(json_array_get(fleet->outcomes, cell->outcome)), cell->hosts);
	}
	json_object_foreach(by_value, value, counts) {
		/* "" is never a value: not known. */
		if (!*value)
			json_object_set_new(counts, "value", json_null());
		json_array_append(values, counts);
	}
	json_decref(by_value);
	return fleet_sorted(values, compare_values);
}

/* A text that is the same for facts that split the fleet in the same way. The caller frees it. */
static char *split_key(const struct fleet *fleet, const char *fact)
{
	json_t *numbers = json_object(), *key = json_array();
	const json_t *facts;
	char *text;
	size_t i;

	json_array_foreach(fleet->platforms, i, facts) {
		const char *value = result_string(facts, fact);

		if (!json_object_get(numbers, value))
			json_object_set_new(numbers, value,
					    json_integer((json_int_t)json_object_size(numbers)));
		json_array_append(key, json_object_get(numbers, value));
	}
	text = json_dumps(key, JSON_COMPACT);
	json_decref(key);
	json_decref(numbers);
	return text;
}

json_t *fleet_values_json(const struct fleet *fleet, const struct fleet_cells *cells)
{
	json_t *all = all_facts(fleet), *made = json_array(), *by_split = json_object(), *ignored;
	const char *fact;

	json_object_foreach(all, fact, ignored) {
		json_t *values = values_of(fleet, cells, fact);
		char *split = split_key(fleet, fact);

		if (json_array_size(values) > 1) {
			json_array_append_new(made,
					      json_pack("{s:s, s:O?, s:O}", "fact", fact, "like",
							json_object_get(by_split, split), "values", values));
			if (!json_object_get(by_split, split))
				json_object_set_new(by_split, split, json_string(fact));
		}
		json_decref(values);
		free(split);
	}
	json_decref(all);
	json_decref(by_split);
	return made;
}
