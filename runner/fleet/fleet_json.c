/* SPDX-License-Identifier: BSD-2-Clause */
/* docs/fleet.schema.json describes the document, which all forms of the report are made of. */
#include <stdlib.h>
#include <string.h>

#include "runner/common/alloc.h"
#include "runner/common/exit_status.h"
#include "runner/common/result.h"
#include "runner/common/text.h"
#include "runner/fleet/fleet_parts.h"
#include "runner/report/report.h"

#define FLEET_SCHEMA 1

static json_t *number_or_null(size_t number)
{
	return number == FLEET_NONE ? json_null() : json_integer((json_int_t)number);
}

static json_t *make_hosts(const struct fleet *fleet)
{
	json_t *hosts = json_array();

	for (size_t i = 0; i < fleet->count; i++) {
		const struct fleet_host *host = &fleet->hosts[i];

		json_array_append_new(hosts,
				      json_pack("{s:s, s:o, s:o, s:s?, s:o}", "name", host->name, "class",
						number_or_null(host->outcome), "platform",
						number_or_null(host->platform), "end", host->end, "message",
						text_json_or_null(host->message ? host->message : "")));
	}
	return hosts;
}

static json_t *make_totals(const struct fleet *fleet, const struct fleet_cells *cells)
{
	json_t *totals = json_pack("{s:I, s:i, s:i, s:i, s:i, s:I}", "hosts", (json_int_t)fleet->count,
				   "pass", 0, "fail", 0, "cannot_run", 0, "nothing_validated", 0, "no_result",
				   (json_int_t)(fleet->count - cells->hosts));

	for (size_t i = 0; i < cells->count; i++) {
		const char *key = fleet_status_key(json_array_get(fleet->outcomes, cells->all[i].outcome));

		json_object_set_new(totals, key,
				    json_integer(result_number(totals, key) +
						 (json_int_t)cells->all[i].hosts));
	}
	return totals;
}

/* A failure outranks what could not be run, or was not heard of, which outranks success. */
static int status_of(const json_t *totals, const json_t *problems)
{
	if (result_number(totals, "fail"))
		return STATUS_FAILED;
	if (result_number(totals, "cannot_run") || result_number(totals, "no_result") ||
	    json_array_size(problems))
		return STATUS_CANNOT_RUN;
	return result_number(totals, "pass") ? STATUS_PASSED : STATUS_NOTHING_VALIDATED;
}

/* Facts that all hosts share, and of each platform those in which it differs from others. */
static void add_platforms(json_t *document, const struct fleet *fleet)
{
	json_t *same = fleet_same_new(fleet), *platforms = json_array(), *facts, *value;
	const char *fact;
	size_t i;
	json_array_foreach(fleet->platforms, i, facts) {
		json_t *own = json_object();

		json_object_foreach(facts, fact, value)
			if (!json_object_get(same, fact))
				json_object_set(own, fact, value);
		json_array_append_new(platforms, own);
	}
	json_object_set_new(document, "same", same);
	json_object_set_new(document, "platforms", platforms);
}

/* By kind, in the order of fleet_ends. */
static json_t *make_missing(const struct fleet *fleet)
{
	json_t *missing = json_array();

	for (size_t kind = 0; fleet_ends[kind]; kind++) {
		json_t *hosts = json_array();

		for (size_t i = 0; i < fleet->count; i++)
			if (fleet->hosts[i].end && !strcmp(fleet->hosts[i].end, fleet_ends[kind]))
				json_array_append_new(hosts, json_string(fleet->hosts[i].name));
		if (json_array_size(hosts))
			json_array_append_new(missing, json_pack("{s:s, s:O}", "end", fleet_ends[kind],
								 "hosts", hosts));
		json_decref(hosts);
	}
	return missing;
}

json_t *fleet_json(const struct fleet *fleet, const struct fleet *before)
{
	struct fleet_cells cells;
	json_t *document, *totals;
	int status;

	fleet_cells_init(&cells, fleet);
	totals = make_totals(fleet, &cells);
	status = status_of(totals, fleet->problems);
	document = json_pack("{s:i, s:s, s:i, s:o, s:O, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "schema",
			     FLEET_SCHEMA, "verdict", report_status_name(status), "status", status, "totals",
			     totals, "problems", fleet->problems, "missing", make_missing(fleet), "outliers",
			     fleet_outliers_json(fleet, &cells), "classes", fleet_classes_json(fleet, &cells),
			     "failures", fleet_failures_json(fleet, &cells), "facts",
			     fleet_values_json(fleet, &cells), "hosts", make_hosts(fleet), "comparison",
			     before ? fleet_comparison_json(before, fleet) : json_null());
	add_platforms(document, fleet);
	fleet_cells_free(&cells);
	return document;
}
