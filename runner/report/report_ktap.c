/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/common/exit_status.h"
#include "runner/common/text.h"
#include "runner/report/report.h"

#include <stdio.h>
#include <string.h>

/* A name ends where a directive begins, so "#" in a foreign one is not left alone. */
static void print_name(const char *name)
{
	for (size_t length; *name; name += length) {
		length = strcspn(name, "#");
		text_print(stdout, "%.*s%s", (int)length, name, name[length] ? "\\#" : "");
		length += name[length] != '\0';
	}
}

static void print_test(const struct result_test *test, size_t number)
{
	static const char *const directives[] = {
		[VERDICT_PASS] = NULL,	       [VERDICT_FAIL] = NULL,	  [VERDICT_SKIP] = "SKIP",
		[VERDICT_TIMEOUT] = "TIMEOUT", [VERDICT_ERROR] = "ERROR",
	};
	const json_t *message;
	size_t i;

	json_array_foreach(test->messages, i, message)
		text_print(stdout, "  # %s\n", json_string_value(message));
	if (*test->observed)
		text_print(stdout, "  # observed: %s\n", test->observed);
	if (*test->inert)
		text_print(stdout, "  # inert: %s\n", test->inert);
	text_print(stdout, "  %s %zu ", result_test_is_bad(test) ? "not ok" : "ok", number);
	print_name(test->name);
	if (directives[test->verdict])
		text_print(stdout, " # %s %s", directives[test->verdict], test->reason);
	putchar('\n');
}

void report_ktap(const struct result_set *set)
{
	text_print(stdout, "KTAP version 1\n1..%zu\n", set->count);
	for (size_t i = 0; i < set->count; i++) {
		const struct result_entry *r = &set->all[i];
		int status = result_status(r->verdict, r->end);
		const json_t *error;
		size_t j;

		if (r->test_count)
			text_print(stdout, "  KTAP version 1\n  # Subtest: %s\n  1..%zu\n", r->label,
				   r->test_count);
		for (j = 0; j < r->test_count; j++)
			print_test(&r->tests[j], j + 1);
		json_array_foreach(json_object_get(r->rest, "errors"), j, error)
			text_print(stdout, "# %s: %s\n", r->label, json_string_value(error));
		text_print(stdout, "%s %zu ",
			   status == STATUS_PASSED || status == STATUS_NOTHING_VALIDATED ? "ok" : "not ok",
			   i + 1);
		print_name(r->label);
		if (status == STATUS_NOTHING_VALIDATED)
			text_print(stdout, " # SKIP %s", result_string(r->rest, "reason"));
		putchar('\n');
	}
}
