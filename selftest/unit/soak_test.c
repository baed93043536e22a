/* SPDX-License-Identifier: BSD-2-Clause */
/* Repetitions: how often to run, what outcomes come to, runs as events, and how sure a rate is. */
#include "selftest/unit/unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "runner/common/exit_status.h"
#include "runner/soak/counts.h"
#include "runner/soak/goal.h"
#include "runner/soak/interval.h"
#include "runner/soak/outcome.h"
#include "runner/soak/run_stream.h"

/* The examples of R. G. Newcombe, "Two-sided confidence intervals for the single proportion", 1998, method 3. */
static void intervals_are_those_of_the_literature(void **state)
{
	static const struct {
		long long hits, runs;
		double low, high;
	} known[] = {{81, 263, 0.2553, 0.3662},
		     {15, 148, 0.0624, 0.1605},
		     {0, 20, 0, 0.1611},
		     {1, 29, 0.0061, 0.1718}};

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		struct interval got = interval_wilson(known[i].hits, known[i].runs);

		assert_true(fabs(got.low - known[i].low) < 0.00005);
		assert_true(fabs(got.high - known[i].high) < 0.00005);
		/* What did not happen, seen from the other side. */
		got = interval_wilson(known[i].runs - known[i].hits, known[i].runs);
		assert_true(fabs(1 - got.high - known[i].low) < 0.00005);
		assert_true(fabs(1 - got.low - known[i].high) < 0.00005);
	}
}

static void intervals_have_ends(void **state)
{
	struct interval got = interval_wilson(0, 500);

	(void)state;
	assert_true(got.low == 0 && got.high > 0.0076 && got.high < 0.0077);
	got = interval_wilson(500, 500);
	assert_true(got.high == 1 && got.low > 0.9923 && got.low < 0.9924);
	got = interval_wilson(1, 500);
	assert_true(got.low > 0.00035 && got.low < 0.00036 && got.high > 0.0112 && got.high < 0.0113);
	got = interval_wilson(1, 1);
	assert_true(got.low > 0.2 && got.high == 1);
}

static void times_are_read(void **state)
{
	static const char *const bad[] = {"",	 "8",	 "h",  "0s",   "8 h",	     "8hh",
					  "-8h", "1.5h", "8H", "366d", "999999999s", "99999999d"};
	int64_t ms = 0;

	(void)state;
	assert_true(goal_parse_time("30s", &ms) && ms == 30000);
	assert_true(goal_parse_time("20m", &ms) && ms == 1200000);
	assert_true(goal_parse_time("8h", &ms) && ms == 28800000);
	assert_true(goal_parse_time("2d", &ms) && ms == 172800000);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(goal_parse_time(bad[i], &ms));
}

static void goals_come_to_their_end(void **state)
{
	const struct soak_goal count = {.repetitions = 10}, time = {.ms = 60000}, fail = {.until_fail = true};
	const struct soak_goal both = {.repetitions = 10, .ms = 60000};

	(void)state;
	assert_false(goal_given(&(struct soak_goal){0}));
	assert_false(goal_reached(&count, 9, 1000000, true));
	assert_true(goal_reached(&count, 10, 0, false));
	assert_true(goal_reached(&time, 1, 60000, false));
	assert_true(goal_reached(&both, 1, 60000, false) && goal_reached(&both, 10, 1, false));
	assert_true(goal_reached(&fail, 1, 1, true));
	assert_false(goal_reached(&fail, 100000, 100000000, false));
	assert_int_equal(goal_left_ms(&count, 4, 0, 8000), 12000);
	assert_int_equal(goal_left_ms(&count, 0, 0, 8000), -1);
	assert_int_equal(goal_left_ms(&fail, 4, 8000, 8000), -1);
	/* A host whose clock goes at half the speed of ours. */
	assert_int_equal(goal_left_ms(&time, 1, 15000, 30000), 90000);
	assert_int_equal(goal_seconds(&count, 100), 1000);
	assert_int_equal(goal_seconds(&both, 100), 160);
	assert_int_equal(goal_seconds(&fail, 100), GOAL_SECONDS_MAX);
}

static json_t *run(const char *tests, const char *verdict)
{
	json_t *made = json_pack("{s:s, s:s, s:o}", "configuration", "default", "verdict", verdict, "tests",
				 json_loads(tests, 0, NULL));

	assert_non_null(made);
	return made;
}

