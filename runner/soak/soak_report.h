/* SPDX-License-Identifier: BSD-2-Clause */
/* What repetitions say: as JSON, and for people from that. */
#ifndef RUNNER_SOAK_SOAK_REPORT_H
#define RUNNER_SOAK_SOAK_REPORT_H

#include <jansson.h>
#include <stdio.h>

#include "runner/soak/soak_load.h"

/* Of all runs of a test, in per mille, how many may have depended on luck before that is told. */
#define SOAK_LUCKY_MAX 10

/* As docs/soak-report.schema.json has it. The caller frees it. */
json_t *soak_report(const struct soak_set *set);
/* @report: of soak_report(). */
void soak_print(const json_t *report, FILE *out);

#endif
