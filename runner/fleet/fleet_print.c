/* SPDX-License-Identifier: BSD-2-Clause */
/* The report for people, on a screen: what is rare comes first, and nothing is longer than it has to be. */
#include <stdlib.h>
#include <string.h>

#include "runner/common/colour.h"
#include "runner/common/result.h"
#include "runner/common/text.h"
#include "runner/fleet/fleet.h"
#include "runner/fleet/fleet_report.h"
#include "runner/fleet/fleet_words.h"
#include "runner/report/join_names.h"

/* Without --verbose. */
#define ROWS_MAX  10
#define NAMES_MAX 6

struct printer {
	const json_t *document;
	FILE *out;
	bool verbose;
};

static const char *const verdicts[] = {"pass", "fail", "cannot_run", "nothing_validated"};
static const char *const verdict_words[] = {"passed", "failed", "cannot run", "nothing validated"};
#define KINDS (sizeof(verdicts) / sizeof(verdicts[0]))

static const json_t *part(const struct printer *p, const char *key)
{
	return json_object_get(p->document, key);
}

static size_t rows(const struct printer *p, const json_t *array)
{
	size_t count = json_array_size(array);

	return p->verbose || count <= ROWS_MAX ? count : ROWS_MAX;
}

static void print_more(const struct printer *p, const json_t *array)
{
	size_t count = json_array_size(array), shown = rows(p, array);

	if (count > shown)
		text_print(p->out, "  and %zu more: --verbose has them\n", count - shown);
}

static void print_names(const struct printer *p, const json_t *names)
{
	char *text = join_first_names(names, p->verbose ? SIZE_MAX : NAMES_MAX);

	text_print(p->out, "%s", text);
	free(text);
}

/* Takes @words over. */
static void print_words(const struct printer *p, char *words)
{
	text_print(p->out, "%s", words);
	free(words);
}

static const char *hosts_word(long long count)
{
	return count == 1 ? "host" : "hosts";
}

static const char *words_of(const char *verdict)
{
	int i = text_index(verdicts, KINDS, verdict);

	return i < 0 ? verdict : verdict_words[i];
}

static const char *first_message(const json_t *failure)
{
	const char *message = json_string_value(json_array_get(json_object_get(failure, "messages"), 0));

	return message ? message : result_string(failure, "reason");
}

static void print_differences(const struct printer *p, const json_t *differences)
{
	const json_t *difference;
	size_t i;

	json_array_foreach(differences, i, difference) {
		if (i == rows(p, differences))
			break;
		fputs("      ", p->out);
		print_words(p, fleet_difference_words(difference));
		if (*first_message(difference))
			text_print(p->out, ": %s", first_message(difference));
		fputc('\n', p->out);
	}
	if (i < json_array_size(differences))
		text_print(p->out, "      and %zu more\n", json_array_size(differences) - i);
}

static void print_outliers(const struct printer *p)
{
	const json_t *outliers = part(p, "outliers"), *outlier;
	size_t i;

	if (!json_array_size(outliers))
		return;
	fputs("Outliers, which share kernel, QEMU, processor and parameters with most of the hosts that they differ from:\n",
	      p->out);
	json_array_foreach(outliers, i, outlier) {
		const json_t *class =
			json_array_get(part(p, "classes"), (size_t)result_number(outlier, "class"));
		const json_t *majority =
			json_array_get(part(p, "classes"), (size_t)result_number(outlier, "majority_class"));

		if (i == rows(p, outliers))
			break;
		fputs("  ", p->out);
		print_names(p, json_object_get(outlier, "hosts"));
		text_print(p->out, ": %s; of the %lld hosts like that, %lld: %s\n",
			   words_of(result_string(class, "verdict")),
			   result_number(outlier, "platform_hosts"), result_number(outlier, "majority_hosts"),
			   words_of(result_string(majority, "verdict")));
		print_differences(p, json_object_get(outlier, "differences"));
	}
	print_more(p, outliers);
	fputc('\n', p->out);
}

static void print_missing(const struct printer *p)
{
	const json_t *missing = part(p, "missing"), *kind, *host;
	size_t i, j, told;

	if (!json_array_size(missing))
		return;
	fputs("Without a result:\n", p->out);
	json_array_foreach(missing, i, kind) {
		const char *end = result_string(kind, "end");

		text_print(p->out, "  %s (%zu): ", end, json_array_size(json_object_get(kind, "hosts")));
		print_names(p, json_object_get(kind, "hosts"));
		fputc('\n', p->out);
		told = 0;
		json_array_foreach(part(p, "hosts"), j, host)
			if (!strcmp(result_string(host, "end"), end) && *result_string(host, "message") &&
			    (p->verbose || told++ < 3))
				text_print(p->out, "      %s: %s\n", result_string(host, "name"),
					   result_string(host, "message"));
	}
	fputc('\n', p->out);
}

static void print_failures(const struct printer *p)
{
	const json_t *failures = part(p, "failures"), *failure, *tests;
	size_t i;

	if (!json_array_size(failures))
		return;
	fputs("What fails, and on which hosts:\n", p->out);
	json_array_foreach(failures, i, failure) {
		long long hosts = result_number(failure, "hosts");

		if (i == rows(p, failures))
			break;
		tests = json_object_get(failure, "tests");
		fputs("  ", p->out);
		if (json_is_true(json_object_get(failure, "run")))
			text_print(p->out, "the run itself%s", json_array_size(tests) ? ", " : "");
		print_names(p, tests);
		text_print(p->out, ": %lld %s: ", hosts, hosts_word(hosts));
		print_words(p, fleet_explanation_words(json_object_get(failure, "explanation")));
		text_print(p->out, "\n      %s\n", result_string(failure, "message"));
	}
	print_more(p, failures);
	fputc('\n', p->out);
}

