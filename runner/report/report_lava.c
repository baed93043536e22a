/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signals for LAVA, which reads them from what a job prints: NAME=VALUE with one "=" and no blanks, up to ">". Results are
 * pass, fail, skip and unknown.
 */
#include <ctype.h>
#include <stdio.h>

#include "runner/report/report.h"

#define RUN_NAME "run.as_a_whole"

static const char *const outcomes[] = {
	[VERDICT_PASS] = "pass",    [VERDICT_SKIP] = "skip",	 [VERDICT_FAIL] = "fail",
	[VERDICT_TIMEOUT] = "fail", [VERDICT_ERROR] = "unknown",
};

static void print_name(const char *name)
{
	if (!*name)
		putchar('_');
	for (; *name; name++)
		putchar(isalnum((unsigned char)*name) || *name == '.' || *name == '-' || *name == '+' ?
				*name :
				'_');
}

static void print_case(const char *name, enum verdict verdict)
{
	fputs("<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=", stdout);
	print_name(name);
	printf(" RESULT=%s>\n", outcomes[verdict]);
}

void report_lava(const struct result_set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		const struct result_entry *r = &set->all[i];

		fputs("<LAVA_SIGNAL_TESTSET START ", stdout);
		print_name(r->label);
		puts(">");
		for (size_t j = 0; j < r->test_count; j++)
			print_case(r->tests[j].name, r->tests[j].verdict);
		print_case(RUN_NAME, r->verdict);
		puts("<LAVA_SIGNAL_TESTSET STOP>");
	}
}
