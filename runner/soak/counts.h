/* SPDX-License-Identifier: BSD-2-Clause */
/* What many runs came to: how often each test had which outcome. A JSON document, as docs/soak.schema.json has it. */
#ifndef RUNNER_SOAK_COUNTS_H
#define RUNNER_SOAK_COUNTS_H

#include <jansson.h>
#include <stdbool.h>

#include "runner/soak/goal.h"

#define COUNTS_FILE    "soak.json"
#define COUNTS_VERSION 1
/* Of each outcome that a test did not have at first, the logs of so many runs are kept. */
#define COUNTS_KEPT_MAX 10

/* Nothing yet. @host: a nested host's name, or NULL. The caller frees it. */
json_t *counts_new(const char *host, const struct soak_goal *goal);
/* Whether log and result of @run, of outcome_of_result(), are worth keeping; before it is added. */
bool counts_wants(const json_t *counts, const json_t *run);
/*
 * Adds @run, which is repetition number @repetition of its configuration and whose log was @kept. Returns whether a test passed
 * or failed where it did not at first. @news: an array, gets {"configuration", "name" or null: the run itself, "outcome",
 * "first"} for each verdict that is not the first one, and is new; may be NULL.
 */
bool counts_add(json_t *counts, const json_t *run, long repetition, bool kept, json_t *news);
/* What a nested host has come to, after so many repetitions: the kinds of "host" events. */
void counts_add_host(json_t *counts, long repetition, const char *kind, const char *text);

/* What of @outcomes, a member of "tests" or the "verdicts" of a configuration that ran so often: */
long long counts_failed(const json_t *outcomes);
long long counts_lucky(const json_t *outcomes);
long long counts_missing(const json_t *outcomes, long long runs);
/* Not all verdicts are alike, or some are missing. */
bool counts_differ(const json_t *outcomes, long long runs);
/* What has failed, at times or always: [{"configuration", "name" or null, "runs": failures, "of": runs}]. The caller frees it. */
json_t *counts_failures(const json_t *counts);
/* The status for them, one of runner/common/exit_status.h. */
int counts_status(const json_t *counts);

/* False, with errno: the file at @path is as it was before. */
bool counts_write(const json_t *counts, const char *path);

#endif
