/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests whose verdict, or what they observed, is not the same on all hosts. */
#include "runner/report/side_by_side_table.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "runner/common/exit_status.h"
#include "runner/common/text.h"
#include "runner/report/join_names.h"

/* More do not fit on a screen. */
#define TESTS_MAX 4

/* @place: where the test is in another host's result, and most probably in this one. */
static const struct result_test *find_test(const struct result_entry *r, const char *name, size_t place)
{
	return result_set_find_test(r, name, &place);
}

static const char *observed(const struct result_test *test)
{
	return test ? test->observed : "";
}

static const char *verdict_of(const struct result_test *test)
{
	return test ? verdict_name(test->verdict) : "-";
}

/* @row: the results of one configuration. */
static bool is_same_everywhere(const struct result_entry *const *row, size_t hosts, const char *name,
			       size_t place)
{
	const char *first = NULL, *first_observed = "";

	for (size_t i = 0; i < hosts; i++) {
		const struct result_test *test = find_test(row[i], name, place);
		const char *verdict = verdict_of(test);

		/* Where the configuration did not run at all, its own row has said so. */
		if (!row[i] || !row[i]->test_count)
			continue;
		if (first && strcmp(first, verdict))
			return false;
		first = verdict;
		if (*first_observed && *observed(test) && strcmp(first_observed, observed(test)))
			return false;
		if (*observed(test))
			first_observed = observed(test);
	}
	return true;
}

/*
 * Why a host skipped or failed it: the reason, else the first message; or what it observed there, if anything.
 * The caller frees it.
 */
static char *remark(const struct result_test *test)
{
	const char *why = test ? test->reason : "";

	if (!*why && test && test->verdict != VERDICT_PASS)
		why = json_string_value(json_array_get(test->messages, 0));
	if (why && *why)
		return text_format("%s", why);
	return *observed(test) ? text_format("observed %s", observed(test)) : text_format("%s", "");
}

/* The verdicts, and the remarks, each after the hosts whose remark it is. */
static char *describe_difference(const struct result_entry *const *row, const struct side_table *t,
				 const char *name, size_t place)
{
	json_t *remarks = json_object(), *hosts;
	const char *key;
	char *text, *said;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		err(STATUS_CANNOT_RUN, "no memory");
	text_print(out, "%-*s", t->first_column, "");
	for (size_t i = 0; i < t->host_count; i++) {
		const struct result_test *test = find_test(row[i], name, place);

		side_by_side_cell(out, verdict_of(test));
		said = remark(test);
		if (*said && !json_object_get(remarks, said))
			json_object_set_new(remarks, said, json_array());
		if (*said)
			json_array_append_new(json_object_get(remarks, said), text_json(t->hosts[i]));
		free(said);
	}
	fputc('\n', out);
	json_object_foreach(remarks, key, hosts) {
		char *names = join_names(hosts);

		text_print(out, "    %s: %s\n", names, key);
		free(names);
	}
	fclose(out);
	json_decref(remarks);
	return text;
}

/* Adds to @differences, which has the names of the configurations that have it for each description. */
static void find_differences(const struct side_table *t, size_t config, json_t *differences)
{
	const struct result_entry *const *row = &t->cells[config * t->host_count];
	json_t *seen = json_object();

	for (size_t i = 0; i < t->host_count; i++) {
		for (size_t j = 0; row[i] && j < row[i]->test_count; j++) {
			const char *name = row[i]->tests[j].name;
			char *description, *printable, *key;

			if (json_object_get(seen, name))
				continue;
			json_object_set_new(seen, name, json_true());
			if (is_same_everywhere(row, t->host_count, name, j))
				continue;
			description = describe_difference(row, t, name, j);
			/* The first line is the name, made printable; the description was printed so. */
			printable = text_printable(name, strlen(name));
			key = text_format("%s\n%s", printable, description);
			free(printable);
			if (!json_object_get(differences, key))
				json_object_set_new(differences, key, json_array());
			json_array_append_new(json_object_get(differences, key),
					      text_json(t->configs[config]));
			free(description);
			free(key);
		}
	}
	json_decref(seen);
}

/* What is the same in several configurations is printed once. */
void side_by_side_tests(const struct side_table *t, bool verbose)
{
	json_t *differences = json_object(), *configs;
	size_t shown = 0;
	const char *key;

	for (size_t i = 0; i < t->config_count; i++)
		find_differences(t, i, differences);
	puts("\nTests whose outcome is not the same everywhere:");
	json_object_foreach(differences, key, configs) {
		size_t name = strcspn(key, "\n");
		char *where;

		if (shown++ == TESTS_MAX && !verbose) {
			text_print(stdout, "[...] %zu more: pvreport -v has all\n",
				   json_object_size(differences) - TESTS_MAX);
			break;
		}
		where = join_names(configs);
		text_print(stdout, "%.*s, in %s\n", (int)name, key, where);
		fputs(key + name + 1, stdout);
		free(where);
	}
	if (!json_object_size(differences))
		puts("none");
	json_decref(differences);
}
