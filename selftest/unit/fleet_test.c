/* SPDX-License-Identifier: BSD-2-Clause */
/* What a fleet's hosts have in common, which facts explain failures, and what has changed, on fleets made by hand. */
#include "selftest/unit/unit.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "runner/common/alloc.h"
#include "runner/common/result.h"
#include "runner/common/text.h"
#include "runner/fleet/fleet_explain.h"
#include "runner/fleet/fleet_parts.h"

/* A host on a platform "kernel qemu cpu parameter" that fails what stands there, or nothing. */
struct given {
	const char *name, *kernel, *cpu, *parameter, *fails;
};

static size_t number_of(json_t *all, json_t *value)
{
	size_t i;
	const json_t *known;

	json_array_foreach(all, i, known)
		if (json_equal(known, value)) {
			json_decref(value);
			return i;
		}
	json_array_append_new(all, value);
	return i;
}

static json_t *make_outcome(const char *fails)
{
	json_t *failures = json_array();

	if (fails)
		json_array_append_new(failures,
				      json_pack("{s:s, s:s, s:s, s:n, s:[s]}", "config", "c", "test", fails,
						"verdict", "fail", "reason", "messages", "m"));
	return json_pack("{s:i, s:{s:s}, s:o}", "status", fails ? 1 : 0, "configurations", "c",
			 fails ? "fail" : "pass", "failures", failures);
}

static struct fleet make_fleet(const struct given *given, size_t count)
{
	struct fleet fleet = {
		.hosts = alloc_bytes(count * sizeof(struct fleet_host)),
		.count = count,
		.outcomes = json_array(),
		.platforms = json_array(),
		.problems = json_array(),
	};

	for (size_t i = 0; i < count; i++)
		fleet.hosts[i] = (struct fleet_host){
			.name = text_format("%s", given[i].name),
			.outcome = number_of(fleet.outcomes, make_outcome(given[i].fails)),
			.platform = number_of(fleet.platforms,
					      json_pack("{s:s, s:s, s:s}", "kernel", given[i].kernel, "cpu",
							given[i].cpu, "kvm.p", given[i].parameter)),
		};
	fleet_order(&fleet);
	return fleet;
}

#define MAKE_FLEET(given) make_fleet(given, sizeof(given) / sizeof((given)[0]))

static void expect_words(const json_t *value, const char *key, const char *want)
{
	char *text = json_dumps(json_object_get(value, key), JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);

	assert_string_equal(text, want);
	free(text);
}

static json_t *report(const struct given *given, size_t count)
{
	struct fleet fleet = make_fleet(given, count);
	json_t *document = fleet_json(&fleet, NULL);

	fleet_free(&fleet);
	return document;
}

#define REPORT(given) report(given, sizeof(given) / sizeof((given)[0]))

static const json_t *explanation(const json_t *document, size_t failure)
{
	return json_object_get(json_array_get(json_object_get(document, "failures"), failure), "explanation");
}

static void test_one_fact_explains(void **state)
{
	static const struct given given[] = {
		{"a", "6.1", "x", "N", "s.t"}, {"b", "6.1", "y", "N", "s.t"}, {"c", "6.2", "x", "N", NULL},
		{"d", "6.2", "y", "N", NULL},  {"e", "6.2", "x", "N", NULL},
	};
	json_t *document = REPORT(given);

	(void)state;
	expect_words(explanation(document, 0), "facts", "[{\"fact\":\"kernel\",\"value\":\"6.1\"}]");
	expect_words(explanation(document, 0), "with", "{\"failed\":2,\"hosts\":2}");
	expect_words(explanation(document, 0), "without", "{\"failed\":0,\"hosts\":3}");
	expect_words(explanation(document, 0), "equals", "[]");
	json_decref(document);
}

