/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/batch/run.h"

#include <stdio.h>
#include <stdlib.h>

#include "runner/batch/summary.h"
#include "runner/common/exit_status.h"
#include "runner/common/text.h"

_Noreturn void run_end_with(char *message)
{
	text_print(stderr, "%s\n", message);
	exit(STATUS_CANNOT_RUN);
}

void run_select(struct run *r, const struct config_list *list)
{
	char *message = config_select(&r->selection, list, &r->batch.choice);

	if (message)
		run_end_with(message);
}

_Noreturn void run_list(const struct run *r)
{
	selection_print(&r->selection, r->batch.list, stdout);
	exit(fflush(stdout) ? STATUS_CANNOT_RUN : STATUS_PASSED);
}

void run_write_plan(struct run *r)
{
	json_t *names = json_array(), *notes = json_array();

	for (size_t i = 0; i < r->selection.count; i++)
		json_array_append_new(names, json_string(r->selection.configs[i]->name));
	for (size_t i = 0; i < r->matrix.left_out_count; i++)
		json_array_append_new(notes, text_json(r->matrix.left_out[i]));
	events_write(&r->progress.events, EVENT_PLAN,
		     json_pack("{s:o, s:o, s:[i, i]}", "configurations", names, "notes", notes, "share",
			       (int)r->batch.share, (int)r->batch.shares));
}

void run_say_interrupted(struct run *r, size_t ended, size_t total)
{
	progress_say(&r->progress, "Interrupted: %zu of %zu configurations have ended.", ended, total);
}

int run_finish(struct run *r, int status, bool interrupted, bool *compared)
{
	const struct summary summary = {
		.batch = &r->batch,
		.selection = &r->selection,
		.hosts = &r->hosts,
		.results = r->results,
		.interrupted = interrupted,
	};

	*compared = r->batch.baseline && !interrupted;
	if (r->batch.results)
		return status;
	progress_print(&r->progress, "%s", "");
	return summary_print(&summary, *compared);
}
