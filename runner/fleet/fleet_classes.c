/* SPDX-License-Identifier: BSD-2-Clause */
/* Hosts with the same outcome are a class, and those that differ from most of their platform are its outliers. */
#include <stdlib.h>
#include <string.h>

#include "runner/common/alloc.h"
#include "runner/common/exit_status.h"
#include "runner/common/result.h"
#include "runner/fleet/fleet_parts.h"

const char *fleet_status_key(const json_t *outcome)
{
	switch (result_number(outcome, "status")) {
	case STATUS_PASSED:
		return "pass";
	case STATUS_FAILED:
		return "fail";
	case STATUS_NOTHING_VALIDATED:
		return "nothing_validated";
	default:
		return "cannot_run";
	}
}

/* How many configurations have which verdict. */
static json_t *count_configurations(const json_t *outcome)
{
	json_t *counts = json_pack("{s:i, s:i, s:i, s:i}", "pass", 0, "fail", 0, "error", 0, "skip", 0),
	       *value;
	const char *name;

	json_object_foreach(json_object_get(outcome, "configurations"), name, value) {
		const char *verdict = json_string_value(value);

		json_object_set_new(counts, verdict, json_integer(result_number(counts, verdict) + 1));
	}
	return counts;
}

/* Those of this outcome, which begin at @at. */
static struct fleet_cells cells_of(const struct fleet_cells *cells, size_t outcome, size_t at)
{
	struct fleet_cells of = {.all = &cells->all[at]};

	for (; at < cells->count && cells->all[at].outcome == outcome; at++) {
		of.count++;
		of.hosts += cells->all[at].hosts;
	}
	return of;
}

json_t *fleet_classes_json(const struct fleet *fleet, const struct fleet_cells *cells)
{
	json_t *classes = json_array(), *same = fleet_same_new(fleet), *outcome;
	size_t i, at = 0;

	json_array_foreach(fleet->outcomes, i, outcome) {
		struct fleet_cells of = cells_of(cells, i, at);
		json_t *common = fleet_common_new(fleet, same, &of);
		json_object_update_new(common,
				       json_pack("{s:s, s:I, s:o, s:O}", "verdict", fleet_status_key(outcome),
						 "hosts", (json_int_t)of.hosts, "configurations",
						 count_configurations(outcome), "failures",
						 json_object_get(outcome, "failures")));
		json_array_append_new(classes, common);
		at += of.count;
	}
	json_decref(same);
	return classes;
}

/* Of one platform: the cell that has more than half of its hosts, of at least three; or NULL. */
static const struct fleet_cell *find_majority(const struct fleet_cells *cells, size_t platform, size_t hosts)
{
	for (size_t i = 0; i < cells->count && hosts > 2; i++)
		if (cells->all[i].platform == platform && 2 * cells->all[i].hosts > hosts)
			return &cells->all[i];
	return NULL;
}

static json_t *names_of(const struct fleet *fleet, size_t outcome, size_t platform)
{
	json_t *names = json_array();

	for (size_t i = 0; i < fleet->count; i++)
		if (fleet->hosts[i].outcome == outcome && fleet->hosts[i].platform == platform)
			json_array_append_new(names, json_string(fleet->hosts[i].name));
	return names;
}

static json_t *make_outlier(const struct fleet *fleet, const struct fleet_cell *cell,
			    const struct fleet_cell *majority, size_t hosts)
{
	return json_pack("{s:o, s:I, s:I, s:I, s:I, s:I, s:o}", "hosts",
			 names_of(fleet, cell->outcome, cell->platform), "class", (json_int_t)cell->outcome,
			 "platform", (json_int_t)cell->platform, "majority_class",
			 (json_int_t)majority->outcome, "majority_hosts", (json_int_t)majority->hosts,
			 "platform_hosts", (json_int_t)hosts, "differences",
			 fleet_differences(json_array_get(fleet->outcomes, majority->outcome),
					   json_array_get(fleet->outcomes, cell->outcome)));
}

/* Those of most telling platforms first; of these the rarest. */
static int compare_outliers(const void *a, const void *b)
{
	const json_t *one = *(json_t *const *)a, *other = *(json_t *const *)b;
	long long more = result_number(other, "majority_hosts") - result_number(one, "majority_hosts");
	size_t hosts = json_array_size(json_object_get(one, "hosts")),
	       others = json_array_size(json_object_get(other, "hosts"));

	if (more)
		return more < 0 ? -1 : 1;
	if (hosts != others)
		return hosts < others ? -1 : 1;
	return (int)(result_number(one, "class") - result_number(other, "class"));
}

json_t *fleet_sorted(json_t *array, int (*compare)(const void *, const void *))
{
	size_t count = json_array_size(array), i;
	json_t **all = alloc_bytes(count * sizeof(json_t *)), *value, *made = json_array();

	json_array_foreach(array, i, value)
		all[i] = value;
	qsort(all, count, sizeof(json_t *), compare);
	for (i = 0; i < count; i++)
		json_array_append(made, all[i]);
	json_decref(array);
	free(all);
	return made;
}

json_t *fleet_outliers_json(const struct fleet *fleet, const struct fleet_cells *cells)
{
	size_t platforms = json_array_size(fleet->platforms);
	size_t *hosts = alloc_bytes(platforms * sizeof(*hosts));
	json_t *outliers = json_array();

	memset(hosts, 0, platforms * sizeof(*hosts));
	for (size_t i = 0; i < cells->count; i++)
		hosts[cells->all[i].platform] += cells->all[i].hosts;
	for (size_t i = 0; i < cells->count; i++) {
		const struct fleet_cell *cell = &cells->all[i];
		const struct fleet_cell *majority =
			2 * cell->hosts < hosts[cell->platform] ?
				find_majority(cells, cell->platform, hosts[cell->platform]) :
				NULL;

		if (majority)
			json_array_append_new(outliers,
					      make_outlier(fleet, cell, majority, hosts[cell->platform]));
	}
	free(hosts);
	return fleet_sorted(outliers, compare_outliers);
}
