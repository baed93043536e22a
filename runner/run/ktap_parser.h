/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Strict streaming parser for what the guest prints on COM1: KTAP 1 with one level of subtests, as docs/ktap.md
 * describes it and lib/ktap_writer.c prints it. What does not fit becomes an error of the run, never a crash: the
 * guest may die, hang or print garbage at any byte.
 */
#ifndef RUNNER_RUN_KTAP_PARSER_H
#define RUNNER_RUN_KTAP_PARSER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/verdict.h"

/* Longer than any line of lib/ktap_writer.h: firmware and a damaged log may have such. */
#define KTAP_PARSER_LINE_MAX 4096

enum ktap_state {
	KTAP_FIRMWARE, /* before "KTAP version 1": whatever the firmware prints */
	KTAP_WANT_PLAN, /* the number of suites comes first */
	KTAP_SUITES, /* between two suites */
	KTAP_WANT_NAME, /* "# Subtest: NAME" opens a suite */
	KTAP_WANT_SUBPLAN, /* then comes the number of its tests */
	KTAP_TESTS, /* inside a suite */
	KTAP_DONE, /* after the totals: silence */
};

struct ktap_counts {
	long pass, fail, error, skip, timeout;
	long not_run; /* tests of suites that were cut short; their names are not known */
	long suites_not_run; /* suites of the plan that never started */
};

struct ktap_parser {
	/* What was understood, in the shape that the result file wants it. */
	json_t *tests; /* {name, verdict, ms, reason, messages} each, in order; some have unmet, at, observed, costs */
	json_t *errors; /* run-level messages: any one of them fails the run */
	json_t *notes;
	json_t *guest; /* from the header lines: host-cpuid, guest, boot; and what suites need */
	struct ktap_counts counts;
	enum ktap_state state;

	/* Called at the start of each test; may be NULL. To be set after ktap_parser_init(). */
	void (*started)(void *context, const char *name, int64_t now_ms);
	void *context;

	/* Private to ktap_parser.c and ktap_open_test.c */
	json_t *names; /* all test names so far */
	json_t *test; /* the test between "# start" and its result, or NULL */
	json_t *unmet; /* of the skip that has to be the next line, or NULL */
	char *at; /* FILE:LINE of the first check that failed in the test, or NULL */
	int64_t test_start_ms;
	char *suite; /* the suite that is open, or NULL */
	long suites, suite_number;
	long suite_tests, test_number;
	long suite_bad, suite_skips;
	long lost_errors;
	char line[KTAP_PARSER_LINE_MAX];
	size_t length; /* of the line so far; may pass KTAP_PARSER_LINE_MAX; what is beyond is dropped */
};

void ktap_parser_init(struct ktap_parser *k);
void ktap_parser_feed(struct ktap_parser *k, const char *bytes, size_t length, int64_t now_ms);

/*
 * Input is over. A test without a result gets @verdict and @reason; what is missing from the plan
 * is counted.
 */
void ktap_parser_finish(struct ktap_parser *k, enum verdict verdict, const char *reason, int64_t now_ms);

/* Where the guest is now, for messages: "in suite.test", "after the report", ... The caller frees it. */
char *ktap_parser_where(const struct ktap_parser *k);

/* Adds an error of the run as a whole, which fails it. */
void ktap_parser_error(struct ktap_parser *k, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void ktap_parser_free(struct ktap_parser *k);

/* ktap_open_test.c: what ktap_parser.c does with the open test, k->test. @name: SUITE.TEST. */
void ktap_test_open(struct ktap_parser *k, const char *name, int64_t now_ms);
/* A line of the test's own, without "# ". */
void ktap_test_message(struct ktap_parser *k, const char *text);
/* KIND WHAT of "# unmet: KIND WHAT", for the skip that has to be the next line; without one it is dropped as an error. */
void ktap_test_unmet(struct ktap_parser *k, const char *text);
void ktap_test_drop_unmet(struct ktap_parser *k);
/* @reason: for its verdict, or NULL. */
void ktap_test_close(struct ktap_parser *k, enum verdict verdict, const char *reason, int64_t now_ms);

#endif
