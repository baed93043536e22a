/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/report/report_form.h"

#include <stdio.h>
#include <stdlib.h>

#include "runner/common/alloc.h"
#include "runner/common/text.h"
#include "runner/report/diff_print.h"
#include "runner/report/report.h"

/* A page has the differences between hosts, too. */
static json_t *compare_for_page(const struct report_subject *s)
{
	json_t *comparison = diff_json(s->before, s->now, s->terms);
	char *hosts = diff_hosts_text(s->before, s->now, s->terms);

	json_object_set_new(comparison, "hosts", text_json(hosts));
	free(hosts);
	return comparison;
}

static void print_markdown(const struct report_subject *s)
{
	char *comparison = NULL;
	size_t size;

	if (s->before) {
		FILE *out = alloc_stream(&comparison, &size);

		diff_print(s->before, s->now, s->terms, out);
		fclose(out);
	}
	report_markdown(s->now, comparison);
	free(comparison);
}

void report_print(const struct report_subject *s, enum report_form form)
{
	switch (form) {
	case REPORT_TEXT:
		report_text(s->now, s->verbose, s->files);
		break;
	case REPORT_KTAP:
		report_ktap(s->now);
		break;
	case REPORT_JUNIT:
		report_junit(s->now);
		break;
	case REPORT_JSON:
		report_json(s->now, s->before ? diff_json(s->before, s->now, s->terms) : json_null());
		break;
	case REPORT_HTML:
		report_html(s->now, s->before ? compare_for_page(s) : json_null());
		break;
	case REPORT_MARKDOWN:
		print_markdown(s);
		break;
	case REPORT_SARIF:
		report_sarif(s->now);
		break;
	case REPORT_ANNOTATIONS:
		report_annotations(s->now);
		break;
	case REPORT_CODEQUALITY:
		report_codequality(s->now);
		break;
	case REPORT_LAVA:
		report_lava(s->now);
		break;
	case REPORT_KCIDB:
		report_kcidb(s->now, s->build);
		break;
	}
}
