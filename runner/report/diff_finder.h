/* SPDX-License-Identifier: BSD-2-Clause */
/* For the files that find changes: diff_find.c and diff_tests.c, and nothing else. */
#ifndef RUNNER_REPORT_DIFF_FINDER_H
#define RUNNER_REPORT_DIFF_FINDER_H

#include "runner/report/diff_find.h"
#include "runner/report/diff_judge.h"

struct finder {
	struct diff *changes;
	const struct result_set *before, *now;
	const struct diff_terms *terms;
	/* By index of the pair of hosts: */
	struct known_tests *known;
	const char **no_vm; /* why none starts there any more, or NULL */
};

/* The copy of @text that lives as long as the changes do. Takes @text over. */
const char *diff_keep(struct finder *f, char *text);
void diff_add(struct finder *f, struct change change);

/* Adds what has changed about each test of @p. */
void diff_tests(struct finder *f, const struct pair *p);

#endif
