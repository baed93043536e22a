/* SPDX-License-Identifier: BSD-2-Clause */
/* The report on a fleet, of the document that docs/fleet.schema.json describes. */
#ifndef RUNNER_FLEET_FLEET_REPORT_H
#define RUNNER_FLEET_FLEET_REPORT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "runner/report/report_form.h"

struct fleet_subject {
	const char *folder, *baseline; /* baseline: a folder as well, or NULL */
	bool verbose;
};

/* On standard output, as text, JSON or HTML. Returns the exit status. */
int fleet_report(const struct fleet_subject *s, enum report_form form);

/* @verbose: nothing is cut short. */
void fleet_print(const json_t *document, bool verbose, FILE *out);
void fleet_html(json_t *document);

#endif