static void print_classes(const struct printer *p)
{
	const json_t *classes = part(p, "classes"), *class;
	size_t i;

	if (!json_array_size(classes))
		return;
	fputs("Classes of hosts with the same outcome:\n", p->out);
	json_array_foreach(classes, i, class) {
		const char *verdict = result_string(class, "verdict");
		size_t failures = json_array_size(json_object_get(class, "failures"));
		long long hosts = result_number(class, "hosts");

		if (i == rows(p, classes))
			break;
		text_print(p->out, "  %2zu. %s", i + 1, words_of(verdict));
		if (failures)
			text_print(p->out, ", %zu failure%s", failures, failures == 1 ? "" : "s");
		fputs(": ", p->out);
		print_words(p, fleet_common_words(class));
		text_print(p->out, ": %lld %s\n", hosts, hosts_word(hosts));
	}
	print_more(p, classes);
	fputc('\n', p->out);
}

static void print_fact(const struct printer *p, const json_t *fact)
{
	const json_t *values = json_object_get(fact, "values"), *value;
	size_t i;

	text_print(p->out, "%-56s %7s", fleet_fact_title(result_string(fact, "fact")), "hosts");
	for (size_t v = 0; v < KINDS; v++)
		text_print(p->out, " %11s", v == 3 ? "nothing ran" : verdict_words[v]);
	fputc('\n', p->out);
	json_array_foreach(values, i, value) {
		const char *name = result_string(value, "value");

		if (i == rows(p, values))
			break;
		text_print(p->out, "  %-54.54s %7lld", *name ? name : "not known",
			   result_number(value, "hosts"));
		for (size_t v = 0; v < KINDS; v++)
			text_print(p->out, " %11lld", result_number(value, verdicts[v]));
		fputc('\n', p->out);
	}
	print_more(p, values);
}

static void print_facts(const struct printer *p)
{
	const json_t *facts = part(p, "facts"), *fact;
	size_t i;

	json_array_foreach(facts, i, fact) {
		if (*result_string(fact, "like") && !p->verbose)
			continue;
		print_fact(p, fact);
	}
	if (json_array_size(facts))
		fputc('\n', p->out);
}

static void print_change(const struct printer *p, const json_t *change)
{
	const json_t *hosts = json_object_get(change, "hosts");
	json_t *facts = json_object_get(change, "facts"), *value;
	const char *fact;

	text_print(p->out, "  %s: %s: %zu %s: ", result_string(change, "means"),
		   result_string(change, "kind"), json_array_size(hosts),
		   hosts_word((long long)json_array_size(hosts)));
	print_names(p, hosts);
	fputc('\n', p->out);
	json_object_foreach(facts, fact, value) {
		const char *before = result_string(value, "before");

		text_print(p->out, "      %s: %s -> %s\n", fleet_fact_title(fact),
			   *before ? before : "others", result_string(value, "now"));
	}
	print_differences(p, json_object_get(change, "differences"));
}

static void print_comparison(const struct printer *p, const json_t *comparison)
{
	const json_t *changes = json_object_get(comparison, "changes"), *new, *change;
	size_t i;

	if (!json_is_object(comparison))
		return;
	fputs("\nCompared with the baseline:\n", p->out);
	json_array_foreach(changes, i, change) {
		if (i == rows(p, changes))
			break;
		print_change(p, change);
	}
	print_more(p, changes);
	new = json_object_get(comparison, "new_classes");
	if (json_array_size(new))
		fputs("  classes that are new:", p->out);
	json_array_foreach(new, i, change)
		text_print(p->out, " %lld", (long long)json_integer_value(change) + 1);
	fputs(json_array_size(new) ? "\n" : "", p->out);
	text_print(p->out, "%s\n", result_string(comparison, "verdict"));
}

static void print_verdict(const struct printer *p)
{
	const json_t *totals = part(p, "totals");
	long long status = result_number(p->document, "status");

	text_print(p->out, "%lld %s:", result_number(totals, "hosts"),
		   hosts_word(result_number(totals, "hosts")));
	for (size_t v = 0; v < KINDS; v++)
		if (!v || result_number(totals, verdicts[v]))
			text_print(p->out, "%s %lld %s", v ? "," : "", result_number(totals, verdicts[v]),
				   verdict_words[v]);
	if (result_number(totals, "no_result"))
		text_print(p->out, ", %lld without a result", result_number(totals, "no_result"));
	fputc('\n', p->out);
	colour_begin(p->out, status == 0 ? VERDICT_PASS : status == 77 ? VERDICT_SKIP : VERDICT_FAIL);
	text_print(p->out, "%s", result_string(p->document, "verdict"));
	colour_end(p->out);
	fputc('\n', p->out);
}

void fleet_print(const json_t *document, bool verbose, FILE *out)
{
	const struct printer p = {document, out, verbose};
	const json_t *problem;
	size_t i;

	print_outliers(&p);
	print_failures(&p);
	print_classes(&p);
	print_facts(&p);
	print_missing(&p);
	json_array_foreach(part(&p, "problems"), i, problem)
		text_print(out, "warning: %s\n", json_string_value(problem));
	print_verdict(&p);
	print_comparison(&p, part(&p, "comparison"));
}
