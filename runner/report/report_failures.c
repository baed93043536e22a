/* SPDX-License-Identifier: BSD-2-Clause */
/* What failed: each reason once, with the tests that it explains. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/common/alloc.h"
#include "runner/common/colour.h"
#include "runner/common/text.h"
#include "runner/report/diff_find.h"
#include "runner/report/failure_list.h"
#include "runner/report/report.h"
#include "runner/report/suite_names.h"

/* Of one failure. The log has all of them. */
#define MESSAGES_SHOWN 6
/* More tests than these are counted by suite instead of named. */
#define NAMES_SHOWN 50
/* More entries than these are counted. */
#define ENTRIES_SHOWN 10

static int by_name(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static void print_names(const struct failure *f, bool verbose)
{
	const char **names = alloc_bytes(json_object_size(f->names) * sizeof(*names)), *name;
	size_t count = 0;
	json_t *value;

	json_object_foreach(f->names, name, value)
		names[count++] = name;
	qsort(names, count, sizeof(*names), by_name);
	suite_names_print(names, count, verbose ? count : NAMES_SHOWN, stdout);
	free(names);
}

static void print_messages(const struct failure *f, bool verbose)
{
	const json_t *messages = f->cases[0].test ? f->cases[0].test->messages : NULL;
	size_t shown = 0;

	for (size_t i = failure_next_message(f, 0); i < json_array_size(messages);
	     i = failure_next_message(f, i + 1)) {
		if (shown++ == MESSAGES_SHOWN && !verbose) {
			puts("      [...]");
			break;
		}
		text_print(stdout, "      %s\n", json_string_value(json_array_get(messages, i)));
	}
}

static void print_failure(const struct failure_list *list, const struct result_set *set,
			  const struct failure *f, bool verbose)
{
	const struct failure_case *first = &f->cases[0];
	const char *log = result_string(set->all[first->result].rest, "log");
	size_t names = json_object_size(f->names);

	if (!first->test)
		text_print(stdout, "  %s: error (", DIFF_THE_RUN);
	else if (names == 1)
		text_print(stdout, "  %s: %s (", first->test->name, verdict_name(first->test->verdict));
	else
		text_print(stdout, "  %zu tests: %s (", names, verdict_name(first->test->verdict));
	failure_print_where(list, f, verbose);
	puts(")");
	if (!first->test)
		text_print(stdout, "      %s\n", first->error);
	else if (*first->test->reason)
		text_print(stdout, "      %s\n", first->test->reason);
	print_messages(f, verbose);
	if (names > 1 || (names && !first->test))
		print_names(f, verbose);
	if (*log)
		text_print(stdout, "      log: %s\n", log);
}

void report_failures(const struct result_set *set, bool verbose)
{
	struct failure_list list;

	failure_list_init(&list, set);
	if (list.count) {
		colour_begin(stdout, VERDICT_FAIL);
		fputs("Failed, by reason:", stdout);
		colour_end(stdout);
		putchar('\n');
	}
	for (size_t i = 0; i < list.count; i++) {
		if (i == ENTRIES_SHOWN && !verbose) {
			text_print(stdout, "  [...] %zu more reasons: pvreport -v has all\n", list.count - i);
			break;
		}
		print_failure(&list, set, &list.all[i], verbose);
	}
	if (list.count)
		putchar('\n');
	failure_list_free(&list);
}
