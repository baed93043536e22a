/* SPDX-License-Identifier: BSD-2-Clause */
/* Configurations on nested hosts: boots of them, shared out over the jobs. */
#ifndef RUNNER_BATCH_HOST_JOBS_H
#define RUNNER_BATCH_HOST_JOBS_H

#include "runner/batch/host_boot.h"

struct host_outcome {
	int interrupted; /* by this signal, or 0 */
	size_t ended, total; /* configurations, on all hosts */
	struct host_boot *boots;
	size_t boot_count;
	bool incomplete; /* not all that was heard of the hosts could be written down, which has been said */
};

struct host_outcome host_jobs_run(struct host_runs *runs);
/*
 * Tests may all pass on a host whose kernel complained meanwhile, or which died after them. Says so, and returns what
 * becomes of @status.
 */
int host_jobs_judge(const struct host_runs *runs, const struct host_outcome *outcome, int status);
void host_outcome_free(struct host_outcome *outcome);

#endif
