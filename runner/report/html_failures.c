/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "runner/common/result.h"
#include "runner/common/text.h"
#include "runner/report/failure_list.h"
#include "runner/report/html_data.h"
#include "runner/report/log_excerpt.h"
#include "runner/report/promises.h"

static json_t *messages_of(const struct failure_case *c)
{
	return c->test && c->test->messages ? json_incref(c->test->messages) : json_array();
}

/* The messages of the first case are those of the failure; another case has its own only where they differ. */
static json_t *make_case(const struct failure *f, const struct failure_case *c, const json_t *tests)
{
	json_t *messages = messages_of(c), *first = messages_of(&f->cases[0]), *made;

	made = json_pack("{s:I}", "result", (json_int_t)c->result);
	if (c->test)
		json_object_set(made, "test", json_object_get(tests, c->test->name));
	if (!json_equal(messages, first))
		json_object_set(made, "messages", messages);
	json_decref(messages);
	json_decref(first);
	return made;
}

/* Where a test failed; or the end of the log, if it ended before the guest was done. */
static json_t *make_excerpt(const struct result_entry *r, const struct result_test *test, const char *log)
{
	if (!test && r->end == RUN_END_EXIT)
		return json_null();
	return log_excerpt(log, test ? test->name : NULL);
}

static json_t *make_failure(const struct result_set *set, const struct failure *f, const json_t *tests)
{
	const struct failure_case *first = &f->cases[0];
	const char *log = result_string(set->all[first->result].rest, "log");
	json_t *cases = json_array();

	for (size_t i = 0; i < f->case_count; i++)
		json_array_append_new(cases, make_case(f, &f->cases[i], tests));
	return json_pack("{s:s, s:s, s:o, s:I, s:o, s:o, s:o, s:o}", "verdict",
			 verdict_name(first->test ? first->test->verdict : VERDICT_ERROR), "reason",
			 first->test ? first->test->reason : first->error, "messages", messages_of(first),
			 "explains", (json_int_t)f->explains, "promises", promises_of_all(f->names), "log",
			 text_json_or_null(log), "excerpt",
			 make_excerpt(&set->all[first->result], first->test, log), "cases", cases);
}

json_t *html_failures(const struct result_set *set, const json_t *tests)
{
	json_t *failures = json_array();
	struct failure_list list;

	failure_list_init(&list, set);
	for (size_t i = 0; i < list.count; i++)
		json_array_append_new(failures, make_failure(set, &list.all[i], tests));
	failure_list_free(&list);
	return failures;
}
