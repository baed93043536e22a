/* SPDX-License-Identifier: BSD-2-Clause */
#include "runner/soak/counts.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "runner/common/exit_status.h"
#include "runner/common/result.h"
#include "runner/common/text.h"
#include "runner/common/whole_file.h"
#include "runner/soak/outcome.h"

/* What a host's kernel has done wrong. That a host hangs may be the emulator's fault. */
static const char *const bad_kinds[] = {"complaint", "panicked", "died"};

json_t *counts_new(const char *host, const struct soak_goal *goal)
{
	json_t *asked = json_pack("{s:b}", "until_fail", goal->until_fail), *counts;
	time_t now = time(NULL);
	char started[32];
	struct tm utc;

	if (goal->repetitions)
		json_object_set_new(asked, "repetitions", json_integer(goal->repetitions));
	if (goal->ms)
		json_object_set_new(asked, "seconds", json_integer(goal->ms / 1000));
	gmtime_r(&now, &utc);
	strftime(started, sizeof(started), "%Y-%m-%dT%H:%M:%SZ", &utc);
	counts = json_pack("{s:i, s:s, s:o, s:b, s:[], s:{}}", "version", COUNTS_VERSION, "started", started,
			   "asked", asked, "complete", 0, "host_events", "configurations");
	if (host)
		json_object_set_new(counts, "host", json_string(host));
	return counts;
}

static const json_t *outcomes_of(const json_t *configuration, const char *test)
{
	return test ? json_object_get(json_object_get(configuration, "tests"), test) :
		      json_object_get(configuration, "verdicts");
}

/* The first verdict there was: members are in the order in which they came. NULL: none yet. */
static const char *first_verdict(const json_t *outcomes)
{
	const char *word;
	json_t *entry;

	json_object_foreach((json_t *)outcomes, word, entry)
		if (outcome_verdict(word))
			return outcome_verdict(word);
	return NULL;
}

/* The first run is kept as an example of everything, others as far as they are different. */
static bool wants_outcome(const json_t *outcomes, const char *word)
{
	size_t kept = json_array_size(json_object_get(json_object_get(outcomes, word), "kept"));
	const char *first = first_verdict(outcomes), *verdict = outcome_verdict(word);

	if (!first || !verdict || !strcmp(first, verdict))
		return !kept;
	return kept < COUNTS_KEPT_MAX;
}

static const json_t *configuration_of(const json_t *counts, const json_t *run)
{
	return json_object_get(json_object_get(counts, "configurations"),
			       result_string(run, "configuration"));
}

bool counts_wants(const json_t *counts, const json_t *run)
{
	const json_t *configuration = configuration_of(counts, run);
	const char *name;
	json_t *outcome;

	if (wants_outcome(outcomes_of(configuration, NULL), result_string(run, "verdict")))
		return true;
	json_object_foreach(json_object_get(run, "tests"), name, outcome)
		if (wants_outcome(outcomes_of(configuration, name), json_string_value(outcome)))
			return true;
	return false;
}

static void add_news(json_t *news, const json_t *run, const char *test, const char *word, const char *first)
{
	json_array_append_new(news, json_pack("{s:O, s:s?, s:s, s:s}", "configuration",
					      json_object_get(run, "configuration"), "name", test, "outcome",
					      word, "first", first));
}

/* A run that is being added. */
struct addition {
	const json_t *run;
	long repetition;
	bool kept;
	json_t *news;
	bool failed; /* a verdict is not the first one, and one of the two is a failure */
};

static void add_outcome(struct addition *a, json_t *outcomes, const char *test, const char *word)
{
	const char *first = first_verdict(outcomes), *verdict = outcome_verdict(word);
	json_t *entry = json_object_get(outcomes, word), *kept;

	if (first && verdict && strcmp(first, verdict)) {
		a->failed |= outcome_is_failure(first) || outcome_is_failure(verdict);
		/* Of a run, only what none of its tests says. */
		if (!entry && a->news && (test || !json_array_size(a->news)))
			add_news(a->news, a->run, test, word, first);
	}
	if (!entry) {
		entry = json_pack("{s:i, s:[]}", "runs", 0, "kept");
		json_object_set_new(outcomes, word, entry);
	}
	json_object_set_new(entry, "runs", json_integer(result_number(entry, "runs") + 1));
	kept = json_object_get(entry, "kept");
	if (a->kept && json_array_size(kept) < COUNTS_KEPT_MAX)
		json_array_append_new(kept, json_integer(a->repetition));
}

