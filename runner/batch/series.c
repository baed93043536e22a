/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/batch/series.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "runner/batch/child.h"
#include "runner/batch/series_folder.h"
#include "runner/batch/series_round.h"
#include "runner/common/alloc.h"
#include "runner/common/exit_status.h"
#include "runner/common/result.h"
#include "runner/common/text.h"

void series_check(const struct batch *batch)
{
	struct kernel_range range;
	char *why = kernel_range_parse(&range, batch->series);

	if (why)
		die("--series %s", why);
	if (batch->matrix || batch->baseline || batch->ktap || batch->results || batch->host_kernel ||
	    batch->host_modules)
		die("--series goes without --matrix, --baseline, --ktap, --host-kernel and RESULTS=");
	if (!strcmp(batch->host, "auto") || !strcmp(batch->host, "local"))
		die("--series wants hosts that can be booted with each kernel: --host trixie");
	if (strchr(batch->host, '+'))
		die("--series chooses the kernels: --host %s names one itself", batch->host);
}

char *series_kernel_folder(const struct series *s, const struct series_column *column, size_t kernel)
{
	return text_format("%s/%s", s->folder, column->kernels[kernel].host);
}

const char *series_kernel_package(const struct series_column *column, size_t kernel)
{
	return result_string(column->kernels[kernel].entry, "package_version");
}

static json_t *names(const struct selection *selection)
{
	json_t *list = json_array();

	for (size_t i = 0; i < selection->count; i++)
		json_array_append_new(list, json_string(selection->configs[i]->name));
	return list;
}

void series_write_state(const struct series *s)
{
	json_t *hosts = json_array(), *document;

	for (size_t i = 0; i < s->column_count; i++)
		json_array_append_new(hosts, series_column_json(&s->columns[i]));
	document = json_pack("{s:i, s:o, s:b, s:o, s:o}", "version", SERIES_VERSION, "range",
			     text_json(s->run->batch->series), "every", s->run->batch->every,
			     "configurations", names(s->run->selection), "hosts", hosts);
	if (!series_folder_write(s->folder, document))
		die("cannot write to the folder %s: %s", s->folder, strerror(errno));
	json_decref(document);
}

static void find_kernels(struct series *s)
{
	const struct host_list *hosts = s->run->hosts;
	struct kernel_range range;

	free(kernel_range_parse(&range, s->run->batch->series));
	s->catalogue = series_catalogue();
	s->column_count = hosts->count;
	s->columns = alloc_bytes(hosts->count * sizeof(*s->columns));
	for (size_t i = 0; i < hosts->count; i++)
		series_column_make(&s->columns[i], hosts->hosts[i].name, s->catalogue, &range);
	if (!s->columns[0].count)
		die("--series: there is no cloud kernel in the range %s; --list-hosts shows which there are",
		    s->run->batch->series);
}

/* What an earlier run of this series has left. */
static void find_results(struct series *s)
{
	size_t found = 0;

	for (size_t i = 0; i < s->column_count; i++) {
		struct series_column *column = &s->columns[i];

		for (size_t k = 0; k < column->count; k++) {
			char *folder = series_kernel_folder(s, column, k);

			if (series_folder_has(folder, series_kernel_package(column, k), s->tests)) {
				column->states[k] = SERIES_RAN;
				found++;
			}
			free(folder);
		}
	}
	progress_say(s->run->progress, "Series %s: %zu kernels on %zu host%s, in %s%s", s->run->batch->series,
		     s->columns[0].count, s->column_count, s->column_count == 1 ? "" : "s", s->folder,
		     found ? "" : ", all of them new");
	if (found)
		progress_say(s->run->progress, "%zu have run before, and do not run again.", found);
}

/* What the results so far say. The events of an interrupted pvreport, or of none, are the end. */
static void read_report(struct series *s)
{
	int status;
	char *text =
		child_output((char *[]){PVREPORT_PROGRAM, "--series", "--json", s->folder, NULL}, &status);

	json_decref(s->report);
	s->report = json_loads(text, 0, NULL);
	if (!s->report)
		die("cannot report, but the results are in %s: the exit status of " PVREPORT_PROGRAM
		    " was %d",
		    s->folder, status);
	free(text);
}

static int print_report(const struct series *s)
{
	progress_print(s->run->progress, "%s", "");
	return child_run(&(struct child_spec){
		.argv = (char *[]){PVREPORT_PROGRAM, "--series", s->folder, NULL},
		.output = s->run->batch->events_on_stdout ? "/dev/stderr" : NULL,
	});
}

static int run_rounds(struct series *s)
{
	int interrupted = 0;

	do
		read_report(s);
	while (series_round(s, &interrupted));
	series_write_state(s);
	return interrupted;
}

int series_run(const struct series_run *run)
{
	struct series s = {.run = run};
	int interrupted, status;

	s.folder = run->batch->save ? text_format("%s", run->batch->save) :
				      text_format("%s/series", run->batch->runs);
	s.tests = series_folder_tests(run->selection);
	find_kernels(&s);
	series_folder_open(s.folder);
	find_results(&s);
	series_write_state(&s);
	interrupted = run_rounds(&s);
	status = print_report(&s);
	if (interrupted) {
		progress_say(run->progress,
			     "Interrupted: %zu kernel%s ran; the same command goes on from there.", s.runs,
			     s.runs == 1 ? "" : "s");
		status = STATUS_SIGNAL + interrupted;
	}
	for (size_t i = 0; i < s.column_count; i++)
		series_column_free(&s.columns[i]);
	free(s.columns);
	json_decref(s.catalogue);
	json_decref(s.tests);
	json_decref(s.report);
	free(s.folder);
	return status;
}
