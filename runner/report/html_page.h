/* SPDX-License-Identifier: BSD-2-Clause */
/* Pages for browsers, on standard output. */
#ifndef RUNNER_REPORT_HTML_PAGE_H
#define RUNNER_REPORT_HTML_PAGE_H

#include <jansson.h>

/* Built in: runner/report/html_files.S. */
extern const char html_page[], html_style[], html_script[], html_fleet_page[], html_fleet_script[];

/* @page, with @data, @script and the style that all pages share. */
void html_page_print(const char *page, const char *script, const json_t *data);

#endif
