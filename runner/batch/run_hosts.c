/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs on nested hosts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/batch/child.h"
#include "runner/batch/host_jobs.h"
#include "runner/batch/repeat_hosts.h"
#include "runner/batch/results_folder.h"
#include "runner/batch/run.h"
#include "runner/common/exit_status.h"
#include "runner/common/text.h"

int run_on_hosts(struct run *r)
{
	struct host_runs runs = {
		.batch = &r->batch,
		.selection = &r->selection,
		.named = &r->selection,
		.hosts = &r->hosts,
		.progress = &r->progress,
		.results = r->results,
		.width = selection_width(&r->selection),
	};
	struct host_outcome outcome;
	bool compared = false;
	int status, left = STATUS_NOTHING_VALIDATED, interrupted = 0;

	if (!r->batch.matrix)
		run_write_plan(r);
	if (r->batch.migrate)
		interrupted = migration_leave(&r->migration, &runs, &left);
	if (interrupted) {
		results_folder_save(&r->batch, r->results, true);
		run_say_interrupted(r, 0, r->selection.count);
		return STATUS_SIGNAL + interrupted;
	}
	if (goal_given(&r->batch.goal))
		runs.repeat = repeat_hosts_new(&runs);
	outcome = host_jobs_run(&runs);
	if (runs.repeat)
		status = repeat_hosts_end(runs.repeat, outcome.interrupted);
	else
		status = run_finish(r, STATUS_NOTHING_VALIDATED, outcome.interrupted, &compared);
	if (left == STATUS_FAILED || (left == STATUS_CANNOT_RUN && status != STATUS_FAILED))
		status = left;
	/* A comparison has said what hosts complained of, and whether that is new. */
	if (!compared)
		status = host_jobs_judge(&runs, &outcome, status);
	if (outcome.incomplete && status != STATUS_FAILED)
		status = STATUS_CANNOT_RUN;
	results_folder_save(&r->batch, r->results, outcome.interrupted && !runs.repeat);
	if (outcome.interrupted) {
		if (!runs.repeat)
			run_say_interrupted(r, outcome.ended, outcome.total);
		status = STATUS_SIGNAL + outcome.interrupted;
	}
	host_outcome_free(&outcome);
	return status;
}

int run_list_on_hosts(struct run *r)
{
	for (size_t i = 0; i < r->hosts.count; i++) {
		char *const options[] = {NULL};
		char *const inner[] = {"bash",
				       "run_tests.sh",
				       "--host",
				       "local",
				       r->batch.list ? "--list" : "--names",
				       NULL};
		char **argv = host_command(&r->batch, &r->selection, r->hosts.hosts[i].name, options, inner);
		int status;
		char *text = child_output(argv, &status), *rest = text, *line;

		if (r->hosts.count > 1)
			printf("%s:\n", r->hosts.hosts[i].name);
		while ((line = strsep(&rest, "\n")) && (rest || *line))
			text_print(stdout, "%s\n", line);
		free(text);
		free(argv);
		if (status)
			return status;
	}
	return fflush(stdout) ? STATUS_CANNOT_RUN : STATUS_PASSED;
}
