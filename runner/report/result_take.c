/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/report/result_take.h"

#include <stdlib.h>

#include "runner/common/alloc.h"
#include "runner/common/result.h"
#include "runner/common/text.h"
#include "runner/report/result_load.h"

const char *result_intern(struct result_set *set, const char *text)
{
	void *at = json_object_iter_at(set->strings, text);

	if (!at) {
		json_t *string = text_json(text);

		text = json_string_value(string);
		json_object_set_new(set->strings, text, json_null());
		at = json_object_iter_at(set->strings, text);
		json_decref(string);
	}
	return json_object_iter_key(at);
}

/* Equal members become one: most results of a run, and of a fleet, are from few hosts and few kernels. */
static void share(struct result_set *set, json_t *object, const char *key)
{
	json_t *member = json_object_get(object, key), *known;
	char *text = member ? json_dumps(member, JSON_COMPACT) : NULL;

	if (!text)
		return;
	known = json_object_get(set->shared, text);
	if (known)
		json_object_set(object, key, known);
	else
		json_object_set(set->shared, text, member);
	free(text);
}

/* The caller frees it. */
static char *join(const json_t *strings)
{
	char *text = text_format("%s", ""), *longer;
	const json_t *string;
	size_t i;

	json_array_foreach(strings, i, string) {
		if (!json_is_string(string))
			continue;
		longer = text_format("%s%s%s", text, *text ? "; " : "", json_string_value(string));
		free(text);
		text = longer;
	}
	return text;
}

/* Before version 0.2 the member was called "saw". */
static const json_t *observed_in(const json_t *test)
{
	const json_t *observed = json_object_get(test, "observed");

	return observed ? observed : json_object_get(test, "saw");
}

static const char *take_observed(struct result_set *set, const json_t *observed)
{
	char *text;
	const char *interned;

	if (!json_array_size(observed))
		return result_intern(set, "");
	text = join(observed);
	interned = result_intern(set, text);
	free(text);
	return interned;
}

static void take_tests(struct result_set *set, struct result_entry *r)
{
	const json_t *tests = json_object_get(r->rest, "tests"), *test;
	size_t i;

	r->test_count = json_array_size(tests);
	r->tests = alloc_bytes(r->test_count * sizeof(*r->tests));
	json_array_foreach(tests, i, test) {
		json_t *messages = json_object_get(test, "messages"), *costs = json_object_get(test, "costs");
		struct result_test *taken = &r->tests[i];
		const char *what;

		*taken = (struct result_test){
			.name = result_intern(set, result_string(test, "name")),
			.verdict = result_verdict(test),
			.at = result_intern(set, result_string(test, "at")),
			.reason = result_intern(set, result_string(test, "reason")),
			.inert = result_intern(set, result_string(test, "inert")),
			.observed = take_observed(set, observed_in(test)),
			.messages = json_array_size(messages) ? json_incref(messages) : NULL,
			.costs = json_is_array(costs) ? json_incref(costs) : NULL,
			.ms = result_count(test, "ms"),
		};
		taken->has_unmet = unmet_from_json(json_object_get(test, "unmet"), &taken->unmet, &what);
		taken->unmet_what = result_intern(set, taken->has_unmet ? what : "");
	}
	json_object_del(r->rest, "tests");
}

void result_take(struct result_set *set, struct result_entry *r, json_t *result)
{
	const char *config = result_string(json_object_get(result, "config"), "name");
	char *name = result_load_name(r->path);

	r->rest = result;
	r->verdict = result_verdict(result);
	r->end = result_end(result);
	r->config = result_intern(set, *config ? config : name);
	free(name);
	share(set, result, "host");
	share(set, json_object_get(result, "guest"), "suite_features");
	take_tests(set, r);
}