static void results_become_outcomes(void **state)
{
	json_t *result =
		json_loads("{\"verdict\": \"pass\", \"end\": \"exit\", \"tests\": ["
			   "{\"name\": \"a.a\", \"verdict\": \"pass\"},"
			   "{\"name\": \"a.b\", \"verdict\": \"pass\", \"retries\": 2},"
			   "{\"name\": \"a.c\", \"verdict\": \"skip\", \"unmet\": {\"kind\": \"luck\"}},"
			   "{\"name\": \"a.d\", \"verdict\": \"skip\", \"unmet\": {\"kind\": \"vcpus\"}},"
			   "{\"name\": \"a.e\", \"verdict\": \"what\"}]}",
			   0, NULL);
	json_t *want = run("{\"a.a\": \"pass\", \"a.b\": \"retried\", \"a.c\": \"luck\", \"a.d\": \"skip\","
			   "\"a.e\": \"error\"}",
			   "pass");
	json_t *got = outcome_of_result("default", result);

	(void)state;
	assert_true(json_equal(want, got));
	json_decref(got);
	got = outcome_of_result("default", NULL);
	assert_string_equal(json_string_value(json_object_get(got, "verdict")), "error");
	json_object_set_new(result, "verdict", json_string("error"));
	json_object_set_new(result, "end", json_string("could not start"));
	json_decref(got);
	got = outcome_of_result("default", result);
	assert_string_equal(json_string_value(json_object_get(got, "verdict")), "not started");
	json_decref(got);
	json_decref(want);
	json_decref(result);
}

/* What the other end of the stream makes of @sent. */
static void passes(struct run_stream *here, struct run_stream *there, json_t *sent, size_t tests)
{
	json_t *event = run_stream_encode(here, sent), *got = run_stream_decode(there, event);

	assert_int_equal(json_object_size(json_object_get(event, "tests")), tests);
	assert_true(json_equal(sent, got));
	json_decref(event);
	json_decref(got);
	json_decref(sent);
}

static void runs_pass_through_a_stream(void **state)
{
	struct run_stream here = {0}, there = {0};
	json_t *event;

	(void)state;
	passes(&here, &there, run("{\"a.a\": \"pass\", \"a.b\": \"pass\"}", "pass"), 2);
	passes(&here, &there, run("{\"a.a\": \"pass\", \"a.b\": \"pass\"}", "pass"), 0);
	passes(&here, &there, run("{\"a.a\": \"fail\", \"a.b\": \"pass\"}", "fail"), 1);
	passes(&here, &there, run("{\"a.b\": \"luck\", \"a.c\": \"skip\"}", "pass"), 3);
	passes(&here, &there, run("{\"a.a\": \"pass\", \"a.b\": \"pass\"}", "pass"), 0);
	/* Not the first, of a configuration that had none; no outcomes. */
	event = json_loads(
		"{\"configuration\": \"b\", \"verdict\": \"pass\", \"whole\": false, \"tests\": {}}", 0,
		NULL);
	assert_null(run_stream_decode(&there, event));
	json_object_set_new(event, "whole", json_true());
	json_object_set_new(event, "tests", json_pack("{s:s}", "a.a", "good"));
	assert_null(run_stream_decode(&there, event));
	json_object_set_new(event, "tests", json_object());
	json_object_set_new(event, "verdict", json_string("good"));
	assert_null(run_stream_decode(&there, event));
	json_decref(event);
	run_stream_free(&here);
	run_stream_free(&there);
}

/* Adds a run as pvbatch does, and returns whether it was worth keeping. */
static bool add(json_t *counts, long repetition, json_t *r, bool failed, size_t news_count)
{
	json_t *news = json_array();
	bool kept = counts_wants(counts, r);

	assert_int_equal(counts_add(counts, r, repetition, kept, news), failed);
	assert_int_equal(json_array_size(news), news_count);
	json_decref(news);
	json_decref(r);
	return kept;
}

static json_t *outcomes_of(const json_t *counts, const char *test)
{
	return json_object_get(json_object_get(json_object_get(json_object_get(counts, "configurations"),
							       "default"),
					       "tests"),
			       test);
}

