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
#include "runner/batch/migration.h"
#include "runner/batch/progress.h"
#include "runner/batch/repeat.h"
#include "runner/batch/results_folder.h"
#include "runner/batch/run.h"
#include "runner/batch/series.h"
#include "runner/batch/vm_jobs.h"
#include "runner/common/alloc.h"
#include "runner/common/exit_status.h"
#include "runner/common/text.h"

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

static int run_series(struct run *r)
{
	const struct series_run series = {
		.batch = &r->batch,
		.selection = &r->selection,
		.progress = &r->progress,
		.hosts = &r->hosts,
	};

	run_write_plan(r);
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
		run_end_with(message);
	if (!batch->matrix) {
		run_select(r, &r->file);
		if (batch->list || batch->names_only)
			run_list(r);
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
			return run_list_on_hosts(r);
	} else {
		if (batch->host_kernel || batch->host_modules)
			die("--host-kernel is for nested hosts");
		run_here_prepare(r);
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
