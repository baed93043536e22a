/* SPDX-License-Identifier: BSD-2-Clause */
/* What a series says: as a document for programs, and printed for people. */
#ifndef RUNNER_REPORT_SERIES_REPORT_H
#define RUNNER_REPORT_SERIES_REPORT_H

#include <jansson.h>
#include <stdio.h>

#include "runner/report/series_load.h"

/* docs/series.schema.json. The caller frees it; its "status" is the exit status. */
json_t *series_json(const struct series_set *set);
/* The same document for people: a line for each change. */
void series_print(const json_t *document, FILE *out);

#endif
