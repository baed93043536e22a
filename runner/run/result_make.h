/* SPDX-License-Identifier: BSD-2-Clause */
/* What happened in a run, judged, as the JSON object that goes into its result file. */
#ifndef RUNNER_RUN_RESULT_MAKE_H
#define RUNNER_RUN_RESULT_MAKE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "runner/common/run_end.h"
#include "runner/common/unmet.h"
#include "runner/run/expected.h"
#include "runner/run/ktap_parser.h"
#include "runner/run/run_options.h"

struct run_outcome {
	const struct run_options *o;
	struct ktap_parser *ktap;
	const struct expected *expected; /* or NULL */
	enum run_end end;
	bool skipped; /* there was nothing to judge, because of: */
	enum unmet_kind unmet;
	const char *unmet_what;
	const char *qemu_version; /* or NULL */
	json_t *migrated_from; /* the host that the VM comes from, or NULL */
	time_t started;
	int64_t duration_ms;
	json_t *timing; /* or NULL: nothing ran */
};

json_t *result_make(const struct run_outcome *r);
/* The result of a run that was not tried, because @what of this kind is not met: for @reason, or NULL: the usual words. */
json_t *result_make_skipped(const struct run_options *o, enum unmet_kind unmet, const char *what,
			    const char *reason);

#endif
