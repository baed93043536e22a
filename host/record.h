/* SPDX-License-Identifier: BSD-2-Clause */
/* What happened in a run, judged, as the JSON object that goes into its result file. */
#ifndef HOST_RECORD_H
#define HOST_RECORD_H

#include <jansson.h>
#include <stdint.h>
#include <time.h>

#include "expected.h"
#include "ktap.h"
#include "run.h"

struct record {
	const struct run_options *o;
	struct ktap *ktap;
	const struct expected *expected; /* or NULL */
	const char *end; /* "exit", "timeout", "silence", ... */
	const char *skip; /* why there was nothing to judge, or NULL */
	const char *qemu_version; /* or NULL */
	time_t started;
	int64_t duration_ms;
};

json_t *record_make(const struct record *record);
/* The record of a run that was not tried. */
json_t *record_skipped(const struct run_options *o, const char *reason);

#endif
