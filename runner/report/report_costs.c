/* SPDX-License-Identifier: BSD-2-Clause */
/* What operations cost, in a table for each result that has measured it. */
#include <stdlib.h>

#include "runner/common/result.h"
#include "runner/common/text.h"
#include "runner/report/report.h"

#define NAME_WIDTH   32
#define NUMBER_WIDTH 12

static void print_cost(const json_t *cost)
{
	const json_t *exits = json_object_get(cost, "exits");
	char *number = json_is_integer(exits) ? text_format("%lld", result_count(cost, "exits")) :
						text_format("unclear");
	char *median = text_format("%lld", result_count(cost, "median_cycles"));
	char *p99 = text_format("%lld", result_count(cost, "p99_cycles"));

	text_print(stdout, "  %-*s %*s %*s %*s\n", NAME_WIDTH, result_string(cost, "operation"), NUMBER_WIDTH,
		   number, NUMBER_WIDTH, median, NUMBER_WIDTH, p99);
	free(number);
	free(median);
	free(p99);
}

static bool has_costs(const struct result_entry *r)
{
	for (size_t i = 0; i < r->test_count; i++)
		if (json_array_size(r->tests[i].costs))
			return true;
	return false;
}

static void print_result(const struct result_entry *r)
{
	const json_t *cost;
	size_t i;

	text_print(stdout, "%-*s %*s %*s %*s\n", NAME_WIDTH + 2, r->label, NUMBER_WIDTH, "exits",
		   NUMBER_WIDTH, "median", NUMBER_WIDTH, "99th %");
	for (size_t j = 0; j < r->test_count; j++)
		json_array_foreach(r->tests[j].costs, i, cost)
			print_cost(cost);
	putchar('\n');
}

void report_costs(const struct result_set *set, bool verbose)
{
	size_t count = 0;

	for (size_t i = 0; i < set->count; i++)
		count += has_costs(&set->all[i]);
	if (!count)
		return;
	if (count > 1 && !verbose) {
		text_print(stdout, "What operations cost, of %zu results: pvreport -v has it\n\n", count);
		return;
	}
	puts("What an operation costs, in exits of the VM and in cycles of its TSC:");
	for (size_t i = 0; i < set->count; i++)
		if (has_costs(&set->all[i]))
			print_result(&set->all[i]);
}
