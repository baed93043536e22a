/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/batch/series.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "runner/batch/child.h"
#include "runner/batch/host_jobs.h"
#include "runner/batch/results_folder.h"
#include "runner/batch/series_folder.h"
#include "runner/batch/series_kernels.h"
#include "runner/batch/series_plan.h"
#include "runner/common/alloc.h"
#include "runner/common/exit_status.h"
#include "runner/common/result.h"
#include "runner/common/text.h"

/* With --every, hosts are built so many at a time for each job: the first results shall not wait for the last kernel. */
#define HOSTS_PER_JOB 4

struct series {
	const struct series_run *run;
	char *folder;
	json_t *catalogue, *tests;
	struct series_column *columns;
	size_t column_count;
	json_t *report; /* of what has run so far: docs/series.schema.json */
	size_t runs; /* hosts that ran, this time */
};

/* What runs at the same time: host @i of the list is kernel @kernels[i] of @columns[i]. */
struct round {
	struct series *series;
	struct host_list hosts;
	struct series_column **columns;
	size_t *kernels;
};

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

static const struct batch *batch_of(const struct series *s)
{
	return s->run->batch;
}

static char *folder_of(const struct series *s, const struct series_column *column, size_t kernel)
{
	return text_format("%s/%s", s->folder, column->kernels[kernel].host);
}

static const char *package_of(const struct series_column *column, size_t kernel)
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

/* FOLDER/series: what pvreport --series reads. */
static void write_state(const struct series *s)
{
	json_t *hosts = json_array(), *document;

	for (size_t i = 0; i < s->column_count; i++)
		json_array_append_new(hosts, series_column_json(&s->columns[i]));
	document = json_pack("{s:i, s:o, s:b, s:o, s:o}", "version", SERIES_VERSION, "range",
			     text_json(batch_of(s)->series), "every", batch_of(s)->every, "configurations",
			     names(s->run->selection), "hosts", hosts);
	if (!series_folder_write(s->folder, document))
		die("cannot write to the folder %s: %s", s->folder, strerror(errno));
	json_decref(document);
}

static void find_kernels(struct series *s)
{
	const struct host_list *hosts = s->run->hosts;
	struct kernel_range range;

	free(kernel_range_parse(&range, batch_of(s)->series));
	s->catalogue = series_catalogue();
	s->column_count = hosts->count;
	s->columns = alloc_bytes(hosts->count * sizeof(*s->columns));
	for (size_t i = 0; i < hosts->count; i++)
		series_column_make(&s->columns[i], hosts->hosts[i].name, s->catalogue, &range);
	if (!s->columns[0].count)
		die("--series: there is no cloud kernel in the range %s; --list-hosts shows which there are",
		    batch_of(s)->series);
}

/* What an earlier run of this series has left. */
static void find_results(struct series *s)
{
	size_t found = 0;

	for (size_t i = 0; i < s->column_count; i++) {
		struct series_column *column = &s->columns[i];

		for (size_t k = 0; k < column->count; k++) {
			char *folder = folder_of(s, column, k);

			if (series_folder_has(folder, package_of(column, k), s->tests)) {
				column->states[k] = SERIES_RAN;
				found++;
			}
			free(folder);
		}
	}
	progress_say(s->run->progress, "Series %s: %zu kernels on %zu host%s, in %s%s", batch_of(s)->series,
		     s->columns[0].count, s->column_count, s->column_count == 1 ? "" : "s", s->folder,
		     found ? "" : ", all of them new");
	if (found)
		progress_say(s->run->progress, "%zu have run before, and do not run again.", found);
}

/* False: it cannot be had. nested-host/build has said why. */
static bool build(struct series *s, const char *host)
{
	int status;
	char *text = child_output((char *[]){"nested-host/build", (char *)host, NULL}, &status);
	char *tab = strchr(text, '\t');

	text[strcspn(text, "\n")] = '\0';
	if (tab)
		*tab = ' ';
	if (!status)
		progress_say(s->run->progress, "%s", text);
	free(text);
	return !status;
}

static void add_host(struct round *r, struct series_column *column, size_t kernel)
{
	struct host_list *hosts = &r->hosts;
	char *folder = folder_of(r->series, column, kernel);

	series_folder_clear(folder);
	free(folder);
	hosts->hosts = alloc_grow(hosts->hosts, hosts->count, sizeof(*hosts->hosts));
	r->columns = alloc_grow(r->columns, hosts->count, sizeof(struct series_column *));
	r->kernels = alloc_grow(r->kernels, hosts->count, sizeof(*r->kernels));
	r->columns[hosts->count] = column;
	r->kernels[hosts->count] = kernel;
	hosts->hosts[hosts->count++] = (struct host){.name = text_format("%s", column->kernels[kernel].host)};
}

