/* SPDX-License-Identifier: BSD-2-Clause */
/* What fails on one kernel of a series, so that it can be said from which kernel on, and up to which one. */
#ifndef RUNNER_REPORT_SERIES_FAILURES_H
#define RUNNER_REPORT_SERIES_FAILURES_H

#include <jansson.h>

#include "runner/report/series_load.h"

/* An array, which the caller frees: "failures" of a kernel in docs/series.schema.json. */
json_t *series_failures(const struct series_kernel_results *kernel);

#endif
