/* SPDX-License-Identifier: BSD-2-Clause */
/* A failure in one line, and the place in this project's sources where forges show it. */
#ifndef RUNNER_REPORT_FAILURE_NOTE_H
#define RUNNER_REPORT_FAILURE_NOTE_H

#include "runner/report/failure_list.h"

struct failure_note {
	/* Of the check that failed. Without one: the first line of the test's file, or of unittests.cfg for the run itself. */
	char *file;
	long line;
	char *title; /* the tests, or two of them and how many more */
	char *text; /* where they fail, and what they say: one line of ASCII */
	char *fingerprint; /* the same wherever this fails in the same way */
};

struct failure_note failure_note_of(const struct failure_list *list, const struct result_set *set,
				    const struct failure *f);
void failure_note_free(struct failure_note *note);

#endif
