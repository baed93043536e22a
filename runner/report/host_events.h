/* SPDX-License-Identifier: BSD-2-Clause */
/* What nested-host/run said of a host: that its kernel complained, or died. No test's result has that. */
#ifndef RUNNER_REPORT_HOST_EVENTS_H
#define RUNNER_REPORT_HOST_EVENTS_H

#include <jansson.h>

/*
 * The complaints among the events "host" (docs/events.md) in host.jsonl beside the result at @path, or in host-1.jsonl and
 * so on if the host was booted several times: strings. NULL: there is no such file, because the host was this machine,
 * or because the results are older than version 0.2.
 */
json_t *host_events_complaints(const char *path);

/*
 * What ended the host, of the same events: its kernel panicked or died, or nothing can run there. That it hung may be
 * the emulator's fault. The caller frees it. NULL: nothing did.
 */
char *host_events_end(const char *path);

#endif
