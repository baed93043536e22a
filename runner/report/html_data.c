/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/report/html_data.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/common/alloc.h"
#include "runner/common/pv_features.h"
#include "runner/common/result.h"
#include "runner/common/text.h"
#include "runner/report/diff_kinds.h"
#include "runner/report/feature_suites.h"
#include "runner/report/report.h"
#include "runner/report/result_load.h"

/* The outcome of a test, for each verdict. */
static const char outcomes[] = {
	[VERDICT_PASS] = 'p',	 [VERDICT_SKIP] = 's', [VERDICT_ERROR] = 'e',
	[VERDICT_TIMEOUT] = 't', [VERDICT_FAIL] = 'f',
};
#define NO_OUTCOME '-'

/* Text -> its number, in the order of first use. */
static json_t *number_of(json_t *numbers, const char *text)
{
	json_t *number = json_object_get(numbers, text);

	if (!number) {
		number = json_integer((json_int_t)json_object_size(numbers));
		json_object_set_new(numbers, text, number);
	}
	return number;
}

static json_t *keys(json_t *object)
{
	json_t *all = json_array(), *value;
	const char *key;

	json_object_foreach(object, key, value)
		json_array_append_new(all, json_string(key));
	return all;
}

struct numbers {
	json_t *tests, *hosts, *reasons, *inert;
	json_t *unmet; /* reason -> {"kind", "what"} */
};

/* {number of a text: [tests]} */
static void add_to(json_t *lists, json_t *numbers, const char *text, json_t *test)
{
	char *key = text_format("%lld", (long long)json_integer_value(number_of(numbers, text)));

	if (!json_object_get(lists, key))
		json_object_set_new(lists, key, json_array());
	json_array_append(json_object_get(lists, key), test);
	free(key);
}

static void add_tests(json_t *made, const struct result_entry *r, struct numbers *n)
{
	size_t count = json_object_size(n->tests);
	char *marks = alloc_bytes(count + r->test_count + 1);
	json_t *skips = json_object(), *inert = json_object();

	memset(marks, NO_OUTCOME, count + r->test_count);
	for (size_t i = 0; i < r->test_count; i++) {
		const struct result_test *test = &r->tests[i];
		json_t *number = number_of(n->tests, test->name);

		marks[json_integer_value(number)] = outcomes[test->verdict];
		if (test->verdict == VERDICT_SKIP)
			add_to(skips, n->reasons, test->reason, number);
		if (test->verdict == VERDICT_SKIP && test->has_unmet)
			json_object_set_new(n->unmet, test->reason,
					    unmet_json(test->unmet, test->unmet_what));
		if (*test->inert)
			add_to(inert, n->inert, test->inert, number);
	}
	marks[json_object_size(n->tests)] = '\0';
	json_object_set_new(made, "outcomes", json_string(marks));
	json_object_set_new(made, "skips", skips);
	json_object_set_new(made, "inert", inert);
	free(marks);
}

/* Only a nested host's folder has this: --host boots it again, whatever machine this was. */
static bool is_nested(const struct result_entry *r)
{
	char *path = text_format("%.*shost.jsonl", (int)(result_load_file(r->path) - r->path), r->path);
	bool nested = *r->host && !access(path, F_OK);

	free(path);
	return nested;
}

/* The configurations of --matrix are not in unittests.cfg; their names say what they are. */
static bool is_of_matrix(const char *config)
{
	static const char *const beginnings[] = {"without-", "only-", "pair-"};

	for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++)
		if (!strncmp(config, beginnings[i], strlen(beginnings[i])))
			return true;
	return false;
}

/* A word for a shell. The caller frees it. */
static char *quote(const char *word)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+.,:/@%=";
	size_t size;
	char *text;
	FILE *out;

	if (*word && *word != '-' && !word[strspn(word, plain)])
		return text_format("%s", word);
	out = alloc_stream(&text, &size);
	fputc('\'', out);
	for (; *word; word++)
		if (*word == '\'')
			fputs("'\\''", out);
		else
			fputc(*word, out);
	fputc('\'', out);
	fclose(out);
	return text;
}

static json_t *make_command(const struct result_entry *r)
{
	char *host = quote(r->host), *config = quote(r->config);
	bool nested = is_nested(r);
	json_t *command = text_json_format("./run_tests.sh %s%s%s%s%s", nested ? "--host " : "",
					   nested ? host : "", nested ? " " : "",
					   is_of_matrix(r->config) ? "--matrix " : "", config);

	free(host);
	free(config);
	return command;
}

static json_t *member(const json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);

	return value ? json_incref(value) : json_null();
}

