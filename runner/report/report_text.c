/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/report/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/common/text.h"
#include "runner/report/grouped_lines.h"
#include "runner/report/side_by_side.h"

/* Two failures are the same one if their keys are. The caller frees it. */
static char *failure_key(const struct result_test *test)
{
	char *messages = test->messages ? json_dumps(test->messages, JSON_COMPACT) : NULL;
	char *key = text_format("%s %s %s %s", test->name, verdict_name(test->verdict), test->reason,
				messages ? messages : "");

	free(messages);
	return key;
}

static void collect_failures(struct grouped_lines *failures, const struct result_set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		for (size_t j = 0; j < set->all[i].test_count; j++) {
			const struct result_test *test = &set->all[i].tests[j];
			char *key;

			if (!result_test_is_bad(test))
				continue;
			key = failure_key(test);
			grouped_lines_add(failures, key, i);
			free(key);
		}
	}
}

/* Prints a failure once, at the first result that has it. Returns whether this is that result. */
static bool print_failed_test(const struct grouped_lines *failures, size_t result,
			      const struct result_test *test)
{
	char *key = failure_key(test);
	const struct line_group *o = grouped_lines_find(failures, key);
	const json_t *message;
	size_t i;

	free(key);
	if (o->all[0].result != result)
		return false;
	fputs("  ", stdout);
	grouped_lines_print_where(failures, o, 0);
	text_print(stdout, ": %s: %s", test->name, verdict_name(test->verdict));
	if (*test->reason)
		text_print(stdout, ": %s", test->reason);
	putchar('\n');
	json_array_foreach(test->messages, i, message)
		text_print(stdout, "      %s\n", json_string_value(message));
	return true;
}

static void print_failures(const struct result_set *set)
{
	struct grouped_lines failures;
	bool any = false;

	grouped_lines_init(&failures, set);
	collect_failures(&failures, set);
	for (size_t i = 0; i < set->count; i++) {
		const struct result_entry *r = &set->all[i];
		const json_t *errors = json_object_get(r->rest, "errors"), *error;
		bool here = json_array_size(errors);
		size_t j;

		if (!any && (here || failures.count))
			puts("Failed:");
		any |= here || failures.count;
		json_array_foreach(errors, j, error)
			text_print(stdout, "  %s: %s\n", r->label, json_string_value(error));
		for (j = 0; j < r->test_count; j++)
			if (result_test_is_bad(&r->tests[j]))
				here |= print_failed_test(&failures, i, &r->tests[j]);
		if (here && *result_string(r->rest, "log"))
			text_print(stdout, "    log: %s\n", result_string(r->rest, "log"));
	}
	if (any)
		putchar('\n');
	grouped_lines_free(&failures);
}

static void print_list(const struct grouped_lines *list, unsigned int how)
{
	for (size_t i = 0; i < list->count; i++) {
		fputs("  ", stdout);
		grouped_lines_print_where(list, &list->all[i], how);
		text_print(stdout, ": %s\n", list->all[i].text);
	}
}

/* Host -> tests that ran there in any configuration. */
static json_t *collect_ran(const struct result_set *set)
{
	json_t *ran = json_object();

	for (size_t i = 0; i < set->count; i++) {
		const struct result_entry *r = &set->all[i];
		json_t *here = json_object_get(ran, r->host);

		if (!here) {
			here = json_object();
			json_object_set_new(ran, r->host, here);
		}
		for (size_t j = 0; j < r->test_count; j++)
			if (result_test_ran(&r->tests[j]))
				json_object_set_new_nocheck(here, r->tests[j].name, json_true());
	}
	return ran;
}

