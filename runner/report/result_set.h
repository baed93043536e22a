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

struct result_test {
	/* Equal strings are one pointer within a set; "" where the result has none. */
	const char *name, *verdict, *reason;
	const char *observed; /* all that it observed, with "; " between */
	json_t *messages; /* NULL when there is none */
	unsigned int ms;
};

struct result_entry {
	char *path; /* of the file */
	const char *host; /* label: the folder's name for HOST/NAME.json, else "" */
	const char *config; /* name of the configuration */
	const char *label; /* HOST/CONFIG where the set has more than one host, else CONFIG */
	json_t *rest; /* the result without "tests"; "log" is where the log lies now */
	struct result_test *tests;
	size_t test_count;
};

struct result_set {
	struct result_entry *all;
	size_t count;
	json_t *strings, *shared; /* private to saved.c */
};

/*
 * Paths are files or folders. A folder is a saved run: NAME.json and HOST/NAME.json in it. Among
 * files, HOST/NAME.json is told from FOLDER/NAME.json by @by_host alone. What cannot be read, or is
 * of another schema, becomes a result that says so (verdict "error", end "could not start").
 */
void result_set_load(struct result_set *set, char *const *paths, size_t count, bool by_host);
void result_set_free(struct result_set *set);

/* Neither passed nor skipped. */
bool result_test_is_bad(const struct result_test *test);

#endif
