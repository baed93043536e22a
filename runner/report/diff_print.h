/* SPDX-License-Identifier: BSD-2-Clause */
/* What has changed for guests from one run to another, for people, with one line at the end for scripts. */
#ifndef RUNNER_REPORT_DIFF_PRINT_H
#define RUNNER_REPORT_DIFF_PRINT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "runner/report/result_set.h"

/* Exit statuses. */
enum diff_status {
	DIFF_SAME_OR_BETTER = 0,
	DIFF_WORSE = 1,
	DIFF_IMPOSSIBLE = 2,
};

/*
 * Why nothing can be compared with these results, in one line; NULL if something can. The caller
 * frees it. To be asked before a run that would be for nothing.
 */
char *diff_why_not(const struct result_set *before);

/* With @part, what @now lacks altogether was left out on purpose, and is not missed. */
enum diff_status diff_print(const struct result_set *before, const struct result_set *now, bool part,
			    FILE *out);
/* The same for programs: "comparison" in docs/report.schema.json. */
json_t *diff_json(const struct result_set *before, const struct result_set *now, bool part);

#endif
