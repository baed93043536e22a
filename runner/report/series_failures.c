/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/report/series_failures.h"

#include <stdlib.h>

#include "runner/common/text.h"
#include "runner/report/diff_find.h"
#include "runner/report/diff_judge.h"
#include "runner/report/host_events.h"

/* Each test once, with the configurations where it is bad and what it said in the first of them. */
static void add(json_t *failures, const char *test, const char *configuration, const char *at,
		const json_t *messages)
{
	json_t *failure = json_object_get(failures, test);

	if (!failure) {
		failure = json_pack("{s:s, s:[], s:o, s:o}", "test", test, "configurations", "at",
				    text_json_or_null(at), "messages",
				    messages ? json_deep_copy(messages) : json_array());
		json_object_set_new(failures, test, failure);
	}
	if (*configuration)
		json_array_append_new(json_object_get(failure, "configurations"), text_json(configuration));
}

json_t *series_failures(const struct series_kernel_results *kernel)
{
	json_t *failures = json_object(), *list = json_array(), *failure, *complaints;
	char *path = text_format("%s/", kernel->folder);
	const char *name;

	for (size_t i = 0; i < kernel->results.count; i++) {
		const struct result_entry *r = &kernel->results.all[i];

		if (diff_errors(r))
			add(failures, DIFF_THE_RUN, r->config, "", diff_errors(r));
		for (size_t j = 0; j < r->test_count; j++)
			if (result_test_is_bad(&r->tests[j]))
				add(failures, r->tests[j].name, r->config, r->tests[j].at,
				    r->tests[j].messages);
	}
	complaints = host_events_complaints(path);
	if (json_array_size(complaints))
		add(failures, DIFF_THE_HOST, "", "", complaints);
	json_decref(complaints);
	free(path);
	json_object_foreach(failures, name, failure)
		json_array_append(list, failure);
	json_decref(failures);
	return list;
}
