/* SPDX-License-Identifier: BSD-2-Clause */
/* One result from disk, or one that says why there is none. */
#ifndef RUNNER_REPORT_RESULT_LOAD_H
#define RUNNER_REPORT_RESULT_LOAD_H

#include <jansson.h>

/*
 * The result in the file; its "log" is where the log lies now: beside it, as it may have come here from another machine.
 * If it cannot be read, or is of another schema: as result_load_none().
 */
json_t *result_load(const char *path);

/* A result with verdict "error" and end "could not start", whose only error is @why, which it takes over. */
json_t *result_load_none(const char *path, json_t *why);

/* What is behind the last slash of @path. */
const char *result_load_file(const char *path);
/* The same without ".json" at its end: the configuration's name, as a rule. The caller frees it. */
char *result_load_name(const char *path);

#endif
