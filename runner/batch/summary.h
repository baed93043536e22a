/* SPDX-License-Identifier: BSD-2-Clause */
/* The end of a run: pvreport's report on what is in the results folder. */
#ifndef RUNNER_BATCH_SUMMARY_H
#define RUNNER_BATCH_SUMMARY_H

#include <stdbool.h>

#include "runner/batch/batch.h"
#include "runner/batch/host_list.h"

struct summary {
	const struct batch *batch;
	const struct selection *selection;
	const struct host_list *hosts;
	const char *results;
	bool interrupted; /* what never began is no failure then */
};

/*
 * Prints the report, with @compare also the comparison, and leaves it in other forms among the results. Returns pvreport's
 * exit status.
 */
int summary_print(const struct summary *s, bool compare);

#endif
