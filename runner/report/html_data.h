/* SPDX-License-Identifier: BSD-2-Clause */
/* What the HTML report shows, as JSON. Its script alone reads it: this is no interface. */
#ifndef RUNNER_REPORT_HTML_DATA_H
#define RUNNER_REPORT_HTML_DATA_H

#include <jansson.h>

#include "runner/report/result_set.h"

/* @comparison, which it takes over, is null, or of diff_json() with "hosts", of diff_hosts_text(). A new reference. */
json_t *html_data(const struct result_set *set, json_t *comparison);

/* Part of it: what failed. @tests: name -> number, for all tests of the set. */
json_t *html_failures(const struct result_set *set, const json_t *tests);

#endif
