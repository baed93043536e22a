/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SARIF 2.1.0 (OASIS), with what GitHub's code scanning wants: a result for each reason why tests failed, at its place in
 * the source; its rule is the promise that was broken.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner/common/alloc.h"
#include "runner/common/text.h"
#include "runner/report/failure_note.h"
#include "runner/report/promises.h"
#include "runner/report/report.h"

#define SCHEMA "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
/* GitHub's limit for descriptions is 1024. */
#define TEXT_MAX 1000

/* The rules of failures that are about no promise. */
static const struct {
	const char *id, *text;
} other_rules[] = {
	{"run", "A run comes to its end, and what is advertised is what was asked for"},
	{"test", "A test passes"},
};

/* In a message, braces are placeholders, and "](" is a link. */
static json_t *message(const char *text)
{
	char *escaped = alloc_bytes(2 * strlen(text) + 1), *out = escaped;
	json_t *object;

	for (const char *c = text; *c; c++) {
		*out++ = *c;
		if (*c == '{' || *c == '}')
			*out++ = *c;
		else if (*c == ']' && c[1] == '(')
			*out++ = ' ';
	}
	*out = '\0';
	object = json_pack("{s:o}", "text", text_json(escaped));
	free(escaped);
	return object;
}

static json_t *multiformat(const char *text)
{
	char *copy = text_copy(text, TEXT_MAX);
	json_t *object = json_pack("{s:o}", "text", text_json(copy));

	free(copy);
	return object;
}

static json_t *make_rule(const char *id, const char *feature, const char *text)
{
	char *full = text_format("%s: %s", feature, text);
	json_t *rule =
		json_pack("{s:s, s:o, s:o, s:o, s:{s:s}, s:{s:[o]}}", "id", id, "shortDescription",
			  multiformat(text), "fullDescription", multiformat(full), "help",
			  multiformat("docs/coverage.md has all promises, and the tests that check them."),
			  "defaultConfiguration", "level", "error", "properties", "tags", text_json(feature));

	free(full);
	return rule;
}

/* The rule with this id in the run's, which is added if it is new: its number. */
static size_t rule_index(json_t *rules, const char *id, const char *feature, const char *text)
{
	json_t *rule;
	size_t i;

	json_array_foreach(rules, i, rule)
		if (!strcmp(json_string_value(json_object_get(rule, "id")), id))
			return i;
	json_array_append_new(rules, make_rule(id, feature, text));
	return i;
}

static const char *member(const json_t *promise, const char *key)
{
	return json_string_value(json_object_get(promise, key));
}

static json_t *make_result(json_t *rules, const struct failure *f, const struct failure_note *note)
{
	const struct result_test *test = f->cases[0].test;
	json_t *promises = promises_of_all(f->names), *first = json_array_get(promises, 0), *result;
	char *text = text_format("%s: %s", note->title, note->text);
	const char *id = first ? member(first, "id") : other_rules[test != NULL].id;
	size_t rule = first ? rule_index(rules, id, member(first, "feature"), member(first, "promise")) :
			      rule_index(rules, id, id, other_rules[test != NULL].text);

	result = json_pack("{s:s, s:I, s:s, s:o, s:[{s:{s:{s:s}, s:{s:I}}}], s:{s:s}, s:{s:o}}", "ruleId", id,
			   "ruleIndex", (json_int_t)rule, "level",
			   test && test->verdict == VERDICT_ERROR ? "warning" : "error", "message",
			   message(text), "locations", "physicalLocation", "artifactLocation", "uri",
			   note->file, "region", "startLine", (json_int_t)note->line, "partialFingerprints",
			   "reason/v1", note->fingerprint, "properties", "promises", promises_ids(promises));
	json_decref(promises);
	free(text);
	return result;
}

void report_sarif(const struct result_set *set)
{
	json_t *rules = json_array(), *results = json_array(), *log;
	struct failure_list list;

	failure_list_init(&list, set);
	for (size_t i = 0; i < list.count; i++) {
		struct failure_note note = failure_note_of(&list, set, &list.all[i]);

		json_array_append_new(results, make_result(rules, &list.all[i], &note));
		failure_note_free(&note);
	}
	failure_list_free(&list);
	log = json_pack("{s:s, s:s, s:[{s:{s:{s:s, s:s, s:o}}, s:o}]}", "$schema", SCHEMA, "version", "2.1.0",
			"runs", "tool", "driver", "name", "kvm-pv-tests", "version", KVM_PV_TESTS_VERSION,
			"rules", rules, "results", results);
	json_dumpf(log, stdout, JSON_INDENT(1));
	putchar('\n');
	json_decref(log);
}
