/* SPDX-License-Identifier: BSD-2-Clause */
/* A series while it runs, and its rounds: what runs at the same time. */
#ifndef RUNNER_BATCH_SERIES_ROUND_H
#define RUNNER_BATCH_SERIES_ROUND_H

#include <stdbool.h>

#include "runner/batch/series.h"
#include "runner/batch/series_kernels.h"

struct series {
	const struct series_run *run;
	char *folder;
	json_t *catalogue, *tests;
	struct series_column *columns;
	size_t column_count;
	json_t *report; /* of what has run so far: docs/series.schema.json */
	size_t runs; /* hosts that ran, this time */
};

/* FOLDER/HOST of a kernel. The caller frees it. */
char *series_kernel_folder(const struct series *s, const struct series_column *column, size_t kernel);
/* Its package's version: "" if the catalogue has none. */
const char *series_kernel_package(const struct series_column *column, size_t kernel);
/* FOLDER/series: what pvreport --series reads. Ends the program if it cannot be written. */
void series_write_state(const struct series *s);

/*
 * Builds hosts for the kernels that are next, runs them, and notes what became of each. Returns false when all has run, or when a signal,
 * *@interrupted, has ended it.
 */
bool series_round(struct series *s, int *interrupted);

#endif
