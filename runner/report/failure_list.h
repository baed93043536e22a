/* SPDX-License-Identifier: BSD-2-Clause */
/* What failed in a set of results, by reason: one entry for all tests that failed in the same way, wherever they did. */
#ifndef RUNNER_REPORT_FAILURE_LIST_H
#define RUNNER_REPORT_FAILURE_LIST_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "runner/report/grouped_lines.h"
#include "runner/report/result_set.h"

struct failure_case {
	size_t result; /* its place in the set */
	const struct result_test *test; /* NULL: the run itself is at fault, and */
	const char *error; /* what it says */
};

/*
 * Failures with one reason: the same verdict, at the same place in the source; without a place, with the same first message
 * and reason, but for the numbers in them.
 */
struct failure {
	struct failure_case *cases; /* in the order of the results; there is at least one */
	size_t case_count;
	json_t *names; /* of the tests, each once: the keys of an object, which is empty for the run itself */
	/* How many tests it explains: those that failed, or did not run any more after what ended a run. */
	size_t explains;
	size_t order; /* of their first occurrences */
};

struct failure_list {
	struct grouped_lines lines; /* private */
	struct failure *all; /* those that explain most come first */
	size_t count;
};

void failure_list_init(struct failure_list *list, const struct result_set *set);
void failure_list_free(struct failure_list *list);

/* What tells @f from the others; the same in all runs that have it. */
const char *failure_key(const struct failure_list *list, const struct failure *f);

/* The number of a message that all cases of @f have at the same place, numbers aside; the first one counts always. */
size_t failure_next_message(const struct failure *f, size_t from);
/* On standard output, the results that have it, as grouped_lines_print_where() prints them; with @all, all names. */
void failure_print_where(const struct failure_list *list, const struct failure *f, bool all);

#endif
