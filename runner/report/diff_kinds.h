/* SPDX-License-Identifier: BSD-2-Clause */
/* The words for kinds of changes, and what each means for guests. */
#ifndef RUNNER_REPORT_DIFF_KINDS_H
#define RUNNER_REPORT_DIFF_KINDS_H

#include "runner/report/diff_find.h"

enum change_meaning {
	CHANGE_MEANS_WORSE,
	CHANGE_MEANS_BETTER,
	CHANGE_MEANS_STILL, /* neither, but not good */
	CHANGE_MEANS_OTHERWISE, /* neither, but for guests to know */
	CHANGE_MEANS_NEITHER,
};

struct change_kind_words {
	const char *name; /* for programs */
	const char *heading;
	const char *one, *many; /* in a comparison's last line */
	enum change_meaning means;
};

extern const struct change_kind_words change_kinds[CHANGE_KINDS];

#endif
