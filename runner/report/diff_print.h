/* SPDX-License-Identifier: BSD-2-Clause */
/* What has changed for guests from one run to another, for people; the last line is for scripts as well. */
#ifndef RUNNER_REPORT_DIFF_PRINT_H
#define RUNNER_REPORT_DIFF_PRINT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "runner/report/diff_find.h"
#include "runner/report/result_set.h"

/*
 * Why nothing can be compared with these results, in one line; NULL if something can. The caller frees it. To be called
 * before a run whose only purpose is the comparison.
 */
char *diff_why_not(const struct result_set *before);

/* Returns the exit status. */
int diff_print(const struct result_set *before, const struct result_set *now, const struct diff_terms *terms,
	       FILE *out);
/* The same for programs: "comparison" in docs/report.schema.json. */
json_t *diff_json(const struct result_set *before, const struct result_set *now,
		  const struct diff_terms *terms);
/* What is different about the hosts, in lines for people. The caller frees it. */
char *diff_hosts_text(const struct result_set *before, const struct result_set *now,
		      const struct diff_terms *terms);

#endif
