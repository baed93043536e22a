/* SPDX-License-Identifier: BSD-2-Clause */
/* What nested-host/run had to say about a host: that its kernel complained, or died. No test's result has that. */
#ifndef RUNNER_REPORT_HOST_LOG_H
#define RUNNER_REPORT_HOST_LOG_H

#include <jansson.h>

/* The complaints in the logs (of several boots: host-1.log and so on) beside the result at @path: lines. */
json_t *host_log_complaints(const char *path);

#endif
