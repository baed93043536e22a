/* SPDX-License-Identifier: BSD-2-Clause */
/* Which configurations run, and lists of them. */
#ifndef RUNNER_BATCH_SELECT_H
#define RUNNER_BATCH_SELECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "runner/batch/config.h"

/* What the command line asks for. Names go first: with names, @all and @group do not count. */
struct choice {
	char *const *names; /* names, or patterns as for fnmatch(3) */
	size_t name_count;
	bool all; /* the group nodefault, too */
	const char *group; /* NULL: not by group */
};

struct selection {
	const struct config **configs; /* in the list's order, each once */
	size_t count;
};

/*
 * Fills @selection, with at least one configuration; its pointers are into @list. NULL: done. Otherwise one line
 * that says what does not exist, and what does; the caller frees it. Call selection_free() in either case.
 */
char *config_select(struct selection *selection, const struct config_list *list, const struct choice *choice);
void selection_free(struct selection *selection);

/* Is @group one of the configuration's groups? */
bool config_in_group(const struct config *config, const char *group);

/* The width of a column for names: 18, or the longest name if that is longer. */
int selection_width(const struct selection *selection);
/* One name per line (-l), or, if @full, the name and QEMU's arguments (--list). */
void selection_print(const struct selection *selection, bool full, FILE *out);

#endif