bool counts_add(json_t *counts, const json_t *run, long repetition, bool kept, json_t *news)
{
	struct addition a = {.run = run, .repetition = repetition, .kept = kept, .news = news};
	json_t *configuration = (json_t *)configuration_of(counts, run), *tests, *outcome;
	const char *name;

	if (!configuration) {
		configuration = json_pack("{s:i, s:{}, s:{}}", "runs", 0, "verdicts", "tests");
		json_object_set_new(json_object_get(counts, "configurations"),
				    result_string(run, "configuration"), configuration);
	}
	json_object_set_new(configuration, "runs", json_integer(result_number(configuration, "runs") + 1));
	tests = json_object_get(configuration, "tests");
	json_object_foreach(json_object_get(run, "tests"), name, outcome) {
		if (!json_object_get(tests, name))
			json_object_set_new(tests, name, json_object());
		add_outcome(&a, json_object_get(tests, name), name, json_string_value(outcome));
	}
	add_outcome(&a, json_object_get(configuration, "verdicts"), NULL, result_string(run, "verdict"));
	return a.failed;
}

void counts_add_host(json_t *counts, long repetition, const char *kind, const char *text)
{
	json_array_append_new(json_object_get(counts, "host_events"),
			      json_pack("{s:I, s:s, s:o}", "after", (json_int_t)repetition, "kind", kind,
					"text", text_json(text)));
}

static long long sum(const json_t *outcomes, bool (*counts)(const char *word))
{
	long long runs = 0;
	const char *word;
	json_t *entry;

	json_object_foreach((json_t *)outcomes, word, entry)
		if (!counts || counts(word))
			runs = result_add(runs, result_count(entry, "runs"));
	return runs;
}

long long counts_failed(const json_t *outcomes)
{
	return sum(outcomes, outcome_is_failure);
}

long long counts_lucky(const json_t *outcomes)
{
	return sum(outcomes, outcome_is_lucky);
}

long long counts_missing(const json_t *outcomes, long long runs)
{
	return runs - sum(outcomes, NULL);
}

bool counts_differ(const json_t *outcomes, long long runs)
{
	const char *first = first_verdict(outcomes), *word;
	json_t *entry;

	json_object_foreach((json_t *)outcomes, word, entry)
		if (outcome_verdict(word) && strcmp(outcome_verdict(word), first))
			return true;
	return counts_missing(outcomes, runs);
}

static void add_failure(json_t *failures, const char *configuration, const char *test, long long runs,
			long long of)
{
	json_array_append_new(failures,
			      json_pack("{s:o, s:s?, s:I, s:I}", "configuration", text_json(configuration),
					"name", test, "runs", (json_int_t)runs, "of", (json_int_t)of));
}

json_t *counts_failures(const json_t *counts)
{
	json_t *failures = json_array(), *configuration, *outcomes;
	const char *name, *test;

	json_object_foreach(json_object_get(counts, "configurations"), name, configuration) {
		long long runs = result_number(configuration, "runs");
		size_t before = json_array_size(failures);

		json_object_foreach(json_object_get(configuration, "tests"), test, outcomes)
			if (counts_failed(outcomes))
				add_failure(failures, name, test, counts_failed(outcomes), runs);
		outcomes = json_object_get(configuration, "verdicts");
		if (before == json_array_size(failures) && counts_failed(outcomes))
			add_failure(failures, name, NULL, counts_failed(outcomes), runs);
	}
	return failures;
}

static bool is_bad(const json_t *outcomes, long long runs)
{
	return counts_failed(outcomes) || counts_differ(outcomes, runs);
}

int counts_status(const json_t *counts)
{
	bool passed = false, failed = false, not_started = false;
	const char *name, *test;
	json_t *configuration, *outcomes, *event;
	size_t i;

	json_object_foreach(json_object_get(counts, "configurations"), name, configuration) {
		const json_t *verdicts = json_object_get(configuration, "verdicts");
		long long runs = result_number(configuration, "runs");

		passed |= json_object_get(verdicts, "pass") != NULL;
		not_started |= json_object_get(verdicts, OUTCOME_NOT_STARTED) != NULL;
		failed |= is_bad(verdicts, runs);
		json_object_foreach(json_object_get(configuration, "tests"), test, outcomes)
			failed |= is_bad(outcomes, runs);
	}
	json_array_foreach(json_object_get(counts, "host_events"), i, event)
		failed |= text_index(bad_kinds, sizeof(bad_kinds) / sizeof(bad_kinds[0]),
				     result_string(event, "kind")) >= 0;
	if (failed)
		return STATUS_FAILED;
	if (not_started)
		return STATUS_CANNOT_RUN;
	return passed ? STATUS_PASSED : STATUS_NOTHING_VALIDATED;
}

bool counts_write(const json_t *counts, const char *path)
{
	char *text = json_dumps(counts, JSON_INDENT(1) | JSON_ENSURE_ASCII);
	bool written = whole_file_write(path, text);

	free(text);
	return written;
}
