/* SPDX-License-Identifier: BSD-2-Clause */
#include "report.h"

#include <stdio.h>
#include <string.h>

#include "side_by_side.h"

static void print_failed_test(const struct saved_result *r, const struct saved_test *test)
{
	const json_t *message;
	size_t i;

	printf("  %s: %s: %s", r->label, test->name, test->verdict);
	if (*test->reason)
		printf(": %s", test->reason);
	putchar('\n');
	json_array_foreach(test->messages, i, message) printf("      %s\n", json_string_value(message));
}

static bool is_all_good(const struct saved_result *r)
{
	for (size_t i = 0; i < r->test_count; i++)
		if (saved_is_bad(&r->tests[i]))
			return false;
	return !json_array_size(json_object_get(r->rest, "errors"));
}

static void print_failures(const struct saved_results *set)
{
	bool any = false;

	for (size_t i = 0; i < set->count; i++) {
		const struct saved_result *r = &set->all[i];
		const json_t *error;
		size_t j;

		if (is_all_good(r))
			continue;
		if (!any)
			puts("Failed:");
		any = true;
		json_array_foreach(json_object_get(r->rest, "errors"), j, error)
			printf("  %s: %s\n", r->label, json_string_value(error));
		for (j = 0; j < r->test_count; j++)
			if (saved_is_bad(&r->tests[j]))
				print_failed_test(r, &r->tests[j]);
		if (*result_string(r->rest, "log"))
			printf("    log: %s\n", result_string(r->rest, "log"));
	}
	if (any)
		putchar('\n');
}

/* reason -> {configuration: number of tests skipped there for it}, in the order of their first use */
static json_t *group_skips(const struct saved_results *set)
{
	json_t *reasons = json_object();

	for (size_t i = 0; i < set->count; i++) {
		const struct saved_result *r = &set->all[i];

		for (size_t j = 0; j < r->test_count; j++) {
			const struct saved_test *test = &r->tests[j];
			json_t *configs;

			if (strcmp(test->verdict, "skip"))
				continue;
			if (!json_object_get(reasons, test->reason))
				json_object_set_new(reasons, test->reason, json_object());
			configs = json_object_get(reasons, test->reason);
			json_object_set_new(configs, r->label,
					    json_integer(result_number(configs, r->label) + 1));
		}
	}
	return reasons;
}

static void print_skips(const struct saved_results *set)
{
	json_t *reasons = group_skips(set), *configs, *count;
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
	for (size_t i = 0; i < set->count; i++) {
		const struct saved_result *r = &set->all[i];

		if (strcmp(result_string(r->rest, "verdict"), "skip"))
			continue;
		if (!any)
			puts("Configurations that validated nothing:");
		any = true;
		printf("  %s: %s\n", r->label, result_string(r->rest, "reason"));
	}
	if (any)
		putchar('\n');
}

static void print_notes(const struct saved_results *set)
{
	for (size_t i = 0; i < set->count; i++) {
		const struct saved_result *r = &set->all[i];
		const json_t *note;
		size_t j;

		json_array_foreach(json_object_get(r->rest, "notes"), j, note)
			printf("note: %s: %s\n", r->label, json_string_value(note));
	}
}

static void print_totals(const struct saved_results *set)
{
	static const char *const kinds[] = {"pass", "fail", "error", "timeout", "not_run", "skip"};
	static const char *const words[] = {"passed", "failed", "in error", "hung", "not run", "skipped"};

	printf("%zu configuration%s:", set->count, set->count == 1 ? "" : "s");
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		long long sum = 0;

		for (size_t j = 0; j < set->count; j++)
			sum += result_number(json_object_get(set->all[j].rest, "counts"), kinds[i]);
		if (sum || !i)
			printf("%s %lld %s", i ? "," : "", sum, words[i]);
	}
	printf("\n%s\n", report_status_name(report_status(set)));
}

void report_text(const struct saved_results *set)
{
	side_by_side_print(set);
	print_failures(set);
	print_skips(set);
	print_notes(set);
	print_totals(set);
}
