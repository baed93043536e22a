/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An outcome is what a run says, but for what differs from run to run of the same host: times, numbers in messages, and
 * which tests were skipped. Hosts of a class have the same verdicts of all configurations, and the same failures.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "runner/common/alloc.h"
#include "runner/common/exit_status.h"
#include "runner/common/result.h"
#include "runner/common/text.h"
#include "runner/fleet/fleet.h"
#include "runner/report/report.h"

char *fleet_report_why_not(const json_t *report)
{
	long long schema = result_number(report, "schema");
	size_t hosts = json_array_size(json_object_get(report, "hosts"));

	if (!json_is_array(json_object_get(report, "results")) ||
	    !json_is_array(json_object_get(report, "failures")) ||
	    !json_is_array(json_object_get(report, "hosts")) || schema < 1)
		return text_format("it is no report of pvreport --json");
	if (schema > REPORT_SCHEMA)
		return text_format(
			"it was written by a newer version: its schema is %lld, and this one knows %d",
			schema, REPORT_SCHEMA);
	if (hosts > 1)
		return text_format("it is a report on %zu hosts, and a fleet has one for each host", hosts);
	return NULL;
}

/* "error" stands for what is no verdict. */
static const char *verdict_of(const json_t *object)
{
	return verdict_name(result_verdict(object));
}

static json_t *configurations_of(const json_t *report)
{
	json_t *configurations = json_object();
	const json_t *result;
	size_t i;

	json_array_foreach(json_object_get(report, "results"), i, result)
		json_object_set_new(configurations, result_string(result, "config"),
				    json_string(verdict_of(result)));
	return configurations;
}

static json_t *strings_of(const json_t *array)
{
	json_t *strings = json_array(), *value;
	size_t i;

	json_array_foreach(array, i, value)
		if (json_is_string(value))
			json_array_append(strings, value);
	return strings;
}

static json_t *failures_of(const json_t *report)
{
	json_t *failures = json_array();
	const json_t *failure;
	size_t i;

	json_array_foreach(json_object_get(report, "failures"), i, failure)
		json_array_append_new(failures, json_pack("{s:s, s:o, s:s, s:o, s:o}", "config",
							  result_string(failure, "config"), "test",
							  text_json_or_null(result_string(failure, "test")),
							  "verdict", verdict_of(failure), "reason",
							  text_json_or_null(result_string(failure, "reason")),
							  "messages",
							  strings_of(json_object_get(failure, "messages"))));
	return failures;
}

/* The status is made of what counts, as the text beside it might be anything. */
static json_t *status_of(const json_t *report)
{
	long long status = result_number(report, "status");

	if (!json_is_integer(json_object_get(report, "status")) ||
	    (status != STATUS_PASSED && status != STATUS_FAILED && status != STATUS_NOTHING_VALIDATED))
		status = STATUS_CANNOT_RUN;
	return json_integer(status);
}

json_t *fleet_outcome_make(const json_t *report, char **why)
{
	*why = fleet_report_why_not(report);
	if (*why)
		return NULL;
	return json_pack("{s:o, s:o, s:o}", "status", status_of(report), "configurations",
			 configurations_of(report), "failures", failures_of(report));
}

/* Each number is one "#". The caller frees it. */
static char *without_numbers(const char *text)
{
	char *plain = alloc_bytes(strlen(text) + 1), *to = plain;

	while (*text)
		if (isdigit((unsigned char)*text)) {
			*to++ = '#';
			while (isalnum((unsigned char)*text))
				text++;
		} else {
			*to++ = *text++;
		}
	*to = '\0';
	return plain;
}

char *fleet_failure_key(const json_t *failure)
{
	const char *test = result_string(failure, "test");
	char *reason = without_numbers(*test ? "" : result_string(failure, "reason"));
	char *key = text_format("%s\n%s\n%s", result_string(failure, "config"), test, reason);

	free(reason);
	return key;
}

char *fleet_outcome_key(const json_t *outcome)
{
	json_t *keys = json_object(), *whole;
	const json_t *failure;
	char *text;
	size_t i;

	json_array_foreach(json_object_get(outcome, "failures"), i, failure) {
		char *key = fleet_failure_key(failure);

		json_object_set(keys, key, json_object_get(failure, "verdict"));
		free(key);
	}
	whole = json_pack("[O, O, o]", json_object_get(outcome, "status"),
			  json_object_get(outcome, "configurations"), keys);
	text = json_dumps(whole, JSON_COMPACT | JSON_SORT_KEYS);
	json_decref(whole);
	return text;
}
