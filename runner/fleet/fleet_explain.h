/* SPDX-License-Identifier: BSD-2-Clause */
/* Which facts of hosts tell those with some outcomes from the others. */
#ifndef RUNNER_FLEET_FLEET_EXPLAIN_H
#define RUNNER_FLEET_FLEET_EXPLAIN_H

#include <jansson.h>
#include <stdbool.h>

#include "runner/fleet/fleet.h"

struct fleet_explainer; /* private */

struct fleet_explainer *fleet_explainer_new(const struct fleet *fleet, const struct fleet_cells *cells);
void fleet_explainer_free(struct fleet_explainer *explainer);

/*
 * @wanted: for each outcome, whether it is one of those. "explanation" of docs/fleet.schema.json: the fact that tells best, or
 * two facts where these tell much better; null: no fact tells.
 */
json_t *fleet_explain(const struct fleet_explainer *explainer, const bool *wanted);

#endif
