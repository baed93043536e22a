/* SPDX-License-Identifier: BSD-2-Clause */
/* Configurations on this machine: one pvrun for each. */
#ifndef RUNNER_BATCH_VM_JOBS_H
#define RUNNER_BATCH_VM_JOBS_H

#include "runner/batch/batch.h"
#include "runner/batch/progress.h"
#include "runner/batch/select.h"

struct vm_runs {
	const struct batch *batch;
	const struct selection *selection;
	struct progress *progress;
	const char *results; /* a folder */
	const char *accel; /* "kvm" or "tcg": of configurations that do not say */
	const char *no_kvm; /* nothing is run, and this is why; else NULL */
	/*
	 * Of a run that is repeated: called when a VM has come to its own end. Then there is no line for each verdict, and
	 * of events only that a VM starts. May be NULL.
	 */
	void (*ended)(void *context, const struct config *config);
	void *context;
};

struct vm_outcome {
	int interrupted; /* by this signal, or 0 */
	size_t ended;
	int status; /* for all that ran, as in runner/common/exit_status.h */
};

/* Ends the program if a configuration's kernel is missing. */
void vm_jobs_check(const struct selection *selection);
struct vm_outcome vm_jobs_run(const struct vm_runs *runs);

#endif
