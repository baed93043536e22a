/* SPDX-License-Identifier: BSD-2-Clause */
/* Parts of the document that docs/fleet.schema.json describes. */
#ifndef RUNNER_FLEET_FLEET_PARTS_H
#define RUNNER_FLEET_FLEET_PARTS_H

#include <jansson.h>
#include <stdbool.h>

#include "runner/fleet/fleet.h"

/* Facts that all hosts of the fleet share. */
json_t *fleet_same_new(const struct fleet *fleet);
/* What the platforms of these cells, of which there is one, share. Parameters in @same, of fleet_same_new(), are left out. */
json_t *fleet_common_new(const struct fleet *fleet, const json_t *same, const struct fleet_cells *of);

/* The differences of two outcomes: {"config", "test", "before", "now", "messages"}, of which the first are worse. */
json_t *fleet_differences(const json_t *before, const json_t *now);
/* "worse", "better" or "other": what a list of those means. */
const char *fleet_differences_mean(const json_t *differences);

/* @array, which is taken over, in another order. A new reference. */
json_t *fleet_sorted(json_t *array, int (*compare)(const void *, const void *));

json_t *fleet_classes_json(const struct fleet *fleet, const struct fleet_cells *cells);
json_t *fleet_outliers_json(const struct fleet *fleet, const struct fleet_cells *cells);
json_t *fleet_failures_json(const struct fleet *fleet, const struct fleet_cells *cells);
json_t *fleet_values_json(const struct fleet *fleet, const struct fleet_cells *cells);
json_t *fleet_comparison_json(const struct fleet *before, const struct fleet *now);

/* docs/fleet.schema.json. @before: the baseline, or NULL. A new reference. */
json_t *fleet_json(const struct fleet *fleet, const struct fleet *before);

/* "pass", "fail", "cannot_run" or "nothing_validated". */
const char *fleet_status_key(const json_t *outcome);

#endif