static void test_two_facts_explain(void **state)
{
	static const struct given given[] = {
		{"a", "6.1", "x", "N", NULL}, {"b", "6.1", "y", "Y", "s.t"}, {"c", "6.2", "x", "Y", NULL},
		{"d", "6.2", "y", "N", NULL}, {"e", "6.1", "y", "Y", "s.t"}, {"f", "6.1", "x", "Y", NULL},
		{"g", "6.2", "y", "Y", NULL}, {"h", "6.2", "y", "Y", NULL},  {"i", "6.1", "x", "N", NULL},
	};
	json_t *document = REPORT(given);

	(void)state;
	expect_words(explanation(document, 0), "facts",
		     "[{\"fact\":\"kernel\",\"value\":\"6.1\"},{\"fact\":\"cpu\",\"value\":\"y\"}]");
	expect_words(explanation(document, 0), "with", "{\"failed\":2,\"hosts\":2}");
	expect_words(explanation(document, 0), "without", "{\"failed\":0,\"hosts\":7}");
	json_decref(document);
}

static void test_facts_that_are_the_same_are_named(void **state)
{
	static const struct given given[] = {
		{"a", "6.1", "x", "Y", "s.t"},
		{"b", "6.2", "x", "N", NULL},
		{"c", "6.2", "x", "N", NULL},
	};
	json_t *document = REPORT(given);
	const json_t *facts = json_object_get(document, "facts");

	(void)state;
	expect_words(explanation(document, 0), "equals", "[{\"fact\":\"kvm.p\",\"value\":\"Y\"}]");
	assert_int_equal(json_array_size(facts), 2);
	expect_words(json_array_get(facts, 1), "like", "\"kernel\"");
	expect_words(document, "same", "{\"cpu\":\"x\"}");
	json_decref(document);
}

/* Chance, and what fails everywhere, have no explanation. */
static void test_nothing_explains(void **state)
{
	static const struct given chance[] = {
		{"a", "6.1", "x", "N", "s.t"}, {"b", "6.1", "x", "N", NULL},  {"c", "6.1", "x", "N", NULL},
		{"d", "6.2", "x", "N", NULL},  {"e", "6.2", "x", "N", "s.t"}, {"f", "6.2", "x", "N", NULL},
	};
	static const struct given everywhere[] = {
		{"a", "6.1", "x", "N", "s.t"},
		{"b", "6.2", "x", "N", "s.t"},
	};
	json_t *document = REPORT(chance);

	(void)state;
	assert_true(json_is_null(explanation(document, 0)));
	assert_int_equal(json_array_size(json_object_get(document, "outliers")), 2);
	json_decref(document);
	document = REPORT(everywhere);
	assert_true(json_is_null(explanation(document, 0)));
	json_decref(document);
}

static void test_an_outlier_is_named(void **state)
{
	static const struct given given[] = {
		{"a", "6.1", "x", "N", NULL}, {"b", "6.1", "x", "N", "s.t"}, {"c", "6.1", "x", "N", NULL},
		{"d", "6.2", "x", "N", NULL}, {"e", "6.2", "x", "N", "s.t"},
	};
	json_t *document = REPORT(given);
	const json_t *outliers = json_object_get(document, "outliers"), *first = json_array_get(outliers, 0);

	(void)state;
	/* Two hosts, as those with the other kernel, have no majority. */
	assert_int_equal(json_array_size(outliers), 1);
	expect_words(first, "hosts", "[\"b\"]");
	expect_words(first, "majority_hosts", "2");
	expect_words(first, "platform_hosts", "3");
	expect_words(json_array_get(json_object_get(first, "differences"), 0), "test", "\"s.t\"");
	json_decref(document);
}

