/* SPDX-License-Identifier: BSD-2-Clause */
/* What has changed between two sets of results: found here, judged in diff_judge.c, printed by diff_print.c. */
#ifndef RUNNER_REPORT_DIFF_FIND_H
#define RUNNER_REPORT_DIFF_FIND_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "runner/report/diff_pairs.h"
#include "runner/report/result_set.h"

enum change_kind {
	CHANGE_REGRESSED, /* passed before */
	CHANGE_FAILS_NEW, /* was not checked before */
	CHANGE_NO_VM, /* a host that checked something before: nothing runs there */
	CHANGE_CANNOT_RUN, /* a configuration that checked something before */
	CHANGE_LOST, /* was checked before */
	CHANGE_COSTS_MORE, /* passes as before, and an operation takes more exits */
	CHANGE_STILL_FAILING,
	CHANGE_BEHAVIOUR, /* passes as before, and observed something else */
	CHANGE_NOT_SHOWN, /* passes as before, but the feature did not act */
	CHANGE_SHOWN, /* passes as before, and the feature acted, which it did not before */
	CHANGE_DOES_NOT_APPLY, /* it is about a feature's absence, and that has been gained; or the reverse */
	CHANGE_MOVED, /* another configuration checks it now, which did not before */
	CHANGE_BAD_LUCK, /* could not be checked this time, but may be the next one */
	CHANGE_GAVE_UP, /* in error before, so that nothing was checked; and not checked now */
	CHANGE_FIXED,
	CHANGE_COSTS_LESS,
	CHANGE_GAINED, /* was there, but was not checked before */
	CHANGE_CAN_RUN, /* a configuration that checked nothing before */
	CHANGE_NEW_CONFIG,
	CHANGE_NEW_TEST,
	CHANGE_KINDS,
};

/* What a change is about instead of a test, where something went wrong outside of any. */
#define DIFF_THE_HOST "the host itself"
#define DIFF_THE_RUN  "the run itself"

struct change {
	enum change_kind kind;
	const char *where; /* name of the place */
	const char *test; /* "" for the configuration as such */
	const char *before, *now; /* words for verdicts and the like; of a behaviour, what was observed */
	const char *why; /* "" if there is no more to say than the messages do */
	const char *
		at; /* FILE:LINE of the first check that failed, or ""; the messages differ from run to run */
	const json_t *messages; /* or NULL */
};

struct diff {
	struct diff_pairs pairs;
	struct change *all;
	size_t count;
	json_t *texts, *complaints; /* what is in no result; private to diff_find.c */
};

/* How to compare. */
struct diff_terms {
	bool part; /* what this run lacks altogether was left out on purpose */
	long judge_cost; /* of cycles on hardware: by how many percent they may change; 0: they are not compared */
};

/*
 * False: the two cannot be compared, and @why (which the caller frees) says why. To be freed in either case.
 */
bool diff_find(struct diff *changes, const struct result_set *before, const struct result_set *now,
	       const struct diff_terms *terms, char **why);
void diff_free(struct diff *changes);

#endif