static json_t *number_or_null(const json_t *object, const char *key)
{
	return json_is_integer(json_object_get(object, key)) ? json_integer(result_count(object, key)) :
							       json_null();
}

/* [operation, exits or null, median, 99th percentile] of each operation that the result has measured. */
static json_t *make_costs(const struct result_entry *r)
{
	json_t *costs = json_array();
	const json_t *cost;
	size_t i;

	for (size_t j = 0; j < r->test_count; j++)
		json_array_foreach(r->tests[j].costs, i, cost)
			json_array_append_new(costs,
					      json_pack("[s, o, I, I]", result_string(cost, "operation"),
							number_or_null(cost, "exits"),
							(json_int_t)result_count(cost, "median_cycles"),
							(json_int_t)result_count(cost, "p99_cycles")));
	return costs;
}

static json_t *make_result(const struct result_entry *r, struct numbers *n)
{
	const json_t *config = json_object_get(r->rest, "config"), *guest = json_object_get(r->rest, "guest");
	json_t *made = json_pack("{s:O, s:s, s:s, s:s, s:i}", "host", number_of(n->hosts, r->host), "config",
				 r->config, "label", r->label, "verdict", verdict_name(r->verdict), "status",
				 result_status(r->verdict, r->end));
	static const char *const keys_taken[] = {"end",		"reason", "counts", "started",
						 "duration_ms", "errors", "notes",  "log"};

	for (size_t i = 0; i < sizeof(keys_taken) / sizeof(keys_taken[0]); i++)
		json_object_set_new(made, keys_taken[i], member(r->rest, keys_taken[i]));
	json_object_set_new(made, "features", member(guest, "features"));
	json_object_set_new(made, "qemu_args", member(config, "qemu_args"));
	json_object_set_new(made, "append", member(config, "append"));
	json_object_set_new(made, "command", make_command(r));
	json_object_set_new(made, "costs", make_costs(r));
	add_tests(made, r, n);
	return made;
}

static json_t *make_results(const struct result_set *set, struct numbers *n)
{
	json_t *results = json_array();

	for (size_t i = 0; i < set->count; i++)
		json_array_append_new(results, make_result(&set->all[i], n));
	return results;
}

static json_t *make_features(const struct result_set *set)
{
	json_t *features = json_array(), *place, *bits = json_object(), *all;
	struct feature_suites about;
	const char *name;

	feature_suites_init(&about, set);
	json_object_foreach(about.features, name, place)
		json_array_append_new(features, json_pack("{s:s, s:O}", "name", name, "bits",
							  json_object_get(about.bits, name)));
	for (int i = 0; i < 32; i++) {
		char *key = text_format("%d", i);

		json_object_set_new(bits, key, json_string(pv_bit_name(false, i)));
		free(key);
	}
	all = json_pack("{s:o, s:O, s:o}", "features", features, "suites", about.suites, "bits", bits);
	feature_suites_free(&about);
	return all;
}

static json_t *make_reasons(const struct numbers *n)
{
	json_t *reasons = json_array(), *number;
	const char *text;

	json_object_foreach(n->reasons, text, number) {
		json_t *unmet = json_object_get(n->unmet, text);

		json_array_append_new(reasons, json_pack("{s:s, s:O?}", "text", text, "unmet", unmet));
	}
	return reasons;
}

static json_t *make_kinds(void)
{
	json_t *kinds = json_object();

	for (int i = 0; i < CHANGE_KINDS; i++)
		json_object_set_new(kinds, change_kinds[i].name,
				    json_pack("{s:s, s:b}", "heading", change_kinds[i].heading, "worse",
					      change_kinds[i].means == CHANGE_MEANS_WORSE));
	return kinds;
}

json_t *html_data(const struct result_set *set, json_t *comparison)
{
	struct numbers n = {json_object(), json_object(), json_object(), json_object(), json_object()};
	int status = report_status(set);
	json_t *data = json_pack("{s:s, s:s, s:i, s:o, s:o}", "version", KVM_PV_TESTS_VERSION, "verdict",
				 report_status_name(status), "status", status, "results",
				 make_results(set, &n), "about", make_features(set));

	json_object_set_new(data, "hosts", report_json_hosts(set));
	json_object_set_new(data, "tests", keys(n.tests));
	json_object_set_new(data, "reasons", make_reasons(&n));
	json_object_set_new(data, "inert", keys(n.inert));
	json_object_set_new(data, "failures", html_failures(set, n.tests));
	json_object_set_new(data, "comparison", comparison);
	json_object_set_new(data, "change_kinds", make_kinds());
	json_decref(n.tests);
	json_decref(n.hosts);
	json_decref(n.reasons);
	json_decref(n.inert);
	json_decref(n.unmet);
	return data;
}
