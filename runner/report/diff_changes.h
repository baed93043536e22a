/* SPDX-License-Identifier: BSD-2-Clause */
/* The changes that a comparison has found, as text: by kind, and equal ones of many tests or at many places as one. */
#ifndef RUNNER_REPORT_DIFF_CHANGES_H
#define RUNNER_REPORT_DIFF_CHANGES_H

#include <stdio.h>

#include "runner/report/diff_find.h"

/* Adds to @subjects, by enum change_kind, how many different tests, or configurations, have changed. */
void diff_changes_print(const struct diff *changes, size_t *subjects, FILE *out);

#endif
