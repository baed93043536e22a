/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A summary in GitHub's Markdown, for the pages of CI jobs. What guests and hosts say stands in code spans, in which nothing
 * is markup.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/common/result.h"
#include "runner/common/text.h"
#include "runner/report/diff_find.h"
#include "runner/report/failure_list.h"
#include "runner/report/report.h"

/* The pages have room for 1 MiB. */
#define FAILURES_MAX 50
#define NAMES_MAX    20

static size_t longest_run(const char *text, char c)
{
	size_t longest = 0, run = 0;

	for (; *text; text++) {
		run = *text == c ? run + 1 : 0;
		longest = run > longest ? run : longest;
	}
	return longest;
}

/* A code span on one line, in which @bar stands for "|". */
static void print_span(const char *text, const char *bar)
{
	char *printable = text_printable(text, strlen(text));
	int fence = (int)longest_run(printable, '`') + 1;

	for (int i = 0; i < fence; i++)
		putchar('`');
	/* A blank at both ends is no part of it, and keeps backquotes apart. */
	putchar(' ');
	for (const char *c = printable; *c; c++)
		if (*c == '|')
			fputs(bar, stdout);
		else
			putchar(*c);
	putchar(' ');
	for (int i = 0; i < fence; i++)
		putchar('`');
	free(printable);
}

static void print_code(const char *text)
{
	print_span(text, "|");
}

/* A bar would end the cell. */
static void print_cell(const char *text)
{
	fputs("| ", stdout);
	if (*text)
		print_span(text, "\\|");
	putchar(' ');
}

/* "a, b and 3 more": @shown names, of @count. */
static void print_names(const char *const *names, size_t shown, size_t count)
{
	for (size_t i = 0; i < shown; i++) {
		fputs(i ? ", " : "", stdout);
		print_code(names[i]);
	}
	if (count > shown)
		printf(" and %zu more", count - shown);
}

static void print_places(const struct result_set *set, const struct failure *f)
{
	size_t count = 0, last = SIZE_MAX;
	const char *labels[NAMES_MAX];

	for (size_t i = 0; i < f->case_count; i++) {
		if (f->cases[i].result == last)
			continue;
		last = f->cases[i].result;
		if (count < NAMES_MAX)
			labels[count] = set->all[last].label;
		count++;
	}
	print_names(labels, count < NAMES_MAX ? count : NAMES_MAX, count);
}

static void print_failure(const struct result_set *set, const struct failure *f)
{
	const struct failure_case *first = &f->cases[0];
	size_t count = json_object_size(f->names), named = 0;
	const char *names[NAMES_MAX], *name;
	const char *reason = first->test ? first->test->reason : first->error;
	const json_t *messages = first->test ? first->test->messages : NULL;
	json_t *value;

	json_object_foreach(f->names, name, value)
		if (named < NAMES_MAX)
			names[named++] = name;
	fputs("- ", stdout);
	if (!first->test)
		fputs(DIFF_THE_RUN, stdout);
	else if (count == 1)
		print_names(names, named, count);
	else
		printf("**%zu tests**", count);
	printf(": %s, in ", verdict_name(first->test ? first->test->verdict : VERDICT_ERROR));
	print_places(set, f);
	if (*reason) {
		fputs("\n  - ", stdout);
		print_code(reason);
	}
	for (size_t i = failure_next_message(f, 0); i < json_array_size(messages);
	     i = failure_next_message(f, i + 1)) {
		const char *message = json_string_value(json_array_get(messages, i));

		fputs("\n  - ", stdout);
		print_code(message ? message : "");
	}
	if (count > 1 || (count && !first->test)) {
		fputs("\n  - ", stdout);
		print_names(names, named, count);
	}
	putchar('\n');
}

static void print_failures(const struct result_set *set)
{
	struct failure_list list;

	failure_list_init(&list, set);
	if (list.count)
		puts("\n### Failed, by reason\n");
	for (size_t i = 0; i < list.count && i < FAILURES_MAX; i++)
		print_failure(set, &list.all[i]);
	if (list.count > FAILURES_MAX)
		printf("- %zu more reasons\n", list.count - FAILURES_MAX);
	failure_list_free(&list);
}

static void print_totals(const struct result_set *set)
{
	printf("## KVM paravirtual interface: %s\n\n", report_status_name(report_status(set)));
	puts("| configurations | passed | failed | in error | hung | not run | skipped |\n|---|---|---|---|---|---|---|");
	printf("| %zu | %lld | %lld | %lld | %lld | %lld | %lld |\n", set->count, result_set_sum(set, "pass"),
	       result_set_sum(set, "fail"), result_set_sum(set, "error"), result_set_sum(set, "timeout"),
	       result_set_sum(set, "not_run"), result_set_sum(set, "skip"));
}

static void print_hosts(const struct result_set *set)
{
	json_t *hosts = report_json_hosts(set), *host;
	size_t i;

	puts("\n### Hosts\n\n| host | kernel | QEMU | module |\n|---|---|---|---|");
	json_array_foreach(hosts, i, host) {
		static const char *const keys[] = {"label", "release", "qemu_version", "kvm_module"};

		for (size_t j = 0; j < sizeof(keys) / sizeof(keys[0]); j++) {
			const char *text = result_string(host, keys[j]);

			print_cell(*text ? text : j ? "not known" : "this host");
		}
		puts("|");
	}
	json_decref(hosts);
}

/* As it is, between fences that are longer than any in it. */
static void print_block(const char *text)
{
	int fence = (int)longest_run(text, '`') + 3;

	for (int i = 0; i < fence; i++)
		putchar('`');
	printf("\n%s", text);
	for (int i = 0; i < fence; i++)
		putchar('`');
	putchar('\n');
}

void report_markdown(const struct result_set *set, const char *comparison)
{
	print_totals(set);
	print_failures(set);
	if (comparison) {
		puts("\n### Changes since the baseline\n");
		print_block(comparison);
	}
	print_hosts(set);
}
