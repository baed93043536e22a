/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs on this machine. */
#include <stdlib.h>
#include <string.h>

#include "runner/batch/repeat_here.h"
#include "runner/batch/results_folder.h"
#include "runner/batch/run.h"
#include "runner/batch/vm_jobs.h"
#include "runner/common/exit_status.h"
#include "runner/common/text.h"

/* A comparison needs results: here, or outside of the nested host that this runs in. */
static bool results_say_no_kvm(const struct batch *batch)
{
	return (batch->baseline || batch->results) && !batch->matrix && !goal_given(&batch->goal);
}

static void choose_accel(struct run *r)
{
	char *why;

	r->accel = r->batch.accel ? r->batch.accel : "kvm";
	if (!strcmp(r->accel, "tcg")) {
		progress_say(&r->progress, "ACCEL=tcg: under TCG, where nothing can be validated.");
		return;
	}
	why = kvm_why_not();
	if (!why)
		return;
	if (!results_say_no_kvm(&r->batch))
		die("no usable KVM: %s", why);
	r->no_kvm = text_format("no usable KVM: %s", why);
	progress_say(&r->progress, "%s", r->no_kvm);
	free(why);
}

static void say_matrix(struct run *r)
{
	size_t count = r->selection.count;

	progress_print(&r->progress, "Matrix: %zu configuration%s", count, count == 1 ? "" : "s");
	for (size_t i = 0; i < r->matrix.left_out_count; i++)
		progress_print(&r->progress, "  left out: %s", r->matrix.left_out[i]);
}

static void make_matrix(struct run *r)
{
	char *message;

	if (strcmp(r->accel, "kvm"))
		die("--matrix is about KVM, and this is TCG");
	message = matrix_make(&r->matrix, r->batch.qemu, OFFER_PROGRAM);
	if (message)
		run_end_with(message);
	run_select(r, &r->matrix.configs);
	if (!r->batch.names_only)
		say_matrix(r);
	if (r->batch.list || r->batch.names_only)
		run_list(r);
}

void run_here_prepare(struct run *r)
{
	choose_accel(r);
	if (r->batch.matrix)
		make_matrix(r);
}

/* Keeps this run's share of the selection: each Nth configuration. */
static void take_share(struct run *r)
{
	size_t kept = 0;

	for (size_t i = r->batch.share - 1; i < r->selection.count; i += r->batch.shares)
		r->selection.configs[kept++] = r->selection.configs[i];
	r->selection.count = kept;
}

int run_here(struct run *r)
{
	const struct vm_runs runs = {
		.batch = &r->batch,
		.selection = &r->selection,
		.progress = &r->progress,
		.results = r->results,
		.accel = r->accel,
		.no_kvm = r->no_kvm,
	};
	struct vm_outcome outcome;
	bool compared;
	int status;

	run_write_plan(r);
	take_share(r);
	if (goal_given(&r->batch.goal)) {
		status = repeat_here(&runs);
		results_folder_save(&r->batch, r->results, false);
		return status;
	}
	outcome = vm_jobs_run(&runs);
	status =
		run_finish(r, r->no_kvm ? STATUS_CANNOT_RUN : outcome.status, outcome.interrupted, &compared);
	results_folder_save(&r->batch, r->results, outcome.interrupted);
	if (outcome.interrupted) {
		run_say_interrupted(r, outcome.ended, r->selection.count);
		status = STATUS_SIGNAL + outcome.interrupted;
	}
	return status;
}
