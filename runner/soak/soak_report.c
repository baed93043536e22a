/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/soak/soak_report.h"

#include <stdbool.h>
#include <string.h>

#include "runner/common/result.h"
#include "runner/soak/counts.h"
#include "runner/soak/interval.h"
#include "runner/soak/outcome.h"

/* One of the lists of a report, as far as one configuration goes. */
struct list {
	json_t *entries;
	const json_t *configuration;
	size_t first; /* of this configuration */
};

static json_t *rate(long long hits, long long runs)
{
	struct interval interval = interval_wilson(hits, runs);

	return json_pack("{s:I, s:I, s:f, s:f}", "runs", (json_int_t)hits, "of", (json_int_t)runs, "low",
			 interval.low, "high", interval.high);
}

/* @outcomes, and how often there was none. */
static json_t *with_missing(const json_t *outcomes, long long runs)
{
	json_t *all = json_copy((json_t *)outcomes);
	long long missing = counts_missing(outcomes, runs);

	if (missing > 0)
		json_object_set_new(all, OUTCOME_MISSING,
				    json_pack("{s:I, s:[]}", "runs", (json_int_t)missing, "kept"));
	return all;
}

/* Tests that came out alike, in numbers and in which repetitions, are one entry. @test: NULL: the run itself. */
static void add(struct list *list, const char *test, const json_t *outcomes, const char *what, long long hits)
{
	long long runs = result_number(list->configuration, "runs");
	json_t *all = with_missing(outcomes, runs), *entry;

	for (size_t i = list->first; test && i < json_array_size(list->entries); i++) {
		entry = json_array_get(list->entries, i);
		if (json_equal(json_object_get(entry, "outcomes"), all) &&
		    !strcmp(result_string(entry, "what"), what)) {
			json_array_append_new(json_object_get(entry, "names"), json_string(test));
			json_decref(all);
			return;
		}
	}
	entry = json_pack("{s:O, s:O, s:[], s:s, s:o, s:o}", "host",
			  json_object_get(list->configuration, "host"), "configuration",
			  json_object_get(list->configuration, "configuration"), "names", "what", what,
			  "rate", rate(hits, runs), "outcomes", all);
	if (test)
		json_array_append_new(json_object_get(entry, "names"), json_string(test));
	json_array_append_new(list->entries, entry);
}

/* The outcome that came most seldom. */
static const char *rarest(const json_t *outcomes, long long *runs)
{
	const char *word, *found = OUTCOME_MISSING;
	json_t *entry;

	json_object_foreach((json_t *)outcomes, word, entry)
		if (outcome_verdict(word) && (*runs <= 0 || result_number(entry, "runs") < *runs)) {
			*runs = result_number(entry, "runs");
			found = word;
		}
	return found;
}

struct lists {
	struct list differing, failing, lucky;
};

static void judge(struct lists *l, const char *test, const json_t *outcomes)
{
	long long runs = result_number(l->differing.configuration, "runs"), failed = counts_failed(outcomes);
	long long hits = counts_missing(outcomes, runs);
	const char *word;

	if (failed && failed == runs) {
		add(&l->failing, test, outcomes, "failed", failed);
	} else if (failed) {
		/* What failed at times and was not decided at others differs for whoever reads this. */
		add(&l->differing, test, outcomes, "failed", failed);
	} else if (counts_differ(outcomes, runs)) {
		word = rarest(outcomes, &hits);
		add(&l->differing, test, outcomes, word, hits);
	}
	if (counts_lucky(outcomes) * 1000 > runs * SOAK_LUCKY_MAX)
		add(&l->lucky, test, outcomes, "needed luck", counts_lucky(outcomes));
}

static void judge_configuration(struct lists *l, const json_t *configuration)
{
	struct list *all[] = {&l->differing, &l->failing, &l->lucky};
	const char *test;
	json_t *outcomes;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		all[i]->configuration = configuration;
		all[i]->first = json_array_size(all[i]->entries);
	}
	json_object_foreach(json_object_get(configuration, "tests"), test, outcomes)
		judge(l, test, outcomes);
	/* The run itself: only what none of its tests says. */
	if (json_array_size(l->differing.entries) == l->differing.first &&
	    json_array_size(l->failing.entries) == l->failing.first)
		judge(l, NULL, json_object_get(configuration, "verdicts"));
}

/* As counts_status() wants it: by name. */
static json_t *as_counts(const struct soak_set *set)
{
	json_t *configurations = json_object(), *entry;
	char key[24];
	size_t i;

	json_array_foreach(set->configurations, i, entry) {
		snprintf(key, sizeof(key), "%zu", i);
		json_object_set(configurations, key, entry);
	}
	return json_pack("{s:o, s:O}", "configurations", configurations, "host_events", set->host_events);
}

json_t *soak_report(const struct soak_set *set)
{
	struct lists l = {{.entries = json_array()}, {.entries = json_array()}, {.entries = json_array()}};
	json_t *configurations = json_array(), *entry, *counts = as_counts(set), *report;
	size_t i;

	json_array_foreach(set->configurations, i, entry) {
		if (result_number(entry, "runs") <= 0)
			continue;
		json_array_append_new(configurations,
				      json_pack("{s:O, s:O, s:I, s:I}", "host",
						json_object_get(entry, "host"), "configuration",
						json_object_get(entry, "configuration"), "runs",
						(json_int_t)result_number(entry, "runs"), "tests",
						(json_int_t)json_object_size(
							json_object_get(entry, "tests"))));
		judge_configuration(&l, entry);
	}
	report = json_pack("{s:i, s:i, s:b, s:o, s:o, s:o, s:o, s:O}", "version", COUNTS_VERSION, "status",
			   counts_status(counts), "complete", set->complete, "configurations", configurations,
			   "differing", l.differing.entries, "failing", l.failing.entries, "lucky",
			   l.lucky.entries, "host_events", set->host_events);
	json_decref(counts);
	return report;
}
