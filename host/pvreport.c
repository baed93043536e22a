/* SPDX-License-Identifier: BSD-2-Clause */
/* pvreport: what the results of some runs say, for people or as KTAP. */
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "result.h"
#include "side_by_side.h"
#include "text.h"

static const char usage[] =
	"Usage: pvreport [--by-host] [--ktap] RESULT.json...\n"
	"Prints what failed and why, what was skipped and what would make it run, and the totals.\n"
	"\n"
	"  --by-host  results of several hosts, in folders that are named for these: HOST/NAME.json;\n"
	"             they are shown side by side as well\n"
	"  --ktap     the whole run as KTAP instead: one subtest per configuration\n"
	"  --help\n"
	"\n"
	"Exit status: 0 all that ran passed; 1 something failed; 2 a run could not be made, or has\n"
	"no result; 77 nothing was validated.\n";

/*
 * An object that stands for a result that is not there: the run never got far enough to write one.
 */
static json_t *no_result(const char *path, const char *why)
{
	const char *slash = strrchr(path, '/');
	char *name = text_format("%s", slash ? slash + 1 : path);
	char *suffix = strstr(name, ".json");
	json_t *result;

	if (suffix)
		*suffix = '\0';
	result = json_pack("{s:{s:o}, s:[], s:[o], s:s, s:s, s:n, s:{}, s:n}", "config", "name",
			   text_json(name), "tests", "errors",
			   text_json_format("no result in %s: %s", path, why), "verdict", "error", "end",
			   "could not start", "reason", "counts", "log");
	free(name);
	return result;
}

/* Where the log is: beside the result, which may have come here from another machine. */
static void find_log(json_t *result, const char *path)
{
	const char *log = result_string(result, "log"), *name = strrchr(log, '/'),
		   *slash = strrchr(path, '/');

	if (*log && slash)
		json_object_set_new(result, "log",
				    text_json_format("%.*s/%s", (int)(slash - path), path,
						     name ? name + 1 : log));
}

/* FOLDER/NAME.json: the folder is the host's name. */
static void label_with_host(json_t *result, const char *path)
{
	char *folder = text_format("%s", path), *slash = strrchr(folder, '/');

	if (slash)
		*slash = '\0';
	slash = strrchr(folder, '/');
	json_object_set_new(result, "host_label", text_json(slash ? slash + 1 : folder));
	json_object_set_new(result, "label",
			    text_json_format("%s/%s", result_string(result, "host_label"),
					     result_string(json_object_get(result, "config"), "name")));
	free(folder);
}

static json_t *load_result(const char *path)
{
	json_error_t error;
	json_t *result = json_load_file(path, 0, &error);

	if (!result)
		return no_result(path, error.text);
	if (result_number(result, "schema") != RESULT_SCHEMA) {
		json_decref(result);
		return no_result(path, "not a result of a known schema");
	}
	return result;
}

static json_t *load(const char *path, bool by_host)
{
	json_t *result = load_result(path);

	find_log(result, path);
	if (by_host)
		label_with_host(result, path);
	return result;
}

static const char *config_name(const json_t *result)
{
	const char *label = result_string(result, "label");

	if (*label)
		return label;
	return result_string(json_object_get(result, "config"), "name");
}

static bool is_bad(const json_t *test)
{
	const char *verdict = result_string(test, "verdict");

	return strcmp(verdict, "pass") && strcmp(verdict, "skip");
}

static void print_failed_test(const json_t *result, const json_t *test)
{
	const json_t *messages = json_object_get(test, "messages"), *message;
	size_t i;

	printf("  %s: %s: %s", config_name(result), result_string(test, "name"),
	       result_string(test, "verdict"));
	if (*result_string(test, "reason"))
		printf(": %s", result_string(test, "reason"));
	putchar('\n');
	json_array_foreach(messages, i, message) printf("      %s\n", json_string_value(message));
}

static void print_failures(json_t *const *results, size_t n)
{
	bool any = false;

	for (size_t i = 0; i < n; i++) {
		const json_t *errors = json_object_get(results[i], "errors");
		const json_t *tests = json_object_get(results[i], "tests"), *item;
		bool here = false;
		size_t j;

		json_array_foreach(tests, j, item) here = here || is_bad(item);
		if (!here && !json_array_size(errors))
			continue;
		if (!any)
			puts("Failed:");
		any = true;
		json_array_foreach(errors, j, item)
			printf("  %s: %s\n", config_name(results[i]), json_string_value(item));
		json_array_foreach(tests, j, item) if (is_bad(item)) print_failed_test(results[i], item);
		if (*result_string(results[i], "log"))
			printf("    log: %s\n", result_string(results[i], "log"));
	}
	if (any)
		putchar('\n');
}

/*
 * reason -> {configuration: number of tests skipped there for it}, in the order of their first use
 */
static json_t *group_skips(json_t *const *results, size_t n)
{
	json_t *reasons = json_object();

	for (size_t i = 0; i < n; i++) {
		const json_t *tests = json_object_get(results[i], "tests"), *test;
		size_t j;

		json_array_foreach(tests, j, test)
		{
			const char *reason = result_string(test, "reason");
			json_t *configs;

			if (strcmp(result_string(test, "verdict"), "skip"))
				continue;
			if (!json_object_get(reasons, reason))
				json_object_set_new(reasons, reason, json_object());
			configs = json_object_get(reasons, reason);
			json_object_set_new(configs, config_name(results[i]),
					    json_integer(result_number(configs, config_name(results[i])) +
							 1));
		}
	}
	return reasons;
}

