/* SPDX-License-Identifier: BSD-2-Clause */
/* Which suites are about which PV feature: as results say, by bits, and by the names of suites. */
#ifndef RUNNER_REPORT_FEATURE_SUITES_H
#define RUNNER_REPORT_FEATURE_SUITES_H

#include <jansson.h>

#include "runner/report/result_set.h"

struct feature_suites {
	json_t *suites; /* suite -> place of its feature among the features */
	json_t *features; /* feature -> its place; a feature has the name of a suite */
	json_t *bits; /* suite -> bits in EAX of the feature leaf; suites about no feature are not there */
};

void feature_suites_init(struct feature_suites *f, const struct result_set *set);
void feature_suites_free(struct feature_suites *f);

#endif
