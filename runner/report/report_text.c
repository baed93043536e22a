/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/report/report.h"
#include "runner/report/report_form.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/common/colour.h"
#include "runner/common/exit_status.h"
#include "runner/common/text.h"
#include "runner/report/grouped_lines.h"
#include "runner/report/side_by_side.h"

/* With more entries than these, the rest is counted. */
#define ENTRIES_SHOWN 4

static void print_list(const struct grouped_lines *list, unsigned int how, bool verbose)
{
	for (size_t i = 0; i < list->count; i++) {
		if (i == ENTRIES_SHOWN && list->count > ENTRIES_SHOWN + 1 && !verbose) {
			text_print(stdout, "  [...] %zu more: pvreport -v has all\n", list->count - i);
			break;
		}
		fputs("  ", stdout);
		grouped_lines_print_where(list, &list->all[i], how);
		text_print(stdout, ": %s\n", list->all[i].text);
	}
}

/* A pass that showed nothing of the feature must not pass for more. */
static void print_inert_tests(const struct result_set *set, bool verbose)
{
	struct grouped_lines list;

	grouped_lines_init(&list, set);
	for (size_t i = 0; i < set->count; i++)
		for (size_t j = 0; j < set->all[i].test_count; j++)
			if (*set->all[i].tests[j].inert)
				grouped_lines_add(&list, set->all[i].tests[j].inert, i);
	if (list.count)
		puts("Passed without acting, by reason:");
	print_list(&list, WHERE_COUNTED, verbose);
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

/* The last line, which is a word for scripts. */
static void print_status(int status)
{
	colour_begin(stdout, status == STATUS_PASSED		? VERDICT_PASS :
			     status == STATUS_NOTHING_VALIDATED ? VERDICT_SKIP :
								  VERDICT_FAIL);
	fputs(report_status_name(status), stdout);
	colour_end(stdout);
	putchar('\n');
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
	putchar('\n');
	print_status(report_status(set));
}

void report_text(const struct result_set *set, bool verbose, const char *files)
{
	report_failures(set, verbose);
	side_by_side_print(set, verbose);
	report_grid(set, verbose);
	report_costs(set, verbose);
	print_inert_tests(set, verbose);
	report_skips(set, verbose);
	print_notes(set);
	if (files)
		text_print(stdout, "Reports: %s\n", files);
	print_totals(set);
}
