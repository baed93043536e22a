/* SPDX-License-Identifier: BSD-2-Clause */
/* For the files that print how two hosts differ: diff_hosts.c and diff_hosts_configs.c, and nothing else. */
#ifndef RUNNER_REPORT_DIFF_HOSTS_VIEW_H
#define RUNNER_REPORT_DIFF_HOSTS_VIEW_H

#include <stdbool.h>
#include <stdio.h>

#include "runner/report/diff_pairs.h"

/* One pair of hosts, and what of it is on which side. */
struct host_view {
	const struct diff_pairs *pairs;
	size_t host;
	FILE *out;
	bool any; /* differences so far */
};

/* The object "PART": {"KEY": ...} of the first of the host's results that has it, or NULL. */
const json_t *diff_hosts_find(const struct host_view *v, bool now, const char *part, const char *key);
/* Begins a line about a difference. */
void diff_hosts_title(struct host_view *v, const char *title);

/* What configurations of the same name ask for. */
void diff_hosts_arguments(struct host_view *v);
/* What KVM offers to VMMs, which may hide some of it from guests. */
void diff_hosts_offer(struct host_view *v);
/* What guests see. */
void diff_hosts_features(struct host_view *v);

#endif
