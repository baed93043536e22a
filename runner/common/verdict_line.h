/* SPDX-License-Identifier: BSD-2-Clause */
/* The line that a run of one configuration ends with, for people. */
#ifndef RUNNER_COMMON_VERDICT_LINE_H
#define RUNNER_COMMON_VERDICT_LINE_H

#include <jansson.h>

/* What names are padded to, as a rule: most have less. */
#define VERDICT_LINE_NAME_WIDTH 18

/*
 * "PASS  default            101 passed, 20 skipped (4.2 s)". @run is a result, or an event "end": both have "verdict",
 * "counts", "duration_ms" and "reason"; of a result without a reason the first of its "errors" counts. It may hold bytes
 * of any kind: the line is to be printed by text_print(). The caller frees it.
 */
char *verdict_line(const char *name, int width, const json_t *run);

#endif
