/* SPDX-License-Identifier: BSD-2-Clause */
/* What occurs in several results of a set, and in which of them: "everywhere", "default, split and 37 more". */
#ifndef HOST_OCCURRENCES_H
#define HOST_OCCURRENCES_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "saved.h"

struct occurrence {
	size_t result; /* its place in the set */
	size_t count; /* how often there */
};

struct occurrences {
	const char *text; /* what it is that occurs */
	struct occurrence *all; /* in the order of the results */
	size_t count;
};

/* In the order of their first occurrence. */
struct occurrence_list {
	const struct saved_results *set;
	struct occurrences *all;
	size_t count;
	json_t *index; /* private: text -> place in all */
};

void occurrences_init(struct occurrence_list *list, const struct saved_results *set);
void occurrences_free(struct occurrence_list *list);

/* Results come in ascending order. */
void occurrences_add(struct occurrence_list *list, const char *text, size_t result);
/* NULL: it never occurred. */
const struct occurrences *occurrences_find(const struct occurrence_list *list, const char *text);

enum {
	WHERE_COUNTED = 1, /* and how often */
	WHERE_BRIEF = 2, /* one name at most */
	WHERE_ANYWHERE = 4, /* results without any test are a part of everywhere, too */
};

/* On standard output, where @o occurs. */
void occurrences_print_where(const struct occurrence_list *list, const struct occurrences *o,
			     unsigned int how);

#endif
