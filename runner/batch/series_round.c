/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/batch/series_round.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "runner/batch/child.h"
#include "runner/batch/host_jobs.h"
#include "runner/batch/results_folder.h"
#include "runner/batch/series_folder.h"
#include "runner/common/alloc.h"
#include "runner/common/result.h"
#include "runner/common/text.h"

/* With --every, hosts are built so many at a time for each job: the first results shall not wait for the last kernel. */
#define HOSTS_PER_JOB 4

/* What runs at the same time: host @i of the list is kernel @kernels[i] of @columns[i]. */
struct round {
	struct series *series;
	struct host_list hosts;
	struct series_column **columns;
	size_t *kernels;
};

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
	char *folder = series_kernel_folder(r->series, column, kernel);

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
	size_t most = (size_t)s->run->batch->jobs * HOSTS_PER_JOB;
	bool any = false;

	for (size_t i = 0; i < s->column_count; i++) {
		struct series_column *column = &s->columns[i];
		struct round asked = {.series = s, .columns = &column};
		size_t *next = alloc_bytes(column->count * sizeof(*next));
		size_t count = series_plan_next(column->states, column->branches, column->count,
						s->run->batch->every, differ, &asked, next);

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
	char *folder = series_kernel_folder(s, column, kernel);

	if (!end->whole) {
		free(folder);
		return;
	}
	if (!folder_has_results(folder) && !end->dead) {
		series_leave_out(column, kernel, "%s", end->why ? end->why : "nothing came back");
		progress_say(s->run->progress, "%s: left out: %s", host->name, column->kernels[kernel].why);
	} else if (!series_folder_complete(folder, series_kernel_package(column, kernel), s->tests)) {
		die("cannot write to the folder %s: %s", folder, strerror(errno));
	} else {
		column->states[kernel] = SERIES_RAN;
		s->runs++;
	}
	series_write_state(s);
	free(folder);
}

/* Returns the signal that interrupted it, or 0. */
static int run_round(struct round *r)
{
	const struct series *s = r->series;
	struct host_runs runs = {
		.batch = s->run->batch,
		.selection = s->run->selection,
		.named = s->run->selection,
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

bool series_round(struct series *s, int *interrupted)
{
	struct round r = {.series = s};
	bool more = plan_round(&r);

	series_write_state(s);
	if (r.hosts.count)
		*interrupted = run_round(&r);
	round_free(&r);
	return more && !*interrupted;
}
