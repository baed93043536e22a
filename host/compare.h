/* SPDX-License-Identifier: BSD-2-Clause */
/* What has changed for guests from one run to another, for people, with one line at the end for scripts. */
#ifndef HOST_COMPARE_H
#define HOST_COMPARE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "saved.h"

/* Exit statuses. */
enum compare_status {
	COMPARE_SAME_OR_BETTER = 0,
	COMPARE_WORSE = 1,
	COMPARE_IMPOSSIBLE = 2,
};

/*
 * Why nothing can be compared with these results, in one line; NULL if something can. The caller
 * frees it. To be asked before a run that would be for nothing.
 */
char *compare_why_not(const struct saved_results *before);

/* With @part, what @now lacks altogether was left out on purpose, and is not missed. */
enum compare_status compare_print(const struct saved_results *before, const struct saved_results *now,
				  bool part, FILE *out);
/* The same for programs: "comparison" in docs/report.schema.json. */
json_t *compare_json(const struct saved_results *before, const struct saved_results *now, bool part);

#endif
