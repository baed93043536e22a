/* SPDX-License-Identifier: BSD-2-Clause */
/* Two outcomes, of one host at two times, or of two hosts: what fails in one of them, and what ran in one of them alone. */
#include <stdlib.h>
#include <string.h>

#include "runner/common/result.h"
#include "runner/common/verdict.h"
#include "runner/fleet/fleet_parts.h"

static json_t *index_failures(const json_t *outcome)
{
	json_t *by_key = json_object(), *failure;
	size_t i;

	json_array_foreach(json_object_get(outcome, "failures"), i, failure) {
		char *key = fleet_failure_key(failure);

		json_object_set(by_key, key, failure);
		free(key);
	}
	return by_key;
}

static bool ran(const json_t *outcome, const char *config)
{
	const char *verdict = result_string(json_object_get(outcome, "configurations"), config);

	return *verdict && strcmp(verdict, verdict_name(VERDICT_SKIP)) != 0;
}

static bool is_error(const json_t *verdict)
{
	return !strcmp(json_string_value(verdict), verdict_name(VERDICT_ERROR));
}

static void add(json_t *differences, const char *means, const json_t *failure, const char *before,
		const char *now)
{
	json_array_append_new(differences, json_pack("{s:s, s:O, s:O, s:s?, s:s?, s:O, s:O}", "means", means,
						     "config", json_object_get(failure, "config"), "test",
						     json_object_get(failure, "test"), "before", before,
						     "now", now, "reason", json_object_get(failure, "reason"),
						     "messages", json_object_get(failure, "messages")));
}

/* Of a configuration as a whole. */
static void add_config(json_t *differences, const char *means, const char *config, const char *before,
		       const char *now)
{
	json_array_append_new(differences,
			      json_pack("{s:s, s:s, s:n, s:s?, s:s?, s:n, s:[]}", "means", means, "config",
					config, "test", "before", before, "now", now, "reason", "messages"));
}

static void add_failures(json_t *differences, const json_t *before, const json_t *now)
{
	json_t *old = index_failures(before), *new = index_failures(now), *failure;
	const char *key;

	json_object_foreach(new, key, failure)
		if (!json_object_get(old, key))
			add(differences, "worse", failure, NULL, result_string(failure, "verdict"));
		else if (!json_equal(json_object_get(json_object_get(old, key), "verdict"),
				     json_object_get(failure, "verdict")))
			add(differences, "other", failure,
			    result_string(json_object_get(old, key), "verdict"),
			    result_string(failure, "verdict"));
	json_object_foreach(old, key, failure)
		if (!json_object_get(new, key))
			add(differences, ran(now, result_string(failure, "config")) ? "better" : "other",
			    failure, result_string(failure, "verdict"), NULL);
	json_decref(old);
	json_decref(new);
}

json_t *fleet_differences(const json_t *before, const json_t *now)
{
	json_t *old = json_object_get(before, "configurations"),
	       *new = json_object_get(now, "configurations");
	json_t *differences = json_array(), *value;
	const char *config;

	add_failures(differences, before, now);
	json_object_foreach(old, config, value)
		if (ran(before, config) && !ran(now, config))
			add_config(differences, "worse", config, json_string_value(value),
				   json_string_value(json_object_get(new, config)));
	json_object_foreach(new, config, value)
		if (!ran(before, config) && ran(now, config) && !is_error(value))
			add_config(differences, "better", config,
				   json_string_value(json_object_get(old, config)), json_string_value(value));
	return differences;
}

const char *fleet_differences_mean(const json_t *differences)
{
	const char *means = "other";
	const json_t *difference;
	size_t i;

	json_array_foreach(differences, i, difference) {
		if (!strcmp(result_string(difference, "means"), "worse"))
			return "worse";
		if (!strcmp(result_string(difference, "means"), "better"))
			means = "better";
	}
	return means;
}
