/* SPDX-License-Identifier: BSD-2-Clause */
/* A few lines of a guest's log. */
#ifndef RUNNER_REPORT_LOG_EXCERPT_H
#define RUNNER_REPORT_LOG_EXCERPT_H

#include <jansson.h>

/*
 * Of the log at @path: what a test printed, from "# start TEST" to its result line (docs/ktap.md), or with @test NULL the
 * end of the log. A new reference: a string, or null where there is no such log or test.
 */
json_t *log_excerpt(const char *path, const char *test);

#endif