/* Of @a and @b, and of what is between them: as pvreport's "ranges" have it. */
static bool differ(void *context, size_t a, size_t b)
{
	const struct series *s = ((const struct round *)context)->series;
	const struct series_column *column = ((const struct round *)context)->columns[0];
	const json_t *range;
	size_t i;

	json_array_foreach(json_object_get(s->report, "ranges"), i, range)
		if (!strcmp(result_string(range, "host"), column->host) &&
		    !strcmp(result_string(range, "from"),
			    result_string(column->kernels[a].entry, "version")) &&
		    !strcmp(result_string(range, "to"), result_string(column->kernels[b].entry, "version")))
			return json_is_true(json_object_get(range, "changed"));
	return false;
}

/* Builds hosts for what runs next. False: all has run. */
static bool plan_round(struct round *r)
{
	struct series *s = r->series;
	size_t most = (size_t)batch_of(s)->jobs * HOSTS_PER_JOB;
	bool any = false;

	for (size_t i = 0; i < s->column_count; i++) {
		struct series_column *column = &s->columns[i];
		struct round asked = {.series = s, .columns = &column};
		size_t *next = alloc_bytes(column->count * sizeof(*next));
		size_t count = series_plan_next(column->states, column->count, batch_of(s)->every, differ,
						&asked, next);

		any |= count;
		for (size_t n = 0; n < count && r->hosts.count < most; n++) {
			const char *host = column->kernels[next[n]].host;

			if (build(s, host)) {
				add_host(r, column, next[n]);
				continue;
			}
			series_leave_out(column, next[n], "it cannot be made ready");
			progress_say(s->run->progress, "%s: left out: it cannot be made ready", host);
		}
		free(next);
	}
	return any;
}

static void host_ended(void *context, const struct host *host, const struct host_end *end)
{
	struct round *r = context;
	struct series *s = r->series;
	size_t i = (size_t)(host - r->hosts.hosts), kernel = r->kernels[i];
	struct series_column *column = r->columns[i];
	char *folder = folder_of(s, column, kernel);

	if (!end->whole) {
		free(folder);
		return;
	}
	if (!folder_has_results(folder) && !end->dead) {
		series_leave_out(column, kernel, "%s", end->why ? end->why : "nothing came back");
		progress_say(s->run->progress, "%s: left out: %s", host->name, column->kernels[kernel].why);
	} else if (!series_folder_complete(folder, package_of(column, kernel), s->tests)) {
		die("cannot write to the folder %s: %s", folder, strerror(errno));
	} else {
		column->states[kernel] = SERIES_RAN;
		s->runs++;
	}
	write_state(s);
	free(folder);
}

/* Returns the signal that interrupted it, or 0. */
static int run_round(struct round *r)
{
	const struct series *s = r->series;
	struct host_runs runs = {
		.batch = s->run->batch,
		.selection = s->run->selection,
		.hosts = &r->hosts,
		.progress = s->run->progress,
		.results = s->folder,
		.width = selection_width(s->run->selection),
		.name_hosts = true,
		.host_ended = host_ended,
		.context = r,
	};
	struct host_outcome outcome = host_jobs_run(&runs);
	int interrupted = outcome.interrupted;

	for (size_t i = 0; i < r->hosts.count; i++)
		/* Something else has ended it by a signal: that is no reason to try for ever. */
		if (!interrupted && r->columns[i]->states[r->kernels[i]] == SERIES_NOT_RUN)
			series_leave_out(r->columns[i], r->kernels[i], "its run was killed");
	host_outcome_free(&outcome);
	return interrupted;
}

static void round_free(struct round *r)
{
	host_list_free(&r->hosts);
	free(r->columns);
	free(r->kernels);
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
		.output = batch_of(s)->events_on_stdout ? "/dev/stderr" : NULL,
	});
}

static int run_rounds(struct series *s)
{
	int interrupted = 0;
	bool more = true;

	while (more && !interrupted) {
		struct round r = {.series = s};

		read_report(s);
		more = plan_round(&r);
		write_state(s);
		if (r.hosts.count)
			interrupted = run_round(&r);
		round_free(&r);
	}
	write_state(s);
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
	write_state(&s);
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
