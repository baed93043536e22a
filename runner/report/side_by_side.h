/* SPDX-License-Identifier: BSD-2-Clause */
/* Results of the same configurations on several hosts, a column for each host. */
#ifndef RUNNER_REPORT_SIDE_BY_SIDE_H
#define RUNNER_REPORT_SIDE_BY_SIDE_H

#include "runner/report/result_set.h"

/*
 * What each host is, each configuration's verdict there, and every test whose verdict is not the
 * same everywhere. Prints nothing when there is only one host, and says so when there are too many. Unless @verbose, many
 * configurations are cut to those that are not good on all hosts, or not the same, and tests to the first few.
 */
void side_by_side_print(const struct result_set *set, bool verbose);

#endif
