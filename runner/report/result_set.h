/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Results of earlier runs, loaded from disk. Thousands of them fit into memory, because what most
 * of them have in common is there once.
 */
#ifndef RUNNER_REPORT_RESULT_SET_H
#define RUNNER_REPORT_RESULT_SET_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "runner/common/run_end.h"
#include "runner/common/unmet.h"
#include "runner/common/verdict.h"

struct result_test {
	/* Equal strings are one pointer within a set; "" where the result has none. */
	const char *name, *reason;
	const char
		*at; /* FILE:LINE of the first check that failed; results before version 0.2 do not have it */
	const char *inert; /* of a pass: why the feature did not act */
	const char *observed; /* all that it observed, with "; " between */
	const char *unmet_what;
	enum unmet_kind unmet; /* valid if: */
	bool has_unmet; /* it was skipped, by version 0.2 or later */
	enum verdict verdict; /* an error if the result has none that is known */
	json_t *messages; /* NULL when there is none */
	json_t *costs; /* "costs" of docs/result.schema.json, or NULL */
	long long ms;
};

struct result_entry {
	char *path; /* of the file */
	const char *host; /* label: the folder's name for HOST/NAME.json, else "" */
	const char *config; /* name of the configuration */
	const char *label; /* HOST/CONFIG where the set has more than one host, else CONFIG */
	enum verdict verdict; /* of the run as a whole */
	enum run_end end;
	json_t *rest; /* the result without "tests"; "log" is where the log lies now */
	struct result_test *tests;
	size_t test_count;
};

struct result_set {
	struct result_entry *all;
	size_t count;
	json_t *strings, *shared; /* private to result_set.c and result_take.c */
};

/*
 * Paths are files or folders. A folder is a saved run: NAME.json and HOST/NAME.json in it. Among
 * files, HOST/NAME.json is distinguished from FOLDER/NAME.json by @by_host alone. What cannot be read, or is
 * of another schema, becomes a result that says so (verdict "error", end "could not start").
 */
void result_set_load(struct result_set *set, char *const *paths, size_t count, bool by_host);
void result_set_free(struct result_set *set);

/*
 * The test called @name in @r, which may be NULL. Most tests are in the same order in all results: the search begins
 * at *@next, which is then the place behind the one that was found.
 */
const struct result_test *result_set_find_test(const struct result_entry *r, const char *name, size_t *next);

/* The sum of the results' counts called @key; at the most LLONG_MAX. */
long long result_set_sum(const struct result_set *set, const char *key);

/* @test, which may be NULL, was not skipped. */
static inline bool result_test_ran(const struct result_test *test)
{
	return test && test->verdict != VERDICT_SKIP;
}

/* Neither passed nor skipped. */
bool result_test_is_bad(const struct result_test *test);

#endif
