/* SPDX-License-Identifier: BSD-2-Clause */
/* pvbatch: runs configurations, one virtual machine each, here or on nested hosts. run_tests.sh is its command. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runner/batch/batch.h"
#include "runner/batch/child.h"
#include "runner/batch/host_catalogue.h"
#include "runner/batch/host_jobs.h"
#include "runner/batch/matrix.h"
#include "runner/batch/migration.h"
#include "runner/batch/progress.h"
#include "runner/batch/repeat.h"
#include "runner/batch/repeat_here.h"
#include "runner/batch/repeat_hosts.h"
#include "runner/batch/results_folder.h"
#include "runner/batch/series.h"
#include "runner/batch/summary.h"
#include "runner/batch/vm_jobs.h"
#include "runner/common/alloc.h"
#include "runner/common/exit_status.h"
#include "runner/common/text.h"

struct run {
	struct batch batch;
	struct progress progress;
	struct config_list file; /* unittests.cfg */
	struct matrix matrix; /* with --matrix, on this machine */
	struct selection selection;
	struct migration migration; /* with --migrate and --migrate-from */
	struct host_list hosts;
	char *results;
	const char *accel;
	char *no_kvm; /* why KVM cannot be used, where results have to say that; else NULL */
};

/* Takes over a message that is complete. */
static void __attribute__((noreturn)) end_with(char *message)
{
	text_print(stderr, "%s\n", message);
	exit(STATUS_CANNOT_RUN);
}

static void select_from(struct run *r, const struct config_list *list)
{
	char *message = config_select(&r->selection, list, &r->batch.choice);

	if (message)
		end_with(message);
}

static void list_and_end(struct run *r)
{
	selection_print(&r->selection, r->batch.list, stdout);
	exit(fflush(stdout) ? STATUS_CANNOT_RUN : STATUS_PASSED);
}

static bool is_executable(const char *program)
{
	char *folders, *rest, *folder;
	bool found = false;

	if (strchr(program, '/'))
		return !access(program, X_OK);
	rest = folders = text_format("%s", getenv("PATH") ? getenv("PATH") : "/usr/bin:/bin");
	while (!found && (folder = strsep(&rest, ":"))) {
		char *path = text_format("%s/%s", *folder ? folder : ".", program);

		found = !access(path, X_OK);
		free(path);
	}
	free(folders);
	return found;
}

/* All that can be missing, before anything starts. */
static void check_programs(const struct batch *batch)
{
	const char *const programs[] = {PVRUN_PROGRAM, PROBE_PROGRAM,
					batch->results ? PVRUN_PROGRAM : PVREPORT_PROGRAM,
					batch->matrix ? OFFER_PROGRAM : PVRUN_PROGRAM};

	if (!is_executable(batch->qemu))
		die("%s is missing: install it (Debian: qemu-system-x86), or set QEMU=", batch->qemu);
	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
		if (access(programs[i], X_OK))
			die("%s is missing: run \"make\"", programs[i]);
}

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
		end_with(message);
	select_from(r, &r->matrix.configs);
	if (!r->batch.names_only)
		say_matrix(r);
	if (r->batch.list || r->batch.names_only)
		list_and_end(r);
}

static void write_plan_event(struct run *r)
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

/* Keeps this run's share of the selection: each Nth configuration. */
static void take_share(struct run *r)
{
	size_t kept = 0;

	for (size_t i = r->batch.share - 1; i < r->selection.count; i += r->batch.shares)
		r->selection.configs[kept++] = r->selection.configs[i];
	r->selection.count = kept;
}

static void say_interrupted(struct run *r, size_t ended, size_t total)
{
	progress_say(&r->progress, "Interrupted: %zu of %zu configurations have ended.", ended, total);
}

/* What follows all jobs, but for the results of hosts. Returns the status. */
static int end_run(struct run *r, int status, bool interrupted, bool *compared)
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