static void test_a_class_says_what_it_shares(void **state)
{
	static const struct given given[] = {
		{"a", "6.1.12", "EPYC 7543", "N", NULL},
		{"b", "6.1.12", "EPYC 7763", "N", NULL},
		{"c", "6.2.0", "other", "Y", "s.t"},
	};
	json_t *document = REPORT(given);
	const json_t *classes = json_object_get(document, "classes");

	(void)state;
	assert_int_equal(json_array_size(classes), 2);
	expect_words(json_array_get(classes, 0), "verdict", "\"fail\"");
	expect_words(json_array_get(classes, 1), "shared", "{\"kernel\":\"6.1.12\",\"kvm.p\":\"N\"}");
	expect_words(json_array_get(classes, 1), "varying",
		     "{\"cpu\":{\"alike\":\"EPYC 7xx3\",\"values\":2}}");
	expect_words(document, "status", "1");
	json_decref(document);
}

static void test_hosts_are_compared_by_name(void **state)
{
	static const struct given before[] = {
		{"a", "6.1", "x", "N", NULL},
		{"b", "6.1", "x", "N", "s.t"},
		{"c", "6.1", "x", "N", NULL},
		{"d", "6.1", "x", "N", NULL},
	};
	static const struct given now[] = {
		{"e", "6.1", "x", "N", NULL},
		{"d", "6.2", "x", "N", "s.u"},
		{"b", "6.2", "x", "N", NULL},
		{"a", "6.2", "x", "N", "s.u"},
	};
	struct fleet old = MAKE_FLEET(before), new = MAKE_FLEET(now);
	json_t *comparison = fleet_comparison_json(&old, &new);
	const json_t *changes = json_object_get(comparison, "changes");

	(void)state;
	expect_words(comparison, "verdict", "\"WORSE\"");
	assert_int_equal(json_array_size(changes), 4);
	expect_words(json_array_get(changes, 0), "hosts", "[\"d\",\"a\"]");
	expect_words(json_array_get(changes, 0), "facts",
		     "{\"kernel\":{\"before\":\"6.1\",\"now\":\"6.2\"}}");
	expect_words(json_array_get(changes, 1), "kind", "\"gone host\"");
	expect_words(json_array_get(changes, 2), "means", "\"better\"");
	expect_words(json_array_get(changes, 2), "hosts", "[\"b\"]");
	expect_words(json_array_get(changes, 3), "kind", "\"new host\"");
	expect_words(comparison, "new_classes", "[0]");
	json_decref(comparison);
	comparison = fleet_comparison_json(&old, &old);
	expect_words(comparison, "verdict", "\"SAME\"");
	json_decref(comparison);
	fleet_free(&old);
	fleet_free(&new);
}

/* Numbers in what a run says of itself, and times, make no other outcome; a configuration that did not run does. */
static void test_outcomes_that_are_the_same(void **state)
{
	json_t *one = json_pack("{s:i, s:{s:s}, s:[{s:s, s:n, s:s, s:s, s:[]}]}", "status", 2,
				"configurations", "c", "error", "failures", "config", "c", "test", "verdict",
				"error", "reason", "QEMU 17 died", "messages");
	json_t *other = json_deep_copy(one);
	json_t *failure = json_array_get(json_object_get(other, "failures"), 0);
	char *first = fleet_outcome_key(one), *second;

	(void)state;
	json_object_set_new(failure, "reason", json_string("QEMU 4 died"));
	second = fleet_outcome_key(other);
	assert_string_equal(first, second);
	free(second);
	json_object_set_new(failure, "reason", json_string("QEMU 4 lives"));
	second = fleet_outcome_key(other);
	assert_string_not_equal(first, second);
	free(second);
	json_object_clear(json_object_get(other, "configurations"));
	json_decref(other);
	free(first);
	json_decref(one);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_fact_explains),
		cmocka_unit_test(test_two_facts_explain),
		cmocka_unit_test(test_facts_that_are_the_same_are_named),
		cmocka_unit_test(test_nothing_explains),
		cmocka_unit_test(test_an_outlier_is_named),
		cmocka_unit_test(test_a_class_says_what_it_shares),
		cmocka_unit_test(test_hosts_are_compared_by_name),
		cmocka_unit_test(test_outcomes_that_are_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
