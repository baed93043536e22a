/* SPDX-License-Identifier: BSD-2-Clause */
/* What changed from one run of a fleet to another, host by host; hosts that changed in the same way are told once. */
#include <stdlib.h>
#include <string.h>

#include "runner/common/exit_status.h"
#include "runner/common/result.h"
#include "runner/common/text.h"
#include "runner/fleet/fleet_parts.h"

struct comparison {
	const struct fleet *before, *now;
	json_t *changes; /* key -> change */
	json_t *pairs; /* "OUTCOME OUTCOME" -> differences, made once */
};

/* name -> number of the host. */
static json_t *index_hosts(const struct fleet *fleet)
{
	json_t *numbers = json_object();

	for (size_t i = 0; i < fleet->count; i++)
		json_object_set_new(numbers, fleet->hosts[i].name, json_integer((json_int_t)i));
	return numbers;
}

static const struct fleet_host *find(const struct fleet *fleet, const json_t *numbers, const char *name)
{
	const json_t *number = json_object_get(numbers, name);

	return number ? &fleet->hosts[json_integer_value(number)] : NULL;
}

static bool has_result(const struct fleet_host *host)
{
	return host && host->outcome != FLEET_NONE;
}

static json_t *facts_of(const struct fleet *fleet, const struct fleet_host *host)
{
	return has_result(host) ? json_array_get(fleet->platforms, host->platform) : NULL;
}

/* A reference that the comparison keeps. */
static json_t *differences_of(struct comparison *c, const struct fleet_host *old,
			      const struct fleet_host *new)
{
	char *pair = text_format("%zu %zu", old->outcome, new->outcome);
	json_t *differences = json_object_get(c->pairs, pair);

	if (!differences) {
		differences = fleet_differences(json_array_get(c->before->outcomes, old->outcome),
						json_array_get(c->now->outcomes, new->outcome));
		json_object_set_new(c->pairs, pair, differences);
	}
	free(pair);
	return differences;
}

/* Facts that have changed on the first host of a change, and have the same value now on all others, where they changed, too. */
static void keep_facts(json_t *change, const json_t *old, const json_t *new)
{
	json_t *facts = json_object_get(change, "facts"), *value;
	bool first = !facts;
	const char *fact;
	void *after;

	if (first) {
		facts = json_object();
		json_object_set_new(change, "facts", facts);
		json_object_foreach((json_t *)new, fact, value)
			if (old && !json_equal(json_object_get(old, fact), value))
				json_object_set_new(facts, fact,
						    json_pack("{s:O?, s:O}", "before",
							      json_object_get(old, fact), "now", value));
		return;
	}
	json_object_foreach_safe(facts, after, fact, value)
	{
		const json_t *was = json_object_get(old, fact), *is = json_object_get(new, fact);

		if (!json_equal(json_object_get(value, "now"), is) || json_equal(was, is))
			json_object_del(facts, fact);
		else if (!json_equal(json_object_get(value, "before"), was))
			json_object_set_new(value, "before", json_null());
	}
}

static void add(struct comparison *c, const char *kind, const char *means, json_t *differences,
		const char *name, const json_t *old, const json_t *new)
{
	char *listed = differences ? json_dumps(differences, JSON_COMPACT) : NULL;
	char *key = text_format("%s\n%s", kind, listed ? listed : "");
	json_t *change = json_object_get(c->changes, key);

	if (!change) {
		change = json_pack("{s:s, s:s, s:[], s:O?}", "kind", kind, "means", means, "hosts",
				   "differences", differences);
		json_object_set_new(c->changes, key, change);
	}
	keep_facts(change, old, new);
	json_array_append_new(json_object_get(change, "hosts"), json_string(name));
	free(key);
	free(listed);
}

