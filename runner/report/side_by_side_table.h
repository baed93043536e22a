/* SPDX-License-Identifier: BSD-2-Clause */
/* For the files that show hosts side by side: side_by_side.c and side_by_side_tests.c, and nothing else. */
#ifndef RUNNER_REPORT_SIDE_BY_SIDE_TABLE_H
#define RUNNER_REPORT_SIDE_BY_SIDE_TABLE_H

#include <stdbool.h>
#include <stdio.h>

#include "runner/report/result_set.h"

/* A row for each configuration, a column for each host, and NULL where there is no result. */
struct side_table {
	const char **hosts, **configs;
	size_t host_count, config_count;
	int first_column;
	const struct result_entry **cells;
};

/* A column's width of @text. */
void side_by_side_cell(FILE *out, const char *text);
void side_by_side_tests(const struct side_table *t, bool verbose);

#endif
