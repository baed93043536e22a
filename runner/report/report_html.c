/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/report/html_data.h"
#include "runner/report/html_page.h"
#include "runner/report/report.h"

void report_html(const struct result_set *set, json_t *comparison)
{
	json_t *data = html_data(set, comparison);

	html_page_print(html_page, html_script, data);
	json_decref(data);
}
