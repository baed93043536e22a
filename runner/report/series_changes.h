/* SPDX-License-Identifier: BSD-2-Clause */
/* What changes between neighbours of a series: one object for each test and configuration. series_group.c joins them. */
#ifndef RUNNER_REPORT_SERIES_CHANGES_H
#define RUNNER_REPORT_SERIES_CHANGES_H

#include <jansson.h>
#include <stddef.h>

#include "runner/report/series_load.h"

/*
 * Appends what is different between @before and @now, two kernels of @host that ran, to @changes. Members of each: host,
 * from, to (versions), kind, means, test, feature, configuration, before, now, why, at, messages, as docs/series.schema.json
 * has them, with one host, one name and one configuration. Returns how many these are.
 */
size_t series_changes_find(json_t *changes, const struct series_host *host,
			   const struct series_kernel_results *before,
			   const struct series_kernel_results *now);

#endif
