/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/batch/summary.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/batch/child.h"
#include "runner/batch/results_folder.h"
#include "runner/common/alloc.h"
#include "runner/common/exit_status.h"
#include "runner/common/text.h"

struct words {
	char **words;
	size_t count;
};

/* Takes @word over. */
static void add(struct words *w, char *word)
{
	w->words = alloc_grow(w->words, w->count, sizeof(*w->words));
	w->words[w->count++] = word;
}

static void add_file(const struct summary *s, struct words *files, const char *host, const char *name)
{
	char *path = text_format("%s/%s%s%s.json", s->results, host, *host ? "/" : "", name);

	if (s->interrupted && access(path, F_OK))
		free(path);
	else
		add(files, path);
}

static void add_files(const struct summary *s, struct words *files)
{
	for (size_t i = 0; i < (s->hosts->count ? s->hosts->count : 1); i++) {
		const struct host *host = s->hosts->count ? &s->hosts->hosts[i] : NULL;
		const json_t *name;
		size_t n;

		if (host && s->batch->matrix) {
			json_array_foreach(host->plan, n, name)
				add_file(s, files, host->name, json_string_value(name));
			/* Of a host that did not even say what it would run, this is missing. */
			if (!host->plan)
				add_file(s, files, host->name, "matrix");
		} else {
			for (n = 0; n < s->selection->count; n++)
				add_file(s, files, host ? host->name : "", s->selection->configs[n]->name);
		}
	}
}

/* pvreport's command line. The caller frees the array. */
static struct words pvreport(const struct words *options, const struct words *files)
{
	struct words all = {0};

	add(&all, PVREPORT_PROGRAM);
	for (size_t i = 0; i < options->count; i++)
		add(&all, options->words[i]);
	for (size_t i = 0; i < files->count; i++)
		add(&all, files->words[i]);
	add(&all, NULL);
	return all;
}

/* Of a pvreport that has reported; otherwise it died, or could not be executed. */
static bool is_report_status(int status)
{
	return status == STATUS_PASSED || status == STATUS_FAILED || status == STATUS_CANNOT_RUN ||
	       status == STATUS_NOTHING_VALIDATED;
}

static int print_report(const struct summary *s, const struct words *options, const struct words *files)
{
	struct words command = pvreport(options, files);
	int status =
		child_run(&(struct child_spec){.argv = command.words,
					       .output = s->batch->events_on_stdout ? "/dev/stderr" : NULL});

	free(command.words);
	if (!is_report_status(status))
		die("cannot report, but the results are in %s: the exit status of " PVREPORT_PROGRAM
		    " was %d",
		    s->results, status);
	return status;
}

int summary_print(const struct summary *s, bool compare)
{
	struct words options = {0}, files = {0};
	int status = STATUS_CANNOT_RUN;
	char *percent = text_format("%ld", s->batch->judge_cost);
	char *results = text_format("%s", s->results);

	add_files(s, &files);
	if (files.count) {
		if (s->hosts->count)
			add(&options, "--by-host");
		add(&options, "--files");
		add(&options, results);
		if (s->batch->ktap)
			add(&options, "--ktap");
		if (s->batch->verbose)
			add(&options, "--verbose");
		if (compare) {
			add(&options, "--baseline");
			add(&options, s->batch->baseline);
			if (s->batch->part)
				add(&options, "--part");
			if (s->batch->judge_cost) {
				add(&options, "--judge-cost");
				add(&options, percent);
			}
		}
		status = print_report(s, &options, &files);
	}
	for (size_t i = 0; i < files.count; i++)
		free(files.words[i]);
	free(files.words);
	free(options.words);
	free(percent);
	free(results);
	return status;
}
