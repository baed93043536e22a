/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/soak/soak_report.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "runner/common/exit_status.h"
#include "runner/common/result.h"
#include "runner/common/text.h"
#include "runner/report/join_names.h"
#include "runner/soak/interval.h"

/* A part of 1, in percent, with two digits that count, or three. */
static void print_percent(double part, FILE *out)
{
	double percent = 100 * part;

	fprintf(out, percent < 10 ? "%.2g" : "%.3g", percent);
}

/* "1 of 500 runs (0.2 %, 95 %: 0.035 to 1.1 %)" */
static void print_rate(const json_t *rate, FILE *out)
{
	long long runs = result_number(rate, "runs"), of = result_number(rate, "of");

	fprintf(out, "%lld of %lld run%s (", runs, of, of == 1 ? "" : "s");
	print_percent((double)runs / (double)of, out);
	fputs(" %, 95 %: ", out);
	print_percent(json_real_value(json_object_get(rate, "low")), out);
	fputs(" to ", out);
	print_percent(json_real_value(json_object_get(rate, "high")), out);
	fputs(" %)", out);
}

static void print_place(const json_t *entry, FILE *out)
{
	const char *host = result_string(entry, "host");

	text_print(out, "%s%s%s", host, *host ? "/" : "", result_string(entry, "configuration"));
}

static void print_outcomes(const json_t *outcomes, FILE *out)
{
	const char *word;
	json_t *entry;

	json_object_foreach((json_t *)outcomes, word, entry) {
		const json_t *kept = json_object_get(entry, "kept");
		size_t more = json_array_size(kept) - 1;

		text_print(out, "      %s in %lld", word, result_number(entry, "runs"));
		if (json_array_size(kept))
			text_print(out, ": %s", json_string_value(json_array_get(kept, 0)));
		if (json_array_size(kept) && more)
			fprintf(out, " and %zu more", more);
		fputc('\n', out);
	}
}

static void print_list(const char *title, const json_t *entries, FILE *out)
{
	json_t *entry;
	size_t i;

	if (!json_array_size(entries))
		return;
	fprintf(out, "%s:\n", title);
	json_array_foreach(entries, i, entry) {
		const json_t *names = json_object_get(entry, "names");
		const char *what = result_string(entry, "what");
		bool verb = !strcmp(what, "failed") || !strcmp(what, "needed luck");
		char *text = json_array_size(names) ? join_names(names) : text_format("the run itself");

		fputs("  ", out);
		print_place(entry, out);
		text_print(out, ": %s: %s%s in ", text, verb ? "" : "was ", what);
		print_rate(json_object_get(entry, "rate"), out);
		fputc('\n', out);
		print_outcomes(json_object_get(entry, "outcomes"), out);
		free(text);
	}
	fputc('\n', out);
}

static void print_host_events(const json_t *events, FILE *out)
{
	json_t *event;
	size_t i;

	if (!json_array_size(events))
		return;
	fputs("Hosts:\n", out);
	json_array_foreach(events, i, event)
		text_print(out, "  %s: after repetition %lld: %s\n", result_string(event, "host"),
			   result_number(event, "after"), result_string(event, "text"));
	fputc('\n', out);
}

static void print_configurations(const json_t *report, FILE *out)
{
	json_t *entry;
	size_t i;

	json_array_foreach(json_object_get(report, "configurations"), i, entry) {
		long long runs = result_number(entry, "runs"), tests = result_number(entry, "tests");

		print_place(entry, out);
		fprintf(out, ": %lld run%s of %lld test%s; what never failed fails in less than ", runs,
			runs == 1 ? "" : "s", tests, tests == 1 ? "" : "s");
		print_percent(interval_wilson(0, runs).high, out);
		fputs(" % of runs (95 %)\n", out);
	}
}

static size_t names_of(const json_t *entries)
{
	size_t names = 0, i;
	json_t *entry;

	json_array_foreach(entries, i, entry) {
		size_t here = json_array_size(json_object_get(entry, "names"));

		names += here ? here : 1;
	}
	return names;
}

void soak_print(const json_t *report, FILE *out)
{
	const json_t *differing = json_object_get(report, "differing"),
		     *failing = json_object_get(report, "failing");
	long long status = result_number(report, "status");

	print_list("Not the same every time", differing, out);
	print_list("Failed every time", failing, out);
	print_list("Depended on luck in more than 1 % of runs", json_object_get(report, "lucky"), out);
	print_host_events(json_object_get(report, "host_events"), out);
	print_configurations(report, out);
	fprintf(out, "%zu not the same every time, %zu failed every time%s\n%s\n", names_of(differing),
		names_of(failing),
		json_is_true(json_object_get(report, "complete")) ? "" : "; not all was run",
		status == STATUS_PASSED		   ? "PASS" :
		status == STATUS_FAILED		   ? "FAIL" :
		status == STATUS_NOTHING_VALIDATED ? "SKIP" :
						     "CANNOT RUN");
}
