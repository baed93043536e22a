/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * GitHub's workflow commands: what a job prints becomes an annotation of the line of the source. A step can have ten that
 * are errors.
 */
#include <stdio.h>
#include <string.h>

#include "runner/report/failure_note.h"
#include "runner/report/report.h"

#define ERRORS_MAX 10

/* In a property ":" and "," would end it, in both "%" begins an escape. The text has no line feeds. */
static void print_escaped(const char *text, const char *special)
{
	for (; *text; text++)
		if (strchr(special, *text))
			printf("%%%02X", (unsigned int)*text);
		else
			putchar(*text);
}

static void print_error(const struct failure_note *note)
{
	printf("::error file=%s,line=%ld,title=", note->file, note->line);
	print_escaped(note->title, "%:,");
	fputs("::", stdout);
	print_escaped(note->text, "%");
	putchar('\n');
}

void report_annotations(const struct result_set *set)
{
	struct failure_list list;
	size_t shown;

	failure_list_init(&list, set);
	shown = list.count > ERRORS_MAX ? ERRORS_MAX - 1 : list.count;
	for (size_t i = 0; i < shown; i++) {
		struct failure_note note = failure_note_of(&list, set, &list.all[i]);

		print_error(&note);
		failure_note_free(&note);
	}
	if (shown < list.count)
		printf("::error title=%zu more reasons::pvreport prints all of them\n", list.count - shown);
	failure_list_free(&list);
}