static void runs_are_counted(void **state)
{
	json_t *counts = counts_new(NULL, &(struct soak_goal){.repetitions = 3}), *failures;

	(void)state;
	assert_int_equal(counts_status(counts), STATUS_NOTHING_VALIDATED);
	assert_true(add(counts, 1, run("{\"a.a\": \"pass\", \"a.b\": \"pass\"}", "pass"), false, 0));
	assert_false(add(counts, 2, run("{\"a.a\": \"pass\", \"a.b\": \"pass\"}", "pass"), false, 0));
	assert_int_equal(counts_status(counts), STATUS_PASSED);
	/* Luck differs from nothing, but the first of its kind is kept. */
	assert_true(add(counts, 3, run("{\"a.a\": \"retried\", \"a.b\": \"luck\"}", "pass"), false, 0));
	assert_false(add(counts, 4, run("{\"a.a\": \"retried\", \"a.b\": \"luck\"}", "pass"), false, 0));
	assert_int_equal(counts_lucky(outcomes_of(counts, "a.b")), 2);
	assert_false(counts_differ(outcomes_of(counts, "a.b"), 4));
	assert_int_equal(counts_status(counts), STATUS_PASSED);
	/* Of a kind that differs some are kept, and it is news once. */
	for (long n = 5; n < 5 + COUNTS_KEPT_MAX; n++)
		assert_true(
			add(counts, n, run("{\"a.a\": \"fail\", \"a.b\": \"pass\"}", "fail"), true, n == 5));
	assert_false(add(counts, 99, run("{\"a.a\": \"fail\", \"a.b\": \"pass\"}", "fail"), true, 0));
	assert_true(counts_differ(outcomes_of(counts, "a.a"), 15));
	assert_int_equal(counts_failed(outcomes_of(counts, "a.a")), 11);
	assert_int_equal(counts_status(counts), STATUS_FAILED);
	failures = counts_failures(counts);
	assert_int_equal(json_array_size(failures), 1);
	json_decref(failures);
	json_decref(counts);
}

static void what_fails_every_time_stops_nothing(void **state)
{
	json_t *counts = counts_new("bookworm", &(struct soak_goal){.until_fail = true});

	(void)state;
	assert_true(add(counts, 1, run("{\"a.a\": \"fail\"}", "fail"), false, 0));
	assert_false(add(counts, 2, run("{\"a.a\": \"fail\"}", "fail"), false, 0));
	assert_int_equal(counts_status(counts), STATUS_FAILED);
	assert_false(counts_differ(outcomes_of(counts, "a.a"), 2));
	assert_true(add(counts, 3, run("{\"a.a\": \"pass\"}", "pass"), true, 1));
	json_decref(counts);
}

static void other_differences_are_failures_of_the_whole(void **state)
{
	json_t *counts = counts_new(NULL, &(struct soak_goal){0});

	(void)state;
	add(counts, 1, run("{\"a.a\": \"pass\", \"a.b\": \"pass\"}", "pass"), false, 0);
	add(counts, 2, run("{\"a.a\": \"skip\", \"a.b\": \"pass\"}", "pass"), false, 1);
	assert_int_equal(counts_status(counts), STATUS_FAILED);
	json_decref(counts);
	counts = counts_new(NULL, &(struct soak_goal){0});
	add(counts, 1, run("{\"a.a\": \"pass\", \"a.b\": \"pass\"}", "pass"), false, 0);
	add(counts, 2, run("{\"a.a\": \"pass\"}", "pass"), false, 0);
	assert_int_equal(counts_missing(outcomes_of(counts, "a.b"), 2), 1);
	assert_int_equal(counts_status(counts), STATUS_FAILED);
	json_decref(counts);
	counts = counts_new(NULL, &(struct soak_goal){0});
	add(counts, 1, run("{}", "not started"), false, 0);
	assert_int_equal(counts_status(counts), STATUS_CANNOT_RUN);
	json_decref(counts);
	counts = counts_new("bookworm", &(struct soak_goal){0});
	add(counts, 1, run("{}", "pass"), false, 0);
	counts_add_host(counts, 1, "hung", "it hung");
	assert_int_equal(counts_status(counts), STATUS_PASSED);
	counts_add_host(counts, 1, "panicked", "it panicked");
	assert_int_equal(counts_status(counts), STATUS_FAILED);
	json_decref(counts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(intervals_are_those_of_the_literature),
		cmocka_unit_test(intervals_have_ends),
		cmocka_unit_test(times_are_read),
		cmocka_unit_test(goals_come_to_their_end),
		cmocka_unit_test(results_become_outcomes),
		cmocka_unit_test(runs_pass_through_a_stream),
		cmocka_unit_test(runs_are_counted),
		cmocka_unit_test(what_fails_every_time_stops_nothing),
		cmocka_unit_test(other_differences_are_failures_of_the_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
