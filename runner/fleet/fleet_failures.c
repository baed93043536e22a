/* SPDX-License-Identifier: BSD-2-Clause */
/* What fails on the same hosts is told once, with the fact that these hosts share and others lack. */
#include <stdlib.h>
#include <string.h>

#include "runner/common/alloc.h"
#include "runner/common/result.h"
#include "runner/common/text.h"
#include "runner/fleet/fleet_explain.h"
#include "runner/fleet/fleet_parts.h"

/* So many failures are explained: those of most hosts. */
#define EXPLAINED_MAX 200

struct failure {
	json_t *tests; /* array of names */
	bool run; /* the runs themselves are at fault as well */
	json_t *message; /* the first of the first */
	bool *in; /* for each outcome, whether it has them */
	size_t hosts;
};

/* Test -> array of numbers of outcomes that have it failing. */
static json_t *index_tests(const struct fleet *fleet)
{
	json_t *by_test = json_object(), *outcome, *failure;
	size_t i, j;

	json_array_foreach(fleet->outcomes, i, outcome)
		json_array_foreach(json_object_get(outcome, "failures"), j, failure) {
			const char *test = result_string(failure, "test");
			json_t *in = json_object_get(by_test, test);
			size_t count = json_array_size(in);

			if (!in)
				json_object_set_new(by_test, test, in = json_array());
			if (!count || json_integer_value(json_array_get(in, count - 1)) != (json_int_t)i)
				json_array_append_new(in, json_integer((json_int_t)i));
		}
	return by_test;
}

static json_t *first_message(const struct fleet *fleet, const char *test, size_t outcome)
{
	const json_t *failure;
	size_t i;

	json_array_foreach(json_object_get(json_array_get(fleet->outcomes, outcome), "failures"), i, failure)
		if (!strcmp(result_string(failure, "test"), test)) {
			json_t *message = json_array_get(json_object_get(failure, "messages"), 0);

			return json_incref(message ? message : json_object_get(failure, "reason"));
		}
	return json_null();
}

/* Tests with the same outcomes are one failure. */
static struct failure *group(const struct fleet *fleet, json_t *by_test, size_t *count)
{
	json_t *numbers = json_object(), *in, *number;
	struct failure *all = alloc_bytes(json_object_size(by_test) * sizeof(*all));
	const char *test;
	size_t i;

	*count = 0;
	json_object_foreach(by_test, test, in) {
		char *key = json_dumps(in, JSON_COMPACT);
		const json_t *known = json_object_get(numbers, key);
		size_t at = known ? (size_t)json_integer_value(known) : *count;

		if (!known) {
			json_object_set_new(numbers, key, json_integer((json_int_t)at));
			++*count;
			all[at] = (struct failure){
				.tests = json_array(),
				.message = first_message(fleet, test,
							 (size_t)json_integer_value(json_array_get(in, 0))),
				.in = alloc_bytes(json_array_size(fleet->outcomes)),
			};
			memset(all[at].in, 0, json_array_size(fleet->outcomes));
			json_array_foreach(in, i, number)
				all[at].in[json_integer_value(number)] = true;
		}
		if (*test)
			json_array_append_new(all[at].tests, json_string(test));
		else
			all[at].run = true;
		free(key);
	}
	json_decref(numbers);
	return all;
}

static int compare_failures(const void *a, const void *b)
{
	const struct failure *one = a, *other = b;
	size_t tests = json_array_size(one->tests), others = json_array_size(other->tests);

	if (one->hosts != other->hosts)
		return one->hosts > other->hosts ? -1 : 1;
	return tests > others ? -1 : tests < others;
}

static json_t *make_failure(const struct fleet *fleet, const struct failure *f, json_t *explanation)
{
	json_t *classes = json_array();

	for (size_t i = 0; i < json_array_size(fleet->outcomes); i++)
		if (f->in[i])
			json_array_append_new(classes, json_integer((json_int_t)i));
	return json_pack("{s:O, s:b, s:O, s:I, s:o, s:o}", "tests", f->tests, "run", f->run, "message",
			 f->message, "hosts", (json_int_t)f->hosts, "classes", classes, "explanation",
			 explanation);
}

json_t *fleet_failures_json(const struct fleet *fleet, const struct fleet_cells *cells)
{
	struct fleet_explainer *explainer = fleet_explainer_new(fleet, cells);
	json_t *by_test = index_tests(fleet), *failures = json_array();
	size_t count;
	struct failure *all = group(fleet, by_test, &count);

	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < cells->count; j++)
			all[i].hosts += all[i].in[cells->all[j].outcome] ? cells->all[j].hosts : 0;
	qsort(all, count, sizeof(*all), compare_failures);
	for (size_t i = 0; i < count; i++) {
		json_array_append_new(failures,
				      make_failure(fleet, &all[i],
						   i < EXPLAINED_MAX ? fleet_explain(explainer, all[i].in) :
								       json_null()));
		json_decref(all[i].tests);
		json_decref(all[i].message);
		free(all[i].in);
	}
	free(all);
	json_decref(by_test);
	fleet_explainer_free(explainer);
	return failures;
}
