/* SPDX-License-Identifier: BSD-2-Clause */
/* docs/report.schema.json describes the document. */
#include <stdio.h>
#include <string.h>

#include "runner/common/text.h"
#include "runner/report/grouped_lines.h"
#include "runner/report/report.h"

static json_t *member(const json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);

	return value ? json_incref(value) : json_null();
}

static json_t *make_totals(const struct result_set *set)
{
	static const char *const kinds[] = {"pass", "fail",    "error",		"timeout",
					    "skip", "not_run", "suites_not_run"};
	json_t *totals = json_pack("{s:I}", "configurations", (json_int_t)set->count);

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		json_object_set_new(totals, kinds[i], json_integer(result_set_sum(set, kinds[i])));
	return totals;
}

/* What is said of a host, and the part of a result and the member there that say it. */
static const struct {
	const char *key, *part, *member;
} host_facts[] = {
	{"release", "host", "release"},
	{"version", "host", "version"},
	{"cpu_model", "host", "cpu_model"},
	{"cpu_vendor", "guest", "vendor"},
	{"qemu_version", "host", "qemu_version"},
	{"kvm_module", "host", "kvm_module"},
	{"kvm_parameters", "host", "kvm_parameters"},
	{"kernel_version", "guest", "version"},
	{"kernel_sha256", "config", "kernel_sha256"},
};

/* Each label once, with what the first of its results says that says anything. */
json_t *report_json_hosts(const struct result_set *set)
{
	json_t *by_label = json_object(), *hosts = json_array(), *host;
	const char *label;

	for (size_t i = 0; i < set->count; i++) {
		const struct result_entry *r = &set->all[i];

		host = json_object_get(by_label, r->host);
		if (!host) {
			host = json_pack("{s:o}", "label", text_json_or_null(r->host));
			json_object_set_new(by_label, r->host, host);
		}
		for (size_t j = 0; j < sizeof(host_facts) / sizeof(host_facts[0]); j++)
			if (json_is_null(json_object_get(host, host_facts[j].key)) ||
			    !json_object_get(host, host_facts[j].key))
				json_object_set_new(host, host_facts[j].key,
						    member(json_object_get(r->rest, host_facts[j].part),
							   host_facts[j].member));
	}
	json_object_foreach(by_label, label, host)
		json_array_append(hosts, host);
	json_decref(by_label);
	return hosts;
}

static json_t *make_results(const struct result_set *set)
{
	json_t *results = json_array();

	for (size_t i = 0; i < set->count; i++) {
		const struct result_entry *r = &set->all[i];

		json_array_append_new(results,
				      json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
						"config", r->config, "host", text_json_or_null(r->host),
						"verdict", member(r->rest, "verdict"), "reason",
						member(r->rest, "reason"), "end", member(r->rest, "end"),
						"started", member(r->rest, "started"), "duration_ms",
						member(r->rest, "duration_ms"), "counts",
						member(r->rest, "counts"), "result", text_json(r->path),
						"log", member(r->rest, "log")));
	}
	return results;
}

static json_t *make_failure(const struct result_entry *r, const char *test, enum verdict verdict,
			    const char *reason, json_t *messages)
{
	return json_pack("{s:s, s:o, s:o, s:s, s:o, s:o}", "config", r->config, "host",
			 text_json_or_null(r->host), "test", text_json_or_null(test), "verdict",
			 verdict_name(verdict), "reason", text_json_or_null(reason), "messages",
			 messages ? json_incref(messages) : json_array());
}

static json_t *make_failures(const struct result_set *set)
{
	json_t *failures = json_array(), *error;

	for (size_t i = 0; i < set->count; i++) {
		const struct result_entry *r = &set->all[i];
		size_t j;

		json_array_foreach(json_object_get(r->rest, "errors"), j, error)
			json_array_append_new(failures, make_failure(r, "", VERDICT_ERROR,
								     json_string_value(error), NULL));
		for (j = 0; j < r->test_count; j++) {
			const struct result_test *test = &r->tests[j];

			if (result_test_is_bad(test))
				json_array_append_new(failures, make_failure(r, test->name, test->verdict,
									     test->reason, test->messages));
		}
	}
	return failures;
}

/* Why tests were skipped, and how often. */
static json_t *make_skips(const struct result_set *set)
{
	struct grouped_lines list;
	json_t *skips = json_array();

	grouped_lines_init(&list, set);
	for (size_t i = 0; i < set->count; i++)
		for (size_t j = 0; j < set->all[i].test_count; j++)
			if (set->all[i].tests[j].verdict == VERDICT_SKIP)
				grouped_lines_add(&list, set->all[i].tests[j].reason, i);
	for (size_t i = 0; i < list.count; i++) {
		size_t tests = 0;

		for (size_t j = 0; j < list.all[i].count; j++)
			tests += list.all[i].all[j].count;
		json_array_append_new(skips, json_pack("{s:s, s:I, s:I}", "reason", list.all[i].text, "tests",
						       (json_int_t)tests, "configurations",
						       (json_int_t)list.all[i].count));
	}
	grouped_lines_free(&list);
	return skips;
}

void report_json(const struct result_set *set, json_t *comparison)
{
	int status = report_status(set);
	json_t *report = json_pack("{s:i, s:s, s:i, s:o, s:o, s:o, s:o, s:o, s:o}", "schema", REPORT_SCHEMA,
				   "verdict", report_status_name(status), "status", status, "totals",
				   make_totals(set), "hosts", report_json_hosts(set), "results",
				   make_results(set), "failures", make_failures(set), "skips",
				   make_skips(set), "comparison", comparison);

	json_dumpf(report, stdout, JSON_INDENT(1));
	putchar('\n');
	json_decref(report);
}