/* @old or @new may be NULL. */
static void compare_host(struct comparison *c, const char *name, const struct fleet_host *old,
			 const struct fleet_host *new)
{
	const json_t *before = facts_of(c->before, old), *now = facts_of(c->now, new);
	json_t *differences;

	if (!old) {
		add(c, "new host", "other", NULL, name, NULL, NULL);
	} else if (!new) {
		add(c, "gone host", has_result(old) ? "worse" : "other", NULL, name, NULL, NULL);
	} else if (has_result(old) && has_result(new)) {
		differences = differences_of(c, old, new);
		if (json_array_size(differences))
			add(c, "changed", fleet_differences_mean(differences), differences, name, before,
			    now);
	} else if (has_result(old)) {
		add(c, "no result any more", "worse", NULL, name, NULL, NULL);
	} else if (has_result(new)) {
		add(c, "result again", "better", NULL, name, NULL, NULL);
	}
}

/* Worse, better, other; those of most hosts first. */
static int compare_changes(const void *a, const void *b)
{
	static const char *const order[] = {"worse", "better", "other"};
	const json_t *one = *(json_t *const *)a, *other = *(json_t *const *)b;
	int rank = text_index(order, 3, result_string(one, "means")) -
		   text_index(order, 3, result_string(other, "means"));
	size_t hosts = json_array_size(json_object_get(one, "hosts")),
	       others = json_array_size(json_object_get(other, "hosts"));

	return rank ? rank : hosts > others ? -1 : hosts < others;
}

static json_t *outcome_keys(const struct fleet *fleet)
{
	json_t *keys = json_object(), *outcome;
	size_t i;

	json_array_foreach(fleet->outcomes, i, outcome) {
		char *key = fleet_outcome_key(outcome);

		json_object_set_new(keys, key, json_true());
		free(key);
	}
	return keys;
}

/* Numbers of outcomes that @other does not have. */
static json_t *new_classes(const struct fleet *fleet, const struct fleet *other)
{
	json_t *known = outcome_keys(other), *new = json_array(), *outcome;
	size_t i;

	json_array_foreach(fleet->outcomes, i, outcome) {
		char *key = fleet_outcome_key(outcome);

		if (!json_object_get(known, key))
			json_array_append_new(new, json_integer((json_int_t)i));
		free(key);
	}
	json_decref(known);
	return new;
}

static json_t *sorted_changes(json_t *by_key)
{
	json_t *all = json_array(), *change;
	const char *key;

	json_object_foreach(by_key, key, change)
		json_array_append(all, change);
	return fleet_sorted(all, compare_changes);
}

static const char *verdict_of(const struct comparison *c, const json_t *changes)
{
	const char *first = result_string(json_array_get(changes, 0), "means");

	if (!json_array_size(c->before->outcomes) || !json_array_size(c->now->outcomes))
		return "CANNOT COMPARE";
	return !strcmp(first, "worse") ? "WORSE" : !strcmp(first, "better") ? "BETTER" : "SAME";
}

json_t *fleet_comparison_json(const struct fleet *before, const struct fleet *now)
{
	struct comparison c = {before, now, json_object(), json_object()};
	json_t *old = index_hosts(before), *new = index_hosts(now), *changes, *made;
	const char *verdict;

	for (size_t i = 0; i < now->count; i++)
		compare_host(&c, now->hosts[i].name, find(before, old, now->hosts[i].name), &now->hosts[i]);
	for (size_t i = 0; i < before->count; i++)
		if (!find(now, new, before->hosts[i].name))
			compare_host(&c, before->hosts[i].name, &before->hosts[i], NULL);
	changes = sorted_changes(c.changes);
	verdict = verdict_of(&c, changes);
	made = json_pack("{s:s, s:i, s:o, s:o, s:I}", "verdict", verdict, "status",
			 !strcmp(verdict, "WORSE")	    ? STATUS_FAILED :
			 !strcmp(verdict, "CANNOT COMPARE") ? STATUS_CANNOT_RUN :
							      STATUS_PASSED,
			 "changes", changes, "new_classes", new_classes(now, before), "hosts_before",
			 (json_int_t)before->count);
	json_decref(old);
	json_decref(new);
	json_decref(c.changes);
	json_decref(c.pairs);
	return made;
}
