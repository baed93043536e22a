/* SPDX-License-Identifier: BSD-2-Clause */
/* What is compared, and what has changed but is no test: kernel, QEMU, parameters, what guests see advertised. */
#ifndef RUNNER_REPORT_DIFF_HOSTS_H
#define RUNNER_REPORT_DIFF_HOSTS_H

#include <stdio.h>

#include "runner/report/diff_pairs.h"

void diff_hosts_print(const struct diff_pairs *pairs, FILE *out);

#endif
