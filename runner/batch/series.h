/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * --series: the same configurations on every kernel of a range, oldest first, on each of the named hosts; and then which
 * release changed what. pvreport finds the changes; what ran is in a folder, where an interrupted series goes on.
 */
#ifndef RUNNER_BATCH_SERIES_H
#define RUNNER_BATCH_SERIES_H

#include "runner/batch/batch.h"
#include "runner/batch/host_list.h"
#include "runner/batch/progress.h"

struct series_run {
	const struct batch *batch;
	const struct selection *selection;
	struct progress *progress;
	const struct host_list *hosts; /* without a kernel in their names */
};

/* Finds mistakes on the command line, and ends the program then. */
void series_check(const struct batch *batch);
/* Returns the status: 0 nothing got worse from one kernel to the next; 1 something did; 2 nothing could run on one of the hosts. */
int series_run(const struct series_run *run);

#endif