static int run_here(struct run *r)
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

	write_plan_event(r);
	take_share(r);
	if (goal_given(&r->batch.goal)) {
		status = repeat_here(&runs);
		results_folder_save(&r->batch, r->results, false);
		return status;
	}
	outcome = vm_jobs_run(&runs);
	status = end_run(r, r->no_kvm ? STATUS_CANNOT_RUN : outcome.status, outcome.interrupted, &compared);
	results_folder_save(&r->batch, r->results, outcome.interrupted);
	if (outcome.interrupted) {
		say_interrupted(r, outcome.ended, r->selection.count);
		status = STATUS_SIGNAL + outcome.interrupted;
	}
	return status;
}

static int run_on_hosts(struct run *r)
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
		write_plan_event(r);
	if (r->batch.migrate)
		interrupted = migration_leave(&r->migration, &runs, &left);
	if (interrupted) {
		results_folder_save(&r->batch, r->results, true);
		say_interrupted(r, 0, r->selection.count);
		return STATUS_SIGNAL + interrupted;
	}
	if (goal_given(&r->batch.goal))
		runs.repeat = repeat_hosts_new(&runs);
	outcome = host_jobs_run(&runs);
	if (runs.repeat)
		status = repeat_hosts_end(runs.repeat, outcome.interrupted);
	else
		status = end_run(r, STATUS_NOTHING_VALIDATED, outcome.interrupted, &compared);
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
			say_interrupted(r, outcome.ended, outcome.total);
		status = STATUS_SIGNAL + outcome.interrupted;
	}
	host_outcome_free(&outcome);
	return status;
}

/* -l and --list with --matrix: each host lists its own. */
static int list_on_hosts(struct run *r)
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

static int run_series(struct run *r)
{
	const struct series_run series = {
		.batch = &r->batch,
		.selection = &r->selection,
		.progress = &r->progress,
		.hosts = &r->hosts,
	};

	write_plan_event(r);
	return series_run(&series);
}

static FILE *progress_stream(const struct batch *batch)
{
	if (batch->events_on_stdout)
		return NULL;
	return batch->ktap || batch->list || batch->list_hosts || batch->names_only ? stderr : stdout;
}

static int run(struct run *r)
{
	struct batch *batch = &r->batch;
	char *message;

	if (batch->list_hosts) {
		host_list_need_tree("--list-hosts");
		return host_catalogue_print();
	}
	message = config_parse(&r->file, "unittests.cfg");
	if (message)
		end_with(message);
	if (!batch->matrix) {
		select_from(r, &r->file);
		if (batch->list || batch->names_only)
			list_and_end(r);
	}
	if (batch->series)
		series_check(batch);
	else if (batch->every)
		die("--every is for --series");
	repeat_check(batch);
	check_programs(batch);
	if (!batch->series)
		folders_check(batch);
	host_list_choose(&r->hosts, batch, &r->progress);
	if (r->hosts.count) {
		host_list_check(&r->hosts, &r->progress);
		if (batch->list || batch->names_only)
			return list_on_hosts(r);
	} else {
		if (batch->host_kernel || batch->host_modules)
			die("--host-kernel is for nested hosts");
		choose_accel(r);
		if (batch->matrix)
			make_matrix(r);
	}
	vm_jobs_check(&r->selection);
	migration_check_selection(batch, &r->selection);
	migration_expand(&r->migration, batch, &r->hosts, &r->selection);
	if (batch->series)
		return run_series(r);
	r->results = results_folder_make(batch);
	return r->hosts.count ? run_on_hosts(r) : run_here(r);
}

int main(int argc, char **argv)
{
	struct run r = {0};
	int status;

	json_set_alloc_funcs(alloc_bytes, free);
	signal(SIGPIPE, SIG_IGN);
	batch_parse(&r.batch, argc, argv);
	child_need_descriptors(1);
	progress_init(&r.progress, progress_stream(&r.batch), r.batch.events);
	events_hello(&r.progress.events, "pvbatch");
	status = run(&r);
	selection_free(&r.selection);
	matrix_free(&r.matrix);
	migration_free(&r.migration);
	config_free(&r.file);
	host_list_free(&r.hosts);
	free(r.results);
	free(r.no_kvm);
	free(r.progress.head);
	batch_free(&r.batch);
	events_write(&r.progress.events, EVENT_DONE, json_pack("{s:i}", "status", status));
	return status;
}
