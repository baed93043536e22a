/* SPDX-License-Identifier: BSD-2-Clause */
/* What happened in a run, judged, as the JSON object that goes into its result file. */
#ifndef RUNNER_RUN_RESULT_MAKE_H
#define RUNNER_RUN_RESULT_MAKE_H

#include <jansson.h>
#include <stdint.h>
#include <time.h>

#include "runner/run/expected.h"
#include "runner/run/ktap_parser.h"
#include "runner/run/run_options.h"

struct run_outcome {
	const struct run_options *o;
	struct ktap_parser *ktap;
	const struct expected *expected; /* or NULL */
	const char *end; /* "exit", "timeout", "silence", ... */
	const char *skip; /* why there was nothing to judge, or NULL */
	const char *qemu_version; /* or NULL */
	time_t started;
	int64_t duration_ms;
};

json_t *result_make(const struct run_outcome *record);
/* The record of a run that was not tried. */
json_t *result_make_skipped(const struct run_options *o, const char *reason);

#endif
