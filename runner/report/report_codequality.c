/* SPDX-License-Identifier: BSD-2-Clause */
/* GitLab's Code Quality report, which merge requests show at the line of the source. */
#include <stdio.h>

#include "runner/common/text.h"
#include "runner/report/failure_note.h"
#include "runner/report/report.h"

static json_t *make_issue(const struct failure *f, const struct failure_note *note)
{
	const struct result_test *test = f->cases[0].test;

	return json_pack("{s:o, s:s, s:s, s:s, s:{s:s, s:{s:I}}}", "description",
			 text_json_format("%s: %s", note->title, note->text), "check_name",
			 verdict_name(test ? test->verdict : VERDICT_ERROR), "fingerprint", note->fingerprint,
			 "severity", test && test->verdict == VERDICT_ERROR ? "major" : "critical",
			 "location", "path", note->file, "lines", "begin", (json_int_t)note->line);
}

void report_codequality(const struct result_set *set)
{
	json_t *issues = json_array();
	struct failure_list list;

	failure_list_init(&list, set);
	for (size_t i = 0; i < list.count; i++) {
		struct failure_note note = failure_note_of(&list, set, &list.all[i]);

		json_array_append_new(issues, make_issue(&list.all[i], &note));
		failure_note_free(&note);
	}
	failure_list_free(&list);
	json_dumpf(issues, stdout, JSON_INDENT(1));
	putchar('\n');
	json_decref(issues);
}
