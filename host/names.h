/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists of names in reports. */
#ifndef HOST_NAMES_H
#define HOST_NAMES_H

#include <jansson.h>
#include <stdio.h>

/* "a, b, c and 2 more", of an array of strings that is not empty. The caller frees it. */
char *names_some(const json_t *names);

/* A list that goes on in the next line, at the same indentation. */
struct names_lines {
	FILE *out;
	int indent, column; /* column 0: nothing has been printed yet */
};

/* The next item, after a separator. Commas are the caller's. */
void names_print(struct names_lines *lines, const char *item);

#endif
