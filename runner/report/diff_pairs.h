/* SPDX-License-Identifier: BSD-2-Clause */
/* Which result of a run belongs to which one of an earlier run. */
#ifndef RUNNER_REPORT_DIFF_PAIRS_H
#define RUNNER_REPORT_DIFF_PAIRS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "runner/report/result_set.h"

/* One configuration on one host. At least one of the results is there. */
struct pair {
	const struct result_entry *before, *now;
	const char *name; /* HOST/CONFIG if several hosts are compared, else CONFIG */
	size_t host; /* index of the hosts */
	bool left_out; /* of this run, on purpose: nothing to compare, but what the baseline has is known */
};

struct pair_of_hosts {
	const char *before, *now; /* labels */
};

struct diff_pairs {
	struct pair *all;
	struct pair_of_hosts *hosts;
	size_t count, host_count;
	json_t *only_before, *only_now; /* labels of hosts that are not compared */
	json_t *names; /* private to diff_pairs.c */
};

/* In the order of this run. What only the baseline has comes last; if this run is but a @part, it is left out. */
void diff_pairs_make(struct diff_pairs *pairs, const struct result_set *before, const struct result_set *now,
		     bool part);
void diff_pairs_free(struct diff_pairs *pairs);

#endif
