/* SPDX-License-Identifier: BSD-2-Clause */
/* Repetitions on this machine: all selected configurations again and again. */
#ifndef RUNNER_BATCH_REPEAT_HERE_H
#define RUNNER_BATCH_REPEAT_HERE_H

#include "runner/batch/vm_jobs.h"

/*
 * @runs: what a single repetition is. Its counts go to soak.json in its folder of results, beside logs that are kept; but not
 * inside of a nested host, where each run is an event. Prints the report, unless RESULTS= says that there is none. Returns the status.
 */
int repeat_here(const struct vm_runs *runs);

#endif
