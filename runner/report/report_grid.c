/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A table of PV features by configurations: a mark for each, one row for all configurations with the same marks, and
 * columns only for features whose marks differ.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/common/alloc.h"
#include "runner/common/text.h"
#include "runner/report/feature_suites.h"
#include "runner/report/grouped_lines.h"
#include "runner/report/report.h"

#define PASSED	    '.'
#define FAILED	    'F'
#define NOTHING_RAN '-'
/* With more rows than these, only those with a failure are shown. */
#define ROWS_MAX 12
/* A line is broken behind the first word that passes this column. */
#define LINE_BREAK 85

struct grid {
	struct grouped_lines rows; /* marks, a character for each column */
	struct feature_suites about;
	json_t *columns; /* its features: feature -> place among the marks */
};

/* The worst sticks. */
static char worse(char mark, const struct result_test *test)
{
	if (mark == FAILED || result_test_is_bad(test))
		return FAILED;
	return mark == PASSED || test->verdict == VERDICT_PASS ? PASSED : NOTHING_RAN;
}

static void add_row(struct grid *g, const struct result_entry *r, size_t number)
{
	size_t width = json_object_size(g->columns), length = 0;
	char *marks = alloc_bytes(width + 1);
	const json_t *column = NULL;
	const char *suite = NULL;

	memset(marks, NOTHING_RAN, width);
	marks[width] = '\0';
	for (size_t i = 0; i < r->test_count; i++) {
		const char *name = r->tests[i].name;

		/* The tests of a suite stand together. */
		if (!suite || strncmp(name, suite, length + 1)) {
			char *copy;

			suite = name;
			length = strcspn(name, ".");
			copy = text_format("%.*s", (int)length, name);
			column = json_object_get(g->about.suites, copy);
			free(copy);
		}
		if (column) {
			char *mark = &marks[json_integer_value(column)];

			*mark = worse(*mark, &r->tests[i]);
		}
	}
	grouped_lines_add(&g->rows, marks, number);
	free(marks);
}

/* The mark that a column has in every row, or '\0'. */
static char common_mark(const struct grid *g, size_t column)
{
	char mark = g->rows.all[0].text[column];

	for (size_t i = 1; i < g->rows.count; i++)
		if (g->rows.all[i].text[column] != mark)
			return '\0';
	return mark;
}

/* "pv_sched_yield": "sched". The full names are those of the suites. */
static char *short_name(const char *feature)
{
	const char *name = strncmp(feature, "pv_", strlen("pv_")) ? feature : feature + strlen("pv_");

	return text_format("%.*s", (int)strcspn(name, "_"), name);
}

static int column_width(const char *name)
{
	int length = (int)strlen(name), least = (int)strlen("FAIL");

	return (length > least ? length : least) + 2;
}

static void print_marks(const struct grid *g, const char *marks)
{
	const char *feature;
	json_t *place;

	fputs("  ", stdout);
	json_object_foreach(g->columns, feature, place) {
		size_t column = (size_t)json_integer_value(place);
		char *name = short_name(feature), mark[] = {marks ? marks[column] : '\0', '\0'};

		if (!common_mark(g, column))
			text_print(stdout, "%-*s", column_width(name),
				   !marks	   ? name :
				   *mark == FAILED ? "FAIL" :
						     mark);
		free(name);
	}
}

/* "  everywhere: kvmclock ., eoi ." */
static void print_common(const struct grid *g)
{
	const char *separator = "  everywhere: ", *feature;
	json_t *place;

	json_object_foreach(g->columns, feature, place) {
		char mark = common_mark(g, (size_t)json_integer_value(place)), *name;

		if (!mark)
			continue;
		name = short_name(feature);
		if (mark == FAILED)
			text_print(stdout, "%s%s FAIL", separator, name);
		else
			text_print(stdout, "%s%s %c", separator, name, mark);
		free(name);
		separator = ", ";
	}
	if (*separator == ',')
		putchar('\n');
}

/* In how many configurations each feature passed. */
static void print_sums(const struct grid *g)
{
	const char *separator = "  ", *feature;
	int column = 0;
	json_t *place;

	puts("PV features, and in how many configurations they passed:");
	json_object_foreach(g->columns, feature, place) {
		char *name = short_name(feature);
		size_t sum = 0;

		for (size_t i = 0; i < g->rows.count; i++)
			if (g->rows.all[i].text[json_integer_value(place)] == PASSED)
				sum += g->rows.all[i].count;
		if (column > LINE_BREAK) {
			puts(",");
			separator = "  ";
			column = 0;
		}
		column += text_print(stdout, "%s%s %zu", separator, name, sum);
		separator = ", ";
		free(name);
	}
	puts("\n");
}

static void print(const struct grid *g, bool verbose)
{
	bool only_failures = g->rows.count > ROWS_MAX && !verbose;
	size_t failures = 0;

	for (size_t i = 0; i < g->rows.count; i++)
		failures += strchr(g->rows.all[i].text, FAILED) != NULL;
	if (only_failures && !failures) {
		print_sums(g);
		return;
	}
	text_print(stdout, "PV features (%c passed, FAIL, %c nothing ran)%s:\n", PASSED, NOTHING_RAN,
		   only_failures ? ", where any failed" : "");
	print_marks(g, NULL);
	putchar('\n');
	for (size_t i = 0; i < g->rows.count; i++) {
		if (only_failures && !strchr(g->rows.all[i].text, FAILED))
			continue;
		print_marks(g, g->rows.all[i].text);
		grouped_lines_print_where(&g->rows, &g->rows.all[i], WHERE_BRIEF);
		putchar('\n');
	}
	print_common(g);
	putchar('\n');
}

void report_grid(const struct result_set *set, bool verbose)
{
	struct grid g = {0};

	grouped_lines_init(&g.rows, set);
	feature_suites_init(&g.about, set);
	g.columns = g.about.features;
	for (size_t i = 0; i < set->count; i++)
		if (set->all[i].test_count)
			add_row(&g, &set->all[i], i);
	/* Where all rows are the same, the rest of the report is enough. */
	if (g.rows.count > 1)
		print(&g, verbose);
	grouped_lines_free(&g.rows);
	feature_suites_free(&g.about);
}
