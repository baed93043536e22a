/* SPDX-License-Identifier: BSD-2-Clause */
/* The promises that a test holds the host to: rows of docs/catalogue.tsv, as they were when this program was built. */
#ifndef RUNNER_REPORT_PROMISES_H
#define RUNNER_REPORT_PROMISES_H

#include <jansson.h>

/* [{"id", "feature", "promise"}...]: empty for a test that this version does not know. A new reference. */
json_t *promises_of(const char *test);
/* The same for all tests that are keys of @tests, each promise once. */
json_t *promises_of_all(json_t *tests);
/* Of such an array: ["K01"...]. A new reference. */
json_t *promises_ids(const json_t *promises);

#endif
