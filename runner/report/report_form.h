/* SPDX-License-Identifier: BSD-2-Clause */
/* The forms that a report can have, and those that lie beside a run's results. */
#ifndef RUNNER_REPORT_REPORT_FORM_H
#define RUNNER_REPORT_REPORT_FORM_H

#include <stdbool.h>

#include "runner/report/diff_find.h"
#include "runner/report/result_set.h"

enum report_form {
	REPORT_TEXT,
	REPORT_KTAP,
	REPORT_JUNIT,
	REPORT_JSON,
	REPORT_HTML,
	REPORT_MARKDOWN,
	REPORT_SARIF,
	REPORT_ANNOTATIONS,
	REPORT_CODEQUALITY,
	REPORT_LAVA,
	REPORT_KCIDB,
};

struct report_subject {
	const struct result_set *now, *before; /* before: the baseline, or NULL */
	const struct diff_terms *terms; /* of the comparison */
	bool verbose;
	const char *build; /* its id in KCIDB, or NULL */
	const char *files; /* what report_files_write() has written, or NULL */
};

/* On standard output. */
void report_print(const struct report_subject *s, enum report_form form);

/* The report for programs among them, which is no result, although its name ends like those of results. */
#define REPORT_FILE_JSON "report.json"

/*
 * The reports that belong to a run, in @folder, each of them whole or not at all. Returns which of them are there,
 * "FOLDER/report.html, report.json", or NULL: none. The caller frees it. Where it is not *@all, lines on standard error
 * say why.
 */
char *report_files_write(const struct report_subject *s, const char *folder, bool *all);

#endif
