/* SPDX-License-Identifier: BSD-2-Clause */
/* What operations cost in two runs ("cost" in docs/result.schema.json). */
#ifndef RUNNER_REPORT_DIFF_COSTS_H
#define RUNNER_REPORT_DIFF_COSTS_H

#include <jansson.h>
#include <stdbool.h>

#include "runner/report/diff_pairs.h"

struct cost_change {
	bool more;
	char *before, *now; /* "1 exit", "2 exits"; the caller frees them */
};

/* The cost of @operation among @costs, which may be NULL. NULL: it was not measured. */
const json_t *diff_cost_of(const json_t *costs, const char *operation);

/*
 * Exits differ; or, unless @percent is 0, the median of cycles differs by more than @percent of the one before. False: they
 * do not, or nothing tells.
 */
bool diff_cost(const json_t *before, const json_t *now, long percent, struct cost_change *change);

/* Neither run's host was itself emulated or a VM, whose cycles are another machine's. */
bool diff_costs_on_hardware(const struct pair *p);

#endif
