/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/report/report.h"

#include <stdio.h>
#include <string.h>

static void print_test(const struct result_test *test, size_t number)
{
	const json_t *message;
	size_t i;

	json_array_foreach(test->messages, i, message)
		printf("  # %s\n", json_string_value(message));
	if (*test->observed)
		printf("  # observed: %s\n", test->observed);
	printf("  %s %zu %s", result_test_is_bad(test) ? "not ok" : "ok", number, test->name);
	if (!strcmp(test->verdict, "skip"))
		printf(" # SKIP %s", test->reason);
	else if (!strcmp(test->verdict, "timeout"))
		printf(" # TIMEOUT %s", test->reason);
	else if (!strcmp(test->verdict, "error"))
		printf(" # ERROR %s", test->reason);
	putchar('\n');
}

void report_ktap(const struct result_set *set)
{
	printf("KTAP version 1\n1..%zu\n", set->count);
	for (size_t i = 0; i < set->count; i++) {
		const struct result_entry *r = &set->all[i];
		enum result_status status = result_status(r->rest);
		const json_t *error;
		size_t j;

		if (r->test_count)
			printf("  KTAP version 1\n  # Subtest: %s\n  1..%zu\n", r->label, r->test_count);
		for (j = 0; j < r->test_count; j++)
			print_test(&r->tests[j], j + 1);
		json_array_foreach(json_object_get(r->rest, "errors"), j, error)
			printf("# %s: %s\n", r->label, json_string_value(error));
		printf("%s %zu %s",
		       status == RESULT_PASS || status == RESULT_NOTHING_VALIDATED ? "ok" : "not ok", i + 1,
		       r->label);
		if (status == RESULT_NOTHING_VALIDATED)
			printf(" # SKIP %s", result_string(r->rest, "reason"));
		putchar('\n');
	}
}
