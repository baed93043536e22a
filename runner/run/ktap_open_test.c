/* SPDX-License-Identifier: BSD-2-Clause */
/* The test that is open: from its "# start" through what it says to its verdict. */
#include "runner/common/result.h"
#include "runner/common/text.h"
#include "runner/common/unmet.h"
#include "runner/common/verdict.h"
#include "runner/run/ktap_line.h"
#include "runner/run/ktap_parser.h"

#include <stdlib.h>
#include <string.h>

/* Whatever a guest prints must not fill the reader's screen: the log has the rest. */
#define MAX_MESSAGES 100

static void count_verdict(struct ktap_parser *k, enum verdict verdict)
{
	struct ktap_counts *c = &k->counts;

	switch (verdict) {
	case VERDICT_PASS:
		c->pass++;
		return;
	case VERDICT_SKIP:
		c->skip++;
		k->suite_skips++;
		return;
	case VERDICT_FAIL:
		c->fail++;
		break;
	case VERDICT_TIMEOUT:
		c->timeout++;
		break;
	case VERDICT_ERROR:
		c->error++;
		break;
	}
	k->suite_bad++;
}

void ktap_test_open(struct ktap_parser *k, const char *name, int64_t now_ms)
{
	k->test = json_pack("{s:s, s:n, s:i, s:n, s:[]}", "name", name, "verdict", "ms", 0, "reason",
			    "messages");
	k->test_start_ms = now_ms;
	json_array_append(k->tests, k->test);
	json_object_set_new(k->names, name, json_true());
}

static bool is_bad(enum verdict verdict)
{
	return verdict != VERDICT_PASS && verdict != VERDICT_SKIP;
}

void ktap_test_drop_unmet(struct ktap_parser *k)
{
	if (k->unmet)
		ktap_parser_error(k, "protocol: \"# unmet: %s %s\" is not before a skip",
				  result_string(k->unmet, "kind"), result_string(k->unmet, "what"));
	json_decref(k->unmet);
	k->unmet = NULL;
}

void ktap_test_close(struct ktap_parser *k, enum verdict verdict, const char *reason, int64_t now_ms)
{
	json_object_set_new(k->test, "verdict", json_string(verdict_name(verdict)));
	json_object_set_new(k->test, "ms", json_integer(now_ms - k->test_start_ms));
	if (reason)
		json_object_set_new(k->test, "reason", text_json(reason));
	if (k->unmet && verdict == VERDICT_SKIP) {
		json_object_set_new(k->test, "unmet", k->unmet);
		k->unmet = NULL;
	}
	if (verdict != VERDICT_PASS)
		json_object_del(k->test, "inert");
	if (k->at && is_bad(verdict))
		json_object_set_new(k->test, "at", json_string(k->at));
	free(k->at);
	k->at = NULL;
	count_verdict(k, verdict);
	json_decref(k->test);
	k->test = NULL;
}

/* Most tests have no such member. Takes @item over. */
static void append(struct ktap_parser *k, const char *member, json_t *item)
{
	json_t *list = json_object_get(k->test, member);

	if (!list) {
		list = json_array();
		json_object_set_new(k->test, member, list);
	}
	if (json_array_size(list) < MAX_MESSAGES)
		json_array_append_new(list, item);
	else
		json_decref(item);
}

static void handle_retry(struct ktap_parser *k)
{
	json_int_t retries = json_integer_value(json_object_get(k->test, "retries"));

	json_object_set_new(k->test, "retries", json_integer(retries + 1));
}

void ktap_test_message(struct ktap_parser *k, const char *text)
{
	size_t location = ktap_location_length(text);
	json_t *messages = json_object_get(k->test, "messages");
	const char *observed = ktap_skip_prefix(text, "observed: "),
		   *inert = ktap_skip_prefix(text, "inert: "), *cost = ktap_skip_prefix(text, "cost: ");
	json_t *parsed = cost ? ktap_parse_cost(cost) : NULL;

	if (location && !k->at)
		k->at = text_copy(text, location);
	if (observed && *observed)
		append(k, "observed", json_string(observed));
	else if (parsed)
		append(k, "costs", parsed);
	else if (inert && *inert)
		json_object_set_new(k->test, "inert", json_string(inert));
	else if (ktap_skip_prefix(text, "retry: "))
		handle_retry(k);
	else if (json_array_size(messages) < MAX_MESSAGES)
		json_array_append_new(messages, json_string(text));
	else if (json_array_size(messages) == MAX_MESSAGES)
		json_array_append_new(messages, json_string("(more in the log)"));
}

void ktap_test_unmet(struct ktap_parser *k, const char *text)
{
	enum unmet_kind kind;
	const char *what;

	ktap_test_drop_unmet(k);
	if (unmet_parse(text, &kind, &what) && unmet_is_of_guest(kind))
		k->unmet = unmet_json(kind, what);
	else
		ktap_parser_error(k, "protocol: \"# unmet: %s\" has no known kind", text);
}
