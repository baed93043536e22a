/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/fleet/fleet_report.h"

#include <err.h>
#include <stdlib.h>

#include "runner/common/exit_status.h"
#include "runner/common/result.h"
#include "runner/common/text.h"
#include "runner/fleet/fleet_parts.h"

static void load(struct fleet *fleet, const char *folder)
{
	char *why = fleet_load(fleet, folder);

	if (!why)
		return;
	text_print(stderr, "pvreport: %s\n", why);
	exit(STATUS_CANNOT_RUN);
}

static void print(json_t *document, const struct fleet_subject *s, enum report_form form)
{
	if (form == REPORT_JSON) {
		json_dumpf(document, stdout, JSON_INDENT(1));
		putchar('\n');
	} else if (form == REPORT_HTML) {
		fleet_html(document);
	} else {
		fleet_print(document, s->verbose, stdout);
	}
}

int fleet_report(const struct fleet_subject *s, enum report_form form)
{
	struct fleet now, before;
	json_t *document;
	int status;

	if (s->baseline)
		load(&before, s->baseline);
	load(&now, s->folder);
	document = fleet_json(&now, s->baseline ? &before : NULL);
	status = (int)result_number(document, "status");
	if (s->baseline) {
		status = (int)result_number(json_object_get(document, "comparison"), "status");
		fleet_free(&before);
	}
	print(document, s, form);
	json_decref(document);
	fleet_free(&now);
	if (ferror(stdout) || fflush(stdout))
		err(STATUS_CANNOT_RUN, "cannot write the report");
	return status;
}