/* A test that ran elsewhere on the host needs no advice on what would make it run. */
static void print_skipped_tests(const struct result_set *set)
{
	json_t *ran = collect_ran(set);
	struct grouped_lines list;
	size_t elsewhere = 0;

	grouped_lines_init(&list, set);
	for (size_t i = 0; i < set->count; i++) {
		const struct result_entry *r = &set->all[i];
		const json_t *here = json_object_get(ran, r->host);

		for (size_t j = 0; j < r->test_count; j++) {
			if (result_test_ran(&r->tests[j]))
				continue;
			if (json_object_get(here, r->tests[j].name))
				elsewhere++;
			else
				grouped_lines_add(&list, r->tests[j].reason, i);
		}
	}
	if (list.count || elsewhere)
		puts("Skipped tests, by reason:");
	print_list(&list, WHERE_COUNTED);
	if (elsewhere)
		text_print(stdout, "  %zu%s skip%s: those tests ran in another configuration\n", elsewhere,
			   list.count ? " more" : "", elsewhere == 1 ? "" : "s");
	if (list.count || elsewhere)
		putchar('\n');
	grouped_lines_free(&list);
	json_decref(ran);
}

/* A pass that showed nothing of the feature must not pass for more. */
static void print_inert_tests(const struct result_set *set)
{
	struct grouped_lines list;

	grouped_lines_init(&list, set);
	for (size_t i = 0; i < set->count; i++)
		for (size_t j = 0; j < set->all[i].test_count; j++)
			if (*set->all[i].tests[j].inert)
				grouped_lines_add(&list, set->all[i].tests[j].inert, i);
	if (list.count)
		puts("Passed without acting, by reason:");
	print_list(&list, WHERE_COUNTED);
	if (list.count)
		putchar('\n');
	grouped_lines_free(&list);
}

static void print_skipped_runs(const struct result_set *set)
{
	struct grouped_lines list;

	grouped_lines_init(&list, set);
	for (size_t i = 0; i < set->count; i++)
		if (set->all[i].verdict == VERDICT_SKIP)
			grouped_lines_add(&list, result_string(set->all[i].rest, "reason"), i);
	if (list.count)
		puts("Configurations that validated nothing:");
	print_list(&list, WHERE_ANYWHERE);
	if (list.count)
		putchar('\n');
	grouped_lines_free(&list);
}

static void print_notes(const struct result_set *set)
{
	struct grouped_lines notes;
	const json_t *note;
	size_t j;

	grouped_lines_init(&notes, set);
	for (size_t i = 0; i < set->count; i++) {
		json_array_foreach(json_object_get(set->all[i].rest, "notes"), j, note)
			if (json_is_string(note))
				grouped_lines_add(&notes, json_string_value(note), i);
	}
	for (size_t i = 0; i < notes.count; i++) {
		fputs("note: ", stdout);
		grouped_lines_print_where(&notes, &notes.all[i], WHERE_ANYWHERE);
		text_print(stdout, ": %s\n", notes.all[i].text);
	}
	grouped_lines_free(&notes);
}

static size_t count_inert(const struct result_set *set)
{
	size_t inert = 0;

	for (size_t i = 0; i < set->count; i++)
		for (size_t j = 0; j < set->all[i].test_count; j++)
			inert += *set->all[i].tests[j].inert != '\0';
	return inert;
}

static void print_totals(const struct result_set *set)
{
	static const char *const kinds[] = {"pass", "fail", "error", "timeout", "not_run", "skip"};
	static const char *const words[] = {"passed", "failed", "in error", "hung", "not run", "skipped"};
	size_t inert = count_inert(set);

	text_print(stdout, "%zu configuration%s:", set->count, set->count == 1 ? "" : "s");
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		long long sum = result_set_sum(set, kinds[i]);

		if (sum || !i)
			text_print(stdout, "%s %lld %s", i ? "," : "", sum, words[i]);
		if (!i && inert)
			text_print(stdout, " (%zu without acting)", inert);
	}
	text_print(stdout, "\n%s\n", report_status_name(report_status(set)));
}

void report_text(const struct result_set *set)
{
	side_by_side_print(set);
	print_failures(set);
	report_grid(set);
	print_inert_tests(set);
	print_skipped_tests(set);
	print_skipped_runs(set);
	print_notes(set);
	print_totals(set);
}
