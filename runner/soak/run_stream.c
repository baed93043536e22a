/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/soak/run_stream.h"

#include <stdbool.h>
#include <string.h>

#include "runner/common/result.h"
#include "runner/common/text.h"
#include "runner/soak/outcome.h"

static void remember(struct run_stream *stream, const char *configuration, json_t *tests)
{
	if (!stream->first)
		stream->first = json_object();
	json_object_set(stream->first, configuration, tests);
}

/* What of @tests is not as in @first; null: it is not there any more. */
static json_t *difference(json_t *first, json_t *tests)
{
	json_t *changed = json_object(), *outcome;
	const char *name;

	json_object_foreach(tests, name, outcome)
		if (!json_equal(json_object_get(first, name), outcome))
			json_object_set(changed, name, outcome);
	json_object_foreach(first, name, outcome)
		if (!json_object_get(tests, name))
			json_object_set_new(changed, name, json_null());
	return changed;
}

json_t *run_stream_encode(struct run_stream *stream, const json_t *run)
{
	const char *configuration = result_string(run, "configuration");
	json_t *first = json_object_get(stream->first, configuration), *tests = json_object_get(run, "tests");
	json_t *event = json_pack("{s:o, s:O, s:b}", "configuration", text_json(configuration), "verdict",
				  json_object_get(run, "verdict"), "whole", !first);

	if (!first)
		remember(stream, configuration, tests);
	json_object_set_new(event, "tests", first ? difference(first, tests) : json_incref(tests));
	return event;
}

static bool is_outcome(const json_t *value)
{
	return json_is_string(value) && outcome_is_known(json_string_value(value));
}

/* @tests with the changes of an event. False: they are none. */
static bool apply(json_t *tests, json_t *changes)
{
	const char *name;
	json_t *outcome;

	json_object_foreach(changes, name, outcome) {
		if (json_is_null(outcome))
			json_object_del(tests, name);
		else if (is_outcome(outcome))
			json_object_set(tests, name, outcome);
		else
			return false;
	}
	return true;
}

json_t *run_stream_decode(struct run_stream *stream, const json_t *event)
{
	const char *configuration = result_string(event, "configuration");
	bool whole = json_is_true(json_object_get(event, "whole"));
	json_t *first = whole ? json_object() : json_copy(json_object_get(stream->first, configuration));
	json_t *run = NULL;

	if (first && is_outcome(json_object_get(event, "verdict")) &&
	    apply(first, json_object_get(event, "tests"))) {
		if (whole)
			remember(stream, configuration, first);
		run = json_pack("{s:o, s:O, s:O}", "configuration", text_json(configuration), "verdict",
				json_object_get(event, "verdict"), "tests", first);
	}
	json_decref(first);
	return run;
}

void run_stream_free(struct run_stream *stream)
{
	json_decref(stream->first);
	*stream = (struct run_stream){0};
}
