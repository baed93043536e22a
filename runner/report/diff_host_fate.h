/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether anything runs on a host that checked something before. */
#ifndef RUNNER_REPORT_DIFF_HOST_FATE_H
#define RUNNER_REPORT_DIFF_HOST_FATE_H

#include "runner/report/diff_pairs.h"

/*
 * Where VMs of @host, an index of the pairs' hosts, ran tests before, and every VM ends without a test now: why, in one
 * line, which the caller frees. NULL: a VM ran, or it cannot be told whether that is the host's fault.
 */
char *diff_host_no_vm(const struct diff_pairs *pairs, size_t host);

/* Where that cannot be told, a configuration without a result: the run was ended, or none was written. Else NULL. */
const struct result_entry *diff_host_unknown(const struct diff_pairs *pairs, size_t host);

#endif