static void print_skips(json_t *const *results, size_t n)
{
	json_t *reasons = group_skips(results, n), *configs, *count;
	const char *reason, *config;
	bool any = false;

	if (json_object_size(reasons))
		puts("Skipped tests, by reason:");
	json_object_foreach(reasons, reason, configs)
	{
		const char *separator = "    ";

		any = true;
		printf("  %s\n", reason);
		json_object_foreach(configs, config, count)
		{
			printf("%s%s (%lld)", separator, config, json_integer_value(count));
			separator = ", ";
		}
		putchar('\n');
	}
	json_decref(reasons);
	if (any)
		putchar('\n');

	any = false;
	for (size_t i = 0; i < n; i++) {
		if (strcmp(result_string(results[i], "verdict"), "skip"))
			continue;
		if (!any)
			puts("Configurations that validated nothing:");
		any = true;
		printf("  %s: %s\n", config_name(results[i]), result_string(results[i], "reason"));
	}
	if (any)
		putchar('\n');
}

static void print_notes(json_t *const *results, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const json_t *notes = json_object_get(results[i], "notes"), *note;
		size_t j;

		json_array_foreach(notes, j, note)
			printf("note: %s: %s\n", config_name(results[i]), json_string_value(note));
	}
}

/*
 * A failure outranks a run that could not be made, which outranks success; that nothing was
 * validated must be said.
 */
static enum result_status overall(json_t *const *results, size_t n)
{
	bool failed = false, cannot = false, passed = false;

	for (size_t i = 0; i < n; i++) {
		enum result_status status = result_status(results[i]);

		failed |= status == RESULT_FAIL;
		cannot |= status == RESULT_CANNOT_RUN;
		passed |= status == RESULT_PASS;
	}
	if (failed)
		return RESULT_FAIL;
	if (cannot)
		return RESULT_CANNOT_RUN;
	return passed ? RESULT_PASS : RESULT_NOTHING_VALIDATED;
}

static void print_totals(json_t *const *results, size_t n)
{
	static const char *const kinds[] = {"pass", "fail", "error", "timeout", "not_run", "skip"};
	static const char *const words[] = {"passed", "failed", "in error", "hung", "not run", "skipped"};
	const char *verdict;

	printf("%zu configuration%s:", n, n == 1 ? "" : "s");
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		long long sum = 0;

		for (size_t j = 0; j < n; j++)
			sum += result_number(json_object_get(results[j], "counts"), kinds[i]);
		if (sum || !i)
			printf("%s %lld %s", i ? "," : "", sum, words[i]);
	}
	switch (overall(results, n)) {
	case RESULT_PASS:
		verdict = "PASS";
		break;
	case RESULT_FAIL:
		verdict = "FAIL";
		break;
	case RESULT_CANNOT_RUN:
		verdict = "CANNOT RUN";
		break;
	default:
		verdict = "NOTHING VALIDATED";
	}
	printf("\n%s\n", verdict);
}

static void print_ktap_test(const json_t *test, size_t number)
{
	const json_t *messages = json_object_get(test, "messages"), *message;
	const char *verdict = result_string(test, "verdict"), *reason = result_string(test, "reason");
	size_t i;

	json_array_foreach(messages, i, message) printf("  # %s\n", json_string_value(message));
	printf("  %s %zu %s", is_bad(test) ? "not ok" : "ok", number, result_string(test, "name"));
	if (!strcmp(verdict, "skip"))
		printf(" # SKIP %s", reason);
	else if (!strcmp(verdict, "timeout"))
		printf(" # TIMEOUT %s", reason);
	else if (!strcmp(verdict, "error"))
		printf(" # ERROR %s", reason);
	putchar('\n');
}

static void print_ktap(json_t *const *results, size_t n)
{
	printf("KTAP version 1\n1..%zu\n", n);
	for (size_t i = 0; i < n; i++) {
		const json_t *tests = json_object_get(results[i], "tests"), *item;
		enum result_status status = result_status(results[i]);
		size_t j;

		if (json_array_size(tests))
			printf("  KTAP version 1\n  # Subtest: %s\n  1..%zu\n", config_name(results[i]),
			       json_array_size(tests));
		json_array_foreach(tests, j, item) print_ktap_test(item, j + 1);
		json_array_foreach(json_object_get(results[i], "errors"), j, item)
			printf("# %s: %s\n", config_name(results[i]), json_string_value(item));
		printf("%s %zu %s",
		       status == RESULT_PASS || status == RESULT_NOTHING_VALIDATED ? "ok" : "not ok", i + 1,
		       config_name(results[i]));
		if (status == RESULT_NOTHING_VALIDATED)
			printf(" # SKIP %s", result_string(results[i], "reason"));
		putchar('\n');
	}
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"by-host", no_argument, NULL, 'b'},
		{"ktap", no_argument, NULL, 't'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	bool by_host = false, ktap = false;
	json_t **results;
	size_t n;
	int option;
	enum result_status status;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'h') {
			fputs(usage, stdout);
			return 0;
		}
		if (option == '?')
			return RESULT_CANNOT_RUN;
		by_host |= option == 'b';
		ktap |= option == 't';
	}
	if (optind == argc)
		errx(RESULT_CANNOT_RUN, "no results given; see pvreport --help");
	json_set_alloc_funcs(text_alloc, free);
	n = (size_t)(argc - optind);
	results = text_alloc(n * sizeof(*results));
	for (size_t i = 0; i < n; i++)
		results[i] = load(argv[optind + (int)i], by_host);

	if (ktap) {
		print_ktap(results, n);
	} else {
		if (by_host)
			side_by_side_print(results, n);
		print_failures(results, n);
		print_skips(results, n);
		print_notes(results, n);
		print_totals(results, n);
	}
	status = overall(results, n);
	for (size_t i = 0; i < n; i++)
		json_decref(results[i]);
	free(results);
	if (fflush(stdout))
		err(RESULT_CANNOT_RUN, "cannot write the report");
	return status;
}
