/* SPDX-License-Identifier: BSD-2-Clause */
/* What a set of results says, on standard output, in the forms that people and programs want. */
#ifndef RUNNER_REPORT_REPORT_H
#define RUNNER_REPORT_REPORT_H

#include <stdbool.h>

#include "runner/common/result.h"
#include "runner/report/result_set.h"

/*
 * The exit status for a whole set: a failure outranks a run that could not be made, which outranks success. It is
 * STATUS_NOTHING_VALIDATED only if that is so of all results.
 */
int report_status(const struct result_set *set);
/* "PASS", "FAIL", "CANNOT RUN", "NOTHING VALIDATED" */
const char *report_status_name(int status);

/* For people, on a screen. @verbose: nothing is cut short. @files: which files are other forms of it, or NULL. */
void report_text(const struct result_set *set, bool verbose, const char *files);
/* Parts of it: what failed; */
void report_failures(const struct result_set *set, bool verbose);
/* PV features by configurations, if these differ; */
void report_grid(const struct result_set *set, bool verbose);
/* what operations cost; */
void report_costs(const struct result_set *set, bool verbose);
/* what did not run, and what would make it run. */
void report_skips(const struct result_set *set, bool verbose);
/* The whole run as KTAP: one subtest per configuration. */
void report_ktap(const struct result_set *set);
/* For CI servers: a test suite for each configuration, whose test cases have the suite as their class. */
void report_junit(const struct result_set *set);
/* For GitHub's code scanning, as SARIF 2.1.0: a result for each reason why tests failed, at its place in the source; */
void report_sarif(const struct result_set *set);
/* the same as workflow commands, for the log of a job on GitHub; */
void report_annotations(const struct result_set *set);
/* the same as a Code Quality report of GitLab's. */
void report_codequality(const struct result_set *set);
/* LAVA's signals: a test set for each configuration. */
void report_lava(const struct result_set *set);
/* Whether this can be the id of a build in KCIDB: ORIGIN:ID. */
bool report_kcidb_knows(const char *build);
/* For KernelCI's database: all tests, of the build with this id. */
void report_kcidb(const struct result_set *set, const char *build);
#define REPORT_SCHEMA 1
/* One JSON document: docs/report.schema.json. It takes @comparison over, which is null or of diff_json(). */
void report_json(const struct result_set *set, json_t *comparison);
/* Its part about hosts, each of which is there once. A new reference. */
json_t *report_json_hosts(const struct result_set *set);
/* One HTML file that needs no other, with @comparison as above, or null. */
void report_html(const struct result_set *set, json_t *comparison);
/* GitHub's Markdown, for the pages of CI jobs. @comparison: what diff_print() printed, or NULL. */
void report_markdown(const struct result_set *set, const char *comparison);

#endif
