/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists of names in reports. */
#ifndef RUNNER_REPORT_JOIN_NAMES_H
#define RUNNER_REPORT_JOIN_NAMES_H

#include <jansson.h>
#include <stdio.h>

/* "a, b, c and 2 more", of an array of strings. The caller frees it. */
char *join_names(const json_t *names);
/* The same with as many names as @shown, of which there is at least one. */
char *join_first_names(const json_t *names, size_t shown);

/* A list that goes on in the next line, at the same indentation. */
struct wrapped_list {
	FILE *out;
	int indent, column; /* column 0: nothing has been printed yet */
};

/* The next item, after a separator. Commas are the caller's. */
void wrapped_list_print(struct wrapped_list *lines, const char *item);

#endif
