/* SPDX-License-Identifier: BSD-2-Clause */
/* What occurs in several results of a set, and in which of them: "everywhere", "default, split and 37 more". */
#ifndef RUNNER_REPORT_GROUPED_LINES_H
#define RUNNER_REPORT_GROUPED_LINES_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "runner/report/result_set.h"

struct line_place {
	size_t result; /* its place in the set */
	size_t count; /* how often there */
};

struct line_group {
	const char *text; /* what it is that occurs */
	struct line_place *all; /* in the order of the results */
	size_t count;
};

/* In the order of their first occurrence. */
struct grouped_lines {
	const struct result_set *set;
	struct line_group *all;
	size_t count;
	json_t *index; /* private: text -> place in all */
};

void grouped_lines_init(struct grouped_lines *list, const struct result_set *set);
void grouped_lines_free(struct grouped_lines *list);

/* Results come in ascending order. */
void grouped_lines_add(struct grouped_lines *list, const char *text, size_t result);
/* NULL: it never occurred. */
const struct line_group *grouped_lines_find(const struct grouped_lines *list, const char *text);

enum {
	WHERE_COUNTED = 1, /* and how often */
	WHERE_BRIEF = 2, /* one name at most */
	WHERE_ANYWHERE = 4, /* results without any test are a part of everywhere, too */
	WHERE_ALL = 8, /* all names, however many */
};

/* On standard output, where @o occurs. */
void grouped_lines_print_where(const struct grouped_lines *list, const struct line_group *o,
			       unsigned int how);

#endif
